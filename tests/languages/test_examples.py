"""The programs in examples/, as people run them, against real agents with mutual TLS."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec
import pytest

from alarminati.wire.identity import Role
from tests.languages.programs import LANGUAGES, Programs, Tool, build
from tests.support.cluster import AgentProcess, Cluster, Place
from tests.support.patience import until
from tests.support.ports import free_port
from tests.support.process import Process

NUMBERS = itertools.count()  # a certificate of its own for every follower

pytestmark = pytest.mark.timeout(900)  # the first build takes minutes on a small machine

KILLS = 6


@pytest.fixture(scope="session")
def programs_of(tool: Tool) -> Callable[[str], Programs]:
    """Programs of a language, built once."""
    return cache(lambda language: build(language, tool))


@pytest.fixture(params=LANGUAGES)
def programs(request: pytest.FixtureRequest, programs_of: Callable[[str], Programs]) -> Programs:
    """Of each language in turn."""
    return programs_of(request.param)


def addresses(cluster: Cluster) -> str:
    """All replicas, as the programs want them."""
    return ",".join(agent.grpc for agent in cluster.agents)


async def report(
    programs: Programs,
    cluster: Cluster,
    *arguments: str,
    role: Role = Role.REPORTER,
    tls: Path | None = None,
) -> tuple[int, str, str]:
    """Exit code, output and complaints of one run of the reporter."""
    if tls is None:
        tls = cluster.certificate(role, f"{role}-{len(list((cluster.folder / 'tls').iterdir()))}")
    process = await asyncio.create_subprocess_exec(
        *programs.report, "--tls", str(tls), *arguments, stdout=PIPE, stderr=PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode().strip(), err.decode().strip()


class Follower:
    """The subscriber of one language, and the file it writes."""

    def __init__(self, programs: Programs, cluster: Cluster, file: Path) -> None:
        tls = cluster.certificate(Role.VIEWER, f"viewer-{next(NUMBERS)}")
        command = [*programs.subscribe, "--agents", addresses(cluster), "--tls", str(tls)]
        self.file = file
        self.process = Process([*command, "--file", str(file)], cluster.folder / "follower.log")

    def ids(self) -> list[str]:
        """What was written, in order; a line under way left out."""
        written = self.file.read_bytes() if self.file.exists() else b""
        whole = written[: written.rfind(b"\n") + 1]
        lines = [msgspec.json.decode(line) for line in whole.splitlines()]
        assert not any("missed" in line for line in lines)
        return [alarm["id"] for line in lines for alarm in line["alarms"]]

    async def has(self, ids: list[str]) -> None:
        """Wait until all of them are written."""
        await until(
            f"all {len(ids)} alarms are written", lambda: set(ids) <= set(self.ids()), within=30
        )


class Reporters:
    """Report alarm after alarm, to each replica in turn."""

    def __init__(self, cluster: Cluster) -> None:
        self.acknowledged: list[str] = []
        self.stopping = asyncio.Event()
        self._agents = cluster.agents

    async def report(self, agent: AgentProcess) -> None:
        """One alarm, which must be acknowledged."""
        reply = await agent.report(f"alarm {len(self.acknowledged)}")
        self.acknowledged += reply.json["ids"]

    async def run(self) -> None:
        """Report until stopped."""
        for agent in itertools.cycle(self._agents):
            if self.stopping.is_set():
                return
            await self.report(agent)


async def test_a_report_sent_again_is_one_report(programs: Programs, tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        there = ("--agents", f"127.0.0.1:{free_port()},{agent.grpc}", "--request-id", "run 7")
        same = (*there, "--timestamp-ms", str(time.time_ns() // 1_000_000), "disk is full")
        me = cluster.certificate(Role.REPORTER, "me")  # an id counts for its caller
        code, first, _ = await report(programs, cluster, *same, tls=me)
        assert (code, first.rpartition("-")[2].isdigit()) == (0, True)
        assert (await report(programs, cluster, *same, tls=me))[:2] == (0, first)
        code, _, err = await report(programs, cluster, *there, "another text", tls=me)
        assert code == 1 and "used" in err
        code, other, _ = await report(programs, cluster, *there[:2], "--resolved", "disk is full")
        assert (code, other != first) == (0, True)


async def test_refusals_are_one_sentence(programs: Programs, tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        there = ("--agents", addresses(cluster))
        code, out, err = await report(programs, cluster, *there, "")
        assert (code, out, err.count("\n")) == (1, "", 0)
        assert "alarm.message" in err
        code, out, err = await report(programs, cluster, *there, "disk is full", role=Role.VIEWER)
        assert (code, out, err.count("\n")) == (1, "", 0)
        assert "needs role operator or reporter" in err
        assert (await report(programs, cluster, *there, "--severity", "DIRE", "x"))[0] == 2


async def test_g5_nothing_is_missed_and_nothing_repeated(
    programs: Programs, tmp_path: Path
) -> None:
    """Followers are killed while alarms come; then replicas are, under a follower."""
    async with Cluster(tmp_path, [Place(), Place()]) as cluster:
        follower = Follower(programs, cluster, tmp_path / "alarms.jsonl")
        reporters = Reporters(cluster)
        try:
            await kill_again_and_again(follower, reporters)
            follower.process.start()
            await follower.has(reporters.acknowledged)
            for agent, other in (cluster.agents, cluster.agents[::-1]):
                agent.kill()
                await reporters.report(other)
                await follower.has(reporters.acknowledged)
                agent.start()
                await agent.ready()
                await cluster.agreed()
            follower.process.terminate()
            assert follower.process.wait() == 0
        finally:
            follower.process.kill()
        assert Counter(follower.ids()) == Counter(reporters.acknowledged)


async def kill_again_and_again(follower: Follower, reporters: Reporters) -> None:
    """Somewhere in the middle of it, while alarms come in."""
    seed = 20260101
    print(f"seed {seed}")
    dice = random.Random(seed)
    reporting = asyncio.create_task(reporters.run())
    try:
        for _ in range(KILLS):
            before = len(follower.ids())
            follower.process.start()
            while len(follower.ids()) == before:
                assert follower.process.running and not reporting.done()
                await asyncio.sleep(0.01)
            await asyncio.sleep(dice.uniform(0, 0.1))  # wherever that is
            follower.process.kill()
            with follower.file.open("ab") as file:
                file.write(b'{"cursor":"AQ')  # as when the power fails
    finally:
        reporters.stopping.set()
        await reporting


async def test_either_language_goes_on_where_the_other_stopped(
    programs_of: Callable[[str], Programs], tmp_path: Path
) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        reporters = Reporters(cluster)
        for language in (*LANGUAGES, *LANGUAGES):
            follower = Follower(programs_of(language), cluster, tmp_path / "alarms.jsonl")
            await reporters.report(cluster.agents[0])
            follower.process.start()
            try:
                await follower.has(reporters.acknowledged)
            finally:
                follower.process.kill()
        assert follower.ids() == reporters.acknowledged
