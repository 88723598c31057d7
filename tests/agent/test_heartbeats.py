"""Heartbeats of a running agent: by a token in the path, by name, by gRPC and by alarms."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from alarminati.agent.app import Agent
from alarminati.cli.commands.heartbeat import _Run
from alarminati.client import Client, NotFound
from alarminati.core.model.entries import Alarm, Severity
from alarminati.edge.tokens import hashed
from tests.agent.test_agent import alone
from tests.edge.client import Client as Http
from tests.edge.client import Reply
from tests.support.patience import until

TOKEN = "alm_the-token-of-the-backup"
HEARTBEATS = json.dumps(
    [
        {"name": "backup", "interval": "1h", "token": hashed(TOKEN)},
        {"name": "watchdog", "interval": "5m", "match": 'alertname="Watchdog"'},
    ]
)


async def ask(
    agent: Agent, path: str, method: str = "GET", body: Any = b"", **headers: str
) -> Reply:
    client = await Http.connect(agent.http_port)
    try:
        return await client.ask(body, path=path, method=method, host="localhost", **headers)
    finally:
        await client.close()


def firing(agent: Agent, name: str = "backup") -> str:
    """Why the alarm of a heartbeat fires; empty: it does not."""
    key = f"heartbeat:{name}"
    for state in agent.replica.book.states(resolved=False):
        if state.alarm.key == key:
            return dict(state.alarm.annotations)["detail"]
    return ""


async def test_a_token_in_the_path_is_enough(tmp_path: Path) -> None:
    async with alone(tmp_path, heartbeats=HEARTBEATS) as agent:
        await until("it leads", lambda: agent.replica.leading)
        for method in ("GET", "POST"):
            reply = await ask(agent, f"/heartbeat/{TOKEN}", method)
            assert (reply.status, reply.json()["heartbeat"]) == (200, "backup")
            assert reply.json()["due_time"].endswith("Z")
        assert [each.state.value for each in agent.heartbeats.list()] == ["up", "new"]
        failed = await ask(agent, f"/heartbeat/{TOKEN}/fail", "POST", b"no space left\n")
        assert failed.status == 200
        await until("it fires", lambda: firing(agent) == "no space left")
        await ask(agent, f"/heartbeat/{TOKEN}")
        await until("it is over", lambda: not firing(agent))


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/heartbeat/alm_other", "GET", 404),
        (f"/heartbeat/{TOKEN}/stop", "GET", 404),
        (f"/heartbeat/{TOKEN}", "DELETE", 405),
        ("/v1/heartbeats/backup", "GET", 405),
        ("/v1/heartbeats/other", "POST", 404),
        ("/v1/heartbeats/backup/start", "POST", 200),
    ],
)
async def test_g7_who_may_say_what(tmp_path: Path, path: str, method: str, status: int) -> None:
    async with alone(tmp_path, heartbeats=HEARTBEATS) as agent:
        assert (await ask(agent, path, method)).status == status


async def test_by_name_only_reporters(tmp_path: Path) -> None:
    sources = json.dumps([{"name": "ci", "token": hashed("t")}])
    async with alone(tmp_path, heartbeats=HEARTBEATS, sources=sources) as agent:
        page = "/v1/heartbeats/backup"
        assert (await ask(agent, page, "POST")).status == 401
        assert (await ask(agent, page, "POST", authorization="Bearer t")).status == 200
        assert (await ask(agent, f"/heartbeat/{TOKEN}")).status == 200


async def test_alarms_are_signals(tmp_path: Path) -> None:
    async with alone(tmp_path, heartbeats=HEARTBEATS) as agent:
        alert = {"labels": {"alertname": "Watchdog"}, "endsAt": "2099-01-01T00:00:00Z"}
        assert (await ask(agent, "/api/v2/alerts", "POST", [alert])).status == 200
        await until("it is up", lambda: agent.heartbeats.list()[1].state.value == "up")
        before = agent.heartbeats.list()[1].last
        assert (await ask(agent, "/api/v2/alerts", "POST", [alert])).status == 200
        assert agent.heartbeats.list()[1].last == before  # too soon for another entry


async def test_by_grpc(tmp_path: Path) -> None:
    async with (
        alone(tmp_path, heartbeats=HEARTBEATS) as agent,
        Client([f"127.0.0.1:{agent.grpc_port}"], tls=None) as client,
    ):
        await client.send_heartbeat("backup", "start")
        await client.send_heartbeat("backup")
        found = await client.heartbeats()
        assert [(each.name, each.state) for each in found] == [
            ("backup", "up"),
            ("watchdog", "new"),
        ]
        assert (found[0].interval, found[0].grace, found[0].missed) == (3600.0, 300.0, 0)
        assert found[0].due - found[0].last == 3_900_000
        with pytest.raises(NotFound):
            await client.send_heartbeat("other")


class Reach:
    """Where commands find the agent."""

    def __init__(self, agent: Agent) -> None:
        self._address = f"127.0.0.1:{agent.grpc_port}"

    def client(self) -> Client:
        return Client([self._address], tls=None)


async def test_a_command_that_fails_is_an_alarm_with_its_last_lines(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    async with alone(tmp_path, heartbeats=HEARTBEATS) as agent:

        async def run(script: str, beat: str = "", overrun: float = 0.0) -> int:
            command = [sys.executable, "-c", script]
            reach: Any = Reach(agent)
            return await _Run(reach, "job", beat, "ERROR", overrun, command).go()

        def alarm() -> Alarm | None:
            states = agent.replica.book.states(resolved=False)
            return next((each.alarm for each in states if each.alarm.key == "run:job"), None)

        assert await run("print('one'); print('two'); raise SystemExit(3)") == 3
        await until("it fires", lambda: alarm() is not None)
        found = alarm()
        assert found is not None
        assert (found.message, found.severity) == ("[job] failed with 3", Severity.ERROR)
        assert dict(found.annotations) == {"output": "one\ntwo"}
        assert await run("print('well')") == 0
        await until("it is over", lambda: alarm() is None)
        assert await run("raise SystemExit('no space left')", beat="backup") == 1
        await until("it fires", lambda: "no space left" in firing(agent))
        assert await run("pass", beat="backup") == 0
        await until("it is over", lambda: not firing(agent))
        slow = asyncio.create_task(run("input()", overrun=0.01))
        await until("it is told", lambda: alarm() is not None)
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
    assert b"one\ntwo\nwell\n" in capfdbinary.readouterr().out


async def test_a_command_runs_without_a_cluster(tmp_path: Path) -> None:
    class Nowhere:
        def client(self) -> Client:
            return Client(["127.0.0.1:1"], tls=None, timeout=0.2)

    nowhere: Any = Nowhere()
    assert await _Run(nowhere, "", "", "ERROR", 0.0, [sys.executable, "-c", ""]).go() == 0
    assert await _Run(nowhere, "", "", "ERROR", 0.0, ["no-such-command-here"]).go() == 127
