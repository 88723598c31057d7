"""Slack incoming webhook: Block Kit in coloured attachments.

The address is the secret. Slack gives no message id and no idempotency key, so a send whose answer
was lost may appear twice. Numbers:
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
https://docs.slack.dev/apis/web-api/rate-limits, https://docs.slack.dev/reference/block-kit/blocks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from alarminati.channels.http_client import NoAnswer, host_of
from alarminati.channels.listing import CROWD
from alarminati.channels.message import Message
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
from alarminati.channels.slack_blocks import SECTION, digest, single
from alarminati.channels.slack_text import MRKDWN
from alarminati.channels.voice import MessageStyle
from alarminati.config import Duration, Secret
from alarminati.core.delivery.attempts import Limits, Verdict

UNACCEPTABLE = frozenset(
    {
        "invalid_payload",
        "invalid_blocks",
        "invalid_attachments",
        "too_many_attachments",
        "msg_too_long",
        "msg_blocks_too_long",
        "no_text",
    }
)
"""Slack's codes about the message itself: no later attempt can succeed."""


class Settings(MessageStyle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a channel of type slack."""

    url: Secret  # https://hooks.slack.com/services/...
    rate: float = 1.0  # sends a second; Slack documents one
    burst: int = 3  # "short bursts" are allowed, without a number
    max_items: int = 200  # alarms in one digest; so many still fit, one short line each
    timeout: Duration = Duration(10)  # for the whole exchange
    ca: str = ""  # certificates (PEM) to trust instead of the system's; in the file also a path

    def __post_init__(self) -> None:
        check_url(self.url.reveal())
        check_pace(self.rate, self.burst, self.max_items, self.timeout)


FORM = MarkupProfile(MRKDWN, SECTION, MRKDWN)


def limits(settings: Settings) -> Limits:
    """Return limits of one message a second, with short bursts."""
    return paced(settings, CROWD)


def shares(settings: Settings) -> str:
    """Return the key of the webhook."""
    return veiled("slack", place_of(settings.url.reveal()))


def destination(settings: Settings) -> str:
    """Return the host that the channel posts to."""
    return host_of(settings.url.reveal())


def render(settings: Settings, message: Message) -> bytes:
    """Render Block Kit: one alarm in full, or a digest that lists or counts every alarm."""
    make = digest if message.digest else single
    return msgspec.json.encode(make(message, settings.language))


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify an answer by its status and the code in the body."""
    code, told = _read(body)
    said = f"Slack answered {status} {code}".rstrip()
    if 200 <= status < 300:
        return reconfigure(f"{said}, not ok") if told is False else Verdict.delivered()
    if status in (408, 429) or status >= 500:
        return answered(said, status, asked(read_object(body).get("retry_after"), headers))
    if code in UNACCEPTABLE or status == 413:
        return Verdict.dead(f"{said}: it refuses this message")
    return reconfigure(said)


def _read(body: bytes) -> tuple[str, bool | None]:
    """Return Slack's error code, and whether the body denies success (None: neither).

    A page of HTML denies it: a wrong address or a sign-in page in between also answers 200.
    """
    text = body.strip()
    if text.startswith(b"<"):
        return "with a web page", False
    answer = read_object(body)
    if "ok" in answer:
        return code_of(str(answer.get("error", ""))), answer["ok"] is True
    return ("" if text == b"ok" else code_of(text.decode("ascii", "replace"))), None


def code_of(text: str) -> str:
    """Return an error code, or "": other text may repeat what was sent."""
    return text if re.fullmatch(r"[a-z][a-z_]{0,60}", text) else ""


async def deliver(means: SendContext, settings: Settings, payload: bytes, key: str) -> Verdict:
    """Post once. Slack has no place for the key."""
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "alarminati"}
    try:
        answer = await means.http.post(
            settings.url.reveal(), payload, headers, timeout=settings.timeout, ca=settings.ca
        )
    except NoAnswer as error:
        return unanswered(error)
    return judged(judge, answer)
