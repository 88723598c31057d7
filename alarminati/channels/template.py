"""Templates: text or title of an alarm in a small part of Jinja2.

A list names what a template may contain (variables, filters, loops over labels and annotations),
so that its work and output are bounded for every template and alarm: no loop in a loop, no
assignment, no macro, no call but `.items()` and `.get()`. Numbers and texts are bounded
(`thrift`), and so are the characters that one rendering handles and its processor time. Even so,
call it in a thread. Inserted values are escaped and cut as the channel needs it; the template's
own text stays as it is, so it may use the channel's markup. jinja2 is loaded when a channel has a
template.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from alarminati.channels.markup import Markup
from alarminati.channels.message import Item, Message, rfc3339
from alarminati.channels.wording import mark, span, state
from alarminati.templates.bounded import BadTemplate, Budget, Dialect, compiled, why

if TYPE_CHECKING:
    from jinja2 import Template

TITLE = 80  # units of a title
PATIENCE = 1.0  # seconds on the processor for one rendering
WORK = 2_000_000  # characters that insertions, filters and operators of one rendering are given
STEPS = 3000  # insertions and filters of one rendering
WIDTHS = (2000, 500, 150, 60)  # of what is inserted, one after the other until all of it fits
VARIABLES = frozenset(
    {
        "mark", "state", "status", "severity", "message", "labels", "annotations",
        "project", "cluster", "channel", "link", "source", "id", "fingerprint", "reported",
        "since", "until", "lasting", "late", "by", "comment", "reminder_number", "began", "test",
    }
)  # fmt: skip
DIALECT = Dialect(VARIABLES, ("labels", "annotations"))


def check_template(source: str) -> None:
    """Raise BadTemplate unless `source` may be the template of a channel."""
    compiled(source, DIALECT)


def fill(source: str, message: Message, language: str, markup: Markup, room: int) -> str:
    """Render the first alarm of the message: 1 to `room` units. Raises BadTemplate."""
    template = compiled(source, DIALECT)
    values = _values(message, message.items[0], language)
    until = time.thread_time() + PATIENCE
    for width in (room, *(each for each in WIDTHS if each < room)):
        text = _render(template, values, _Pen(markup, width, room, until))
        if text is not None and markup.size(text) <= room:
            break
    else:
        raise BadTemplate(f"it makes more than the {room} characters there is room for")
    if not text:
        raise BadTemplate("it makes no text")
    return text


def fill_title(source: str, message: Message, language: str, markup: Markup) -> str:
    """Render a title like `fill`, in one line of at most `TITLE` units."""
    text = fill(source, message, language, _in_one_line(markup), TITLE)
    return " ".join(text.split())


def _in_one_line(markup: Markup) -> Markup:
    def pieces(text: str) -> list[str]:
        return markup.pieces(" ".join(text.split()))

    return Markup(pieces, markup.size, markup.bold, markup.small, markup.link)


class _Full(Exception):
    """There is no room left."""


class _Pen(Budget):
    """Writer of inserted values that counts room, steps and work of one rendering.

    `until` is a processor time of this thread.
    """

    def __init__(self, markup: Markup, width: int, room: int, until: float) -> None:
        super().__init__(STEPS, WORK, until, PATIENCE)
        self._markup = markup
        self._width = width
        self._room = room

    def write(self, value: object) -> str:
        """Write a value, escaped and cut; methods and missing values are empty."""
        self.step(value)
        shown = isinstance(value, str | int | float | list | dict)
        text = self._markup.fit(str(value), self._width) if shown else ""
        self._room -= self._markup.size(text)
        if self._room < 0:
            raise _Full
        return text


def _render(template: Template, values: Mapping[str, Any], pen: _Pen) -> str | None:
    """Render with that width; None: there is no room."""
    try:
        return template.render(**values, _pen=pen).strip()
    except _Full:
        return None
    except BadTemplate:
        raise
    except Exception as error:  # caused by the template: wrong types, odd arguments
        raise BadTemplate(why(error)) from None


def _values(message: Message, item: Item, language: str) -> dict[str, Any]:
    alarm = item.alarm
    end = item.until or message.now
    return {
        "mark": mark(item),
        "state": state(message, item, language),
        "status": "resolved" if item.resolved else "firing",
        "severity": alarm.severity.name,
        "message": alarm.message,
        "labels": dict(alarm.labels),
        "annotations": dict(alarm.annotations),
        "project": message.project_of(item),
        "cluster": message.cluster,
        "channel": message.channel,
        "link": alarm.link,
        "source": alarm.source,
        "id": str(item.id),
        "fingerprint": item.fingerprint,
        "reported": rfc3339(alarm.timestamp),
        "since": rfc3339(item.since) if item.since else "",
        "until": rfc3339(item.until) if item.until else "",
        "lasting": span((end - item.since) / 1000, language) if item.since and end else "",
        "late": span(message.late, language) if message.late else "",
        "by": item.by,
        "comment": item.comment,
        "reminder_number": item.reminder_number,
        "began": item.began,
        "test": message.test,
    }
