"""Alarms as JSON, the way README shows them, into checked alarms. Pure.

    {"project": "w-sharing", "timestamp": "2025-09-18T12:42:00+09:00",
     "message": "[WS-API] Health check failed", "severity": "CRITICAL"}

Only `message` must be there. More members: `resolved` (true: it is over), `labels`, `key`,
`annotations`, `link`, all as in alarm.proto. `timestamp` may also be a number of seconds or
milliseconds since 1970. A member nobody knows is refused: a misspelt one would be lost quietly.
One object, or an array of 1 to 1000 of which all or none are taken.
"""

from __future__ import annotations

import re
from typing import Final, TypeVar

import msgspec

from alarminati.core.entries import Alarm
from alarminati.core.intake import Invalid, check, parse_severity, parse_timestamp

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


_T = TypeVar("_T")
_one = msgspec.json.Decoder(Report)
_many = msgspec.json.Decoder(list[Report])
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
}


def read_reports(body: bytes, now: int) -> list[Alarm]:
    """The alarms of a body; `now` is milliseconds since 1970 UTC. Raises Invalid."""
    if not body.lstrip().startswith(b"["):
        return [_alarm(decode(_one, body), now)]
    reports = decode(_many, body, "alarms")
    if len(reports) > BATCH_LIMIT:
        raise TooMany("alarms", len(reports))
    if not reports:
        raise Invalid("alarms", f"is empty; 1 to {BATCH_LIMIT} are taken")
    alarms = []
    for place, report in enumerate(reports):
        try:
            alarms.append(_alarm(report, now))
        except Invalid as error:
            raise error.within(f"alarms[{place}]") from None
    return alarms


def _alarm(report: Report, now: int) -> Alarm:
    severity = parse_severity(report.severity)
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
    )
    return check(alarm, now)


def decode(decoder: msgspec.json.Decoder[_T], body: bytes, root: str = "") -> _T:
    """Typed JSON. `root` names an outermost array. Raises Invalid."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _wrong_shape(str(error), root) from None
    except UnicodeDecodeError:
        raise Invalid("", "the body is not UTF-8 text") from None
    except RecursionError:
        raise Invalid("", "the body is nested too deeply") from None
    except msgspec.DecodeError as error:
        raise Invalid("", f"the body is not JSON: {error}") from None


def _wrong_shape(text: str, root: str) -> Invalid:
    match = _PLACE.fullmatch(text)
    problem, place = match.groups() if match else (text, "")
    field = (place or "").replace("[...]", "")
    if field.startswith("["):
        field = root + field
    for pattern, said in ((_UNKNOWN, "is not known; check its name"), (_MISSING, "is missing")):
        if found := pattern.fullmatch(problem):
            name = found[1] if found[1].isprintable() else ascii(found[1])
            return Invalid(f"{field}.{name[:80]}" if field else name[:80], said)
    if types := re.fullmatch(r"Expected `(.*)`, got `(\w+)`", problem):
        wanted = " or ".join(
            dict.fromkeys(_KINDS.get(word, word) for word in types[1].split(" | "))
        )
        return Invalid(field, f"must be {wanted}, not {_KINDS.get(types[2], types[2])}")
    return Invalid(field, problem[:1].lower() + problem[1:])
