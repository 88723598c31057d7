"""Trial of templates before their use, on an alarm as large as alarms get."""

from __future__ import annotations

from collections.abc import Iterator

from alarminati.channels.message import Item, Message
from alarminati.channels.port import Channel
from alarminati.channels.template import check_template, fill, fill_title
from alarminati.core.model.entries import Alarm, EntryId, NotificationReason, Severity
from alarminati.templates.bounded import BadTemplate, TooSlow

_WORDS = "0f9e8d7c6b5a {{ <b>&</b> }} \u2066가나다\n"
_ALARM = Alarm(
    message=_WORDS * 250,
    severity=Severity.CRITICAL,
    timestamp=1_758_166_920_000,
    labels=tuple((f"label{place:02}", _WORDS * 30) for place in range(64)),
    annotations=tuple((f"annotation{place:02}", _WORDS * 60) for place in range(64)),
    link="https://example.org/",
    source="canary",
)
_ITEM = Item(
    _ALARM,
    EntryId("canary00", 1),
    "0" * 16,
    False,
    _ALARM.timestamp,
    reason=NotificationReason.ACKNOWLEDGED,
    by="canary",
    comment=_WORDS,
)
_MESSAGE = Message("canary", "canary", "canary", "canary", (_ITEM,), now=_ALARM.timestamp + 90_000)


def tried(channel: Channel) -> Iterator[tuple[str, str]]:
    """Yield each key of a channel whose template cannot be used, with a sentence about it.

    Failures that depend on this alarm are left out: another may have the label that the template
    needs. Takes as long as a rendering may; call it in a thread.
    """
    for key, source in zip(("title", "template"), channel.templates, strict=True):
        if not source:
            continue
        form = channel.driver.FORM
        try:
            check_template(source)
            try:
                if key == "title":
                    fill_title(source, _MESSAGE, "en", form.title)
                else:
                    fill(source, _MESSAGE, "en", form.body, form.room)
            except TooSlow:
                raise
            except BadTemplate:
                pass
        except BadTemplate as error:
            yield key, str(error)
