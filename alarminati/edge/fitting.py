"""Makes alarms of other tools' making fit. Pure.

Who writes to us by hand is told what is wrong. A tool cannot mend what it sends: Alertmanager drops
a notification that is refused, and an alarm with a label cut short is better than none. So what is
too long is cut, what cannot be shown becomes a space, and what is in excess is left out. Identity
does not suffer: these alarms carry a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from alarminati.core.model import validation
from alarminati.core.model.entries import Alarm, Pairs

_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_CUT = "…"
_LOOKED_AT = 16
T = TypeVar("T")


def fit(alarm: Alarm, now: int) -> Alarm:
    """An alarm that `check` takes, as close to this one as can be; already checked."""
    link = _text(alarm.link, validation.LINK_LIMIT + 1)
    fitted = replace(
        alarm,
        message=_text(alarm.message, validation.MESSAGE_LIMIT).strip() or "(no text)",
        timestamp=_time(alarm.timestamp, now),
        labels=_pairs(alarm.labels, validation.LABEL_LIMIT),
        annotations=_pairs(alarm.annotations, validation.ANNOTATION_LIMIT),
        project=_line(alarm.project, validation.PROJECT_LIMIT),
        key=_line(alarm.key, validation.KEY_LIMIT),
        link="",
    )
    fitted = _small(replace(fitted, link=link))
    fitted, link = replace(fitted, link=""), fitted.link
    try:
        return validation.check(replace(fitted, link=link), now)
    except validation.Invalid as error:
        if error.field != "link":
            raise
        return validation.check(fitted, now)  # half an address would lead nowhere


def within(items: Iterable[Alarm | T], size: int) -> Iterator[Alarm | T]:
    """The same items, with alarms cut to so many bytes (`limits.alarm_size`)."""
    for item in items:
        yield _small(item, size) if isinstance(item, Alarm) and item.size() > size else item


def _small(alarm: Alarm, size: int = validation.ALARM_SIZE) -> Alarm:
    """The same, within what an alarm may take in all: the longest texts are cut, annotations first.

    Labels are what it is told by, so they are cut last.
    """
    limit = 4096
    while alarm.size() > size and limit >= 64:
        alarm = replace(alarm, annotations=_pairs(alarm.annotations, limit))
        if limit <= 512:
            alarm = replace(alarm, labels=_pairs(alarm.labels, limit))
        limit //= 2
    if alarm.size() > size:  # every name and value is long: what happened must do
        alarm = replace(alarm, annotations=(), message=_text(alarm.message, 2048))
    while alarm.size() > size and alarm.labels:
        longest = max(alarm.labels, key=lambda pair: len(pair[0]) + len(pair[1]))
        alarm = replace(alarm, labels=tuple(each for each in alarm.labels if each is not longest))
    return alarm


def _time(timestamp: int, now: int) -> int:
    if not timestamp:
        return now
    return min(max(timestamp, now - validation.MAX_AGE), now + validation.MAX_AHEAD)


def _text(text: str, limit: int) -> str:
    text = text[: _LOOKED_AT * limit]  # most of what is cut need not be cleaned before
    if not text.isprintable():
        text = _UNSHOWABLE.sub(" ", validation.without_escapes(text))
    return text if len(text) <= limit else text[: limit - 1] + _CUT


def _line(text: str, limit: int) -> str:
    return " ".join(_text(text, limit).split())


def _pairs(pairs: Pairs, limit: int) -> Pairs:
    fitted: dict[str, str] = {}
    for name, value in sorted(pairs):
        short = _line(name, validation.NAME_LIMIT)
        if short and short not in fitted and len(fitted) < validation.PAIRS_LIMIT:
            fitted[short] = _text(value, limit)
    return tuple(sorted(fitted.items()))
