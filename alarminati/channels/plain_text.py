"""Alarms as plain text, for channels without markup. Pure."""

from __future__ import annotations

from alarminati.channels import parts
from alarminati.channels.listing import listing
from alarminati.channels.markup import Markup, length
from alarminati.channels.message import Message, rfc3339
from alarminati.channels.wording import WORDS, mark

ROOM = 900  # least room that `body` needs
PLAIN = Markup(list, length, str, str, lambda address, shown: shown)


def title(message: Message, language: str) -> str:
    """Return sign, state and place; up to 250 units."""
    item = message.items[0]
    place = (
        f"{PLAIN.one_line(message.project_of(item), 60)} · {PLAIN.one_line(message.cluster, 60)}"
    )
    if not message.digest:
        return f"{parts.title(message, item, language, str)} | {place}"
    listed = listing(message, PLAIN, language, 0, ROOM)
    place = f"{PLAIN.one_line(message.project, 60)} · {PLAIN.one_line(message.cluster, 60)}"
    return f"{mark(listed.worst)} {listed.title} | {place}"


def body(message: Message, language: str, room: int) -> str:
    """Return one alarm in full or a digest that lists or counts every alarm, in at most `room`
    units."""
    if message.digest:
        foot = min(1500, room // 3)
        listed = listing(message, PLAIN, language, room - foot - 150, foot)
        return "\n".join([*(line.text for line in listed.lines), *listed.foot])
    item = message.items[0]
    share = (room - ROOM // 2) // 4
    lines = parts.pair_lines(parts.labels_of(message, item), PLAIN, language, 300, share)
    lines += parts.pair_lines(parts.annotations_of(message, item), PLAIN, language, 500, share)
    moment = rfc3339(item.alarm.timestamp)
    lines.append(" | ".join([*parts.small_print(message, item, language, moment), str(item.id)]))
    link = item.alarm.link
    if link and length(link) <= share:
        lines.append(f"{WORDS[language]['open']}: {link}")
    rest = "\n".join(lines)
    told = parts.body(message, item, PLAIN, language, room - 1 - length(rest))
    return f"{told}\n{rest}"
