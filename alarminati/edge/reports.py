"""Alarms as JSON, the way README shows them, into checked alarms. Pure.

    {"project": "w-sharing", "timestamp": "2025-09-18T12:42:00+09:00",
     "message": "[WS-API] Health check failed", "severity": "CRITICAL"}

Only `message` must be there. More members: `resolved` (true: it is over), `labels`, `key`,
`annotations`, `link`, `ttl_seconds`, all as in alarm.proto. `timestamp` may also be a number of
seconds or milliseconds since 1970. A member nobody knows is refused: a misspelt one would be lost
quietly. One object, or an array of 1 to 1000: those that are wrong are refused, the others taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final, TypeVar

import msgspec

from alarminati.core.model.entries import Alarm
from alarminati.core.model.severity_words import COMMON, SeverityWords
from alarminati.core.model.validation import ALARM_SIZE, Invalid, check, parse_timestamp
from alarminati.edge.bodies import Item, not_json

BATCH_LIMIT: Final = 1000
SOURCE: Final = "http"


class TooMany(Invalid):
    """More alarms in one request than are taken at once; none of them was."""

    def __init__(self, field: str, count: int) -> None:
        super().__init__(field, f"{count} in one request; at most {BATCH_LIMIT} are taken")


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One alarm as it is sent."""

    message: str
    severity: str = "WARNING"
    timestamp: str | int | float = 0
    resolved: bool = False
    labels: dict[str, str] = {}
    project: str = ""
    key: str = ""
    annotations: dict[str, str] = {}
    link: str = ""
    ttl_seconds: int = 0


_T = TypeVar("_T")
_one = msgspec.json.Decoder(Report)
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_PLACE = re.compile(r"(.*?)(?: - at `(?:key in )?\$\.?(.*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_KINDS = {
    "int": "a number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
_MEANT: Final = {
    "status": '"resolved": true or false',
    "state": '"resolved": true or false',
    "level": '"severity"',
    "priority": '"severity"',
    "title": '"message"',
    "text": '"message"',
    "msg": '"message"',
    "summary": '"message"',
    "description": '"annotations"',
    "details": '"annotations"',
    "time": '"timestamp"',
    "ts": '"timestamp"',
    "date": '"timestamp"',
    "startsAt": '"timestamp"',
    "url": '"link"',
    "uri": '"link"',
    "tags": '"labels"',
    "dedup_key": '"key"',
    "id": '"key"',
    "ttl": '"ttl_seconds"',
}
"""What other tools call what we know by another name."""
_GROUPS: Final = ("alerts", "groupLabels", "commonLabels", "groupKey")


def read_reports(
    body: bytes, now: int, words: SeverityWords = COMMON, size: int = ALARM_SIZE
) -> Iterator[Item]:
    """The alarms of a body; `now` is milliseconds since 1970 UTC. Raises Invalid."""
    start = body[:100].lstrip()[:1]
    if start != b"[":
        yield _one_report(body, now, words, size)
        return
    try:
        raws: list[Any] = decode(_raws, body, "alarms")
    except Invalid as error:
        raws = _by_python(body, error)  # half a surrogate pair in one of them, say
        if not isinstance(raws, list):
            raise
    if len(raws) > BATCH_LIMIT:
        raise TooMany("alarms", len(raws))
    if not raws:
        raise Invalid("alarms", f"is empty; 1 to {BATCH_LIMIT} are taken")
    for place, raw in enumerate(raws):
        try:
            yield _one_report(raw, now, words, size)
        except Invalid as error:
            yield error.within(f"alarms[{place}]")


def _one_report(raw: bytes | msgspec.Raw | Any, now: int, words: SeverityWords, size: int) -> Alarm:
    """One alarm, as JSON or as Python reads that. Raises Invalid."""
    if not isinstance(raw, bytes | msgspec.Raw):
        return _alarm(_converted(raw), now, words, size)
    try:
        report = decode(_one, raw)
    except Invalid as error:
        found = _by_python(bytes(raw), error)
        report = _converted(found)
    return _alarm(report, now, words, size)


def _by_python(body: bytes, error: Invalid) -> Any:
    """What Python's reader makes of it, which is slower and takes more. Raises `error`."""
    try:
        return json.loads(body.decode())  # by itself it takes what is no UTF-8
    except (ValueError, RecursionError):
        raise error from None


def _converted(found: Any) -> Report:
    try:
        return msgspec.convert(found, Report)
    except msgspec.ValidationError as error:
        raise _wrong_shape(str(error), "", found) from None
    except UnicodeEncodeError:
        raise Invalid("", "a name holds half a surrogate pair, which is no Unicode text") from None


def _alarm(report: Report, now: int, words: SeverityWords, size: int) -> Alarm:
    severity = words.read(report.severity)
    alarm = Alarm(
        report.message,
        severity,
        parse_timestamp(report.timestamp),
        report.resolved,
        tuple(sorted(report.labels.items())) if report.labels else (),
        report.project,
        report.key,
        tuple(sorted(report.annotations.items())) if report.annotations else (),
        report.link,
        SOURCE,
        ttl=report.ttl_seconds,
    )
    return check(alarm, now, size)


def decode(decoder: msgspec.json.Decoder[_T], body: bytes | msgspec.Raw, root: str = "") -> _T:
    """Typed JSON. `root` names an outermost array. Raises Invalid."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _wrong_shape(str(error), root) from None
    except RecursionError:
        raise Invalid("", "the body is nested too deeply") from None
    except (UnicodeDecodeError, msgspec.DecodeError):
        raise not_json(bytes(body)) from None


def _wrong_shape(text: str, root: str, found: Any = None) -> Invalid:
    match = _PLACE.fullmatch(text)
    problem, place = match.groups() if match else (text, "")
    field = (place or "").replace("[...]", "")
    if field.startswith("["):
        field = root + field
    if unknown := _UNKNOWN.fullmatch(problem):
        return _unknown(field, unknown[1])
    if missing := _MISSING.fullmatch(problem):
        return Invalid(f"{field}.{missing[1]}" if field else missing[1], "is missing")
    if types := re.fullmatch(r"Expected `(.*)`, got `(\w+)`", problem):
        wanted = " or ".join(
            dict.fromkeys(_KINDS.get(word, word) for word in types[1].split(" | "))
        )
        field = _exact(field, found)
        return Invalid(field, f"must be {wanted}, not {_KINDS.get(types[2], types[2])}")
    return Invalid(field, problem[:1].lower() + problem[1:])


def _unknown(place: str, name: str) -> Invalid:
    shown = (name if name.isprintable() else ascii(name))[:80]
    field = f"{place}.{shown}" if place else shown
    if name in _GROUPS:
        return Invalid(
            field, "is of an Alertmanager; POST its notifications to /webhooks/alertmanager"
        )
    near = get_close_matches(name[:80], Report.__struct_fields__, 1)
    meant = _MEANT.get(name) or (f'"{near[0]}"' if near else "")
    return Invalid(
        field, f"is not known; did you mean {meant}?" if meant else "is not known; check its name"
    )


def _exact(field: str, found: Any) -> str:
    """Which of the labels it is that is no text: the reader names only the whole."""
    pairs = found.get(field) if isinstance(found, Mapping) else None
    if isinstance(pairs, Mapping):
        for name, value in pairs.items():
            if not isinstance(value, str):
                return f"{field}.{name[:80] if name.isprintable() else ascii(name)[:80]}"
    return field
