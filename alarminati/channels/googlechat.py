"""Google Chat webhook: one card a message; reports of one alarm share a thread.

The address is the secret. `requestId` is the notice's key: Google answers a repeated key with the
existing message, so that a lost answer causes no duplicate. If a webhook refuses `requestId` or
threads with a 400 (the documentation does not say), the message is sent again without them, at
once. Numbers:
https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create,
https://developers.google.com/workspace/chat/limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

import msgspec

from alarminati.channels import html_text, parts
from alarminati.channels.http_client import NoAnswer, host_of
from alarminati.channels.listing import CROWD, colour, listing
from alarminati.channels.markup import Markup
from alarminati.channels.message import Message, rfc3339
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

BREAK = "<br>"
TEXT = 8000  # bytes of an alarm's message; with PAIRS twice it stays well under 32,000
PAIRS = 6000  # of labels, and of annotations
HEADLINE = 600
NAME = 150  # of a project or a cluster
LIST = 22_000  # of a digest
REST = 2000  # of the count of what is not listed

Card: TypeAlias = dict[str, Any]


class Settings(MessageStyle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a channel of type googlechat."""

    url: Secret  # https://chat.googleapis.com/v1/spaces/.../messages?key=...&token=...
    update: Literal["thread", "none"] = "thread"  # none: reports of one alarm share no thread
    rate: float = 0.9  # sends a second: with the burst, under 60 a minute for the whole space
    burst: int = 5
    max_items: int = 200  # alarms in one digest
    timeout: Duration = Duration(10)  # for the whole exchange
    ca: str = ""  # certificates (PEM) to trust instead of the system's; in the file also a path

    def __post_init__(self) -> None:
        check_url(self.url.reveal())
        check_pace(self.rate, self.burst, self.max_items, self.timeout)


def limits(settings: Settings) -> Limits:
    """Return limits below 60 messages in 60 seconds, which all writers of a space share."""
    return paced(settings, CROWD)


def shares(settings: Settings) -> str:
    """Return the key of the space, whatever webhook of it."""
    return veiled("googlechat", place_of(settings.url.reveal()))


def destination(settings: Settings) -> str:
    """Return the host that the channel posts to."""
    return host_of(settings.url.reveal())


def _size(text: str) -> int:
    """Return the bytes on the wire: the limit of 32,000 is for the message as JSON."""
    return len(msgspec.json.encode(text)) - 2


def _pieces(text: str) -> list[str]:
    return [BREAK if piece == "\n" else piece for piece in html_text.pieces(text)]


HTML = Markup(_pieces, _size, html_text.bold, html_text.italic, html_text.anchor)
# Headers and notifications show text as it is; <users/all> must not mention people even there.
PLAIN = Markup(lambda text: list(text.replace("<", "‹")), _size, str, str, lambda _, shown: shown)
FORM = MarkupProfile(HTML, TEXT, PLAIN)


def render(settings: Settings, message: Message) -> bytes:
    """Render a card: one alarm in full, or a digest that lists or counts every alarm."""
    made = (_digest if message.digest else _single)(message, settings.language)
    if settings.update == "none":
        made.pop("thread", None)
    return msgspec.json.encode(made)


def _card(title: str, place: str, headline: str, paragraphs: list[str]) -> Card:
    """Return a message with one card. `headline` is what a notification adds to the title."""
    widgets = [{"textParagraph": {"text": text}} for text in paragraphs]
    card = {"header": {"title": title, "subtitle": place}, "sections": [{"widgets": widgets}]}
    return {
        "fallbackText": f"{title} | {place}\n{PLAIN.one_line(headline, HEADLINE)}",
        "cardsV2": [{"cardId": "alarm", "card": card}],
    }


def _place(message: Message, project: str) -> str:
    return f"{PLAIN.one_line(project, NAME)} · {PLAIN.one_line(message.cluster, NAME)}"


def _single(message: Message, language: str) -> Card:
    item = message.items[0]
    alarm = item.alarm
    paragraphs = [parts.body(message, item, HTML, language, TEXT).replace("\n", BREAK)]
    pairs_of = ((parts.labels_of(message, item), 400), (parts.annotations_of(message, item), 1000))
    for pairs, width in pairs_of:
        if pairs:
            paragraphs.append(BREAK.join(pair_lines(pairs, HTML, language, width, PAIRS)))
    small = small_print(message, item, language, rfc3339(alarm.timestamp))
    paragraphs.append(" | ".join([*small, str(item.id)]))
    opening = html_text.anchor(alarm.link, html_text.bold(WORDS[language]["open"]))
    if opening.startswith("<a"):
        paragraphs.append(opening)
    title = parts.title(message, item, language, str)
    card = _card(title, _place(message, message.project_of(item)), alarm.message, paragraphs)
    # A space may serve several clusters; a new episode in an old thread would go unnoticed.
    thread = f"{message.cluster[:100]}/{item.fingerprint}/{item.since}"
    return card | {"thread": {"threadKey": thread}}


def _digest(message: Message, language: str) -> Card:
    room = LIST - len(BREAK) * len(message.items)
    listed = listing(message, HTML, language, room, REST)
    runs = groupby(listed.lines, lambda line: colour(line.items[0]))
    paragraphs = [BREAK.join(line.text for line in run) for _, run in runs]
    title = f"{mark(listed.worst)} {listed.title}"
    place = _place(message, message.project)
    return _card(title, place, listed.worst.alarm.message, paragraphs + listed.foot)


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify an answer by its status and Google's code."""
    word, about_key = _read(body)
    said = f"Google Chat answered {status} {word}".rstrip()
    if 200 <= status < 300 and "error" in read_object(body):
        busy = word in ("RESOURCE_EXHAUSTED", "UNAVAILABLE", "INTERNAL")
        return answered(said, 429, retry_after(headers)) if busy else reconfigure(said)
    if 200 <= status < 300:  # a page instead of JSON: a sign-in in between, or a wrong address
        page = body.lstrip().startswith(b"<")
        if page:
            return reconfigure(f"{said} with a web page")
        name = str(read_object(body).get("name", ""))
        fits = re.fullmatch(r"spaces/[\w-]{1,80}/messages/[\w.-]{1,120}", name, re.ASCII)
        return Verdict.delivered(name if fits else "")
    if status in (408, 429) or status >= 500:
        return answered(said, status, retry_after(headers))
    if status == 413 or (status == 400 and not about_key):
        return Verdict.dead(f"{said}: it refuses this message")
    return reconfigure(said)


def _read(body: bytes) -> tuple[str, bool]:
    """Return Google's code, such as RESOURCE_EXHAUSTED, and whether it concerns the address's key.

    An invalid key is an INVALID_ARGUMENT too, recognised only by its text or details.
    """
    try:
        word = msgspec.json.decode(body)["error"]["status"]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, LookupError, TypeError):
        return "", False
    about_key = re.search(rb"API_KEY|API key|token", body) is not None
    fits = isinstance(word, str) and re.fullmatch(r"[A-Z_]{1,40}", word)
    return (word if fits else ""), about_key


async def deliver(means: SendContext, settings: Settings, payload: bytes, key: str) -> Verdict:
    """Post; a second time without thread and key if Google refuses the first with 400."""
    url = settings.url.reveal()
    query = {"requestId": key, "messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"}
    full = f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "alarminati"}
    try:
        answer = await means.http.post(
            full, payload, headers, timeout=settings.timeout, ca=settings.ca
        )
        if answer.status == 400:
            bare = msgspec.json.decode(payload, type=dict[str, Any])
            bare.pop("thread", None)
            payload = msgspec.json.encode(bare)
            answer = await means.http.post(
                url, payload, headers, timeout=settings.timeout, ca=settings.ca
            )
    except NoAnswer as error:
        return unanswered(error)
    return judged(judge, answer, reads=True)
