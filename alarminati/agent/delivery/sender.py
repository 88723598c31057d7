"""The delivery shell: performs the attempts that the outbox decides on.

It builds the message, calls the channel, measures, and always says what came of it: nothing a
channel does can raise out of here, and no text that leaves here may hold a secret.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from alarminati.channels.http_client import HttpClient
from alarminati.channels.legible import MACHINES, legible
from alarminati.channels.message import Item, Message, item_of, once
from alarminati.channels.port import Channel, InMemoryTokenStore, SendContext, TokenStore
from alarminati.channels.template import fill, fill_title
from alarminati.channels.voice import MessageStyle
from alarminati.channels.wording import WORDS
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.delivery.attempts import Attempt, Verdict
from alarminati.core.model.entries import Alarm, EntryId, Notification, Severity
from alarminati.templates.bounded import BadTemplate
from alarminati.wire.background import begin, traced

LATE_AFTER = 60.0  # seconds; a message older than this says how late it is
GRACE = 1.0  # seconds beyond a channel's own timeout before it is cut off from outside

_LOOK = "it is a fault of Alarminati's, which the log of this replica names"

log = logging.getLogger(__name__)

Done: TypeAlias = Callable[[Attempt, Verdict, int], None]
"""Told once for every attempt: what came of it, and how many milliseconds it took."""


Receipts: TypeAlias = Callable[[str, str], str]
"""Of a channel and a fingerprint."""


Planned: TypeAlias = Callable[[str, str, int, bool], float]
"""Return what `DeliveryQueries.on_purpose` does."""


def _none_planned(channel: str, fingerprint: str, moment: int, begins: bool) -> float:
    return 0.0


def _no_receipt(channel: str, fingerprint: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A message in its channel's form."""

    key: str
    payload: bytes
    digest: bool
    trouble: str  # what is wrong with the channel's templates


@dataclass(frozen=True, slots=True)
class ChannelTestResult:
    """Result of a test of a channel; milliseconds since 1970."""

    time: int
    verdict: Verdict


class Delivery:
    """Sends to the configured channels.

    `wall` gives milliseconds since 1970. `receipts` says what a channel called the last message
    that told an alarm (by fingerprint): empty when that was about several, or there is none.
    `planned` says how long it is told later on purpose. `keeper` keeps the tokens of channels.
    """

    def __init__(
        self,
        channels: Mapping[str, Channel],
        http: HttpClient,
        book: AlarmBook,
        *,
        project: str,
        cluster: str,
        wall: Callable[[], int],
        receipts: Receipts = _no_receipt,
        planned: Planned = _none_planned,
        keeper: TokenStore | None = None,
    ) -> None:
        self._receipts = receipts
        self._planned = planned
        self._keeper = keeper or InMemoryTokenStore()
        self._channels = channels
        self._http = http
        self._book = book
        self._project = project
        self._cluster = cluster
        self._wall = wall
        self._running: set[asyncio.Task[None]] = set()
        self._templates: dict[str, tuple[Channel, str]] = {}  # of a channel as it was then
        self._warnings: dict[str, str] = {}
        self._tests: dict[str, tuple[Channel, ChannelTestResult]] = {}

    def begin(self, attempt: Attempt, done: Done) -> None:
        """Start an attempt in the background; `done` is called when it has ended."""
        task = begin(self._perform(attempt, done), "a delivery")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    @property
    def running(self) -> int:
        """How many attempts are under way."""
        return len(self._running)

    def warning(self, channel: str) -> str:
        """Return what people should mend although it delivers, one sentence; empty: nothing."""
        known = self._templates.get(channel)
        template = known[1] if known and known[0] is self._channels.get(channel) else ""
        return template or self._warnings.get(channel, "")

    def last_test(self, channel: str) -> ChannelTestResult | None:
        """Return the result of the last test by this replica, of the channel as it is now."""
        known = self._tests.get(channel)
        return known[1] if known and known[0] is self._channels.get(channel) else None

    def warn(self, channel: str, detail: str) -> None:
        """What people must see to though it works; empty: nothing any more."""
        self._warnings[channel] = detail

    def means(self, channel: str) -> SendContext:
        """What a channel sends with."""
        return SendContext(self._http, channel, self._keeper, self._wall)

    async def drain(self, patience: float) -> None:
        """Give what is under way `patience` seconds to end."""
        if self._running:
            await asyncio.wait(list(self._running), timeout=patience)

    async def send_test(self, channel: str) -> tuple[Verdict, int]:
        """Send a test message now. Raises KeyError when there is no such channel."""
        target = self._channels[channel]
        settings = target.settings
        language = settings.language if isinstance(settings, MessageStyle) else "en"
        alarm = Alarm(
            message=WORDS[language]["test text"].format(channel),
            severity=Severity.INFO,
            timestamp=self._wall(),
            source="test",
        )
        item = Item(alarm, EntryId("test", 1), alarm.fingerprint(), False, alarm.timestamp)
        parcel = await _parcel(
            target,
            Message(
                *(self._project, self._cluster, channel, f"test-{alarm.timestamp}", (item,)),
                test=True,
            ),
        )
        verdict, duration = await self._send(target, parcel)
        self._tests[channel] = (target, ChannelTestResult(self._wall(), verdict))
        return verdict, duration

    async def stop(self, drain: float) -> None:
        """Give what is under way `drain` seconds to end, then cut it off and close connections.

        An attempt that is cut off is told as a retry: nobody knows whether it arrived, and the
        next master sends it again under the same key. The connections are closed.
        """
        await self.drain(drain)
        cut = list(self._running)
        for task in cut:
            task.cancel()
        await asyncio.gather(*cut, return_exceptions=True)
        await self._http.close()

    async def _perform(self, attempt: Attempt, done: Done) -> None:
        began = time.monotonic()
        try:
            verdict, duration = await self._attempt(attempt)
        except asyncio.CancelledError:
            verdict = Verdict.retry("cut off before the answer came: this replica stops")
            duration = _since(began)
        except Exception as error:  # its channel would wait for ever for what came of it
            channel, name = attempt.notice.channel, _kind(error)
            log.error("channel %s failed (%s)%s", channel, name, traced(error))
            verdict = Verdict.retry(f"the message could not be made ({name})")
            duration = _since(began)
        done(attempt, verdict, duration)

    async def _attempt(self, attempt: Attempt) -> tuple[Verdict, int]:
        channel = self._channels.get(attempt.notice.channel)
        if channel is None:
            return Verdict.dead("there is no channel of this name any more"), 0
        return await self._send(channel, await self._made(channel, attempt.notice))

    async def _made(self, channel: Channel, notice: Notification) -> RenderedMessage | Verdict:
        """Put a notice into the channel's form; the alarms it took are let go of before it is sent,
        for there may be 2000 of them, and the channel may be slow."""
        told = [(self._book.find(item.fingerprint), item) for item in notice.items]
        items = once(item_of(state, item) for state, item in told if state is not None)
        gone = [item for state, item in told if state is None]
        lost = [x for x in gone if not self._book.forgotten(x.alarm, x.fingerprint)]
        if len(told) == 1 and items and items[0].continues:
            receipt = self._receipts(channel.name, items[0].fingerprint)
            items = (replace(items[0], receipt=receipt),)
        if not items and not lost:  # by the other side of a partition, which decided on it as well
            return Verdict.delivered()
        if not items:
            return Verdict.dead("the alarms to be told are no longer kept")
        message = Message(
            self._project,
            self._cluster,
            channel.name,
            notice.key,
            items,
            late=self._lateness(channel.name, items),
            left_out=len(lost),
            now=self._wall(),
        )
        return await _parcel(channel, message)

    def _lateness(self, channel: str, items: tuple[Item, ...]) -> float:
        """Of the newest item, and none for as long as it waits on purpose."""
        newest = max(items, key=lambda item: item.moment)
        late = (self._wall() - newest.moment) / 1000
        if not newest.moment or late < LATE_AFTER:
            return 0.0
        planned = self._planned(channel, newest.fingerprint, newest.moment, not newest.continues)
        return late if late >= planned + LATE_AFTER else 0.0

    async def _send(
        self, channel: Channel, parcel: RenderedMessage | Verdict
    ) -> tuple[Verdict, int]:
        """Send once, if it could be made."""
        if isinstance(parcel, Verdict):
            return parcel, 0
        began = time.monotonic()
        means = self.means(channel.name)
        try:
            async with asyncio.timeout(channel.limits.timeout + GRACE):
                verdict = await channel.deliver(means, parcel.payload, parcel.key)
        except TimeoutError:
            verdict = Verdict.retry(f"nothing within {channel.limits.timeout:g} s")
        except Exception as error:  # a mistake in a channel must not stop the others
            log.error("channel %s failed (%s)", channel.name, _kind(error))
            verdict = Verdict.retry(f"the channel failed; {_LOOK}")
        if parcel.trouble and parcel.trouble != self.warning(channel.name):
            log.warning("channel %s: %s", channel.name, parcel.trouble)
        self._templates[channel.name] = (channel, parcel.trouble)
        if parcel.digest:  # nothing later is to go in the place of many
            verdict = replace(verdict, receipt="")
        return verdict, _since(began)


async def _parcel(channel: Channel, message: Message) -> RenderedMessage | Verdict:
    """Render once. A message that cannot be made is dead: it would block the rest."""
    try:
        if channel.type not in MACHINES:
            message = legible(message)
        if any(channel.templates):  # what people wrote is run in a thread of its own
            message, trouble = await asyncio.to_thread(worded, channel, message)
        else:
            trouble = ""
        return RenderedMessage(message.key, channel.render(message), message.digest, trouble)
    except Exception as error:
        log.error("channel %s cannot tell notice %s (%s)", channel.name, message.key, _kind(error))
        return Verdict.dead(f"the message could not be made; {_LOOK}")


def worded(channel: Channel, message: Message) -> tuple[Message, str]:
    """The message with what the channel's templates make of it, and what is wrong with them.

    Digests keep our own form, which lists or counts every alarm.
    """
    title, text = channel.templates
    if message.digest or not (title or text):
        return message, ""
    form, language = channel.driver.FORM, channel.settings.language
    try:
        if title:
            made = fill_title(title, message, language, form.title)
            message = replace(message, title=made)
        if text:
            message = replace(message, text=fill(text, message, language, form.body, form.room))
    except BadTemplate as error:
        trouble = f"the default text is used instead of the template: {error}"
        return replace(message, title="", text="", broken=True), trouble
    return message, ""


def _kind(error: Exception) -> str:
    """The error's class only, for the log: its text may repeat an address or a token."""
    return type(error).__name__


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
