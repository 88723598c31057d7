"""`alarminati tail`: each alarm one line, each once, through failovers and restarts."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import sys
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

import grpc
import pytest

from alarminati.cli.output.terminal import Exit
from alarminati.client import Action, Alarm, Severity
from tests.cli.conftest import Run, Start, StartAgents
from tests.client.agents import NOW, sample, tell_whole_story
from tests.support.ports import free_port


async def lines(process: Process, count: int) -> list[Any]:
    """The next so many lines, as JSON."""
    assert process.stdout is not None
    read: list[Any] = []
    async with asyncio.timeout(20):
        for _ in range(count):
            line = await process.stdout.readline()
            assert line, f"ended after {len(read)} of {count} lines"
            read.append(json.loads(line))
    return read


async def end(process: Process, how: signal.Signals = signal.SIGINT) -> tuple[int | None, str, str]:
    """Stop it; its exit code and what was left to read."""
    process.send_signal(how)
    async with asyncio.timeout(10):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_prints_what_is_kept_and_what_comes(start_agents: StartAgents, start: Start) -> None:
    (agent,) = await start_agents(1)
    await agent.add(sample(1))
    process = await start("tail", "--json", "--agent", agent.address)
    (kept,) = await lines(process, 1)
    alarm = Alarm("디스크가 가득 찼습니다", Severity.ERROR, NOW, True, (("host", "db-1"),))
    await agent.add(Action.acknowledge(sample(1).fingerprint(), "jane"))
    id = await agent.add(alarm)
    (live,) = await lines(process, 1)
    assert kept["id"] == f"{agent.origin}-1"
    assert live.pop("time") >= kept["time"]  # when they arrived here
    assert live == {
        "type": "alarm",
        "id": str(id),
        "fingerprint": alarm.fingerprint(),
        "timestamp": "2025-09-18T03:42:00.000Z",
        "severity": "ERROR",
        "state": "resolved",
        "project": "w-sharing",
        "message": "디스크가 가득 찼습니다",
        "labels": {"host": "db-1"},
        "annotations": {},
        "key": "",
        "link": "",
        "source": "",
    }
    assert await end(process) == (0, "", "")


async def test_a_line_for_people(start_agents: StartAgents, start: Start) -> None:
    (agent,) = await start_agents(1)
    await agent.add(Alarm("disk is\nfull \x1b[31m", Severity.CRITICAL, NOW, labels=(("h", "1"),)))
    process = await start("tail", "--agent", agent.address)
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 20)
    assert line.decode() == "2025-09-18 12:42:00+09:00 CRITICAL w-sharing disk is full �[31m h=1\n"
    assert await end(process, signal.SIGTERM) == (0, "", "")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Following seoul-1 ({name}). Nothing is new; -n 20 repeats."),
        ("ko", "seoul-1 ({name})의 알람을 기다리는 중입니다. 새 알람이 없습니다."),
    ],
)
async def test_says_on_a_terminal_whom_it_follows(
    language: str, told: str, start_agents: StartAgents, start: Start
) -> None:
    """Newcomer 13: silence looked like a hang."""
    (agent,) = await start_agents(1)
    ours, theirs = pty.openpty()
    try:
        process = await start(
            "tail", "--agent", agent.address, stderr=theirs, ALARMINATI_LANG=language
        )
        async with asyncio.timeout(20):
            shown = (await asyncio.to_thread(os.read, ours, 4096)).decode()
        assert told.format(name=agent.name) in shown
        assert shown.count("\n") == 1
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        os.close(ours)
        os.close(theirs)


async def test_the_newest_without_a_cache(start_agents: StartAgents, start: Start) -> None:
    (agent,) = await start_agents(1)
    await agent.add(sample(1))
    process = await start("tail", "--json", "--no-cache", "-n", "3", "--agent", agent.address)
    await lines(process, 1)
    await end(process)
    assert agent.requests[0].newest == 3
    assert list(agent.requests[0].filter.types) == [1, 6]


async def test_deliveries_and_acknowledgements_when_asked_for(
    start_agents: StartAgents, start: Start
) -> None:
    (agent,) = await start_agents(1)
    await tell_whole_story(agent)
    process = await start("tail", "--json", "--deliveries", "--agent", agent.address)
    kinds = [line["type"] for line in await lines(process, 5)]
    assert kinds == ["alarm", "notification", "delivery_attempt", "delivery_attempt", "action"]
    await end(process)
    process = await start("tail", "--json", "--acks", "--agent", agent.address)
    assert [line["type"] for line in await lines(process, 2)] == ["alarm", "action"]
    await end(process)
    asked = ("--type", "delivery_attempt", "--type", "action")
    process = await start("tail", "--json", "--no-cache", *asked, "--agent", agent.address)
    told = [line["type"] for line in await lines(process, 3)]
    assert told == ["delivery_attempt", "delivery_attempt", "action"]
    await end(process)


async def test_each_once_over_restarts(start_agents: StartAgents, start: Start) -> None:
    """G5: what was printed is not printed again, and -n asks for it."""
    (agent,) = await start_agents(1)
    told = []
    for round in range(3):
        for number in range(3):
            await agent.add(sample(10 * round + number))
        process = await start("tail", "--json", "--agent", agent.address)
        told += [line["id"] for line in await lines(process, 3)]
        await end(process)
    assert told == [f"{agent.origin}-{n}" for n in range(1, 10)]
    process = await start("tail", "--json", "-n", "2", "--agent", agent.address)
    assert [line["id"] for line in await lines(process, 2)] == told[-2:]
    await end(process)
    await agent.stop()  # what is cached needs nobody
    process = await start("tail", "--json", "-n", "4", "--agent", agent.address)
    assert [line["id"] for line in await lines(process, 4)] == told[-4:]
    await end(process)


async def test_goes_on_over_failovers(start_agents: StartAgents, start: Start) -> None:
    """G5: nothing lost, nothing twice, and said on standard error only."""
    agents = await start_agents(2)
    a, b = agents
    both = f"{a.address},{b.address}"
    process = await start("tail", "--json", "--agent", both)
    told = []
    for number in range(4):
        here = agents[number % 2]
        await here.add(sample(number))
        await a.forward(b)
        await b.forward(a)
        told += [line["message"] for line in await lines(process, 1)]
        there = agents[(number + 1) % 2]
        await here.stop()
        await there.add(sample(100 + number))
        told += [line["message"] for line in await lines(process, 1)]
        await here.start()
        await there.forward(here)
    code, out, err = await end(process)
    assert (code, out) == (0, "")
    assert told == [sample(n).message for n in (0, 100, 1, 101, 2, 102, 3, 103)]
    assert "going on with another" in err


async def test_a_killed_one_goes_on(start_agents: StartAgents, start: Start) -> None:
    """G5: kill -9 loses no line; at most the last is printed again."""
    (agent,) = await start_agents(1)
    told: list[str] = []
    for round in range(3):
        for number in range(20):
            await agent.add(sample(100 * round + number))
        process = await start("tail", "--json", "--agent", agent.address)
        told += [line["message"] for line in await lines(process, 7)]
        process.kill()
        out, _ = await process.communicate()
        told += [
            json.loads(line)["message"] for line in out.splitlines(keepends=True) if b"\n" in line
        ]
    process = await start("tail", "--json", "--agent", agent.address)
    expected = [sample(100 * r + n).message for r in range(3) for n in range(20)]
    while set(told) != set(expected):
        told += [line["message"] for line in await lines(process, 1)]
    await end(process)
    assert list(dict.fromkeys(told)) == expected


async def test_from_now_and_no_cache_leave_nothing_behind(
    start_agents: StartAgents, start: Start, tmp_path: Path
) -> None:
    (agent,) = await start_agents(1)
    await agent.add(sample(1))
    process = await start("tail", "--json", "--no-cache", "--agent", agent.address)
    await lines(process, 1)
    await end(process)
    process = await start("tail", "--json", "--from-now", "--agent", agent.address)
    while len(agent.requests) < 2:
        await asyncio.sleep(0.01)
    id = await agent.add(sample(2))
    assert [line["id"] for line in await lines(process, 1)] == [str(id)]
    await end(process)
    assert not (tmp_path / ".cache" / "alarminati").exists()


async def test_filters(start_agents: StartAgents, start: Start) -> None:
    (agent,) = await start_agents(1)
    for severity in Severity:
        for host in ("db-1", "db-2"):
            await agent.add(Alarm("x", severity, NOW, labels=(("host", host),)))
    process = await start(
        "tail", "--json", "--min-severity", "error", "--label", "host=db-2",
        "--agent", agent.address,
    )  # fmt: skip
    found = await lines(process, 2)
    assert [(one["severity"], one["labels"]["host"]) for one in found] == [
        ("CRITICAL", "db-2"),
        ("ERROR", "db-2"),
    ]
    await end(process)


@pytest.mark.parametrize("idle", [True, False])
async def test_ends_when_nobody_reads(idle: bool, start_agents: StartAgents, start: Start) -> None:
    """`| head -1` must not leave a process behind, or a traceback."""
    (agent,) = await start_agents(1)
    reader, writer = os.pipe()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "alarminati",
        "tail",
        "--json",
        "--no-cache",
        "--agent",
        agent.address,
        stdout=writer,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writer)
    try:
        await agent.add(sample(1))
        line = await asyncio.to_thread(os.read, reader, 4096)
        assert json.loads(line)["id"] == f"{agent.origin}-1"
        os.close(reader)
        if not idle:
            for number in range(5000):
                await agent.add(sample(number))
        async with asyncio.timeout(10):
            _, err = await process.communicate()
        assert (process.returncode, err) == (0, b"")
    finally:
        if process.returncode is None:
            process.kill()


async def test_a_gap_is_said(start_agents: StartAgents, start: Start) -> None:
    (agent,) = await start_agents(1)
    await agent.add(sample(1))
    process = await start("tail", "--json", "--agent", agent.address)
    await lines(process, 1)
    await end(process)
    for number in range(10):
        await agent.add(sample(10 + number))
    agent.forget(6)
    process = await start("tail", "--json", "--agent", agent.address)
    assert len(await lines(process, 5)) == 5
    _, _, err = await end(process)
    assert "Up to 5 records are no longer kept." in err


async def test_without_a_usable_cache_it_goes_on(
    start_agents: StartAgents, start: Start, tmp_path: Path
) -> None:
    (agent,) = await start_agents(1)
    await agent.add(sample(1))
    (tmp_path / "file").write_text("")
    blocked = str(tmp_path / "file" / "below")
    process = await start("tail", "--json", "--agent", agent.address, ALARMINATI_CACHE=blocked)
    assert len(await lines(process, 1)) == 1
    _, _, err = await end(process)
    assert "going on without" in err


async def test_list_offline_shows_what_tail_saw(
    start_agents: StartAgents, start: Start, run: Run
) -> None:
    (agent,) = await start_agents(1)
    await agent.add(sample(1))
    await agent.add(sample(2))
    await agent.add(sample(2, resolved=True))
    process = await start("tail", "--json", "--agent", agent.address)
    await lines(process, 3)
    await end(process)
    await agent.stop()
    ended = await run("list", "--offline", "--json", "--agent", agent.address)
    assert [one["message"] for one in ended.json] == [sample(1).message]
    everything = await run("list", "--offline", "--all", "--json", "--agent", agent.address)
    assert len(everything.json) == 2


async def test_being_refused_ends_it(start_agents: StartAgents, start: Start) -> None:
    (agent,) = await start_agents(1)
    agent.script.refuse = grpc.StatusCode.PERMISSION_DENIED
    process = await start("tail", "--agent", agent.address)
    out, err = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, out) == (Exit.REFUSED, b"")
    assert err == b"alarminati: refused on order\n"


async def test_one_agent_that_cannot_be_reached_is_tried_again_and_why_can_be_found_out(
    start: Start,
) -> None:
    address = f"127.0.0.1:{free_port()}"
    process = await start("tail", "--agent", address)
    assert process.stderr is not None
    said = (await asyncio.wait_for(process.stderr.readline(), 20)).decode()
    await end(process)
    assert said == (
        f"alarminati: {address} cannot be reached: nothing listens there (connection refused); to"
        " find out why: alarminati doctor; trying again.\n"
    )
