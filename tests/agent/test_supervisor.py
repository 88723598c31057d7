"""Nothing dies unseen: what fails and cannot be done without ends the agent, with a sentence."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alarminati.agent import supervisor
from alarminati.agent.supervisor import PartFailed, Supervisor
from alarminati.cli.output.terminal import Exit, explain
from alarminati.core.model.entries import Alarm, Body, Entry, EntryId, Severity
from alarminati.wire import background
from tests.agent.test_agent import alone
from tests.support.patience import until


class Mistake(Exception):
    """What nobody foresaw; its text must not be told."""


SECRET = "token-in-the-text"


async def fail() -> None:
    """Raise at once."""
    raise Mistake(SECRET)


async def seen(watch: Supervisor) -> str:
    """What ends the agent."""
    failure = await asyncio.wait_for(asyncio.shield(watch.failure), 5)
    sentence, code = explain(failure)
    assert code is Exit.FAILED
    return sentence


async def test_a_task_that_fails_ends_the_agent_with_a_sentence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = Supervisor()
    with watch.watching():
        background.begin(fail(), "forgetting old entries")
        assert await seen(watch) == (
            "forgetting old entries failed unexpectedly (Mistake), so this agent ends: start it"
            " again; the log says where it failed"
        )
    assert "in fail" in caplog.text
    assert SECRET not in caplog.text


async def test_so_does_a_timer_and_what_waits_for_a_future() -> None:
    def wrong(*_: object) -> None:
        raise Mistake

    for kind in ("timer", "future"):
        watch = Supervisor()
        with watch.watching():
            if kind == "timer":
                background.call_later(0, wrong)
            else:
                done = asyncio.get_running_loop().create_future()
                background.when_done(done, wrong)
                done.set_result(None)
            assert "wrong failed unexpectedly" in await seen(watch)


async def test_work_for_one_client_ends_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    watch = Supervisor()
    with watch.watching():
        await asyncio.wait([background.attend(fail(), "a connection")])
        await until("it is in the log", lambda: "a connection failed" in caplog.text)
    assert not watch.failure.done()
    assert SECRET not in caplog.text


async def test_what_listens_to_anybody_begins_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "AGAIN", 0.0)
    begun: list[int] = []

    async def listen() -> None:
        begun.append(1)
        if len(begun) < 3:
            raise Mistake(SECRET)
        await asyncio.Event().wait()

    task = background.begin(supervisor.persistent("discovery", listen), "looking")
    await until("it listens", lambda: len(begun) == 3)
    task.cancel()
    assert "discovery failed and is restarted (Mistake)" in caplog.text
    assert SECRET not in caplog.text


class Wrong:
    """A fold with a mistake in it."""

    def apply(self, entry: Entry) -> None:
        """Fail."""
        raise Mistake

    def behind(self, body: Body) -> int:
        """Nothing is known."""
        return 0

    def alive_ids(self) -> list[EntryId]:
        """None."""
        return []


ALARM = Alarm("something", Severity.CRITICAL, 1)


async def test_a_fold_that_fails_after_the_disk_ends_the_agent(tmp_path: Path) -> None:
    watch = Supervisor()
    with watch.watching():
        async with alone(tmp_path) as agent:
            await until("it leads", lambda: agent.replica.leading)
            agent.replica.folds = [*agent.replica.folds, Wrong()]
            report = asyncio.create_task(agent.live.accept([ALARM]))
            assert "_stored failed unexpectedly (Mistake)" in await seen(watch)
            agent.live.give_up()
    assert isinstance(watch.failure.result(), PartFailed)
    with pytest.raises(Exception, match="stopping"):  # nobody is left waiting
        await report


async def test_what_cannot_be_queued_ends_the_agent(tmp_path: Path) -> None:
    """Between deciding and queueing nothing may be lost: it would be waited for for ever."""
    watch = Supervisor()
    with watch.watching():
        async with alone(tmp_path) as agent:
            await until("it leads", lambda: agent.replica.leading)
            agent.replica.journal.skip(agent.replica.journal.own, 2**63 - 1)
            with pytest.raises(ValueError, match="cannot follow"):
                await agent.live.accept([ALARM])
            assert "_accepted failed unexpectedly (ValueError)" in await seen(watch)
            agent.live.give_up()
