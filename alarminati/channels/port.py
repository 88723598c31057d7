"""Interface of every channel module, and the verdicts that it returns.

A channel is one module: `Settings`, `FORM`, `limits`, `destination`, `render`, `judge`, `deliver`.
`render` and `judge` are pure; only `deliver` does HTTP.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import msgspec

from alarminati.channels.http_client import HttpClient, HttpResponse, NoAnswer, NotSetUp
from alarminati.channels.markup import Markup
from alarminati.channels.message import Message
from alarminati.channels.voice import MessageStyle
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import DeliveryCause, Result

RECONFIGURE_AFTER = 300.0
"""Seconds between attempts while a channel refuses our configuration.

The channel is tried again, so that a correction of the configuration, here or there, delivers what
waited.
"""


class TokenStore(Protocol):
    """Store for values of a channel, such as a new token, for all replicas and after a restart."""

    def get(self, name: str) -> str | None:
        """Return the value stored last under that name, by any replica; None: nothing yet."""
        ...

    async def put(self, name: str, secret: str) -> None:
        """Store a value. Raises nothing: without a store for all it is kept in this process."""
        ...


class InMemoryTokenStore:
    """Store of this process only: for tests of channels and agents without a key."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """Return the stored value, see `TokenStore`."""
        return self._kept.get(name)

    async def put(self, name: str, secret: str) -> None:
        """Store a value, see `TokenStore`."""
        self._kept[name] = secret


def _wall() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class SendContext:
    """Services that a channel sends with. `wall` gives milliseconds since 1970."""

    http: HttpClient
    channel: str = ""  # name of the channel
    keeper: TokenStore = field(default_factory=InMemoryTokenStore)
    wall: Callable[[], int] = _wall


@dataclass(frozen=True, slots=True)
class MarkupProfile:
    """Markup of text made by templates, and its room in that markup's units."""

    body: Markup
    room: int
    title: Markup


class Driver(Protocol):
    """Interface of a channel module."""

    @property
    def Settings(self) -> type[Any]:
        """A frozen msgspec Struct, a `MessageStyle`, without unknown keys; secrets are `Secret`."""
        ...

    @property
    def FORM(self) -> MarkupProfile:
        """Markup profile for templates."""
        ...

    def limits(self, settings: Any, /) -> Limits:
        """Return rate, burst and the other limits of this channel."""
        ...

    def destination(self, settings: Any, /) -> str:
        """Return the destination for people: the host only."""
        ...

    def render(self, settings: Any, message: Message, /) -> bytes:
        """Render the body of the request. Pure; never over the channel's limits."""
        ...

    def judge(self, status: int, headers: Mapping[str, str], body: bytes, /) -> Verdict:
        """Classify an answer. Pure, without a request."""
        ...

    async def deliver(
        self, means: SendContext, settings: Any, payload: bytes, key: str, /
    ) -> Verdict:
        """Send once. Raises nothing but CancelledError."""
        ...


class TokenRefresh(Driver, Protocol):
    """Interface of a channel module whose login expires unless it is used."""

    async def upkeep(self, means: SendContext, settings: Any, /) -> str | None:
        """Use the login; return the required action in one sentence, "", or None: unknown."""
        ...


class SharedLimitKey(Driver, Protocol):
    """Interface of a channel module whose vendor's limit is for more than the channel."""

    def shares(self, settings: Any, /) -> str:
        """Return the key of the limit, made by `veiled`: channels with one key share it. Pure."""
        ...


class BadSettings(ValueError):
    """Invalid settings of a channel. One sentence, never with a value that is secret."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A configured channel: name, type, module and settings."""

    name: str
    type: str
    driver: Driver
    settings: Any

    @property
    def limits(self) -> Limits:
        """Return rate, burst and the other limits, with the key of a shared limit."""
        limits = self.driver.limits(self.settings)
        if not hasattr(self.driver, "shares"):
            return limits
        return replace(limits, shares=cast(SharedLimitKey, self.driver).shares(self.settings))

    @property
    def destination(self) -> str:
        """Return the destination for people: the host only."""
        return self.driver.destination(self.settings)

    @property
    def templates(self) -> tuple[str, str]:
        """Return the templates of title and text; empty where there is none."""
        if not isinstance(self.settings, MessageStyle):  # a channel that is not set up yet
            return ("", "")
        return (self.settings.title, self.settings.template)

    def render(self, message: Message) -> bytes:
        """Render the body of the request."""
        return self.driver.render(self.settings, message)

    async def upkeep(self, means: SendContext) -> str | None:
        """Use the login, see `TokenRefresh`; None from channels whose login does not expire."""
        if not hasattr(self.driver, "upkeep"):
            return None
        return await cast(TokenRefresh, self.driver).upkeep(means, self.settings)

    async def deliver(self, means: SendContext, payload: bytes, key: str) -> Verdict:
        """Send one request."""
        return await self.driver.deliver(means, self.settings, payload, key)


def check_url(url: str) -> None:
    """Raise ValueError unless `url` can be posted to. The sentence never repeats the address."""
    if not url.isascii() or any(char <= " " or char == "\x7f" for char in url):
        raise ValueError("url must be an address without spaces or characters outside ASCII")
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError("url is not an address (expected https://HOST/PATH)") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_fits:
        raise ValueError("url is not an http or https address (expected https://HOST/PATH)")
    if parts.username is not None or parts.password is not None:
        raise ValueError("url carries a user name or password; put them into headers instead")


def check_pace(rate: float, burst: int, max_items: int, timeout: float) -> None:
    """Raise ValueError unless these values are valid."""
    if not 0.001 <= rate <= 10_000:
        raise ValueError(f"rate ({rate:g}) must lie between 0.001 and 10000 sends a second")
    if not 1 <= burst <= 10_000:
        raise ValueError(f"burst ({burst}) must lie between 1 and 10000")
    if not 1 <= max_items <= 500:
        raise ValueError(f"max_items ({max_items}) must lie between 1 and 500")
    if not 0.1 <= timeout <= 30:  # a test of the channel promises an answer within 30 s
        raise ValueError(f"timeout ({timeout:g}) must lie between 0.1 and 30 seconds")


class Paced(Protocol):
    """Settings of rate, burst and size."""

    @property
    def rate(self) -> float: ...

    @property
    def burst(self) -> int: ...

    @property
    def max_items(self) -> int: ...

    @property
    def timeout(self) -> float: ...


def paced(settings: Paced, most_items: int = 0) -> Limits:
    """Return the limits that settings name; `most_items` as in Limits."""
    return Limits(
        rate=settings.rate,
        burst=settings.burst,
        max_items=settings.max_items,
        most_items=most_items,
        timeout=settings.timeout,
    )


def veiled(*parts: str) -> str:
    """Return a key for `SharedLimitKey.shares`, equal for equal parts, which may be secret."""
    return blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()


def place_of(url: str) -> str:
    """Return host and path of an address, by which a vendor counts; keys come after that."""
    parts = urlsplit(url)
    return f"{(parts.hostname or '').lower()}:{parts.port or ''}{parts.path.rstrip('/')}"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a Retry-After header asks for; None without a valid one.

    A date is measured against the answer's own Date header, so clocks need not agree (RFC 9110
    section 10.2.3; `http_client` adds Date where it is missing).
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        return float(text)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, wait.total_seconds())


def asked(told: object, headers: Mapping[str, str]) -> float | None:
    """Return the pause in the body, in seconds, else that of `retry_after`."""
    if isinstance(told, int | float) and 0 <= told < 1e9:
        return float(told)
    return retry_after(headers)


def read_object(body: bytes) -> dict[str, Any]:
    """Return a JSON object; empty when the text is anything else."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def answered(said: str, status: int, after: float | None) -> Verdict:
    """Classify 429, 408 and 5xx: the vendor asks for a pause, or has a fault."""
    return Verdict.busy(said, after) if status == 429 else Verdict.retry(said, after)


_DENIED = re.compile(rb'"(?:ok|success)"\s*:\s*false\b|"result_code"\s*:\s*-?[1-9]')
"""Part of an answer that is enough to recognise a refusal."""


def judged(
    judge: Callable[[int, Mapping[str, str], bytes], Verdict],
    answer: HttpResponse,
    *,
    reads: bool = False,
) -> Verdict:
    """Classify an answer by `judge`, also an answer that broke off.

    Half of a 2xx counts as accepted, unless that half denies it: another attempt would duplicate
    the message. `reads` says that only the body separates a 400 about the message from one about
    the settings.
    """
    verdict = judge(answer.status, answer.headers, answer.body)
    if answer.whole:
        return verdict
    if 200 <= answer.status < 300:
        body = answer.body.lstrip()
        speaks = read_object(body) or body.startswith(b"<") or _DENIED.search(body)
        if speaks or verdict.cause not in (DeliveryCause.NONE, DeliveryCause.MISCONFIGURED):
            return verdict
        detail = f"it answered {answer.status}, but its answer broke off: the receipt is unknown"
        return replace(Verdict.delivered(), detail=detail)
    if reads and answer.status == 400 and verdict.result is Result.FAILED:
        return reconfigure(f"it answered {answer.status}, but its answer broke off")
    return verdict


def unanswered(error: NoAnswer) -> Verdict:
    """Classify the lack of an answer."""
    if isinstance(error, NotSetUp):
        return Verdict.retry(str(error), RECONFIGURE_AFTER, DeliveryCause.MISCONFIGURED)
    return Verdict.retry(str(error))


def reconfigure(detail: str) -> Verdict:
    """Return a verdict for a refused configuration: keep the alarms and try again at times."""
    sentence = f"{detail}; check the channel's settings"
    return Verdict.retry(sentence, RECONFIGURE_AFTER, DeliveryCause.MISCONFIGURED)
