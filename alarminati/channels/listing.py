"""Digest as lines: alarms are listed one by one while there is room, the rest counted by group.

Pure; a chat gives its `Markup` and its room, in that markup's units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from alarminati.channels.markup import Markup
from alarminati.channels.message import Item, Message
from alarminati.channels.wording import MARKS, OVER_MARK, SEEN_MARK, WORDS, mark, span
from alarminati.core.model.entries import Severity

CROWD = 2000  # alarms in a digest of a long backlog: listed as far as they fit, then counted
LINE_MIN, LINE_MAX = 40, 400
NAME_MIN, NAME_MAX = 8, 60
LINE = 1000  # of one line of names
OVER, SEEN = 0, 1  # less than every severity


class Line(NamedTuple):
    """A line of a digest and the items it shows."""

    text: str
    items: Sequence[Item]


class Listing(NamedTuple):
    """A digest in pieces: join `lines` and `foot` as the chat likes."""

    worst: Item
    title: str  # number of firing and of resolved alarms, without markup
    lines: list[Line]
    foot: list[str]


def listing(message: Message, markup: Markup, language: str, room: int, rest: int) -> Listing:
    """List or count every alarm, worst first and resolved ones last.

    The lines take at most `room` units, one for each line's end included; each line of the foot
    takes at most `rest`, which must be 150 or more.
    """
    words = WORDS[language]
    items = sorted(message.items, key=_order)
    lines = _within(_lines_of(message, items, markup, room), markup, room)
    listed = sum(len(line.items) for line in lines)
    foot = _foot(message, items[listed:], markup, language, rest)
    title = _title(items, words)
    return Listing(items[0], title, lines, list(foot))


def _title(items: list[Item], words: dict[str, str]) -> str:
    """Return the number of alarms in each state."""
    resolved = sum(item.resolved for item in items)
    seen = sum(item.acknowledged for item in items)
    title = words["digest"].format(len(items) - resolved - seen, resolved)
    return words["digest seen"].format(title, seen) if seen else title


def _order(item: Item) -> tuple[bool, int, str, str, str]:
    """Return a sort key that puts items of one line together."""
    return (item.resolved, -colour(item), item.alarm.project, item.alarm.message, item.by)


def colour(item: Item) -> int:
    """Return the severity as a number, OVER once resolved, SEEN when acknowledged.

    Items of one colour stand together.
    """
    if item.resolved:
        return OVER
    return SEEN if item.acknowledged else item.alarm.severity.value


def _lines_of(message: Message, items: list[Item], markup: Markup, room: int) -> Iterator[Line]:
    """Yield lines; alarms that differ in labels only share one, with those labels."""
    groups = [list(group) for _, group in groupby(items, _order)]
    many = sum(len(group) for group in groups if len(group) > 1)
    pool = room // 2 if many else room
    width = max(LINE_MIN, min(LINE_MAX, pool // len(groups) - 30))
    name_width = max(NAME_MIN, min(NAME_MAX, pool // (many or 1) - 2))
    over = {item.fingerprint for item in items if item.resolved}
    for group in groups:
        if len(group) == 1:
            yield Line(_told(message, group[0], markup, width) + _over(group[0], over), group)
        else:
            yield from _shared(message, group, markup, (width, name_width), over)


def _over(item: Item, over: set[str]) -> str:
    """Return a sign that a firing item is listed as resolved further down."""
    return f" {OVER_MARK}" if not item.resolved and item.fingerprint in over else ""


def _told(message: Message, item: Item, markup: Markup, width: int) -> str:
    """Return sign, event, and as much of project and labels as there is room for."""
    told = markup.one_line(item.alarm.message, width)
    room = width - markup.size(told)
    if item.alarm.link and markup.size(item.alarm.link) < room:
        told = markup.link(item.alarm.link, told)
        room = width - markup.size(told)
    if room <= 16:
        return f"{mark(item)} {told}"
    labels = " ".join(f"{name}={value}" for name, value in item.alarm.labels)
    about = f"{_foreign(message, item)}{_whose(item)}{labels}"
    small = markup.small(markup.one_line(about, room - 4)) if about else ""
    return f"{mark(item)} {told} {small}".rstrip()


def _whose(item: Item) -> str:
    """Return the person who acknowledged it."""
    return f"({item.by}) " if item.by else ""


def _foreign(message: Message, item: Item) -> str:
    """Return the item's project when it is not the cluster's own."""
    project = message.project_of(item)
    return f"{project} " if project != message.project else ""


def _shared(
    message: Message, group: list[Item], markup: Markup, widths: tuple[int, int], over: set[str]
) -> Iterator[Line]:
    """Return a title with the number of items, then their differences, over as many lines as
    needed."""
    about = f"{_foreign(message, group[0])}{_whose(group[0])}{group[0].alarm.message}"
    about = markup.one_line(about, widths[0])
    text, told = f"{mark(group[0])} {about} ×{len(group)}:", list[Item]()
    common = set(group[0].alarm.labels).intersection(*(item.alarm.labels for item in group[1:]))
    for item in group:
        values = [pair[1] for pair in item.alarm.labels if pair not in common]
        name = markup.one_line(" ".join(values) or str(item.id), widths[1]) + _over(item, over)
        if told and markup.size(text) + markup.size(name) + 2 > LINE:
            yield Line(text, told)
            text, told = "…", []
        text, told = f"{text}{',' if told else ''} {name}", [*told, item]
    yield Line(text, told)


def _within(lines: Iterable[Line], markup: Markup, room: int) -> list[Line]:
    """Return the first lines that fit."""
    kept: list[Line] = []
    for line in lines:
        room -= markup.size(line.text) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def _foot(
    message: Message, rest: list[Item], markup: Markup, language: str, room: int
) -> Iterator[str]:
    """Return the count of alarms that are not listed, by group, and the lateness."""
    words = WORDS[language]
    if rest:
        count = markup.bold(words["rest"].format(len(rest)))
        yield f"{count}: {_groups(message, rest, markup, words, room - 100)}"
    if message.left_out:
        yield words["lost"].format(message.left_out)
    if message.late:
        yield words["late"].format(span(message.late, language))


def _groups(
    message: Message, rest: list[Item], markup: Markup, words: dict[str, str], room: int
) -> str:
    """Return the number of each state, severity and project; groups that do not fit are joined."""
    counts = Counter(
        (item.resolved, item.acknowledged, -item.alarm.severity.value, message.project_of(item))
        for item in rest
    )
    texts: list[str] = []
    untold, groups = len(rest), len(counts)
    for (resolved, seen, severity, project), count in sorted(counts.items()):
        sign = OVER_MARK if resolved else SEEN_MARK if seen else MARKS[Severity(-severity)]
        text = f"{sign} {Severity(-severity).name} {markup.one_line(project, 60)} {count}"
        room -= markup.size(text) + 2
        if room < 0:
            texts.append(words["other"].format(untold, groups))
            break
        texts.append(text)
        untold -= count
        groups -= 1
    return ", ".join(texts)
