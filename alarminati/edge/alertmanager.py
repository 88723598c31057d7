"""What a Prometheus Alertmanager posts to a webhook, into alarms. Pure.

Shape: version "4" of https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and
notify/webhook of its source; Grafana's "1" has the same members among its own. Members we have no
use for are skipped, so that its next version works too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from alarminati.core.entries import Alarm, Severity
from alarminati.core.intake import Invalid, parse_severity, parse_timestamp
from alarminati.edge.fitting import fit
from alarminati.edge.reports import decode

SOURCE: Final = "alertmanager"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of a notification."""

    labels: dict[str, str]
    annotations: dict[str, str] = {}
    status: str = ""
    starts: str = msgspec.field(default="", name="startsAt")
    ends: str = msgspec.field(default="", name="endsAt")
    link: str = msgspec.field(default="", name="generatorURL")
    fingerprint: str = ""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """A group of alerts."""

    alerts: list[Alert]
    status: str = ""
    truncated: int = msgspec.field(default=0, name="truncatedAlerts")


_notification = msgspec.json.Decoder(Notification)


def read_notification(body: bytes, now: int, request_id: str) -> list[Alarm]:
    """The alarms of a notification; `now` is milliseconds since 1970 UTC. Raises Invalid.

    A request id has no use here: an alert that is sent again has its fingerprint for a key.
    """
    return [fit(alarm, now) for alarm in _alarms(decode(_notification, body))]


def _alarms(notification: Notification) -> Iterator[Alarm]:
    told = _told_truncated(notification.truncated)
    for place, alert in enumerate(notification.alerts):
        status = (alert.status or notification.status).lower()
        if status not in ("firing", "resolved"):
            raise Invalid(f"alerts[{place}].status", "must be firing or resolved")
        resolved = status == "resolved"
        notes = alert.annotations
        message = (
            notes.get("summary", "").strip()
            or notes.get("description", "").strip()
            or alert.labels.get("alertname", "").strip()
        )
        yield Alarm(
            message,
            _severity(alert.labels.get("severity", "")),
            _when(alert.ends if resolved else alert.starts),
            resolved,
            tuple(alert.labels.items()),
            "",
            alert.fingerprint,
            tuple((told | notes).items()),
            alert.link,
            SOURCE,
        )


def _told_truncated(count: int) -> dict[str, str]:
    """Goes along with every alert of the group: nobody reads our answer."""
    if count <= 0:
        return {}
    return {"truncated": f"{count} more alerts of this group were left out (max_alerts)"}


def _severity(text: str) -> Severity:
    try:
        return parse_severity(text)
    except Invalid:
        return Severity.WARNING  # teams make up their own words, such as "p3"


def _when(text: str) -> int:
    """Milliseconds; 0, which is now, for what is missing or Go's zero time."""
    try:
        milliseconds = parse_timestamp(text)
    except Invalid:
        return 0
    return max(milliseconds, 0)
