"""Validation: the form that a report must have before it may become an entry.

Every door (gRPC, HTTP, health checks) calls `check` for each alarm, up to 20,000 a second. So
`check` tests first and rebuilds only texts that are not in their final form. The limits are
promises of alarm.proto: change them there as well.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, Never

from alarminati.core.model.entries import Alarm, Mark, Pairs, Severity

MESSAGE_LIMIT: Final = 8192  # all limits count characters
PROJECT_LIMIT: Final = 128
KEY_LIMIT: Final = 512
LINK_LIMIT: Final = 2048
SOURCE_LIMIT: Final = 128
MARK_LIMIT: Final = 1024
MARK_LENGTH: Final = 366 * 86_400_000  # milliseconds
REQUEST_ID_LIMIT: Final = 128
PAIRS_LIMIT: Final = 64
NAME_LIMIT: Final = 128
LABEL_LIMIT: Final = 1024
ANNOTATION_LIMIT: Final = 8192
ALARM_SIZE: Final = 65_536  # bytes of all texts of an alarm together; a setting may allow fewer
MAX_AGE: Final = 3660 * 86_400_000  # milliseconds; generous, for examples in documents grow old
MAX_AHEAD: Final = 86_400_000
MAX_TTL: Final = 30 * 86_400  # seconds

_MILLISECONDS_FROM = 100_000_000_000  # the year 5138 in seconds, 1973 in milliseconds
_SHOWN = 40  # characters of the input that an error repeats

_SYNONYMS: Final = {
    Severity.CRITICAL: "critical crit fatal emergency emerg alert panic page disaster",
    Severity.ERROR: "error err major high severe failure failed",
    Severity.WARNING: "warning warn minor medium average",
    Severity.INFO: "info information informational notice low debug trace none",
}
"""Severity words of other tools: syslog, Alertmanager rules, Zabbix, PagerDuty, CloudWatch."""

_SEVERITIES: Final = {word: level for level, words in _SYNONYMS.items() for word in words.split()}

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ESCAPES = re.compile(  # colours and titles: terminal escapes (ECMA-48)
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]"
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LINK = re.compile(r"https?://[^\s/?#\\][^\s\\]*", re.IGNORECASE)
# https://www.rfc-editor.org/rfc/rfc3339#section-5.6; the space of its note is taken too
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.(\d{1,12}))?(?:[Zz]|([+-])(\d\d):(\d\d))",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Invalid(ValueError):
    """A report that cannot be accepted; sending the same report again will not help.

    `field` is a path such as "severity", "labels.host" or "alarms[3].timestamp"; `problem` says
    what is wrong and what would be right.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.field = field
        self.problem = problem

    def within(self, place: str) -> Invalid:
        """Return the same error with `place` before its field."""
        return Invalid(f"{place}.{self.field}" if self.field else place, self.problem)


def parse_severity(text: str) -> Severity:
    """Read a severity in any case, or another tool's word for one. Raises Invalid."""
    level = _SEVERITIES.get(text.strip().lower())
    if level is None:
        raise Invalid("severity", f"{_shown(text)} is not one of CRITICAL, ERROR, WARNING and INFO")
    return level


def parse_timestamp(value: str | int | float) -> int:
    """Return milliseconds since 1970 UTC from RFC 3339 text or a number.

    A number is seconds, or milliseconds from 100,000,000,000 up; zero is "now" (see `check`).
    Raises Invalid.
    """
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, bool) or not abs(value) < 2**63:  # not for NaN and infinity either
        raise Invalid("timestamp", f"{_shown(str(value))} is not a time")
    return int(value if abs(value) >= _MILLISECONDS_FROM else round(value * 1000))


def _from_text(text: str) -> int:
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise Invalid(
            "timestamp",
            f"{_shown(text)} is not a time with its offset, such as 2025-09-18T12:42:00+09:00",
        )
    day, minute, second, fraction, sign, hours, minutes = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}+00:00")
    except ValueError:
        moment = None
    if moment is None or int(second) > 60 or int(hours or 0) > 23 or int(minutes or 0) > 59:
        raise Invalid("timestamp", f"{_shown(text)} is no moment of any calendar")
    since = (moment - _EPOCH) // timedelta(milliseconds=1) + int(second) * 1000
    since += int(((fraction or "") + "000")[:3])
    offset = (int(hours or 0) * 60 + int(minutes or 0)) * 60_000
    since += offset if sign == "-" else -offset
    return since or 1  # text that says 1970 means it; only the number zero is "now"


def check(alarm: Alarm, now: int, size: int = ALARM_SIZE) -> Alarm:
    """Return the alarm in the form in which it is stored; `now` is milliseconds since 1970 UTC.

    Its texts may take `size` bytes together.

    Pairs are sorted by name, CR LF becomes a newline, control characters and terminal escapes are
    removed, timestamp 0 becomes `now`. An alarm already in that form is returned as it is. Raises
    Invalid.
    """
    message = _text("message", alarm.message, MESSAGE_LIMIT)
    if not message or message.isspace():
        raise Invalid("message", "is empty; say what happened")
    project, key, link = alarm.project, alarm.key, alarm.link
    if project:
        project = _line("project", project, PROJECT_LIMIT)
    if key:
        key = _line("key", key, KEY_LIMIT)
    if link:
        link = _link(link)
    if alarm.source:
        _exactly("source", alarm.source, SOURCE_LIMIT)
    timestamp = alarm.timestamp or now
    if not now - MAX_AGE <= timestamp <= now + MAX_AHEAD:
        _out_of_time(timestamp, now)
    if not 0 <= alarm.ttl <= MAX_TTL:
        raise Invalid("ttl_seconds", f"is {alarm.ttl}; 0 to {MAX_TTL} seconds (30 days) are taken")
    labels, annotations = alarm.labels, alarm.annotations
    if labels:
        labels = _pairs("labels", labels, LABEL_LIMIT)
    if annotations:
        annotations = _pairs("annotations", annotations, ANNOTATION_LIMIT)
    if (
        message is alarm.message
        and timestamp == alarm.timestamp
        and labels is alarm.labels
        and annotations is alarm.annotations
        and project is alarm.project
        and key is alarm.key
        and link is alarm.link
    ):
        return _bounded(alarm, size)
    return _bounded(
        replace(
            alarm,
            message=message,
            timestamp=timestamp,
            labels=labels,
            project=project,
            key=key,
            annotations=annotations,
            link=link,
        ),
        size,
    )


def _bounded(alarm: Alarm, most: int) -> Alarm:
    """Return the alarm, unless it is too large; the error names its largest part."""
    size = alarm.size()
    if size > most:
        without = {
            "annotations": replace(alarm, annotations=()),
            "labels": replace(alarm, labels=()),
            "message": replace(alarm, message=""),
        }
        field, rest = min(((name, each.size()) for name, each in without.items()), key=_second)
        raise Invalid(
            field,
            f"takes {size - rest} bytes of the {size} of this alarm; at most {most} in all"
            " are allowed (limits.alarm_size)",
        )
    return alarm


def _second(pair: tuple[str, int]) -> int:
    return pair[1]


def check_mark(mark: Mark, now: int) -> Mark:
    """Return the mark in the form in which it is stored; `now` is milliseconds since 1970 UTC.

    Its texts are cleaned as those of alarms. Raises Invalid.
    """
    message = _text("message", mark.message, MARK_LIMIT)
    if not message or message.isspace():
        raise Invalid("message", "is empty; say what happened")
    start, end = mark.start_time or now, mark.end_time
    if not now - MAX_AGE <= start <= now + MAX_AHEAD:
        raise Invalid(
            "start_time", "lies more than 3660 days in the past, or more than 1 day ahead"
        )
    if end and not start <= end <= start + MARK_LENGTH:
        raise Invalid("end_time", "must lie after the start, and at most 366 days after it")
    return replace(
        mark,
        message=message,
        start_time=start,
        project=_line("project", mark.project, PROJECT_LIMIT),
        labels=_pairs("labels", mark.labels, LABEL_LIMIT),
        link=_link(mark.link) if mark.link else "",
    )


def check_request_id(text: str) -> str:
    """Return the request id as it is. Raises Invalid."""
    return _exactly("request_id", text, REQUEST_ID_LIMIT)


def _text(field: str, text: str, limit: int) -> str:
    """Text of several lines."""
    if not text.isprintable():  # most are, and then hold no control character or surrogate
        text = _unprintable(field, text)
    if len(text) > limit:
        _too_long(field, text, limit)
    return text


def _line(field: str, text: str, limit: int) -> str:
    """Text of one line."""
    text = _text(field, text, limit)
    if "\n" in text or "\t" in text:
        raise Invalid(field, "holds a tab or newline; one line of text was expected")
    return text


def _exactly(field: str, text: str, limit: int) -> str:
    """Check text of one line in which nothing may be corrected."""
    if _line(field, text, limit) != text:
        raise Invalid(field, "holds a control character")
    return text


def _unprintable(field: str, text: str) -> str:
    """Check text that is not all printable: newlines, joiners, rare spaces."""
    if _SURROGATE.search(text):
        raise Invalid(field, "holds half a surrogate pair, which is no Unicode text")
    text = without_escapes(text)  # colours of a log must not cost the alarm
    return _CONTROL.sub("", text) if _CONTROL.search(text) else text


def without_escapes(text: str) -> str:
    """Remove terminal escapes from text, and make every end of a line a newline."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ESCAPES.sub("", text) if "\x1b" in text or "\x9b" in text else text


def _link(text: str) -> str:
    text = _line("link", text, LINK_LIMIT)
    if not _LINK.fullmatch(text):
        raise Invalid("link", f"{_shown(text)} is not an http or https address")
    return text


def _pairs(field: str, pairs: Pairs, limit: int) -> Pairs:
    """Labels or annotations, sorted by name."""
    if len(pairs) > PAIRS_LIMIT:
        raise Invalid(field, f"{len(pairs)} pairs; at most {PAIRS_LIMIT} are allowed")
    last = ""
    for name, value in pairs:
        if not (
            last < name  # sorted, no duplicate, none empty
            and len(name) <= NAME_LIMIT
            and len(value) <= limit
            and name.isprintable()
            and value.isprintable()
        ):
            return _mended_pairs(field, pairs, limit)
        last = name
    return pairs


def _mended_pairs(field: str, pairs: Pairs, limit: int) -> Pairs:
    """Check pairs that need correction, and return them corrected. Raises Invalid."""
    mended: dict[str, str] = {}
    for name, value in pairs:
        if not name:
            raise Invalid(field, "a pair has an empty name")
        name = _name(field, name)
        if name in mended:
            raise Invalid(f"{field}.{name}", "is given twice")
        mended[name] = _text(f"{field}.{name}", value, limit)
    ordered = tuple(sorted(mended.items()))
    return pairs if ordered == pairs else ordered


def _name(field: str, name: str) -> str:
    try:
        plain = _line("", name, NAME_LIMIT)
    except Invalid as error:
        raise Invalid(field, f"the name {_shown(name)} {error.problem}") from None
    if not plain:
        raise Invalid(field, f"the name {_shown(name)} holds nothing but control characters")
    return plain


def _shown(text: str) -> str:
    """Shorten and clean what was sent, for an error."""
    return ascii(text) if len(text) <= _SHOWN else ascii(text[:_SHOWN]) + "..."


def _too_long(field: str, text: str, limit: int) -> Never:
    raise Invalid(field, f"has {len(text)} characters; at most {limit} are allowed")


def _out_of_time(timestamp: int, now: int) -> Never:
    days = (now - timestamp) / 86_400_000
    if days > 0:
        raise Invalid(
            "timestamp", f"is {days:.0f} days old; at most {MAX_AGE // 86_400_000} are allowed"
        )
    raise Invalid("timestamp", f"is {-days:.1f} days ahead; at most 1 is allowed")
