"""Intake from a queue in memory: each row of the table of failures in docs/queues.md."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from alarminati.agent.master_tasks import queue_intake
from alarminati.agent.master_tasks.queue_intake import QueueIntake
from alarminati.config.queues import QueueConfig
from alarminati.core.journal.ingest import Overloaded, Receipt, Stopping, TooFewReplicas
from alarminati.core.model.entries import Alarm, EntryId, RequestKey
from alarminati.core.model.severity_words import SeverityWords
from alarminati.edge.shapes.auto import read_any
from alarminati.queues.port import DriverMissing, Queue
from tests.queues.memory import MemoryQueue
from tests.support import patience

NOW = 1_760_000_000_000


class Journal:
    """Ingest that knows requests, like a replica: a repeat is answered and stored once."""

    def __init__(self) -> None:
        self.alarms: list[Alarm] = []
        self.replicas = 2
        self.errors: list[Exception] = []  # raised by turns before anything is stored
        self._known: dict[tuple[str, str], Receipt] = {}

    async def accept(
        self, alarms: Sequence[Alarm], *, request: RequestKey | None = None, min_replicas: int = 0
    ) -> Receipt:
        assert request is not None
        if self.errors:
            raise self.errors.pop(0)
        known = self._known.get((request.caller, request.id))
        if known is None:
            self.alarms += alarms
            known = Receipt((EntryId("a0000000", len(self.alarms)),), self.replicas)
            self._known[request.caller, request.id] = known
        receipt = Receipt(known.ids, self.replicas)
        if self.replicas < min_replicas:
            raise TooFewReplicas(receipt, min_replicas)
        return receipt

    async def confirm(self, ids: Sequence[EntryId], *, min_replicas: int = 0) -> Receipt:
        raise AssertionError("intake does not confirm")


class Stage:
    """Two agents that share a queue and a journal, as replicas do."""

    def __init__(self) -> None:
        self.queue = MemoryQueue()
        self.journal = Journal()
        self.reported: list[Alarm] = []
        self.driver: Callable[[QueueConfig], Queue] = lambda _: self.queue
        self.agents = [self._agent(seed) for seed in range(2)]

    def _agent(self, seed: int) -> QueueIntake:
        async def report(alarm: Alarm) -> None:
            self.reported.append(alarm)

        intake = QueueIntake(
            self.journal,
            report,
            lambda: NOW,
            random.Random(seed),
            open_queue=lambda config: self.driver(config),
            read_as=lambda _: (read_any, SeverityWords()),
        )
        intake.use([config()])
        return intake

    def lead(self, number: int) -> None:
        """One agent leads, the other does not."""
        for place, agent in enumerate(self.agents):
            agent.led(place == number)

    @property
    def messages(self) -> list[str]:
        """What was handed in, in order."""
        return [alarm.message for alarm in self.journal.alarms]


async def until(met: Callable[[], bool]) -> None:
    """Wait for a condition."""
    await patience.until("the condition of the test", met, 5.0)


def config(copies: int = 2, in_flight: int = 500) -> QueueConfig:
    return QueueConfig(
        name="orders",
        type="redis",
        servers=("localhost:6379",),
        stream="alarms",
        copies=copies,
        in_flight=in_flight,
    )


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(queue_intake, "LOOK_EVERY", 0.0)
    made = Stage()
    yield made
    for agent in made.agents:
        await agent.stop()


async def test_a_standby_takes_nothing(stage: Stage) -> None:
    stage.queue.put(b"disk full")
    await asyncio.sleep(0)
    assert stage.queue.opened == 0
    assert stage.agents[0].standings == {}


async def test_messages_are_handed_in_in_order_and_acknowledged(stage: Stage) -> None:
    stage.lead(0)
    stage.queue.put(*(b"disk %d full" % number for number in range(50)), time=NOW)
    await until(lambda: len(stage.queue.acked) == 50)
    assert stage.messages == [f"disk {number} full" for number in range(50)]
    standing = stage.agents[0].standings["orders"]
    assert (standing.accepted, standing.oldest) == (50, NOW)


async def test_a_message_that_names_no_time_happened_when_it_was_published(stage: Stage) -> None:
    stage.queue.put(b"disk full", time=NOW - 7_200_000)
    stage.queue.put(b'{"message": "late", "timestamp": "2025-10-09T08:00:00Z"}', time=NOW - 1)
    stage.lead(0)
    await until(lambda: len(stage.queue.acked) == 2)
    first, second = stage.journal.alarms
    assert first.timestamp == NOW - 7_200_000
    assert second.timestamp == 1_759_996_800_000


async def test_an_ack_that_is_lost_costs_nothing(stage: Stage) -> None:
    """Killed between accept and ack: the queue delivers again, and the request is known."""
    stage.queue.fail_ack = 1
    stage.lead(0)
    stage.queue.put(b"disk full")
    await until(lambda: stage.queue.acked == ["0"])
    assert stage.messages == ["disk full"]
    assert stage.queue.opened == 2


async def test_200_acks_that_are_lost_double_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent is cut off between accept and ack of every message."""
    monkeypatch.setattr("alarminati.core.monitors.queue_intake.FIRST_PAUSE", 0.0)
    stage.queue.fail_ack = 200
    stage.agents[0].use([config(in_flight=1)])
    stage.lead(0)
    stage.queue.put(*(b"disk %d full" % number for number in range(200)))
    await until(lambda: len(stage.queue.acked) == 200)
    assert stage.queue.opened >= 201
    assert sorted(stage.messages) == sorted(f"disk {number} full" for number in range(200))


async def test_a_message_without_its_copies_is_delivered_again_and_told_once(stage: Stage) -> None:
    stage.journal.replicas = 1
    stage.lead(0)
    stage.queue.put(b"disk full")
    await until(lambda: stage.queue.asked_again == [("0", 30.0)])
    assert stage.messages == ["disk full"]  # taken and delivered by the master alone
    assert stage.queue.acked == []
    stage.journal.replicas = 2
    stage.queue.release()
    await until(lambda: stage.queue.acked == ["0"])
    assert stage.messages == ["disk full"]


async def test_another_master_goes_on(stage: Stage) -> None:
    stage.journal.replicas = 1
    stage.lead(0)
    stage.queue.put(b"disk full")
    await until(lambda: stage.queue.asked_again != [])
    stage.journal.replicas = 2
    stage.lead(1)
    await until(lambda: stage.queue.acked == ["0"])
    assert stage.messages == ["disk full"]
    assert list(stage.agents[0].standings) == []


async def test_two_masters_at_once_accept_each_message_once(stage: Stage) -> None:
    for agent in stage.agents:
        agent.led(True)
    stage.queue.put(*(b"disk %d full" % number for number in range(200)))
    await until(lambda: len(set(stage.queue.acked)) == 200)
    assert sorted(stage.messages) == sorted(f"disk {number} full" for number in range(200))


async def test_an_overloaded_agent_keeps_messages_and_hands_them_in_later(stage: Stage) -> None:
    stage.journal.errors = [Overloaded(0.01), Overloaded(0.01)]
    stage.lead(0)
    stage.queue.put(b"disk full")
    await until(lambda: stage.queue.acked == ["0"])
    assert stage.messages == ["disk full"]
    assert stage.queue.asked_again == []  # nothing is thrown back in a loop


async def test_an_agent_that_stops_gives_messages_back(stage: Stage) -> None:
    stage.journal.errors = [Stopping()]
    stage.lead(0)
    stage.queue.put(b"disk full")
    await until(lambda: stage.queue.asked_again == [("0", 0.0)])
    assert stage.queue.acked == []


async def test_poison_is_set_aside_and_blocks_nothing(stage: Stage) -> None:
    stage.lead(0)
    stage.queue.put(b"\x00\x01", b"", b'{"message": ""}', b"disk full")
    await until(lambda: len(stage.queue.acked) == 4)
    assert "disk full" in stage.messages
    assert stage.agents[0].standings["orders"].dead == len(stage.queue.buried) >= 1


async def test_a_body_that_nobody_understands_is_kept_as_a_warning(stage: Stage) -> None:
    stage.lead(0)
    stage.queue.put(b'{"event": {"title": "payment provider is down"}}')
    await until(lambda: stage.queue.acked == ["0"])
    (alarm,) = stage.journal.alarms
    assert alarm.message == "payment provider is down"
    assert alarm.severity.name == "WARNING"


async def test_a_queue_that_is_away_comes_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alarminati.core.monitors.queue_intake.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("alarminati.core.monitors.queue_intake.UNREACHABLE_AFTER", 0.0)
    stage.queue.lost = "connection refused"
    stage.lead(0)
    await until(lambda: len(stage.reported) == 1)
    assert stage.agents[0].standings["orders"].last_error == "connection refused"
    stage.queue.lost = ""
    stage.queue.put(b"disk full")
    await until(lambda: stage.queue.acked == ["0"])
    fired, ended = stage.reported
    assert (fired.resolved, ended.resolved) == (False, True)
    assert fired.fingerprint() == ended.fingerprint()
    assert stage.agents[0].standings["orders"].connected


async def test_messages_that_retention_removed_are_said(stage: Stage) -> None:
    stage.queue.removed = 14
    stage.lead(0)
    await until(lambda: len(stage.reported) == 1)
    assert "removed up to 14 messages" in stage.reported[0].message


async def test_resolved_before_firing_in_the_queue_keeps_both_in_order(stage: Stage) -> None:
    stage.lead(0)
    stage.queue.put(
        b'{"message": "disk full", "resolved": true, "timestamp": 1760000000}',
        b'{"message": "disk full", "timestamp": 1759999990}',
    )
    await until(lambda: len(stage.queue.acked) == 2)
    assert [alarm.resolved for alarm in stage.journal.alarms] == [True, False]
    assert stage.journal.alarms[0].timestamp > stage.journal.alarms[1].timestamp  # the fold decides


async def test_a_library_that_is_not_there_is_said(stage: Stage) -> None:
    def missing(config: QueueConfig) -> Queue:
        raise DriverMissing("queues of type redis need another library")

    stage.driver = missing
    stage.lead(0)
    await until(lambda: "another library" in stage.agents[0].standings["orders"].last_error)


async def test_a_fault_in_a_library_ends_nothing(stage: Stage) -> None:
    def broken(config: QueueConfig) -> Queue:
        raise ZeroDivisionError

    stage.driver = broken
    stage.lead(0)
    await until(lambda: "ZeroDivisionError" in stage.agents[0].standings["orders"].last_error)


async def test_a_changed_queue_is_taken_up_and_a_removed_one_let_go(stage: Stage) -> None:
    stage.lead(0)
    await until(lambda: stage.queue.opened == 1)
    stage.agents[0].use([config()])
    await asyncio.sleep(0)
    assert stage.queue.opened == 1
    stage.agents[0].use([config(copies=1)])
    await until(lambda: stage.queue.opened == 2)
    stage.agents[0].use([])
    assert stage.agents[0].standings == {}
