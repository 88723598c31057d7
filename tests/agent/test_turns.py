"""Nobody keeps others waiting by asking much, and nobody takes all places (G8)."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import aclosing
from pathlib import Path
from typing import Any, Never, cast

import grpc
import pytest

from alarminati.agent.metrics import Counters
from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.access import RENEWALS
from alarminati.agent.rpc.alarms import Alarms
from alarminati.agent.rpc.turns import ROOM, Turns
from alarminati.core.model.entries import Alarm, Severity
from alarminati.v1 import access_service_pb2, access_service_pb2_grpc, alarm_service_pb2_grpc
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1 import subscription_pb2 as subs
from alarminati.wire import status
from alarminati.wire.identity import Identity, Role
from tests.agent.test_agent import alone
from tests.support.patience import until


class Refused(Exception):
    """A call was ended."""


class Context:
    """Stands for that of a call."""

    async def abort(self, code: grpc.StatusCode, message: str = "", *more: object) -> Never:
        raise Refused(code, message)

    def set_compression(self, compression: grpc.Compression) -> None:
        pass

    def disable_next_message_compression(self) -> None:
        pass


CONTEXT = cast("Any", Context())


def comes(name: str) -> None:
    """Whoever calls from here on."""
    authorization._caller.set(Identity(Role.VIEWER, name))


def counting(log: list[str], name: str, slices: int) -> Generator[None, None, str]:
    for _ in range(slices):
        log.append(name)
        yield
    return name


async def asked(turns: Turns, log: list[str], name: str, slices: int = 3) -> str:
    comes(name)
    return await turns.do(counting(log, name, slices), CONTEXT)


async def test_g8_names_take_turns_whoever_asks_how_often() -> None:
    turns, log = Turns(), list[str]()
    greedy = [asyncio.create_task(asked(turns, log, "greedy", 10)) for _ in range(20)]
    modest = asyncio.create_task(asked(turns, log, "modest", 10))
    assert await modest == "modest"
    assert log.count("greedy") < 15  # of 200
    assert await asyncio.gather(*greedy) == ["greedy"] * 20


async def test_g8_who_asks_too_often_at_once_is_told_and_may_ask_again_later() -> None:
    turns, log = Turns(2), list[str]()
    two = [asyncio.create_task(asked(turns, log, "viewer")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Refused, match="viewer viewer has 2 such calls under way"):
        await asked(turns, log, "viewer")
    assert await asked(turns, log, "other") == "other"
    await asyncio.gather(*two)
    assert await asked(turns, log, "viewer") == "viewer"


async def test_g8_a_call_that_fails_or_is_left_gives_its_place_back() -> None:
    turns, log = Turns(1), list[str]()

    def failing() -> Generator[None, None, None]:
        yield
        raise LookupError

    comes("viewer")
    with pytest.raises(LookupError):
        await turns.do(failing(), CONTEXT)
    left = asyncio.create_task(asked(turns, log, "viewer", 1000))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    assert await asked(turns, log, "viewer") == "viewer"


async def test_g8_one_name_does_not_take_all_places_of_followers(tmp_path: Path) -> None:
    async with alone(tmp_path) as agent:
        service = Alarms(agent.live, agent.feed, Counters(), "p", 3)

        async def follow(name: str) -> None:
            comes(name)
            stream: Any = service.subscribe(subs.SubscribeRequest(), CONTEXT)
            async with aclosing(stream) as answers:
                async for _ in answers:
                    pass

        first = [asyncio.create_task(follow("greedy")) for _ in range(2)]
        await until("both follow", lambda: agent.feed.streams == 2)
        with pytest.raises(Refused, match="viewer greedy follows 2 times already"):
            await follow("greedy")
        first.append(asyncio.create_task(follow("modest")))
        await until("so does another", lambda: agent.feed.streams == 3)
        for task in first:
            task.cancel()
        await asyncio.gather(*first, return_exceptions=True)
        again = asyncio.create_task(follow("greedy"))
        await until("there is room again", lambda: agent.feed.streams == 1)
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)


async def test_g8_renewals_have_a_pace(tmp_path: Path) -> None:
    async with (
        alone(tmp_path) as agent,
        grpc.aio.insecure_channel(f"127.0.0.1:{agent.grpc_port}") as channel,
    ):
        stub: Any = access_service_pb2_grpc.AccessServiceStub(channel)
        codes = []
        for _ in range(RENEWALS[1] + 1):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub.RenewCertificate(
                    access_service_pb2.RenewCertificateRequest(certificate_request=b"x")
                )
            codes.append(caught.value.code())
        assert set(codes[:-1]) == {codes[0]} != {grpc.StatusCode.RESOURCE_EXHAUSTED}
        problem = status.read(caught.value)
        assert (problem.code, problem.reason) == (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "RATE_LIMITED",
        )
        assert problem.retry_after is not None and 9 < problem.retry_after <= 10


async def test_g8_pages_and_stories_of_large_alarms_fit_an_answer(tmp_path: Path) -> None:
    """gRPC ends a call whose answer is over 4 MiB: so pages are shorter, and none is left out."""
    large = tuple((f"a{n}", "x" * 8000) for n in range(8))
    alarms = [
        Alarm(f"m{n}", Severity.ERROR, 1_760_000_000_000, annotations=large, key=str(n % 120))
        for n in range(240)
    ]
    async with (
        alone(tmp_path) as agent,
        grpc.aio.insecure_channel(f"127.0.0.1:{agent.grpc_port}") as channel,
    ):
        for start in range(0, len(alarms), 60):
            await agent.live.accept(alarms[start : start + 60])
        same = [
            Alarm(f"m{n}", Severity.ERROR, 1_760_000_000_000 + n, annotations=large, key="same")
            for n in range(100)
        ]
        for alarm in same:
            await agent.live.accept([alarm])
        stub: Any = alarm_service_pb2_grpc.AlarmServiceStub(channel)
        seen, token = list[str](), ""
        while True:
            request = rpc.ListAlarmsRequest(page_size=1000, page_token=token)
            answer = await stub.ListAlarms(request)
            assert answer.ByteSize() < ROOM + 2**16
            seen += [each.alarm.key for each in answer.alarms]
            token = answer.next_page_token
            if not token:
                break
        assert sorted(seen) == sorted({*map(str, range(120)), "same"})
        told = await stub.GetAlarm(rpc.GetAlarmRequest(id=same[0].within("default").fingerprint()))
        assert told.ByteSize() < ROOM + 2**17
        assert told.history[-1].alarm.message == "m99"  # the newest
        assert 40 < len(told.history) < 60
