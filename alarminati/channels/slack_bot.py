"""Slack through a bot's token: like the webhook, with one thread or message for an alarm's life.

`update: thread` answers an alarm's first message with later ones, `edit` edits it, `none` posts
each message by itself. A reminder is always an answer that the whole channel sees, because an edit
is silent. If the first message is gone, the next is posted by itself, at once. Slack answers 200
to nearly everything: the body has the result. There is no idempotency key, so a send whose answer
was lost may appear twice, but not an edit.
https://docs.slack.dev/reference/methods/chat.postMessage,
https://docs.slack.dev/reference/methods/chat.update,
https://docs.slack.dev/apis/web-api/rate-limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from alarminati.channels import slack
from alarminati.channels.http_client import NoAnswer, host_of
from alarminati.channels.listing import CROWD
from alarminati.channels.message import Message
from alarminati.channels.port import (
    SendContext,
    answered,
    check_pace,
    check_url,
    judged,
    paced,
    read_object,
    reconfigure,
    retry_after,
    unanswered,
    veiled,
)
from alarminati.channels.slack_blocks import digest, single
from alarminati.channels.voice import MessageStyle
from alarminati.config import Duration, Secret
from alarminati.core.delivery.attempts import Limits, Verdict

FORM = slack.FORM

PASSING = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
GONE = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "thread_not_found",
        "cannot_reply_to_message",
        "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",
    }
)
"""Slack's codes for a missing first message: the next one is posted by itself."""


class Settings(MessageStyle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a channel of type slackbot."""

    token: Secret  # xoxb-..., of an app with the scope chat:write that is in the channel
    channel: str  # C0123456789, better than #name: that may change
    update: Literal["thread", "edit", "none"] = "thread"
    rate: float = 0.75  # sends a second: one is documented, 50 edits a minute
    burst: int = 3
    max_items: int = 200  # alarms in one digest
    timeout: Duration = Duration(10)  # for one exchange
    api: str = "https://slack.com/api"
    ca: str = ""  # certificates (PEM) to trust instead of the system's; in the file also a path

    def __post_init__(self) -> None:
        if not re.fullmatch(r"xox[a-z]-[A-Za-z0-9-]{1,300}", self.token.reveal()):
            raise ValueError("token is not a token of a Slack app (expected xoxb-...)")
        if not re.fullmatch(r"[CGD][A-Z0-9]{5,30}|#[^\s<>#]{1,80}", self.channel):
            raise ValueError("channel must be the id of a channel such as C0123456789, or #NAME")
        check_url(self.api)
        check_pace(self.rate, self.burst, self.max_items, self.timeout)


def limits(settings: Settings) -> Limits:
    """Return limits of under 50 messages a minute to one channel."""
    return paced(settings, CROWD)


def shares(settings: Settings) -> str:
    """Return the key of the bot in that channel."""
    return veiled("slackbot", settings.api, settings.token.reveal(), settings.channel)


def destination(settings: Settings) -> str:
    """Return the host that the channel posts to."""
    return host_of(settings.api)


def render(settings: Settings, message: Message) -> bytes:
    """Render the arguments of chat.postMessage, or with `ts` those of chat.update."""
    make = digest if message.digest else single
    document = make(message, settings.language) | {"channel": settings.channel}
    first = message.items[0]
    channel, _, place = first.receipt.partition("/")
    if message.digest or not place or settings.update == "none":
        return msgspec.json.encode(document | {"unfurl_links": False, "unfurl_media": False})
    document["channel"] = channel
    if settings.update == "edit" and not first.rings:
        return msgspec.json.encode(document | {"ts": place})
    document |= {"unfurl_links": False, "unfurl_media": False}
    return msgspec.json.encode(document | {"thread_ts": place, "reply_broadcast": first.rings})


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify an answer: 200 with `ok` and `error` in the body, or a status without a body."""
    answer = read_object(body)
    code = slack.code_of(str(answer.get("error", "")))
    said = f"Slack answered {status} {code}".rstrip()
    if status in (408, 429) or status >= 500:
        return answered(said, status, retry_after(headers))
    if 200 <= status < 300 and answer.get("ok") is True:
        return Verdict.delivered(_receipt(answer))
    if code in BUSY:
        return Verdict.busy(said, retry_after(headers))
    if code in PASSING:
        return Verdict.retry(said, retry_after(headers))
    if code in slack.UNACCEPTABLE or status == 413:
        return Verdict.dead(f"{said}: it refuses this message")
    return reconfigure(said if code else f"{said}, not ok")


def _receipt(answer: Mapping[str, Any]) -> str:
    """Return CHANNEL/TS of the message, or of the first of its thread: answers go under that."""
    posted = answer.get("message")
    thread = posted.get("thread_ts") if isinstance(posted, dict) else None
    receipt = f"{answer.get('channel')}/{thread or answer.get('ts')}"
    return receipt if re.fullmatch(r"[A-Z0-9]{1,40}/[0-9.]{1,40}", receipt) else ""


def mended(settings: Settings, payload: bytes, body: bytes) -> bytes | None:
    """Return the request to send instead when the first message is gone; None otherwise."""
    document = read_object(payload)
    if read_object(body).get("error") not in GONE or not document.keys() & {"ts", "thread_ts"}:
        return None
    for key in ("ts", "thread_ts", "reply_broadcast"):
        document.pop(key, None)
    return msgspec.json.encode(document | {"channel": settings.channel})


async def deliver(means: SendContext, settings: Settings, payload: bytes, key: str) -> Verdict:
    """Post; post by itself what has lost its first message. Slack has no key."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "alarminati",
        "Authorization": f"Bearer {settings.token.reveal()}",
    }
    following: bytes | None = payload
    try:
        while following is not None:
            method = "chat.update" if "ts" in read_object(following) else "chat.postMessage"
            answer = await means.http.post(
                f"{settings.api.rstrip('/')}/{method}",
                following,
                headers,
                timeout=settings.timeout,
                ca=settings.ca,
            )
            following = mended(settings, following, answer.body)
    except NoAnswer as error:
        return unanswered(error)
    return judged(judge, answer)
