"""What a message about one alarm is made of, the same in every chat: each lays the parts out.

Pure; a chat gives its `Markup` and its room, in that markup's units. Where a template made `title`
or `text` of the message, they stand in place of what is built here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from alarminati.channels.markup import Markup
from alarminati.channels.message import Item, Message
from alarminati.channels.wording import WORDS, mark, span, state
from alarminati.core.model.entries import Occasion, Pairs

REMARK = 400  # who acknowledged it and why, or how long it has been firing


def title(message: Message, item: Item, language: str, bold: Callable[[str], str]) -> str:
    """Sign, state and severity."""
    words = message.title or f"{bold(state(message, item, language))} {item.alarm.severity.name}"
    return f"{mark(item)} {words}"


def body(message: Message, item: Item, markup: Markup, language: str, room: int) -> str:
    """What happened, in at most `room` units, which must be over `REMARK`."""
    if message.text:
        return message.text
    said = remark(message, item, language)
    if not said:
        return markup.fit(item.alarm.message, room)
    first = markup.bold(markup.one_line(said, REMARK - 20)) + "\n"
    return first + markup.fit(item.alarm.message, room - markup.size(first))


def remark(message: Message, item: Item, language: str) -> str:
    """What is new about an alarm that was told before, as plain text; mostly empty."""
    words = WORDS[language]
    if item.acknowledged and item.by:
        seen = words["seen"].format(item.by)
        return f"{seen}: {item.comment}" if item.comment else seen
    if item.occasion is Occasion.REPEATED and not item.resolved and item.since and message.now:
        lasting = span((message.now - item.since) / 1000, language)
        return words["still"].format(lasting, item.ordinal)
    if item.was is not None and not item.resolved:
        return words["was"].format(item.was.name)
    return ""


def labels_of(message: Message, item: Item) -> Pairs:
    """Labels to list: none where a template has the word."""
    return () if message.text else item.alarm.labels


def annotations_of(message: Message, item: Item) -> Pairs:
    """Annotations to list, likewise."""
    return () if message.text else item.alarm.annotations


def pair_lines(pairs: Pairs, markup: Markup, language: str, width: int, room: int) -> list[str]:
    """Labels or annotations, a line each while there is room, then how many more there are.

    A line takes at most `width` units without its markup, its name 80 of them.
    """
    lines: list[str] = []
    room -= 40
    for name, value in pairs:
        line = f"{markup.bold(markup.one_line(name, 80))} {markup.fit(value, width - 90)}"
        room -= markup.size(line) + 1
        if room < 0:
            lines.append("… " + WORDS[language]["more"].format(len(pairs) - len(lines)))
            break
        lines.append(line)
    return lines


def small_print(message: Message, item: Item, language: str, moment: str) -> Iterator[str]:
    """When it was reported (`moment`, as the chat writes times), for how long, how often, how
    late."""
    words = WORDS[language]
    yield f"{words['reported']} {moment}"
    if item.until and item.since:
        yield words["after"].format(span((item.until - item.since) / 1000, language))
    if item.began > 1:
        yield words["flapping"].format(item.began)
    if message.late:
        yield words["late"].format(span(message.late, language))
    if message.broken:
        yield words["template"]
