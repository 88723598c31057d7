"""Discord webhook: one embed an alarm, or a digest with an embed for each severity.

The address is the secret. Webhooks have no idempotency key, so a send whose answer was lost may
appear twice, but not an edit. With `update: edit` the message of an alarm is edited when the alarm
is acknowledged or resolved; a webhook cannot answer a message. `wait=true`, because Discord
otherwise hides that a message was not saved. No text of an alarm mentions anybody. Numbers:
https://discord.com/developers/docs/resources/webhook#execute-webhook,
https://discord.com/developers/docs/resources/message#embed-object-embed-limits,
https://discord.com/developers/docs/topics/rate-limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from alarminati.channels import parts
from alarminati.channels.http_client import HttpResponse, NoAnswer, host_of
from alarminati.channels.listing import CROWD, OVER, SEEN, colour, listing
from alarminati.channels.markup import Markup, length
from alarminati.channels.message import Item, Message, rfc3339
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
    place_of,
    read_object,
    reconfigure,
    unanswered,
    veiled,
)
from alarminati.channels.voice import MessageStyle
from alarminati.channels.wording import WORDS, mark
from alarminati.config import Duration, Secret
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import Severity

DESCRIPTION = 4096  # of one embed; all texts of all embeds together: 6000
PAIRS = 900  # of labels, and of annotations
LINK = 600
NAME = 80  # of a project or a cluster, so that a title keeps to 256
LIST = 4000  # of a digest
REST = 800  # of the count of what is not listed

COLOURS: dict[int, int] = {
    Severity.CRITICAL: 0xD00000,
    Severity.ERROR: 0xE8590C,
    Severity.WARNING: 0xF2C744,
    Severity.INFO: 0x439FE0,
    SEEN: 0x868E96,
    OVER: 0x2EB67D,
}

EDITED = "message_id"  # in our payload only: the message to edit

UNACCEPTABLE = frozenset({50006, 50035})  # empty message, invalid form body
"""Codes about the message itself: no later attempt can succeed."""

Document: TypeAlias = dict[str, Any]


class Settings(MessageStyle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a channel of type discord."""

    url: Secret  # https://discord.com/api/webhooks/ID/TOKEN, with ?thread_id=ID for a thread
    update: Literal["edit", "none"] = "none"
    rate: float = 0.4  # sends a second; Discord gives its limit in headers only, seen: 30 a minute
    burst: int = 4  # seen: 5 in 2 seconds
    max_items: int = 80  # alarms in one digest; so many still fit, one short line each
    timeout: Duration = Duration(10)  # for the whole exchange
    ca: str = ""  # certificates (PEM) to trust instead of the system's; in the file also a path

    def __post_init__(self) -> None:
        check_url(self.url.reveal())
        check_pace(self.rate, self.burst, self.max_items, self.timeout)


def limits(settings: Settings) -> Limits:
    """Return limits of under 30 messages a minute."""
    return paced(settings, CROWD)


def shares(settings: Settings) -> str:
    """Return the key of the webhook, whatever thread."""
    return veiled("discord", place_of(settings.url.reveal()))


def destination(settings: Settings) -> str:
    """Return the host that the channel posts to."""
    return host_of(settings.url.reveal())


def _pieces(text: str) -> list[str]:
    """Escape all punctuation: no markup, mention, emoji name or address is left."""
    return [f"\\{char}" if char in "\\*_~`|>#+-[]()<@:" else char for char in text]


def _link(address: str, shown: str) -> str:
    target = re.sub(r"[\s()<>\[\]\\*_~`|]", lambda found: quote(found[0], safe=""), address)
    fits = re.match("https?://", target, re.IGNORECASE) and length(target) <= LINK
    return f"[{shown}]({target})" if fits else shown


MARKDOWN = Markup(_pieces, length, "**{}**".format, "*{}*".format, _link)
FORM = MarkupProfile(MARKDOWN, 2400, MARKDOWN)


def render(settings: Settings, message: Message) -> bytes:
    """Render one alarm in full, or a digest that lists or counts every alarm."""
    make = _digest if message.digest else _single
    document: Document = {"embeds": make(message, settings.language)}
    document["allowed_mentions"] = {"parse": []}
    if settings.update == "edit" and _editable(message):
        document[EDITED] = message.items[0].receipt
    return msgspec.json.encode(document)


def _editable(message: Message) -> bool:
    """Return whether there is a message of this alarm alone, and a silent edit is enough."""
    first = message.items[0]
    known = re.fullmatch("[0-9]{1,20}", first.receipt) is not None
    return known and not message.digest and not first.rings


def _title(text: str, message: Message, project: str) -> str:
    names = (MARKDOWN.one_line(name, NAME) for name in (project, message.cluster))
    return f"{text} | {' · '.join(names)}"


def _embed(item: Item, text: str) -> Document:
    """Return a text beside a bar in the colour of the state."""
    return {"color": COLOURS[colour(item)], "description": text}


def _single(message: Message, language: str) -> list[Document]:
    """Render one alarm; its own text gets the room that the rest leaves, at least 1,500 units."""
    item = message.items[0]
    alarm = item.alarm
    rest = pair_lines(parts.labels_of(message, item), MARKDOWN, language, 300, PAIRS)
    rest += pair_lines(parts.annotations_of(message, item), MARKDOWN, language, 600, PAIRS)
    opening = _link(alarm.link, MARKDOWN.bold(WORDS[language]["open"]))
    foot = "\n".join([*rest, *([opening] if opening.startswith("[") else [])])
    told = parts.body(message, item, MARKDOWN, language, DESCRIPTION - 1 - length(foot))
    text = f"{told}\n{foot}".rstrip("\n")
    small = small_print(message, item, language, rfc3339(alarm.timestamp))
    what = parts.title(message, item, language, str)
    title = _title(what, message, message.project_of(item))
    footer = {"text": " | ".join([*small, str(item.id)])}
    return [_embed(item, text) | {"title": title, "footer": footer}]


def _digest(message: Message, language: str) -> list[Document]:
    listed = listing(message, MARKDOWN, language, LIST, REST)
    runs = [list(run) for _, run in groupby(listed.lines, lambda line: colour(line.items[0]))]
    embeds = [_embed(run[0].items[0], "\n".join(line.text for line in run)) for run in runs]
    if listed.foot:
        embeds.append({"description": "\n".join(listed.foot)})
    embeds[0]["title"] = _title(f"{mark(listed.worst)} {listed.title}", message, message.project)
    return embeds


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify an answer by its status and the code in the body."""
    answer = read_object(body)
    code = answer.get("code")
    code = code if isinstance(code, int) else 0
    said = f"Discord answered {status}" + (f" with code {code}" if code else "")
    if 200 <= status < 300:  # a page instead of JSON: a sign-in in between, or a wrong address
        page = body.lstrip().startswith(b"<")
        if page:
            return reconfigure(f"{said} with a web page")
        if code and "id" not in answer:
            return reconfigure(said)
        receipt = str(answer.get("id", ""))
        return Verdict.delivered(receipt if receipt.isdigit() else "", _spent(headers))
    if status in (408, 429) or status >= 500:
        wait = answer.get("retry_after")
        return answered(said, status, asked(wait, headers))
    if status == 413 or (status == 400 and code in UNACCEPTABLE):
        return Verdict.dead(f"{said}: it refuses this message")
    return reconfigure(said)


def _spent(headers: Mapping[str, str]) -> float | None:
    """Return the seconds until the next message, when this was the last of the limit."""
    if headers.get("x-ratelimit-remaining") != "0":
        return None
    try:
        wait = float(headers.get("x-ratelimit-reset-after", ""))
    except ValueError:
        return None
    return wait if 0 < wait < 1e6 else None


def edit_url(url: str, id: str) -> str:
    """Return where a message of this webhook is edited."""
    parts = urlsplit(url)
    path = f"{parts.path.rstrip('/')}/messages/{id}"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


async def deliver(means: SendContext, settings: Settings, payload: bytes, key: str) -> Verdict:
    """Post, or edit a message that is still there. Discord has no place for the key."""
    document = read_object(payload)
    edited = document.pop(EDITED, "")
    if edited:
        payload = msgspec.json.encode(document)
        answer = await _send(means, settings, payload, edited)
        if isinstance(answer, Verdict) or answer.status != 404:
            return answer if isinstance(answer, Verdict) else _judged(answer)
    answer = await _send(means, settings, payload, "")
    return answer if isinstance(answer, Verdict) else _judged(answer)


def _judged(answer: HttpResponse) -> Verdict:
    return judged(judge, answer)


async def _send(
    means: SendContext, settings: Settings, payload: bytes, edited: str
) -> HttpResponse | Verdict:
    url = settings.url.reveal()
    if edited:
        url, method = edit_url(url, edited), "PATCH"
    else:
        url, method = f"{url}{'&' if '?' in url else '?'}wait=true", "POST"
    headers = {"Content-Type": "application/json", "User-Agent": "alarminati"}
    try:
        return await means.http.post(
            url, payload, headers, timeout=settings.timeout, ca=settings.ca, method=method
        )
    except NoAnswer as error:
        return unanswered(error)
