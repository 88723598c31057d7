"""What an Alertmanager posts to a webhook, and what Prometheus posts to an Alertmanager. Pure.

The first is a notification: version "4" of
https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and notify/webhook of its
source; Grafana's "1" has the same members among its own. Members we have no
use for are skipped, so that its next version works too.

The second is an array of alerts, sent again every minute until they are over, to /api/v2/alerts:
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml. Such an alert is over once
its `endsAt` has passed. One that lies ahead is when it would be over if nothing more came, which
`timeouts` of the configuration sees to, by the source DIRECT.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from alarminati.core.entries import Alarm, Pairs, Severity
from alarminati.core.intake import Invalid, parse_severity, parse_timestamp
from alarminati.edge.fitting import fit
from alarminati.edge.reports import BATCH_LIMIT, TooMany, decode

SOURCE: Final = "alertmanager"
DIRECT: Final = "prometheus"
"""Source of alerts that are posted as to an Alertmanager, by whatever program."""

_FNV_BASIS, _FNV_PRIME, _64_BITS = 0xCBF29CE484222325, 0x100000001B3, 2**64 - 1


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
_alerts = msgspec.json.Decoder(list[Alert])


def read_notification(body: bytes, now: int) -> list[Alarm]:
    """The alarms of a notification; `now` is milliseconds since 1970 UTC. Raises Invalid.

    An alert that is sent again has its fingerprint for a key, so hardly anybody sends a request id.
    """
    notification = decode(_notification, body)
    _count(notification.alerts)
    alarms = _alarms(notification)
    return [fit(alarm, now) for alarm in alarms]


def read_alerts(body: bytes, now: int) -> list[Alarm]:
    """The alarms of an array of alerts; `now` is milliseconds since 1970 UTC. Raises Invalid."""
    alerts = decode(_alerts, body, "alerts")
    _count(alerts)
    # As in an Alertmanager, bad ones do not keep out the good ones they come with.
    good = [alert for alert in alerts if any(alert.labels.values())]
    if alerts and not good:
        raise Invalid("alerts[0].labels", "is empty; give at least alertname")
    return [fit(_direct(alert, now), now) for alert in good]


def _count(alerts: Sequence[Alert]) -> None:
    """Raise unless they are few enough for one request."""
    if len(alerts) > BATCH_LIMIT:
        raise TooMany("alerts", len(alerts))


def _direct(alert: Alert, now: int) -> Alarm:
    labels = tuple((name, value) for name, value in sorted(alert.labels.items()) if value)
    ends = _when(alert.ends)
    resolved = 0 < ends <= now
    when = ends if resolved else _when(alert.starts)
    return _alarm(alert, when, resolved, labels, fingerprint(labels), {}, DIRECT)


def fingerprint(labels: Pairs) -> str:
    """What an Alertmanager would call an alert with these sorted labels, so that it is the same
    alarm whichever way it comes. FNV-1a, as in LabelSet.Fingerprint of prometheus/common."""
    sum_ = _FNV_BASIS
    for name, value in labels:
        for byte in b"%s\xff%s\xff" % (
            name.encode(errors="replace"),
            value.encode(errors="replace"),
        ):
            sum_ = (sum_ ^ byte) * _FNV_PRIME & _64_BITS
    return f"{sum_:016x}"


def _alarms(notification: Notification) -> Iterator[Alarm]:
    told = _told_truncated(notification.truncated)
    for place, alert in enumerate(notification.alerts):
        status = (alert.status or notification.status).lower()
        if status not in ("firing", "resolved"):
            raise Invalid(f"alerts[{place}].status", "must be firing or resolved")
        resolved = status == "resolved"
        when = _when(alert.ends if resolved else alert.starts)
        labels = tuple(alert.labels.items())
        yield _alarm(alert, when, resolved, labels, alert.fingerprint, told, SOURCE)


def _alarm(
    alert: Alert,
    when: int,
    resolved: bool,
    labels: Pairs,
    key: str,
    told: dict[str, str],
    source: str,
) -> Alarm:
    notes = alert.annotations
    message = (
        notes.get("summary", "").strip()
        or notes.get("description", "").strip()
        or alert.labels.get("alertname", "").strip()
    )
    return Alarm(
        message,
        _severity(alert.labels.get("severity", "")),
        when,
        resolved,
        labels,
        "",
        key,
        tuple((told | notes).items()),
        alert.link,
        source,
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
