"""Telegram bot: one HTML text a message, in a chat, group, channel or topic.

The token is the secret; it is part of the address. There is no idempotency key, so a send whose
answer was lost may appear twice, but not an edit. `update: thread` answers an alarm's first
message with later ones, `edit` edits it (a reminder is still an answer), `none` sends each by
itself. Some refusals are corrected at once, in the same attempt: text that Telegram cannot parse
is sent again as plain text, a group that became a supergroup gets it under its new id, and a
message that cannot be edited is sent by itself. Numbers:
https://core.telegram.org/bots/api#sendmessage,
https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias

import msgspec

from alarminati.channels import html_text, parts
from alarminati.channels.http_client import NoAnswer, host_of
from alarminati.channels.listing import CROWD, listing
from alarminati.channels.markup import Markup, length
from alarminati.channels.message import Message, rfc3339
from alarminati.channels.parts import pair_lines, small_print
from alarminati.channels.port import (
    MarkupProfile,
    SendContext,
    answered,
    asked,
    check_pace,
    check_url,
    judged,
    paced,
    read_object,
    reconfigure,
    unanswered,
    veiled,
)
from alarminati.channels.voice import MessageStyle
from alarminati.channels.wording import WORDS, mark
from alarminati.config import Duration, Secret
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import Result

TEXT = 4096  # Telegram counts it without markup; with markup is the safer way
PAIRS = 650  # of labels, and of annotations
LINK = 900
NAME = 100  # of a project or a cluster
LIST = 3000  # of a digest
REST = 500  # of the count of what is not listed

UNACCEPTABLE = ("can't parse entities", "message is too long", "message text is empty")
"""Telegram's descriptions of faults of the message: no later attempt can succeed."""

UNCHANGED = "message is not modified"
GONE = ("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID")

KNOWN = (
    *UNACCEPTABLE,
    *GONE,
    UNCHANGED,
    "chat not found",
    "message thread not found",
    "not enough rights",
    "bot was blocked",
    "bot was kicked",
    "TOPIC_CLOSED",
)
"""Parts of descriptions that are shown to people; any other text may hold what was sent."""

Document: TypeAlias = dict[str, Any]


class Settings(MessageStyle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a channel of type telegram."""

    token: Secret  # of the bot: 123456:ABC...
    chat_id: int | str  # -1001234567890 or @channel
    topic: int = 0  # message_thread_id in a group with topics; 0: none
    update: Literal["thread", "edit", "none"] = "thread"
    rate: float = 0.25  # sends a second: with the burst, under 20 a minute, a group's limit
    burst: int = 3
    max_items: int = 60  # alarms in one digest; so many still fit, one short line each
    timeout: Duration = Duration(10)  # for one exchange
    api: str = "https://api.telegram.org"  # or an own Bot API server
    ca: str = ""  # certificates (PEM) to trust instead of the system's; in the file also a path

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}", self.token.reveal()):
            raise ValueError("token is not a bot's token (expected 123456:ABC..., of @BotFather)")
        chat = _chat(self)
        if isinstance(chat, str):
            fits = re.fullmatch(r"@\w{1,64}", chat, re.ASCII) is not None
        else:
            fits = chat != 0 and -(2**63) <= chat < 2**63
        if not fits:
            raise ValueError("chat_id must be a whole number such as -1001234567890, or @NAME")
        check_url(self.api)
        check_pace(self.rate, self.burst, self.max_items, self.timeout)


def _chat(settings: Settings) -> int | str:
    """Return the chat; a number even when it came as text, from a variable or a Secret."""
    chat = str(settings.chat_id)
    return int(chat) if re.fullmatch("-?[0-9]{1,20}", chat) else chat


def limits(settings: Settings) -> Limits:
    """Return limits of some 20 messages a minute to a group; a private chat accepts one a
    second."""
    return paced(settings, CROWD)


def shares(settings: Settings) -> str:
    """Return the key of the bot in that chat, whatever topic."""
    chat = str(_chat(settings)).lower()
    return veiled("telegram", settings.api, settings.token.reveal(), chat)


def destination(settings: Settings) -> str:
    """Return the host that the channel posts to."""
    return host_of(settings.api)


HTML = Markup(html_text.pieces, length, html_text.bold, html_text.italic, html_text.anchor)
FORM = MarkupProfile(HTML, 2400, HTML)


def render(settings: Settings, message: Message) -> bytes:
    """Render one alarm in full, or a digest that lists or counts every alarm."""
    document = {
        "chat_id": _chat(settings),
        "text": (_digest if message.digest else _single)(message, settings.language),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    if settings.topic:
        document["message_thread_id"] = settings.topic
    return msgspec.json.encode(document | _place(settings, message))


def _place(settings: Settings, message: Message) -> Document:
    """Return the arguments to answer or, with `message_id`, edit a message; empty: by itself."""
    first = message.items[0]
    chat, _, number = first.receipt.rpartition("/")
    if message.digest or settings.update == "none" or not re.fullmatch("[0-9]{1,18}", number):
        return {}
    if settings.update == "edit" and not first.rings:
        return {"chat_id": int(chat), "message_id": int(number)}
    return {"reply_parameters": {"message_id": int(number), "allow_sending_without_reply": True}}


def _title(text: str, message: Message, project: str) -> str:
    place = f"{HTML.one_line(project, NAME)} · {HTML.one_line(message.cluster, NAME)}"
    return f"{text} | {place}"


def _single(message: Message, language: str) -> str:
    """Render one alarm; its own text gets the room that the rest leaves, at least 1,100 units."""
    item = message.items[0]
    alarm = item.alarm
    rest = ["\n".join(pair_lines(parts.labels_of(message, item), HTML, language, 240, PAIRS))]
    annotations = parts.annotations_of(message, item)
    rest.append("\n".join(pair_lines(annotations, HTML, language, 500, PAIRS)))
    small = small_print(message, item, language, rfc3339(alarm.timestamp))
    rest.append(" | ".join([*small, f"<code>{item.id}</code>"]))
    opening = html_text.anchor(alarm.link, html_text.bold(WORDS[language]["open"]))
    rest.append(opening if opening.startswith("<a") and length(opening) <= LINK else "")
    text = parts.title(message, item, language, html_text.bold)
    title = _title(text, message, message.project_of(item))
    foot = "\n".join(part for part in rest if part)
    room = TEXT - 2 - length(title + foot)
    return f"{title}\n{parts.body(message, item, HTML, language, room)}\n{foot}"


def _digest(message: Message, language: str) -> str:
    listed = listing(message, HTML, language, LIST, REST)
    text = f"{mark(listed.worst)} {html_text.bold(listed.title)}"
    title = _title(text, message, message.project)
    return "\n".join([title, *(line.text for line in listed.lines), *listed.foot])


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify an answer by its status and Telegram's description."""
    answer = read_object(body)
    description = str(answer.get("description", ""))
    known = next((part for part in KNOWN if part in description), "")
    said = f"Telegram answered {status} {known}".rstrip()
    if 200 <= status < 300:
        if answer.get("ok") is not True:
            return reconfigure(f"{said}, not ok")
        return Verdict.delivered(_receipt(answer.get("result")))
    if status == 400 and known == UNCHANGED:  # an earlier attempt, whose answer was lost
        return Verdict.delivered()
    if status in (408, 429) or status >= 500:
        wait = _parameters(answer).get("retry_after")
        return answered(said, status, asked(wait, headers))
    if status == 413 or (status == 400 and known in UNACCEPTABLE):
        return Verdict.dead(f"{said}: it refuses this message")
    return reconfigure(said)


def _receipt(result: object) -> str:
    """Return CHAT/MESSAGE of what was sent or edited, or of the message that it answers."""
    match result:
        case {"reply_to_message": {"message_id": int(number)}, "chat": {"id": int(chat)}}:
            return f"{chat}/{number}"
        case {"message_id": int(number), "chat": {"id": int(chat)}}:
            return f"{chat}/{number}"
    return ""


def mended(payload: bytes, body: bytes) -> bytes | None:
    """Return the request to send after a refusal that can be corrected; None otherwise."""
    answer, document = read_object(body), read_object(payload)
    chat = _parameters(answer).get("migrate_to_chat_id")
    if isinstance(chat, int) and chat != document["chat_id"]:
        return msgspec.json.encode(document | {"chat_id": chat})
    if "message_id" in document and any(one in str(answer.get("description")) for one in GONE):
        del document["message_id"]
        return msgspec.json.encode(document)
    if "can't parse entities" in str(answer.get("description")) and "parse_mode" in document:
        del document["parse_mode"]
        return msgspec.json.encode(document | {"text": html_text.plain(document["text"])})
    return None


def _parameters(answer: Document) -> Document:
    parameters = answer.get("parameters")
    return parameters if isinstance(parameters, dict) else {}


async def deliver(means: SendContext, settings: Settings, payload: bytes, key: str) -> Verdict:
    """Post, and post corrections: at most four times. Telegram has no place for the key."""
    base = f"{settings.api.rstrip('/')}/bot{settings.token.reveal()}"
    headers = {"Content-Type": "application/json", "User-Agent": "alarminati"}
    following: bytes | None = payload
    try:
        for _ in range(4):
            payload = following or payload
            method = "editMessageText" if "message_id" in read_object(payload) else "sendMessage"
            answer = await means.http.post(
                f"{base}/{method}", payload, headers, timeout=settings.timeout, ca=settings.ca
            )
            following = mended(payload, answer.body) if answer.status == 400 else None
            if following is None:
                break
    except NoAnswer as error:
        return unanswered(error)
    verdict = judged(judge, answer)
    chat = read_object(payload)["chat_id"]
    moved = isinstance(_chat(settings), int) and chat != _chat(settings)
    if verdict.result is Result.DELIVERED and moved:
        return replace(verdict, detail=f"the group has moved: set chat_id to {chat}")
    return verdict
