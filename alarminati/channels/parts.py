"""Parts of a message about one alarm, equal in every chat: each chat lays them out.

Pure; a chat gives its `Markup` and its room, in that markup's units. If a template made `title` or
`text` of the message, that replaces the part built here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from alarminati.channels.markup import Markup
from alarminati.channels.message import Item, Message
from alarminati.channels.wording import WORDS, detail, mark, span, state
from alarminati.core.model.entries import NotificationReason, Pairs

REMARK = 400  # person and comment of an acknowledgement, or how long it has been firing


def title(message: Message, item: Item, language: str, bold: Callable[[str], str]) -> str:
    """Return sign, state and severity."""
    words = message.title or f"{bold(state(message, item, language))} {item.alarm.severity.name}"
    return f"{mark(item)} {words}"


def body(message: Message, item: Item, markup: Markup, language: str, room: int) -> str:
    """Return the alarm's message, in at most `room` units, which must be over `REMARK`."""
    if message.text:
        return message.text
    said = remark(message, item, language)
    if not said:
        return markup.fit(item.alarm.message, room)
    first = markup.bold(markup.one_line(said, REMARK - 20)) + "\n"
    return first + markup.fit(item.alarm.message, room - markup.size(first))


def remark(message: Message, item: Item, language: str) -> str:
    """Return the news about an alarm that was notified before, as plain text; mostly empty."""
    words = WORDS[language]
    if item.acknowledged and item.by:
        seen = words["seen"].format(item.by)
        return f"{seen}: {item.comment}" if item.comment else seen
    if (
        item.reason is NotificationReason.REMINDER
        and not item.resolved
        and item.since
        and message.now
    ):
        lasting = span((message.now - item.since) / 1000, language)
        return words["still"].format(lasting, item.reminder_number)
    if item.was is not None and not item.resolved:
        return words["was"].format(item.was.name)
    return ""


def labels_of(message: Message, item: Item) -> Pairs:
    """Return the labels to list: none where a template replaces them."""
    return () if message.text else item.alarm.labels


def annotations_of(message: Message, item: Item) -> Pairs:
    """Return the annotations to list: none where a template replaces them."""
    return () if message.text else item.alarm.annotations


def pair_lines(pairs: Pairs, markup: Markup, language: str, width: int, room: int) -> list[str]:
    """Yield labels or annotations, a line each while there is room, then the number of the rest.

    A line takes at most `width` units without its markup, its name 80 of them.
    """
    lines: list[str] = []
    room -= 40
    for name, value in pairs:
        if name == "detail":
            value = detail(value, language)
        line = f"{markup.bold(markup.one_line(name, 80))} {markup.fit(value, width - 90)}"
        room -= markup.size(line) + 1
        if room < 0:
            lines.append("… " + WORDS[language]["more"].format(len(pairs) - len(lines)))
            break
        lines.append(line)
    return lines


def small_print(message: Message, item: Item, language: str, moment: str) -> Iterator[str]:
    """Return when it was reported (`moment` formats times), for how long, how often, how late."""
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
