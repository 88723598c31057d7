"""What an Alertmanager posts to a webhook, and what Prometheus posts to an Alertmanager. Pure.

The first is a notification: version "4" of
https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and notify/webhook of its
source; Grafana's "1" has the same members among its own. Members we have no
use for are skipped, so that its next version works too.

The second is an array of alerts, sent again every minute until they are over, to /api/v2/alerts:
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml; older senders post the
same to /api/v1/alerts. What its `endsAt` means is for `core.ends` to say; where there is none,
`resolve_timeouts` of the configuration see to it, by the source DIRECT.

Nobody reads our answer there, so no alert costs those beside it: what can be made fit is, and what
cannot is refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final

import msgspec

from alarminati.core.alarms.ends import BEHIND, Standing
from alarminati.core.model.entries import Alarm, Pairs
from alarminati.core.model.severity_words import COMMON, SeverityWords
from alarminati.core.model.validation import Invalid, parse_timestamp
from alarminati.edge.bodies import Item, mend
from alarminati.edge.fitting import fit
from alarminati.edge.reports import decode

SOURCE: Final = "alertmanager"
DIRECT: Final = "prometheus"
"""Source of alerts that are posted as to an Alertmanager, by whatever program."""

ALERT_LIMIT: Final = 1 << 20  # bytes of one alert: it is read in one go
_FNV_LIMIT: Final = 1 << 14  # characters of labels; beyond, it takes too long in Python
_FNV_BASIS, _FNV_PRIME, _64_BITS = 0xCBF29CE484222325, 0x100000001B3, 2**64 - 1


Judge = Callable[[Alarm, int, int], Standing]
"""What an alert means that ends then, now: `core.ends.Ends.judge`."""


def believe(alarm: Alarm, ends: int, now: int) -> Standing:
    """A judge that remembers nothing."""
    return Standing(over=0 < ends <= now)


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of a notification."""

    labels: dict[str, str]
    annotations: dict[str, str] = {}
    status: str = ""
    starts: str = msgspec.field(default="", name="startsAt")
    ends: str = msgspec.field(default="", name="endsAt")
    link: str = msgspec.field(default="", name="generatorURL")
    fingerprint: str = ""
    # Grafana's own: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/
    panel: str = msgspec.field(default="", name="panelURL")
    dashboard: str = msgspec.field(default="", name="dashboardURL")
    silence: str = msgspec.field(default="", name="silenceURL")
    image: str = msgspec.field(default="", name="imageURL")
    values: str = msgspec.field(default="", name="valueString")
    figures: Any = msgspec.field(default=None, name="values")


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """A group of alerts; each is read for itself."""

    alerts: list[msgspec.Raw] | None
    status: msgspec.Raw = msgspec.Raw(b"null")
    truncated: msgspec.Raw = msgspec.field(default=msgspec.Raw(b"null"), name="truncatedAlerts")


_notification = msgspec.json.Decoder(Notification)
_alerts = msgspec.json.Decoder(list[msgspec.Raw] | None)
_alert = msgspec.json.Decoder(Alert)
_NAMES: Final = {each.encode_name: each.name for each in msgspec.structs.fields(Alert)}
_PAIRS: Final = ("labels", "annotations")


def read_notification(
    body: bytes,
    now: int,
    judge: Judge = believe,
    words: SeverityWords = COMMON,
    source: str = SOURCE,
) -> Iterator[Item]:
    """The alarms of a notification; `now` is milliseconds since 1970 UTC. Raises Invalid.

    An alert that is sent again has its fingerprint for a key.
    """
    group = yield from _read(_notification, body, "")
    of_all = _member(group.status)
    told = _told_truncated(_member(group.truncated))
    for place, raw in enumerate(group.alerts or ()):
        try:
            yield _notified(_one(raw), of_all, told, now, judge, words, source)
        except Invalid as error:
            yield error.within(f"alerts[{place}]")


def read_alerts(
    body: bytes, now: int, judge: Judge = believe, words: SeverityWords = COMMON
) -> Iterator[Item]:
    """The alarms of an array of alerts; `now` is milliseconds since 1970 UTC. Raises Invalid."""
    alerts = yield from _read(_alerts, body, "alerts")
    for place, raw in enumerate(alerts or ()):
        try:
            yield _direct(_one(raw), now, judge, words)
        except Invalid as error:
            yield error.within(f"alerts[{place}]")


def _read(decoder: msgspec.json.Decoder[Any], body: bytes, root: str) -> Generator[None, None, Any]:
    """The outermost form, of a body that is mended where it must be. Raises Invalid."""
    try:
        return decoder.decode(body)
    except (msgspec.ValidationError, RecursionError):
        return decode(decoder, body, root)  # raises, and says why
    except (msgspec.DecodeError, UnicodeDecodeError):
        mended = yield from mend(body)
    yield None
    return decode(decoder, mended, root)


def _one(raw: msgspec.Raw) -> Alert:
    """One alert, whatever stands in its members. Raises Invalid."""
    if len(memoryview(raw)) > ALERT_LIMIT:
        raise Invalid("", f"has over {ALERT_LIMIT} bytes")
    try:
        return _alert.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        found = json.loads(bytes(raw).decode(errors="replace"))
    except (ValueError, RecursionError):
        raise Invalid("", "is nested too deeply, or has a number that is too long") from None
    if not isinstance(found, dict):
        raise Invalid("", "must be an object with labels")
    members: dict[str, Any] = {}
    for name, value in found.items():
        if name in _PAIRS:
            members[name] = _texts(name, value)
        elif name in _NAMES:
            members[_NAMES[name]] = value if name == "values" else _text(value)
    return Alert(**({"labels": {}} | members))


def _texts(name: str, value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Invalid(name, "must be an object")
    return {each: _text(text) for each, text in value.items() if text is not None}


def _text(value: Any) -> str:
    """What was meant by something that is no text, as Go's templates would write it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False)


def _member(raw: msgspec.Raw) -> str:
    try:
        return _text(json.loads(bytes(raw).decode(errors="replace")))
    except (ValueError, RecursionError):
        return ""


def _notified(
    alert: Alert,
    of_all: str,
    told: dict[str, str],
    now: int,
    judge: Judge,
    words: SeverityWords,
    source: str,
) -> Alarm:
    status = (alert.status or of_all).lower()
    if status not in ("firing", "resolved"):
        raise Invalid("status", "must be firing or resolved")
    resolved = status == "resolved"
    when = _when(alert.ends if resolved else alert.starts)
    labels = tuple(alert.labels.items())
    made = _alarm(alert, when, resolved, labels, alert.fingerprint, told, source, words)
    alarm = fit(made, now)
    standing = judge(alarm if when or resolved else replace(alarm, timestamp=0), 0, now)
    return alarm if resolved else replace(alarm, ttl=standing.ttl)


def _direct(alert: Alert, now: int, judge: Judge, words: SeverityWords) -> Alarm:
    labels = tuple((name, value) for name, value in sorted(alert.labels.items()) if value)
    if not labels:
        raise Invalid("labels", "is empty; give at least alertname")
    ends, starts = _when(alert.ends), _when(alert.starts)
    made = _alarm(alert, starts, False, labels, fingerprint(labels), {}, DIRECT, words)
    alarm = fit(made, now)
    # Where it does not say since when, `timestamp` is the moment at which it came.
    standing = judge(alarm if starts else replace(alarm, timestamp=0), ends, now)
    if standing.over:
        return fit(replace(alarm, resolved=True, timestamp=ends), now)
    if standing.behind:
        notes = dict(alarm.annotations) | dict([BEHIND])
        alarm = replace(alarm, annotations=tuple(sorted(notes.items())))
    return replace(alarm, ttl=standing.ttl)


def fingerprint(labels: Pairs) -> str:
    """What an Alertmanager would call an alert with these sorted labels, so that it is the same
    alarm whichever way it comes. FNV-1a, as in LabelSet.Fingerprint of prometheus/common."""
    if sum(len(name) + len(value) for name, value in labels) > _FNV_LIMIT:
        return blake2b(repr(labels).encode(), digest_size=8).hexdigest()
    sum_ = _FNV_BASIS
    for name, value in labels:
        for byte in b"%s\xff%s\xff" % (
            name.encode(errors="replace"),
            value.encode(errors="replace"),
        ):
            sum_ = (sum_ ^ byte) * _FNV_PRIME & _64_BITS
    return f"{sum_:016x}"


def _alarm(
    alert: Alert,
    when: int,
    resolved: bool,
    labels: Pairs,
    key: str,
    told: dict[str, str],
    source: str,
    words: SeverityWords,
) -> Alarm:
    notes = alert.annotations
    message = (
        notes.get("summary", "").strip()
        or notes.get("description", "").strip()
        or alert.labels.get("alertname", "").strip()
    )
    return Alarm(
        message,
        words.guess(alert.labels.get("severity", "")),  # teams make up their own, such as "p3"
        when,
        resolved,
        labels,
        "",
        key,
        tuple((told | _links(alert) | notes).items()),
        alert.panel or alert.dashboard or alert.link,
        source,
    )


def _links(alert: Alert) -> dict[str, str]:
    """What of Grafana's has no place of its own, by the names that it has there."""
    link = alert.panel or alert.dashboard or alert.link
    found = {
        "dashboardURL": alert.dashboard,
        "generatorURL": alert.link,
        "imageURL": alert.image,
        "silenceURL": alert.silence,
        "valueString": alert.values,
        "values": _figures(alert.figures),
    }
    return {name: value for name, value in found.items() if value and value != link}


def _figures(values: Any) -> str:
    """The values of an alert's expressions, as people read them."""
    if not isinstance(values, dict):
        return ""
    return ", ".join(f"{name}={_text(value)[:40]}" for name, value in list(values.items())[:50])


def _told_truncated(count: str) -> dict[str, str]:
    """Goes along with every alert of the group: nobody reads our answer."""
    if not count.isdigit() or not int(count[:9]):
        return {}
    return {"truncated": f"{count[:9]} more alerts of this group were left out (max_alerts)"}


def _when(text: str) -> int:
    """Milliseconds; 0, which is now, for what is missing or Go's zero time."""
    try:
        milliseconds = parse_timestamp(text)
    except Invalid:
        return 0
    return max(milliseconds, 0)
