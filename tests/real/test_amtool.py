"""The real amtool reads alarms of an agent, and adds, lists and expires silences there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpcore

from alarminati.edge.tokens import hashed, make_token
from tests.support.cluster import AgentProcess, Cluster, Place
from tests.support.patience import until

REPORT = (
    b'{"message": "p99 is 3.2 s", "severity": "CRITICAL",'
    b' "labels": {"alertname": "HighLatency", "service": "ws-api"}}'
)
KARMA = ("status", "silences", "alerts/groups", "receivers")
"""Pages that karma reads, https://github.com/prymitive/karma"""


async def run(*command: str) -> tuple[int, str]:
    """Return the exit code of a command, and what it printed; of a failure, its errors as well."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, said = await process.communicate()
    return process.returncode or 0, (out + said if process.returncode else out).decode()


async def status(agent: AgentProcess, page: str) -> int:
    """Return the status of a page of Alertmanager's API."""
    url = f"http://127.0.0.1:{agent.place.ports[1]}/api/v2/{page}"
    async with httpcore.AsyncConnectionPool() as pool:
        return (await pool.request("GET", url)).status


async def test_amtool_queries_and_silences(tool: Callable[[str], str], tmp_path: Path) -> None:
    amtool = tool("amtool")
    async with Cluster(tmp_path, [Place()], keys={"http": {"prefix": "/am"}}) as cluster:
        (agent,) = cluster.agents
        assert (await agent.post(REPORT)).status == 200
        await cluster.sink.first("p99 is 3.2 s")
        url = f"--alertmanager.url=http://127.0.0.1:{agent.place.ports[1]}/am"

        async def told(*words: str) -> Any:
            code, out = await run(amtool, *words, url, "--output=json")
            assert code == 0, out
            return json.loads(out)

        [alert] = await told("alert", "query", "alertname=HighLatency", 'severity=~"CRIT.*"')
        assert alert["labels"]["service"] == "ws-api"
        assert alert["annotations"]["summary"] == "p99 is 3.2 s"
        assert alert["status"]["state"] == "active"
        assert [each["name"] for each in alert["receivers"]] == ["ops"]
        assert await told("alert", "query", "alertname=Other") == []
        code, out = await run(
            *(amtool, "silence", "add", "alertname=HighLatency", "service=~ws-.*", url),
            *("--comment=deploy", "--author=kim", "--duration=1h"),
        )
        assert code == 0, out
        id = out.strip()
        [silence] = await told("silence", "query")
        assert (silence["id"], silence["createdBy"]) == (id, "kim")
        assert silence["matchers"][1]["isRegex"]
        assert await told("alert", "query") == []

        async def silenced() -> bool:
            found = await told("alert", "query", "--silenced")
            return [each["status"]["silencedBy"] for each in found] == [[id]]

        await until("the alarm is silenced", silenced)
        code, out = await run(amtool, "silence", "expire", id, url)
        assert code == 0, out
        assert await told("silence", "query") == []
        assert len(await told("alert", "query")) == 1
        code, out = await run(amtool, "silence", "expire", "0123456789abcdef", url)
        assert code != 0
        assert await status(agent, "silences?filter=a%3D~%5B") == 400
        assert await status(agent, "silence/0123456789abcdef") == 404
        for page in KARMA:
            assert await status(agent, page) == 200


async def test_g7_readers_need_a_token_that_the_configuration_names(
    tool: Callable[[str], str], tmp_path: Path
) -> None:
    amtool, token, other = tool("amtool"), make_token(), make_token()
    keys = {
        "sources": [
            {"name": "karma", "token": hashed(token)},
            {"name": "shop", "token": hashed(other)},
        ],
        "http": {"readers": ["karma"]},
    }
    async with Cluster(tmp_path, [Place()], keys=keys) as cluster:
        (agent,) = cluster.agents
        address = f"127.0.0.1:{agent.place.ports[1]}"

        async def query(password: str, *words: str) -> tuple[int, str]:
            login = f"x:{password}@" if password else ""
            return await run(amtool, *words, f"--alertmanager.url=http://{login}{address}")

        assert (await query(token, "alert", "query"))[0] == 0
        assert (await query("", "alert", "query"))[0] != 0
        code, out = await query(other, "alert", "query")
        assert code != 0
        assert "403" in out
        words = ("silence", "add", "a=b", "--comment=c", "--author=a")
        code, out = await query(token, *words)
        assert code != 0
        assert "403" in out
