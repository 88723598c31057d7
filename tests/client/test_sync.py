"""The client for programs without asyncio, and the handler for `logging` on top of it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from alarminati.client import Severity, Unreachable, alarm
from alarminati.client.handler import AlarmHandler, severity
from alarminati.client.sync import SyncClient
from alarminati.core.model.entries import Alarm
from tests.client.agents import Agent
from tests.client.conftest import StartAgents


def reported(agent: Agent) -> list[Alarm]:
    """Alarms that an agent took."""
    return [fact.body for fact in agent.stored if isinstance(fact.body, Alarm)]


async def test_threads_share_one_client(start_agents: StartAgents) -> None:
    (agent,) = await start_agents(1)

    def work() -> list[str]:
        with SyncClient([agent.address]) as client:
            receipts: list[str] = []

            def one(number: int) -> None:
                receipts.append(str(client.report(alarm(f"disk {number} is full")).id))

            threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert client.cluster().cluster
            assert client.call(lambda inner: inner.ping()) is not None
            return receipts

    receipts = await asyncio.to_thread(work)
    assert len(set(receipts)) == 4
    assert {each.message for each in reported(agent)} == {f"disk {n} is full" for n in range(4)}


async def test_no_thread_before_the_first_call_and_none_after_the_last(
    start_agents: StartAgents,
) -> None:
    (agent,) = await start_agents(1)

    def work() -> None:
        def running() -> list[str]:
            return [each.name for each in threading.enumerate() if "alarminati" in each.name]

        with SyncClient([agent.address]) as client:
            assert running() == []
            client.report(alarm("disk is full"))
            assert running() == ["alarminati-client"]
        assert running() == []

    await asyncio.to_thread(work)


def test_wrong_arguments_are_told_at_once() -> None:
    with pytest.raises(ValueError, match="address"):
        SyncClient([])


async def test_nobody_there() -> None:
    def work() -> None:
        with (
            SyncClient(["127.0.0.1:1"], timeout=0.3) as client,
            pytest.raises(Unreachable),
        ):
            client.report(alarm("disk is full"))

    await asyncio.to_thread(work)


@pytest.fixture
def logger() -> Iterator[tuple[logging.Logger, Callable[[AlarmHandler], None]]]:
    """Return a logger of this test only, and how to give it a handler."""
    made = logging.getLogger("shop.orders")
    made.propagate = False
    yield made, made.addHandler
    for handler in list(made.handlers):
        made.removeHandler(handler)


async def test_a_record_becomes_an_alarm(
    start_agents: StartAgents, logger: tuple[logging.Logger, Callable[[AlarmHandler], None]]
) -> None:
    (agent,) = await start_agents(1)
    log, add = logger

    def work() -> None:
        handler = AlarmHandler([agent.address], labels={"team": "shop"}, ttl=600)
        add(handler)
        log.warning("not reported: below the level")
        for order in (7, 8):
            try:
                raise LookupError(f"no row {order}")
            except LookupError:
                log.exception("order %d cannot be read", order)
        handler.close()

    await asyncio.to_thread(work)
    first, second = reported(agent)
    assert first.message == "order 7 cannot be read"
    assert first.severity is Severity.ERROR
    assert dict(first.labels) == {"logger": "shop.orders", "team": "shop"}
    assert dict(first.annotations)["traceback"].endswith("LookupError: no row 7")
    assert first.ttl == 600
    assert first.key == second.key  # one alarm, reported twice


async def test_a_cluster_that_is_away_costs_the_program_nothing(
    logger: tuple[logging.Logger, Callable[[AlarmHandler], None]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    log, add = logger

    def work() -> None:
        handler = AlarmHandler(["127.0.0.1:1"], waiting=2, timeout=0.2)
        add(handler)
        for number in range(10):
            log.error("order %d is lost", number)
        handler.close()

    await asyncio.to_thread(work)
    assert "log records were not reported" in capsys.readouterr().err


def test_levels_between_two_count_as_the_lower_one() -> None:
    levels = {10: "INFO", 20: "INFO", 29: "INFO", 30: "WARNING", 40: "ERROR", 55: "CRITICAL"}
    assert {level: severity(level).name for level in levels} == levels
