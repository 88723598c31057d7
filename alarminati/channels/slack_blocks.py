"""Block Kit layout of alarms. Pure; every length is below Slack's limits by construction.

Slack: text 40,000, a section 3,000, a field 2,000, 50 blocks; messages over about 13,000
characters in all have been refused (github.com/slackapi/bolt-js/issues/2509).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from alarminati.channels import parts
from alarminati.channels.listing import Line, colour, listing
from alarminati.channels.markup import length
from alarminati.channels.message import Item, Message
from alarminati.channels.parts import pair_lines, small_print
from alarminati.channels.slack_text import (
    COLOURS,
    MRKDWN,
    Block,
    context,
    link,
    moment,
    place,
    section,
)
from alarminati.channels.wording import WORDS, mark
from alarminati.core.model.entries import Pairs

SECTION = 2400
HEADLINE = 300
FIELD = 240
FIELDS = 10
LIST = 9500  # of a digest
REST = 1200  # of the count of what is not listed


def payload(text: str, attachments: list[Block]) -> Block:
    """Return the request. `text` is shown by notifications and above the attachments."""
    return {"text": text, "parse": "none", "link_names": False, "attachments": attachments}


def attachment(item: Item, blocks: list[Block]) -> Block:
    """Return blocks beside a bar in the colour of the state."""
    return {"color": COLOURS[colour(item)], "blocks": blocks}


# One alarm


def single(message: Message, language: str) -> Block:
    """Return one alarm in full."""
    item = message.items[0]
    title = parts.title(message, item, language, MRKDWN.bold)
    title += f" | {place(message, message.project_of(item))}"
    # A template's text is placed where mentions work and notifications look.
    headline = message.text or MRKDWN.one_line(item.alarm.message, HEADLINE)
    full = parts.body(message, item, MRKDWN, language, SECTION)
    when = moment(item.alarm.timestamp)
    blocks = [
        *([section(full)] if full != headline else []),
        *_labels(parts.labels_of(message, item), language),
        *_annotations(parts.annotations_of(message, item), language),
        context(" | ".join([*small_print(message, item, language, when), f"`{item.id}`"])),
    ]
    if item.alarm.link:
        blocks.append(section(link(item.alarm.link, f"*{WORDS[language]['open']}*")))
    return payload(f"{title}\n{headline}", [attachment(item, blocks)])


def _labels(labels: Pairs, language: str) -> list[Block]:
    """Return up to ten labels as fields in two columns, more as lines."""
    if not labels:
        return []
    if len(labels) > FIELDS:
        return [section("\n".join(pair_lines(labels, MRKDWN, language, FIELD, SECTION)))]
    fields = [
        {
            "type": "mrkdwn",
            "text": f"*{MRKDWN.one_line(name, 80)}*\n{MRKDWN.fit(value, 150)}",
            "verbatim": True,
        }
        for name, value in labels
    ]
    return [{"type": "section", "fields": fields}]


def _annotations(annotations: Pairs, language: str) -> list[Block]:
    if not annotations:
        return []
    return [section("\n".join(pair_lines(annotations, MRKDWN, language, 800, SECTION)))]


# Many alarms


def digest(message: Message, language: str) -> Block:
    """Return many alarms, worst first and resolved ones last: each is listed or counted."""
    listed = listing(message, MRKDWN, language, LIST, REST)
    title = f"{mark(listed.worst)} *{listed.title}* | {place(message, message.project)}"
    attachments = [
        attachment(same[0].items[0], [section(text) for text in _packed(same)])
        for same in (list(run) for _, run in groupby(listed.lines, lambda x: colour(x.items[0])))
    ]
    if listed.foot:
        attachments.append({"blocks": [context(text) for text in listed.foot]})
    return payload(f"{title}\n{MRKDWN.one_line(listed.worst.alarm.message, HEADLINE)}", attachments)


def _packed(lines: Iterable[Line]) -> Iterator[str]:
    """Join lines to texts that fit a section."""
    text = ""
    for line in lines:
        if text and length(text) + 1 + length(line.text) > SECTION:
            yield text
            text = ""
        text = f"{text}\n{line.text}" if text else line.text
    yield text
