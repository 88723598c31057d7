"""How alarms look in Slack. Pure; every length is kept under Slack's limits by construction.

Slack: text 40,000, a section 3,000, a field 2,000, 50 blocks; messages over about 13,000 characters
in all have been refused (github.com/slackapi/bolt-js/issues/2509).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from alarminati.channels.message import Item, Message
from alarminati.channels.slack_text import (
    COLOURS,
    MARKS,
    OVER_COLOUR,
    OVER_MARK,
    WORDS,
    Block,
    context,
    fit,
    length,
    link,
    mark,
    moment,
    one_line,
    place,
    section,
    span,
)
from alarminati.core.entries import Pairs, Severity

SECTION = 2400
HEADLINE = 300
FIELD = 240
FIELDS = 10
LIST = 9500  # of a digest
REST = 1200  # of the count of what is not listed
LINE_MIN, LINE_MAX = 40, 400
NAME_MIN, NAME_MAX = 8, 60
LINE = 1000  # of one line of names


def payload(text: str, attachments: list[Block]) -> Block:
    """The request. `text` is what a notification shows and stands above the attachments."""
    return {"text": text, "parse": "none", "link_names": False, "attachments": attachments}


def attachment(item: Item, blocks: list[Block]) -> Block:
    """Blocks beside a bar in the colour of the state."""
    colour = OVER_COLOUR if item.resolved else COLOURS[item.alarm.severity]
    return {"color": colour, "blocks": blocks}


# One alarm


def single(message: Message, language: str) -> Block:
    """One alarm in full."""
    words, item = WORDS[language], message.items[0]
    state = words["test" if message.test else "resolved" if item.resolved else "firing"]
    title = f"{mark(item)} *{state}* {item.alarm.severity.name}"
    title += f" | {place(message, message.project_of(item))}"
    headline = one_line(item.alarm.message, HEADLINE)
    full = fit(item.alarm.message, SECTION)
    blocks = [
        *([section(full)] if full != headline else []),
        *_labels(item.alarm.labels, words),
        *_annotations(item.alarm.annotations, words),
        context(" | ".join(_small_print(message, item, words))),
    ]
    if item.alarm.link:
        blocks.append(section(link(item.alarm.link, f"*{words['open']}*")))
    return payload(f"{title}\n{headline}", [attachment(item, blocks)])


def _small_print(message: Message, item: Item, words: dict[str, str]) -> Iterator[str]:
    yield f"{words['reported']} {moment(item.alarm.timestamp)}"
    if item.until and item.since:
        yield words["after"].format(span((item.until - item.since) / 1000))
    if message.late:
        yield words["late"].format(span(message.late))
    yield f"`{item.id}`"


def _labels(labels: Pairs, words: dict[str, str]) -> list[Block]:
    """Up to ten as fields in two columns, more as lines."""
    if not labels:
        return []
    if len(labels) > FIELDS:
        return [section(_lines(labels, words, FIELD))]
    fields = [
        {"type": "mrkdwn", "text": f"*{one_line(name, 80)}*\n{fit(value, 150)}", "verbatim": True}
        for name, value in labels
    ]
    return [{"type": "section", "fields": fields}]


def _annotations(annotations: Pairs, words: dict[str, str]) -> list[Block]:
    return [section(_lines(annotations, words, 800))] if annotations else []


def _lines(pairs: Pairs, words: dict[str, str], width: int) -> str:
    """One line each while there is room, then how many more there are."""
    lines: list[str] = []
    room = SECTION - 40
    for name, value in pairs:
        line = f"*{one_line(name, 80)}* {fit(value, width - 90)}"
        room -= length(line) + 1
        if room < 0:
            lines.append("… " + words["more"].format(len(pairs) - len(lines)))
            break
        lines.append(line)
    return "\n".join(lines)


# Many alarms


class Line(NamedTuple):
    """A line of a digest and the items it tells."""

    text: str
    items: Sequence[Item]


def digest(message: Message, language: str) -> Block:
    """Many alarms, worst first and resolved ones last: each is listed or counted."""
    words = WORDS[language]
    items = sorted(message.items, key=_place_in_digest)
    resolved = sum(item.resolved for item in items)
    title = words["digest"].format(len(items) - resolved, resolved)
    title = f"{mark(items[0])} *{title}* | {place(message, message.project)}"
    lines = _within(_lines_of(message, items), LIST)
    attachments = [
        attachment(same[0].items[0], [section(text) for text in _packed(same)])
        for same in (list(run) for _, run in groupby(lines, lambda line: _colour(line.items[0])))
    ]
    listed = sum(len(line.items) for line in lines)
    foot = [context(text) for text in _foot(message, items[listed:], words)]
    if foot:
        attachments.append({"blocks": foot})
    return payload(f"{title}\n{one_line(items[0].alarm.message, HEADLINE)}", attachments)


def _place_in_digest(item: Item) -> tuple[bool, int, str, str]:
    """Sorts what shares a line together."""
    return (item.resolved, _colour(item), item.alarm.project, item.alarm.message)


def _colour(item: Item) -> int:
    return 0 if item.resolved else item.alarm.severity.value


def _lines_of(message: Message, items: list[Item]) -> Iterator[Line]:
    """Alarms that differ in labels only share a line and are told apart by those labels."""
    groups = [list(group) for _, group in groupby(items, _place_in_digest)]
    many = sum(len(group) for group in groups if len(group) > 1)
    pool = LIST // 2 if many else LIST
    width = max(LINE_MIN, min(LINE_MAX, pool // len(groups) - 30))
    name_width = max(NAME_MIN, min(NAME_MAX, pool // (many or 1) - 2))
    over = {item.fingerprint for item in items if item.resolved}
    for group in groups:
        if len(group) == 1:
            yield Line(_told(message, group[0], width) + _over(group[0], over), group)
        else:
            yield from _shared(message, group, width, name_width, over)


def _over(item: Item, over: set[str]) -> str:
    """A sign that a firing item is told as over further down."""
    return f" {OVER_MARK}" if not item.resolved and item.fingerprint in over else ""


def _told(message: Message, item: Item, width: int) -> str:
    """Sign, what happened, and as much of project and labels as there is room for."""
    told = one_line(item.alarm.message, width)
    room = width - length(told)
    if item.alarm.link and length(item.alarm.link) < room:
        told = link(item.alarm.link, told.replace("|", "¦"))
        room = width - length(told)
    if room <= 12:
        return f"{mark(item)} {told}"
    labels = " ".join(f"{name}={value}" for name, value in item.alarm.labels)
    about = f"{_foreign(message, item)}{labels}"
    small = f" _{one_line(about, room - 4)}_" if about else ""
    return f"{mark(item)} {told}{small}"


def _foreign(message: Message, item: Item) -> str:
    """The item's project when it is not the cluster's own."""
    project = message.project_of(item)
    return f"{project} " if project != message.project else ""


def _shared(
    message: Message, group: list[Item], width: int, name_width: int, over: set[str]
) -> Iterator[Line]:
    """A title with how many, then what tells the items apart, over as many lines as it takes."""
    about = one_line(_foreign(message, group[0]) + group[0].alarm.message, width)
    text, told = f"{mark(group[0])} {about} ×{len(group)}:", list[Item]()
    common = set(group[0].alarm.labels).intersection(*(item.alarm.labels for item in group[1:]))
    for item in group:
        values = [pair[1] for pair in item.alarm.labels if pair not in common]
        name = one_line(" ".join(values) or str(item.id), name_width) + _over(item, over)
        if told and length(text) + length(name) + 2 > LINE:
            yield Line(text, told)
            text, told = "…", []
        text, told = f"{text}{',' if told else ''} {name}", [*told, item]
    yield Line(text, told)


def _within(lines: Iterable[Line], room: int) -> list[Line]:
    """The first lines that fit."""
    kept: list[Line] = []
    for line in lines:
        room -= length(line.text) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def _packed(lines: Iterable[Line]) -> Iterator[str]:
    """Lines joined to texts that fit a section."""
    text = ""
    for line in lines:
        if text and length(text) + 1 + length(line.text) > SECTION:
            yield text
            text = ""
        text = f"{text}\n{line.text}" if text else line.text
    yield text


def _foot(message: Message, rest: list[Item], words: dict[str, str]) -> Iterator[str]:
    """What is not in the list: counted by group, and lateness."""
    if rest:
        yield f"*{words['rest'].format(len(rest))}*: {_groups(message, rest, words)}"
    if message.left_out:
        yield words["lost"].format(message.left_out)
    if message.late:
        yield words["late"].format(span(message.late))


def _groups(message: Message, rest: list[Item], words: dict[str, str]) -> str:
    """How many of each state, severity and project; groups that do not fit are counted together."""
    counts = Counter(
        (item.resolved, item.alarm.severity.value, message.project_of(item)) for item in rest
    )
    texts: list[str] = []
    room, untold, groups = REST - 100, len(rest), len(counts)
    for (resolved, severity, project), count in sorted(counts.items()):
        sign = OVER_MARK if resolved else MARKS[Severity(severity)]
        text = f"{sign} {Severity(severity).name} {one_line(project, 60)} {count}"
        room -= length(text) + 2
        if room < 0:
            texts.append(words["other"].format(untold, groups))
            break
        texts.append(text)
        untold -= count
        groups -= 1
    return ", ".join(texts)
