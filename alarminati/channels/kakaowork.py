"""Kakao Work: a bot writes plain text into a conversation, or to a person by mail address.

Neither the longest text nor the rate limit is documented ("may be restricted without notice"), so
both are kept low, and a text that is refused as a parameter is shortened and sent again, at once.
There is no idempotency key, and no thread.
https://docs.kakaoi.ai/kakao_work/webapireference/messages/,
https://docs.kakaoi.ai/kakao_work/webapireference/commonguide/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from alarminati.channels import plain_text
from alarminati.channels.http_client import NoAnswer, host_of
from alarminati.channels.listing import CROWD
from alarminati.channels.message import Message
from alarminati.channels.plain_text import PLAIN
from alarminati.channels.port import (
    MarkupProfile,
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
from alarminati.channels.voice import MessageStyle
from alarminati.config import Duration, Secret
from alarminati.core.delivery.attempts import Limits, Verdict

TEXT = 2000  # units
SHORT = 500  # units after a refusal: titles and the number of alarms come first
FORM = MarkupProfile(PLAIN, 1200, PLAIN)

PARAMETER = frozenset({"invalid_parameter", "missing_parameter", "invalid_json_format"})


class Settings(MessageStyle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a channel of type kakaowork. Either `conversation` or `email`."""

    app_key: Secret  # of the bot
    conversation: str = ""  # id of a conversation the bot is in
    email: str = ""  # of a person in the workspace
    rate: float = 0.5  # sends a second
    burst: int = 3
    max_items: int = 60  # alarms in one digest
    timeout: Duration = Duration(10)  # for one exchange
    api: str = "https://api.kakaowork.com"
    ca: str = ""  # certificates (PEM) to trust instead of the system's; in the file also a path

    def __post_init__(self) -> None:
        check_url(self.api)
        check_pace(self.rate, self.burst, self.max_items, self.timeout)
        key = self.app_key.reveal()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("app_key must be the key of a bot, without spaces")
        if bool(self.conversation) == bool(self.email):
            raise ValueError("set either conversation or email")
        if self.conversation and not re.fullmatch("[0-9]{1,20}", self.conversation):
            raise ValueError("conversation must be a number, as conversations.list shows it")
        if self.email and not re.fullmatch(r"[^\s@]+@[^\s@]+", self.email):
            raise ValueError("email must be a mail address such as kim@example.org")


def limits(settings: Settings) -> Limits:
    """Return limits of one message in two seconds, with short bursts."""
    return paced(settings, CROWD)


def shares(settings: Settings) -> str:
    """Return the key of the bot in that conversation."""
    whom = settings.conversation or settings.email.lower()
    return veiled("kakaowork", settings.api, settings.app_key.reveal(), whom)


def destination(settings: Settings) -> str:
    """Return the host that the channel posts to."""
    return host_of(settings.api)


def render(settings: Settings, message: Message) -> bytes:
    """Render one alarm in full, or a digest that lists or counts every alarm."""
    title = plain_text.title(message, settings.language)
    body = plain_text.body(message, settings.language, TEXT - 300)
    where = {"email": settings.email} if settings.email else {}
    if settings.conversation:
        where["conversation_id"] = settings.conversation
    return msgspec.json.encode(where | {"text": f"{title}\n{body}"})


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify an answer by `success` and `error.code` in the body, then by the status."""
    answer = read_object(body)
    code = _code(body)
    said = f"Kakao Work answered {status} {code}".rstrip()
    if 200 <= status < 300 and answer.get("success") is True:
        return Verdict.delivered(_receipt(answer.get("message")))
    if status in (408, 429) or status >= 500:
        return answered(said, status, retry_after(headers))
    if re.search("too_many|rate|limit|exceed", code):
        return Verdict.busy(said, retry_after(headers))
    if "internal" in code or "unavailable" in code or "timeout" in code:
        return Verdict.retry(said, retry_after(headers))
    return reconfigure(said if code else f"{said}, not success")


def _code(body: bytes) -> str:
    """Return the error's code; "" where it is none: other text may repeat what was sent."""
    error = read_object(body).get("error")
    code = error.get("code") if isinstance(error, dict) else ""
    return code if isinstance(code, str) and re.fullmatch("[a-z][a-z_]{0,60}", code) else ""


def _receipt(message: object) -> str:
    number = str(message.get("id", "")) if isinstance(message, dict) else ""
    return number if re.fullmatch("[0-9]{1,40}", number) else ""


async def deliver(means: SendContext, settings: Settings, payload: bytes, key: str) -> Verdict:
    """Post; a second time, shortened, if a parameter is refused."""
    method = "messages.send" if settings.conversation else "messages.send_by_email"
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "alarminati",
        "Authorization": f"Bearer {settings.app_key.reveal()}",
    }
    document = read_object(payload)
    forms = [payload]
    if len(document["text"]) > SHORT:
        short = document | {"text": PLAIN.fit(document["text"], SHORT)}
        forms.append(msgspec.json.encode(short))
    try:
        for form in forms:
            answer = await means.http.post(
                f"{settings.api.rstrip('/')}/v1/{method}",
                form,
                headers,
                timeout=settings.timeout,
                ca=settings.ca,
            )
            if _code(answer.body) not in PARAMETER and answer.status != 413:
                break
    except NoAnswer as error:
        return unanswered(error)
    return judged(judge, answer)
