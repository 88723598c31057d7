"""KakaoTalk: messages to the chat with oneself, or to up to five friends.

A message has 200 characters, so it shows the worst alarm and counts the rest. Its link must lead
to a domain that is registered for the app. One person may send 20 messages a day to another; "to
me" is assumed to be such a pair, because the documentation does not say. Eight go at once and one
every two hours from then on, never more than `per_day` in 24 hours. Half of the eight are reserved
for critical alarms, and waiting alarms go into a digest. Errors come as 400 with a code. There is
no idempotency key and no thread.
https://developers.kakao.com/docs/latest/en/kakaotalk-message/rest-api,
https://developers.kakao.com/docs/latest/en/getting-started/quota,
https://developers.kakao.com/docs/latest/en/rest-api/reference#error-code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode, urlsplit

import msgspec

from alarminati.channels import kakao_login, parts
from alarminati.channels.http_client import HttpResponse, NoAnswer, host_of
from alarminati.channels.kakao_login import Login
from alarminati.channels.listing import CROWD, listing
from alarminati.channels.markup import length
from alarminati.channels.message import Item, Message
from alarminati.channels.plain_text import PLAIN
from alarminati.channels.port import (
    MarkupProfile,
    SendContext,
    answered,
    check_pace,
    check_url,
    judged,
    read_object,
    reconfigure,
    retry_after,
    unanswered,
    veiled,
)
from alarminati.channels.voice import MessageStyle
from alarminati.channels.wording import WORDS, mark, span
from alarminati.config import Duration, Secret
from alarminati.core.delivery.attempts import Limits, Verdict

TEXT = 200
FORM = MarkupProfile(PLAIN, 120, PLAIN)
DAY = 86400.0

PASSING = frozenset({-1, -7, -603, -9798})
SPENT = frozenset({-10, -532, -533, -536})  # of the app, sender, recipient, pair
EXPIRED = -401
ASK_AGAIN = 3600.0
"""Seconds until the next attempt after the quota is used up: the hour of its reset is not
documented."""


class Settings(MessageStyle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a channel of type kakaotalk."""

    client_id: Secret  # REST API key of the app
    client_secret: Secret | None = None  # when the app asks for it
    refresh_token: Secret  # of the sender, with the consent talk_message; renewed from then on
    link: str  # where a message leads; its domain must be registered for the app
    friends: tuple[str, ...] = ()  # uuids of up to five friends; none: to oneself
    per_day: int = 20  # messages in 24 hours, by one sender
    max_items: int = 500  # alarms in one digest: it counts what it has no room for
    timeout: Duration = Duration(10)  # for one exchange
    api: str = "https://kapi.kakao.com"
    auth: str = "https://kauth.kakao.com"
    ca: str = ""  # certificates (PEM) to trust instead of the system's; in the file also a path

    def __post_init__(self) -> None:
        for url in (self.link, self.api, self.auth):
            check_url(url)
        check_pace(1, 1, self.max_items, self.timeout)
        if not 1 <= self.per_day <= 30_000:
            raise ValueError(f"per_day ({self.per_day}) must lie between 1 and 30000")
        if len(self.friends) > 5 or not all(
            re.fullmatch(r"\S{1,100}", one) for one in self.friends
        ):
            raise ValueError("friends must be up to five uuids, as the list of friends shows them")
        for name in ("client_id", "refresh_token"):
            secret: Secret = getattr(self, name)
            if not re.fullmatch(r"[\x21-\x7e]{1,500}", secret.reveal()):
                raise ValueError(f"{name} must be printable ASCII without spaces")

    @property
    def login(self) -> Login:
        """Return the login of the sender."""
        return Login(
            auth=self.auth,
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=self.refresh_token,
            timeout=self.timeout,
            ca=self.ca,
        )


def limits(settings: Settings) -> Limits:
    """Return limits of at most `per_day` in any 24 hours, the burst included."""
    burst = max(1, settings.per_day * 2 // 5)
    later = max(settings.per_day - burst, 0.5)
    return Limits(
        rate=later / DAY,
        burst=burst,
        reserve=burst // 2,
        max_items=settings.max_items,
        most_items=CROWD,
        timeout=settings.timeout,
        quota=settings.per_day,
        quota_period=DAY,
    )


def shares(settings: Settings) -> str:
    """Return the key of the sender: of 100 messages a day, each of five friends takes one."""
    login = (settings.client_id.reveal(), settings.refresh_token.reveal())
    return veiled("kakaotalk", settings.api, *login)


def destination(settings: Settings) -> str:
    """Return the host that the channel posts to."""
    return host_of(settings.api)


def render(settings: Settings, message: Message) -> bytes:
    """Render a template of type text as JSON: one alarm, or a count with the worst of them."""
    make = _digest if message.digest else _single
    link = _link(settings, message)
    template = {
        "object_type": "text",
        "text": make(message, settings.language),
        "link": {"web_url": link, "mobile_web_url": link},
        "button_title": WORDS[settings.language]["open"],
    }
    return msgspec.json.encode(template)


def _link(settings: Settings, message: Message) -> str:
    """Return the alarm's own link where it leads to the registered domain."""
    own = message.items[0].alarm.link
    if message.digest or len(own) > 1000 or not own.startswith(("https://", "http://")):
        return settings.link
    try:
        same = urlsplit(own).hostname == urlsplit(settings.link).hostname
    except ValueError:
        return settings.link
    return own if same else settings.link


def _single(message: Message, language: str) -> str:
    item = message.items[0]
    lines = [PLAIN.fit(parts.title(message, item, language, str), 48)]
    if message.text:
        lines.append(message.text)
    else:
        lines[0] += f" | {PLAIN.one_line(message.cluster, 24)}"
    if not message.text and (said := parts.remark(message, item, language)):
        lines.append(PLAIN.one_line(said, 50))
    small = _small(message, item, language)
    room = TEXT - sum(length(line) + 1 for line in lines) - length(small) - bool(small)
    if not message.text:
        labels = " ".join(f"{name}={value}" for name, value in item.alarm.labels)
        told = PLAIN.one_line(item.alarm.message, room)
        left = room - length(told) - 1
        lines += [told, *([PLAIN.one_line(labels, left)] if labels and left > 12 else [])]
    return "\n".join([*lines, *([small] if small else [])])


def _small(message: Message, item: Item, language: str) -> str:
    words = WORDS[language]
    said = []
    if message.late:
        said.append(words["late"].format(span(message.late, language)))
    if item.began > 1:
        said.append(words["flapping"].format(item.began))
    if message.broken:
        said.append(words["template"])
    return PLAIN.one_line(" | ".join(said), 30 if message.text else 48)


def _digest(message: Message, language: str) -> str:
    """Return as many lines as there is room for beside the count of the rest."""
    for room in (150, 110, 80, 50, 0):
        listed = listing(message, PLAIN, language, room, 150)
        title = f"{mark(listed.worst)} {listed.title} | {PLAIN.one_line(message.cluster, 16)}"
        text = "\n".join([title, *(line.text for line in listed.lines), *listed.foot])
        if length(text) <= TEXT:
            return text
    return PLAIN.fit(text, TEXT)


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify an answer by the code in its body."""
    answer = read_object(body)
    code, said = answer.get("code"), f"KakaoTalk answered {status}"
    failed = answer.get("failure_info")
    if isinstance(failed, list) and failed and isinstance(failed[0], dict):
        code = failed[0].get("code")
        if answer.get("successful_receiver_uuids"):
            return Verdict(Verdict.delivered().result, f"{said}: not every friend got it")
    code = code if isinstance(code, int) else 0
    if not code and answer.get("successful_receiver_uuids") == []:
        return reconfigure(f"{said}: no friend got it")
    said += f" with code {code}" if code else ""
    if code in SPENT:
        return Verdict.quota(f"{said}: what may be sent in a day is spent", _until_new(headers))
    if code in PASSING or status in (408, 429) or status >= 500:
        return answered(said, status, retry_after(headers))
    if 200 <= status < 300 and not code and answer.get("result_code", 0) == 0:
        page = body.lstrip().startswith(b"<")
        return reconfigure(f"{said} with a web page") if page else Verdict.delivered()
    return reconfigure(said)


def _until_new(headers: Mapping[str, str]) -> float:
    """Return the seconds to midnight in Korea by the answer's clock, an hour at most."""
    try:
        now = parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError):
        return ASK_AGAIN
    return min(ASK_AGAIN, DAY - (now + 9 * 3600) % DAY + 60)


async def deliver(means: SendContext, settings: Settings, payload: bytes, key: str) -> Verdict:
    """Send; with a new access token if the present one is refused."""
    try:
        for _ in range(2):
            token = await kakao_login.access(means, settings.login)
            if isinstance(token, Verdict):
                return token
            answer = await _send(means, settings, payload, token)
            if answer.status != 401 and read_object(answer.body).get("code") != EXPIRED:
                break
            kakao_login.forget(settings.login)
    except NoAnswer as error:
        return unanswered(error)
    return judged(judge, answer)


async def _send(means: SendContext, settings: Settings, payload: bytes, token: str) -> HttpResponse:
    form = {"template_object": payload.decode()}
    path = "/v2/api/talk/memo/default/send"
    if settings.friends:
        form["receiver_uuids"] = msgspec.json.encode(settings.friends).decode()
        path = "/v1/api/talk/friends/message/default/send"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded;charset=utf-8",
        "User-Agent": "alarminati",
        "Authorization": f"Bearer {token}",
    }
    return await means.http.post(
        settings.api.rstrip("/") + path,
        urlencode(form).encode(),
        headers,
        timeout=settings.timeout,
        ca=settings.ca,
    )


async def upkeep(means: SendContext, settings: Settings) -> str | None:
    """Keep the login alive, once a day; see `kakao_login.upkeep`."""
    return await kakao_login.upkeep(means, settings.login)
