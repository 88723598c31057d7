"""Apprise: every service that the Apprise library supports, by one of its addresses.

The library is an extra (`alarminati[apprise]`), loaded for the first send, and works in a thread.
It only reports whether a service accepted the message, so the status is read from its log, and a
send whose answer was lost may appear twice. A thread cannot be stopped: while one hangs, this
channel starts no other. https://github.com/caronc/apprise/wiki.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Mapping
from typing import Any

import msgspec

from alarminati.channels import plain_text
from alarminati.channels.listing import CROWD
from alarminati.channels.message import Message
from alarminati.channels.plain_text import PLAIN
from alarminati.channels.port import (
    MarkupProfile,
    SendContext,
    answered,
    check_pace,
    paced,
    reconfigure,
)
from alarminati.channels.voice import MessageStyle
from alarminati.config import Duration, Secret
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import Severity

FORM = MarkupProfile(PLAIN, 400, PLAIN)
KINDS = {Severity.CRITICAL: "failure", Severity.ERROR: "failure", Severity.WARNING: "warning"}


class Settings(MessageStyle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a channel of type apprise."""

    url: Secret  # one Apprise address, such as ntfy://... or matrix://...
    length: int = 2000  # units of text in one message; the library splits what its service cannot
    rate: float = 0.5  # sends a second
    burst: int = 3
    max_items: int = 60  # alarms in one digest
    timeout: Duration = Duration(15)  # for the whole exchange

    def __post_init__(self) -> None:
        check_pace(self.rate, self.burst, self.max_items, self.timeout)
        if not re.fullmatch(r"[a-z][a-z0-9+.-]{0,40}://[^\s,]+", self.url.reveal(), re.IGNORECASE):
            raise ValueError("url is not an address of Apprise (expected SCHEME://...)")
        if not plain_text.ROOM <= self.length <= 30_000:
            raise ValueError(
                f"length ({self.length}) must lie between {plain_text.ROOM} and 30000 characters"
            )


def limits(settings: Settings) -> Limits:
    """Return the limits in the settings: only people know those of the service."""
    return paced(settings, CROWD)


def destination(settings: Settings) -> str:
    """Return the scheme of the address; the rest may be secret."""
    return f"{settings.url.reveal().partition(':')[0].lower()}://"


def render(settings: Settings, message: Message) -> bytes:
    """Render title, text and kind of the notification, as JSON."""
    worst = max(message.items, key=lambda item: (not item.resolved, item.alarm.severity))
    document = {
        "title": plain_text.title(message, settings.language),
        "body": plain_text.body(message, settings.language, settings.length),
        "kind": "success" if worst.resolved else KINDS.get(worst.alarm.severity, "info"),
    }
    return msgspec.json.encode(document)


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify the status in the library's log; 200 stands for accepted, 0 for no status."""
    said = "the service behind Apprise " + (f"answered {status}" if status else "did not take it")
    if status == 200:
        return Verdict.delivered()
    if status in (0, 408, 429) or status >= 500:
        return answered(said, status, None)
    if status in (400, 413, 422):
        return Verdict.dead(f"{said}: it refuses this message")
    return reconfigure(said)


log = logging.getLogger(__name__)


class _Ear(logging.Handler):
    """Log handler that finds the status of a failure in this thread."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()
        self.status = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Handle one line of the log."""
        if record.thread == self._thread:
            found = re.search(r"error=([1-5][0-9]{2})\b", record.getMessage())
            self.status = int(found[1]) if found else self.status


_busy: set[str] = set()
"""Channels with a thread that has not ended."""


async def deliver(means: SendContext, settings: Settings, payload: bytes, key: str) -> Verdict:
    """Send in a thread. The library has no idempotency key."""
    if means.channel in _busy:
        return Verdict.retry("an earlier attempt has not ended yet")
    _busy.add(means.channel)
    work = asyncio.get_running_loop().run_in_executor(
        None, _notify, means.channel, settings.url.reveal(), msgspec.json.decode(payload)
    )
    try:
        async with asyncio.timeout(settings.timeout):
            return await asyncio.shield(work)
    except TimeoutError:
        return Verdict.retry(f"no answer within {settings.timeout:g} s")


def _notify(channel: str, url: str, document: dict[str, Any]) -> Verdict:
    try:
        return _sent(url, document)
    finally:
        _busy.discard(channel)


def _sent(url: str, document: dict[str, Any]) -> Verdict:
    try:
        from apprise import Apprise, OverflowMode, logger
    except ImportError:
        return reconfigure("Apprise is not installed (pip install 'alarminati[apprise]')")
    logger.propagate = False  # the library logs addresses and answers
    ear = _Ear()
    logger.addHandler(ear)
    try:
        service = Apprise.instantiate(url, suppress_exceptions=True)
        if service is None:
            return reconfigure("Apprise knows no such address")
        service.overflow_mode = OverflowMode.SPLIT
        told = service.notify(
            body=document["body"], title=document["title"], notify_type=document["kind"]
        )
    except Exception as error:  # from a hundred plugins
        log.error("a plugin of Apprise failed (%s)", type(error).__name__)
        return Verdict.retry("the service behind Apprise failed; the log of this replica says how")
    finally:
        logger.removeHandler(ear)
    return judge(200 if told else ear.status, {}, b"")
