"""Marks with living agents: by gRPC, by HTTP and by the command, at any replica."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from alarminati.client import Client, Mark, Record, Refused
from tests.support.cluster import Cluster, Place
from tests.support.patience import until


def post(address: str, body: object, key: str = "") -> tuple[int, Any]:
    """The status and answer of a page, asked as a program asks."""
    headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
    data = json.dumps(body).encode()
    request = urllib.request.Request(f"http://{address}/v1/marks", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


async def test_a_mark_is_kept_listed_and_sent_to_subscribers(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place(), Place()]) as cluster:
        one, other = cluster.agents
        async with Client([one.grpc], cluster.tls) as client:
            labels = {"service": "api"}
            id = await client.mark("deploy api 1.4.2", labels=labels, request_id="r1")
            assert await client.mark("deploy api 1.4.2", labels=labels, request_id="r1") == id
            with pytest.raises(Refused, match="r1"):
                await client.mark("deploy api 1.4.3", labels=labels, request_id="r1")
            with pytest.raises(Refused, match=r"mark\.message: is empty"):
                await client.mark("")
            with pytest.raises(Refused, match=r"mark\.start_time_ms: lies more than"):
                await client.mark("x", starts=1)
            async for event in client.subscribe():
                if isinstance(event, Record):
                    break
            assert isinstance(event, Record) and isinstance(event.body, Mark)
            assert (event.id, event.body.created_by) == (id, "tester")
        async with Client([other.grpc], cluster.tls) as client:

            async def there() -> bool:
                return [each.id for each in await client.marks()] == [id]

            await until("the other replica lists it", there)
            (listed,) = await client.marks(projects=["w-sharing"])
            assert listed.mark.project == "w-sharing" and listed.mark.labels
            assert await client.marks(projects=["other"]) == []
            assert await client.marks(end_time=listed.mark.start_time) == []
            assert await client.marks(start_time=listed.mark.start_time + 1) == []
        await cluster.settled()
        assert not cluster.sink.arrivals("deploy"), "no channel is told"


async def test_pages_of_marks_go_on_where_the_last_one_ended(tmp_path: Path) -> None:
    async with (
        Cluster(tmp_path, [Place()]) as cluster,
        Client([cluster.agents[0].grpc], cluster.tls) as client,
    ):
        for number in range(5):
            await client.mark(f"m{number}", starts=1_758_166_920_000 + number)
        found = [each.mark.message for each in await client.marks(limit=3)]
        assert found == ["m4", "m3", "m2"]
        assert len(await client.marks()) == 5


async def test_by_http(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        sent = {"message": "deploy", "labels": {"service": "api"}, "link": "https://ci.example/1"}

        async def ask(body: object, key: str = "") -> tuple[int, Any]:
            return await asyncio.to_thread(
                post, f"{agent.place.host}:{agent.place.ports[1]}", body, key
            )

        status, first = await ask(sent, "k1")
        assert (status, first["replicas"]) == (200, 1)
        assert await ask(sent, "k1") == (200, first)
        assert (await ask(sent | {"message": "other"}, "k1"))[0] == 422
        for wrong, field in [
            ({}, "message"),
            (sent | {"start_time": "yesterday"}, "start_time"),
            (sent | {"end_time": 1}, "end_time"),
            (sent | {"severity": "INFO"}, "severity"),
        ]:
            status, told = await ask(wrong)
            assert (status, told["field"]) == (400, field)
        async with Client([agent.grpc], cluster.tls) as client:
            (kept,) = await client.marks()
        assert str(kept.id) == first["id"]
        assert kept.mark.created_by.startswith("anonymous/")
