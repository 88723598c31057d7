"""Queue intake of the master: takes messages, hands in their alarms, acknowledges what is safe."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence

from alarminati.agent.relayed import Prepared, Unavailable
from alarminati.config.queues import QueueConfig
from alarminati.core.journal.ingest import (
    Ingest,
    NotAccepted,
    Receipt,
    RequestIdReused,
    TooFewReplicas,
)
from alarminati.core.journal.queue_messages import Step, decide, request_of
from alarminati.core.model.entries import Alarm, RequestKey
from alarminati.core.model.severity_words import SeverityWords
from alarminati.core.model.validation import ALARM_SIZE, Invalid
from alarminati.core.monitors.queue_intake import QueueStanding
from alarminati.edge.shapes.inbound import Inbound, Shape
from alarminati.edge.shapes.reading import tried
from alarminati.queues.port import DriverMissing, Message, Queue, QueueLost
from alarminati.wire.background import attend, begin

log = logging.getLogger(__name__)

PATIENCE = 20.0  # seconds that a fetch waits for the first message
LOOK_EVERY = 30.0  # seconds between two looks at the backlog
HOLD_EVERY = 3.0  # seconds; the least patient queue delivers again after 10
BATCH_LIMIT = 1000  # alarms of one message
DRIVER_AGAIN = 300.0  # seconds
PROOF_AGAIN = 30.0  # seconds until a webhook whose proof could not be looked at is tried again

Open = Callable[[QueueConfig], Queue]
ReadAs = Callable[[QueueConfig], tuple[Shape, SeverityWords]]
PrepareWebhook = Callable[[Message], Awaitable[Prepared]]


async def no_webhooks(message: Message) -> Prepared:
    """Refuse a webhook: there is no relay. Raises Invalid."""
    raise Invalid("", "webhooks of a relay are not taken here")


class QueueIntake:
    """Runs one consumer for each queue while this replica leads.

    `read_as` gives the shape and severity words of a queue, `webhook` those of a relay's message,
    `open_queue` the driver, `wall` milliseconds since 1970.
    """

    def __init__(
        self,
        ingest: Ingest,
        report: Callable[[Alarm], Awaitable[object]],
        wall: Callable[[], int],
        dice: random.Random,
        *,
        open_queue: Open,
        read_as: ReadAs,
        alarm_size: int = ALARM_SIZE,
        webhook: PrepareWebhook = no_webhooks,
    ) -> None:
        self.ingest = ingest
        self.report = report
        self.wall = wall
        self.dice = dice
        self.open_queue = open_queue
        self.read_as = read_as
        self.alarm_size = alarm_size
        self.webhook = webhook
        self._configs: dict[str, QueueConfig] = {}
        self._leading = False
        self._consumers: dict[str, _Consumer] = {}

    def led(self, leading: bool) -> None:
        """Start or stop with the leadership."""
        self._leading = leading
        self._arrange()

    def use(self, configs: Sequence[QueueConfig]) -> None:
        """Take from these queues from now on. Those that did not change go on undisturbed."""
        self._configs = {config.name: config for config in configs}
        self._arrange()

    @property
    def standings(self) -> Mapping[str, QueueStanding]:
        """State by queue; empty unless this replica leads."""
        return {name: each.standing for name, each in self._consumers.items()}

    async def stop(self) -> None:
        """Stop and do not start again."""
        tasks = [consumer.task for consumer in self._consumers.values()]
        self.led(False)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _arrange(self) -> None:
        wanted = self._configs if self._leading else {}
        for name, consumer in list(self._consumers.items()):
            if wanted.get(name) != consumer.config:
                del self._consumers[name]
                consumer.stop()
        for name, config in wanted.items():
            if name not in self._consumers:
                self._consumers[name] = _Consumer(self, config)


class _Consumer:
    """Consumer of one queue: connects, takes messages, and reports when it cannot."""

    def __init__(self, intake: QueueIntake, config: QueueConfig) -> None:
        self.config = config
        self.standing = QueueStanding(config.name)
        self._ingest, self._report = intake.ingest, intake.report
        self._wall, self._dice, self._open = intake.wall, intake.dice, intake.open_queue
        self._shape, self._words = intake.read_as(config)
        self._alarm_size = intake.alarm_size
        self._webhook = intake.webhook
        self._loop = asyncio.get_running_loop()
        self.task = begin(self._run(), f"taking from the queue {config.name}")

    def stop(self) -> None:
        """Stop; the next consumer gets the messages that are not acknowledged."""
        self.task.cancel()

    async def _run(self) -> None:
        while True:
            queue: Queue | None = None
            try:
                queue = self._open(self.config)
                await queue.open()
                await self._tell(self.standing.reached(self._wall()))
                log.info("queue %s: connected", self.config.name)
                await self._take(queue)
            except DriverMissing as error:
                await self._lost(str(error), DRIVER_AGAIN)
            except QueueLost as error:
                await self._lost(str(error))
            except Exception as error:  # a library's own mistake must not end the agent
                log.exception("queue %s failed", self.config.name)
                await self._lost(f"{type(error).__name__} in the library of {self.config.type}")
            finally:
                if queue is not None:
                    # A cancelled consumer cannot wait for the end of it.
                    attend(queue.close(), f"closing the queue {self.config.name}")

    async def _lost(self, detail: str, pause: float = 0.0) -> None:
        if self.standing.connected or not self.standing.last_error:
            log.warning("queue %s: %s", self.config.name, detail)
        pause = max(pause, self.standing.lost(self._loop.time(), detail))
        await self._tell(self.standing.overdue(self._loop.time(), self._wall()))
        await asyncio.sleep(pause * (0.5 + self._dice.random() / 2))

    async def _tell(self, alarm: Alarm | None) -> None:
        if alarm is None:
            return
        try:
            await self._report(alarm)
        except (NotAccepted, TooFewReplicas) as error:
            log.warning("queue %s: its alarm could not be reported: %s", self.config.name, error)

    async def _take(self, queue: Queue) -> None:
        looked = float("-inf")
        while True:
            if self._loop.time() - looked >= LOOK_EVERY:
                looked = self._loop.time()
                await self._look(queue)
            messages = await queue.fetch(self.config.in_flight, PATIENCE)
            if not messages:
                self.standing.oldest = 0
                continue
            self.standing.oldest = min((each.time for each in messages if each.time), default=0)
            await self._handle(queue, messages)

    async def _look(self, queue: Queue) -> None:
        backlog = await queue.backlog()
        self.standing.pending = backlog.pending
        if backlog.lost:
            await self._tell(self.standing.gap(self._wall(), backlog.lost))
        now = self._loop.time()
        await self._tell(self.standing.filled(now, self._wall(), backlog.used))

    async def _handle(self, queue: Queue, messages: Sequence[Message]) -> None:
        """Hand in messages in their order; one commit of the journal serves many of them."""
        holding = begin(self._hold(queue, messages), f"holding messages of {self.config.name}")
        try:
            steps = await asyncio.gather(*(self._one(queue, message) for message in messages))
        finally:
            holding.cancel()
        done = [each for each, after in zip(messages, steps, strict=True) if after is None]
        if done:
            await queue.ack(done)
        again: dict[float, list[Message]] = {}
        for each, after in zip(messages, steps, strict=True):
            if after is not None:
                again.setdefault(after, []).append(each)
        for after, some in again.items():
            await queue.again(some, after)
        if 0 in again:  # this agent stops: it takes nothing that it would give back at once
            await asyncio.sleep(1.0)

    async def _hold(self, queue: Queue, messages: Sequence[Message]) -> None:
        while True:
            await asyncio.sleep(HOLD_EVERY)
            try:
                await queue.hold(messages)
            except QueueLost:
                return  # the next call of the consumer says so

    async def _one(self, queue: Queue, message: Message) -> float | None:
        """Return None when a message is done with, or seconds until it is wanted again."""
        try:
            alarms, request = await self._read(message)
        except Unavailable as error:
            log.warning("queue %s: %s has to wait: %s", self.config.name, message.id, error)
            return PROOF_AGAIN
        except Invalid as error:
            self.standing.dead += 1
            log.warning("queue %s: %s is not understood: %s", self.config.name, message.id, error)
            await queue.bury(message, str(error))
            return None
        if not alarms:
            return None
        while True:
            outcome: Receipt | Exception
            try:
                outcome = await self._ingest.accept(
                    alarms, request=request, min_replicas=self.config.copies
                )
            except RequestIdReused as error:  # an attack on the digest: keep it from blocking
                self.standing.dead += 1
                await queue.bury(message, str(error))
                return None
            except (NotAccepted, TooFewReplicas) as error:
                outcome = error
            decision = decide(outcome)
            if decision.step is Step.ACK:
                self.standing.accepted += 1
                return None
            if decision.step is Step.AGAIN:
                return decision.after
            await asyncio.sleep(decision.after)

    async def _read(self, message: Message) -> tuple[list[Alarm], RequestKey]:
        """Return the alarms of a message and their request. Raises Invalid, Unavailable."""
        request = request_of(self.config.name, message.id, message.body)
        if message.source:
            prepared = await self._webhook(message)
            shape, inbound = prepared.shape, prepared.inbound
            request = prepared.request or request
        else:
            shape = self._shape
            inbound = Inbound(
                message.body,
                message.time or self._wall(),  # without a time it happened when it was published
                message.headers,
                source=self.config.name,
                words=self._words,
                size=self._alarm_size,
            )
        reading = tried(shape, inbound)
        if not reading.alarms and message.source and not reading.refused:
            return [], request  # such as the test message of a sender
        if not reading.alarms:
            raise reading.refused[0] if reading.refused else Invalid("", "it has no alarm")
        if len(reading.alarms) > BATCH_LIMIT:
            raise Invalid("alarms", f"{len(reading.alarms)} in one message; split it")
        return reading.alarms, request
