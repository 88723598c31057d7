"""Microsoft Teams through a Workflow ("When a Teams webhook request is received"): Adaptive Cards.

The address is the secret. The flow runs after it has answered: 202 means that the message was
accepted, not that it is posted, so the rate is well below the limits. There is no idempotency key.
Text of alarms is in text runs only: these have no Markdown, so nothing is escaped.
https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook,
https://adaptivecards.io/explorer/TextRun.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from alarminati.channels import parts
from alarminati.channels.http_client import NoAnswer, host_of
from alarminati.channels.listing import CROWD, OVER, SEEN, colour, listing
from alarminati.channels.markup import Markup
from alarminati.channels.message import Item, Message, rfc3339
from alarminati.channels.parts import pair_lines, small_print
from alarminati.channels.port import (
    MarkupProfile,
    SendContext,
    answered,
    check_pace,
    check_url,
    judged,
    paced,
    place_of,
    read_object,
    reconfigure,
    retry_after,
    unanswered,
    veiled,
)
from alarminati.channels.voice import MessageStyle
from alarminati.channels.wording import WORDS, mark
from alarminati.config import Duration, Secret
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import Pairs, Severity

BODY_LIMIT = 21_000  # bytes; 28 KB is documented, but 21 KB have been refused
ROOM = 14_000  # bytes for text, at first; it is made smaller until the body fits
REST = 1500  # bytes for the count of what is not listed

UNACCEPTABLE = (b"SchemaMismatch", b"InvalidRequestContent", b"TooLarge", b"too large")
"""Codes about the message itself: no later attempt can succeed."""

STYLES: dict[int, str] = {
    Severity.CRITICAL: "attention",
    Severity.ERROR: "attention",
    Severity.WARNING: "warning",
    Severity.INFO: "accent",
    SEEN: "emphasis",
    OVER: "good",
}


class Settings(MessageStyle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a channel of type teams."""

    url: Secret  # of the flow; its `sig` is what makes it secret
    rate: float = 0.5  # sends a second; a flow that is throttled after it answered loses messages
    burst: int = 3
    max_items: int = 100  # alarms in one digest
    timeout: Duration = Duration(10)  # for the whole exchange
    ca: str = ""  # certificates (PEM) to trust instead of the system's; in the file also a path

    def __post_init__(self) -> None:
        check_url(self.url.reveal())
        check_pace(self.rate, self.burst, self.max_items, self.timeout)


def limits(settings: Settings) -> Limits:
    """Return limits of one message in two seconds, with short bursts."""
    return paced(settings, CROWD)


def shares(settings: Settings) -> str:
    """Return the key of the flow."""
    return veiled("teams", place_of(settings.url.reveal()))


def destination(settings: Settings) -> str:
    """Return the host that the channel posts to."""
    return host_of(settings.url.reveal())


def render(settings: Settings, message: Message) -> bytes:
    """Render a card: one alarm in full, or a digest that lists or counts every alarm."""
    make = _digest if message.digest else _single
    room, made = ROOM, b""
    while not made or (len(made) > BODY_LIMIT and room):
        made = msgspec.json.encode(_post(make(message, settings.language, room)))
        room = room * 3 // 4
    return made


def _post(card: dict[str, Any]) -> dict[str, Any]:
    kind = "application/vnd.microsoft.card.adaptive"
    head = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
    }
    attachment = {"contentType": kind, "contentUrl": None, "content": head | card}
    return {"type": "message", "attachments": [attachment]}


def _pieces(text: str) -> list[str]:
    """Break up {{ by a word joiner: {{DATE(...)}} would be replaced by a date."""
    return list(text.replace("{{", "{\u2060{").replace("{{", "{\u2060{"))


def _size(text: str) -> int:
    """Return the bytes in JSON."""
    return len(msgspec.json.encode(text)) - 2


RUNS = Markup(_pieces, _size, str, str, lambda address, shown: shown)
FORM = MarkupProfile(RUNS, 6000, RUNS)
FACTS = Markup(_pieces, _size, "{}:".format, str, lambda address, shown: shown)


def _run(text: str, **style: object) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _lines(texts: list[str], **style: object) -> list[dict[str, Any]]:
    return [_run(text, **style) for text in texts]


def _head(item: Item, title: str) -> dict[str, Any]:
    """Return the first line, on the colour of the state."""
    items = [_run(title, weight="Bolder", size="Medium")]
    return {"type": "Container", "style": STYLES[colour(item)], "bleed": True, "items": items}


def _place(message: Message, project: str) -> str:
    return f"{RUNS.one_line(project, 200)} · {RUNS.one_line(message.cluster, 200)}"


def _single(message: Message, language: str, room: int) -> dict[str, Any]:
    item = message.items[0]
    alarm = item.alarm
    title = parts.title(message, item, language, str)
    title += f" | {_place(message, message.project_of(item))}"
    small = [*small_print(message, item, language, rfc3339(alarm.timestamp)), str(item.id)]
    card: dict[str, Any] = {
        "fallbackText": title,
        "body": [
            _head(item, title),
            _run(parts.body(message, item, RUNS, language, max(room // 3, 600))),
            *_pairs(parts.labels_of(message, item), language, room // 3),
            *_pairs(parts.annotations_of(message, item), language, room // 3),
            _run(" | ".join(small), isSubtle=True, size="Small"),
        ],
    }
    if alarm.link.startswith(("https://", "http://")):
        action = {"type": "Action.OpenUrl", "title": WORDS[language]["open"], "url": alarm.link}
        card["actions"] = [action]
    return card


def _pairs(pairs: Pairs, language: str, room: int) -> list[dict[str, Any]]:
    return _lines(pair_lines(pairs, FACTS, language, 800, room))


def _digest(message: Message, language: str, room: int) -> dict[str, Any]:
    listed = listing(message, RUNS, language, room, REST)
    title = f"{mark(listed.worst)} {listed.title} | {_place(message, message.project)}"
    body = [_head(listed.worst, title)]
    before = 0
    for line in listed.lines:
        block = _run(line.text)
        block["spacing"] = "None" if colour(line.items[0]) == before else "Medium"
        before = colour(line.items[0])
        body.append(block)
    body += _lines(listed.foot, isSubtle=True)
    return {"fallbackText": title, "body": body}


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify an answer: flows answer 202 at once, or any other 2xx by themselves."""
    said = f"Teams answered {status}"
    if 200 <= status < 300 and (failed := _failed(body)) is not None:
        return _behind(f"{said}, but posting failed with {failed or 'an error'}", failed, headers)
    if 200 <= status < 300:
        page = body.lstrip().startswith(b"<")  # a sign-in page in between also answers 200
        return reconfigure(f"{said} with a web page") if page else Verdict.delivered()
    if status in (408, 429) or status >= 500:
        return answered(said, status, retry_after(headers))
    if status == 413 or (status == 400 and any(code in body for code in UNACCEPTABLE)):
        return Verdict.dead(f"{said}: it refuses this message")
    return reconfigure(said)


def _failed(body: bytes) -> int | None:
    """Return the status that a 2xx hides, 0 when unnamed; None: it hides nothing.

    Connectors put it into a sentence ("Webhook message delivery failed with error: Microsoft Teams
    endpoint returned HTTP error 429 with ContextId ..."), flows into an `error`.
    """
    sentence = re.search(rb"HTTP error\D{0,20}([1-5][0-9][0-9])\b", body, re.IGNORECASE)
    if sentence:
        return int(sentence[1])
    failed = re.search(rb"(delivery|request) failed", body, re.IGNORECASE)
    return 0 if failed or read_object(body).get("error") else None


def _behind(said: str, status: int, headers: Mapping[str, str]) -> Verdict:
    """Classify a failure behind the flow. Without a status it may pass."""
    if status in (0, 408, 429) or status >= 500:
        return answered(said, status, retry_after(headers))
    return Verdict.dead(said) if status in (400, 413) else reconfigure(said)


async def deliver(means: SendContext, settings: Settings, payload: bytes, key: str) -> Verdict:
    """Post once. A flow has no place for the key."""
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "alarminati"}
    try:
        answer = await means.http.post(
            settings.url.reveal(), payload, headers, timeout=settings.timeout, ca=settings.ca
        )
    except NoAnswer as error:
        return unanswered(error)
    return judged(judge, answer)
