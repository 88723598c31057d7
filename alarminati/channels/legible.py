"""Legible texts: no character of an alarm may reverse the text beside it.

U+202E shows `gpj.exe` as `exe.jpg`, and the rest of a chat's line backwards. Such characters are
removed for terminals (`cli/output/rendering.py`), and here for all channels that people read.
Marks that only set the direction of a word, and joiners of emoji, stay: languages need them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from alarminati.channels.message import Item, Message
from alarminati.core.model.entries import Alarm, Pairs

# Embeddings, overrides and isolates of https://www.unicode.org/reports/tr9/, what Unicode
# deprecates beside them, and interlinear annotations, which hide text.
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u206f\ufff9-\ufffb]")
_SIGN: Final = "\ufffd"

MACHINES: Final = frozenset({"webhook"})
"""Types of channels that programs read: those get every character as it was reported."""


def legible(message: Message) -> Message:
    """Return the message without characters that reverse text."""
    if not any(_turns(item) for item in message.items):
        return message
    return replace(message, items=tuple(map(_item, message.items)))


def _turns(item: Item) -> bool:
    return any(_TURNING.search(text) for text in _texts(item))


def _texts(item: Item) -> Iterator[str]:
    alarm = item.alarm
    yield from (alarm.message, alarm.project, alarm.key, alarm.link, item.by, item.comment)
    for pairs in (alarm.labels, alarm.annotations):
        for pair in pairs:
            yield from pair


def _item(item: Item) -> Item:
    if not _turns(item):
        return item
    return replace(item, alarm=_alarm(item.alarm), by=_plain(item.by), comment=_plain(item.comment))


def _alarm(alarm: Alarm) -> Alarm:
    return replace(
        alarm,
        message=_plain(alarm.message),
        labels=_pairs(alarm.labels),
        project=_plain(alarm.project),
        key=_plain(alarm.key),
        annotations=_pairs(alarm.annotations),
        link=_plain(alarm.link),
    )


def _pairs(pairs: Pairs) -> Pairs:
    return tuple((_plain(name), _plain(value)) for name, value in pairs)


def _plain(text: str) -> str:
    return _TURNING.sub(_SIGN, text)
