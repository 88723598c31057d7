"""Silences and dead letters with living agents."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from alarminati.client import (
    ChannelState,
    Client,
    IntervalText,
    Mute,
    MuteReason,
    NotFound,
    Refused,
    SilenceState,
)
from alarminati.v1 import silence_service_pb2 as pb
from alarminati.v1.silence_pb2 import Silence
from alarminati.v1.silence_service_pb2_grpc import SilenceServiceStub
from tests.support.cluster import Cluster, Place
from tests.support.patience import until


def soon(seconds: float) -> int:
    return time.time_ns() // 1_000_000 + round(seconds * 1000)


async def test_g1_what_is_silenced_is_kept_and_told_when_the_silence_ends(tmp_path: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        standby = (await cluster.standbys())[0]
        async with Client([standby.grpc], cluster.tls) as operator:
            made = await operator.create_silence(
                ["severity=CRITICAL", 'host=~"db.*"'], ends=soon(3600), comment="new disks"
            )
            assert (made.silence.created_by, made.matched_alarms) == ("tester", 0)
            for agent in cluster.agents:
                async with Client([agent.grpc], cluster.tls) as asked:

                    async def there(asked: Client = asked) -> bool:
                        return [one.silence for one in await asked.silences()] == [made.silence]

                    await until(f"{agent.name} knows of it", there)
            await standby.report("silenced", labels={"host": "db-1"})
            await standby.report("told", labels={"host": "web-1"})
            await cluster.sink.first("told")
            await cluster.settled()
            assert not cluster.sink.arrivals("silenced")
            (silenced,) = [one for one in await operator.list() if one.alarm.message == "silenced"]
            (mute,) = silenced.mutes
            assert mute.summary.startswith("silenced by tester until ")
            assert mute.summary.endswith(": new disks")
            end, id = made.silence.end_time, made.silence.id
            assert mute == Mute(MuteReason.SILENCED, id, "tester", "new disks", end, mute.summary)
            assert silenced.deliveries[0].state is ChannelState.MUTED
            assert silenced.deliveries[0].mute == mute
            # It survives a failover, and ends on order.
            master = await cluster.master()
            master.kill()
            await cluster.agreed()
            changed = await operator.update_silence(
                made.silence.id, matchers=["host=db-1"], ends=soon(7200)
            )
            assert (changed.silence.id, changed.matched_alarms) == (made.silence.id, 1)
            assert (changed.silence.comment, changed.state) == ("new disks", SilenceState.ACTIVE)
            assert not cluster.sink.arrivals("silenced")
            ended = (await operator.expire_silence(made.silence.id)).silence
            assert ended.end_time <= soon(0)
            await cluster.sink.first("silenced")
            now = (await operator.list())[0]
            assert now.mutes == ()
            assert await operator.silences() == []
            (kept,) = await operator.silences(include_expired=True)
            assert (kept.silence, kept.state) == (ended, SilenceState.EXPIRED)
            assert (await operator.expire_silence(ended.id)).silence == ended
            with pytest.raises(Refused, match="is over"):
                await operator.update_silence(ended.id, ends=soon(60))


async def test_a_preview_names_the_worst_alarms_and_equal_silences(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        for number in range(12):
            await agent.report(f"alarm {number}", severity="WARNING", labels={"host": "db-1"})
        await agent.report("worst", labels={"host": "db-1"})
        async with Client([agent.grpc], cluster.tls) as operator:
            made = await operator.create_silence(["host=db-1"], ends=soon(60), comment="x")
            seen = await operator.preview_silence(["host=db-1"])
            assert (seen.matched_alarms, len(seen.alarms)) == (13, 10)
            assert seen.alarms[0].alarm.message == "worst"
            assert [one.silence.id for one in seen.equal_silences] == [made.silence.id]
            assert (await operator.silence(made.silence.id)).silence == made.silence
            assert (await operator.preview_silence(["host=other"])).alarms == ()
            with pytest.raises(Refused, match="would fit alarms without any label"):
                await operator.preview_silence(["host!=db-1"])
            with pytest.raises(NotFound):
                await operator.silence("0123456789abcdef")
            assert len(await operator.silences()) == 1


async def test_a_silence_with_times_says_when_it_mutes_next(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        async with Client([agent.grpc], cluster.tls) as operator:
            now = datetime.now(UTC)
            days = [f"{now + timedelta(days=ahead):%A}".lower() for ahead in (3, 4)]
            far = IntervalText(times=(("22:00", "06:00"),), weekdays=(days[0],))
            made = await operator.create_silence(
                ["a=b"], ends=soon(30 * 86400), comment="x", intervals=[far]
            )
            assert made.silence.intervals == (far,)
            assert made.state is SilenceState.PENDING
            midnight = (now + timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
            assert made.next_start_time == midnight.timestamp() * 1000
            assert made.next_end_time == (midnight + timedelta(hours=6)).timestamp() * 1000
            always = await operator.update_silence(
                made.silence.id, intervals=[IntervalText(weekdays=("sunday:saturday",))]
            )
            assert (always.state, always.next_start_time) == (SilenceState.ACTIVE, 0)
            assert always.next_end_time == made.silence.end_time
            for wrong, why in [
                (IntervalText(weekdays=("funday",)), "intervals: weekdays: 'funday' is not one"),
                (IntervalText(years=("2020",)), "fit no time between"),
                (IntervalText(times=(("1", "2"),)), "is not a time of day"),
                (IntervalText(location="Mars"), "is not a time zone"),
                (IntervalText(months=("may",) * 33), r"intervals\[0\].months: has 33"),
                (IntervalText(location="x" * 65), r"intervals\[0\].location: has more than 64"),
            ]:
                with pytest.raises(Refused, match=why):
                    await operator.create_silence(
                        ["a=b"], ends=soon(60), comment="x", intervals=[wrong]
                    )


async def test_what_makes_no_sense_is_refused_and_names_the_field(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        async with Client([agent.grpc], cluster.tls) as operator:
            for matchers, times, comment, why in [
                ([], (0, 60), "x", "matchers: has 0"),
                (["nonsense"], (0, 60), "x", "matchers[0]: "),
                (['a=~"["'], (0, 60), "x", "matchers[0]: "),
                (['a=~".*"', "b!=c"], (0, 60), "x", "would fit alarms without any label"),
                (["a=b"], (0, -1), "x", "end_time_ms: must lie after"),
                (["a=b"], (-3600, 60), "x", "start_time_ms: lies in the past"),
                (["a=b"], (0, 400 * 86400), "x", "more than 366 days"),
                (["a=b"], (0, 60), "", "comment: must say why"),
                (["a=b"], (0, 60), "x" * 1025, "comment: must say why"),
            ]:
                with pytest.raises(Refused) as caught:
                    await operator.create_silence(
                        matchers,
                        starts=soon(times[0]) if times[0] else 0,
                        ends=soon(times[1]),
                        comment=comment,
                    )
                assert why in str(caught.value)
            for call in (
                operator.expire_silence("0123456789abcdef"),
                operator.update_silence("0123456789abcdef", ends=soon(60)),
            ):
                with pytest.raises(NotFound):
                    await call
            assert await operator.silences(include_expired=True) == []


async def test_a_request_id_creates_one_silence_at_any_replica(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place(), Place()]) as cluster:
        one, other = cluster.agents
        ends = soon(3600)
        async with (
            Client([one.grpc], cluster.tls) as here,
            Client([other.grpc], cluster.tls) as there,
        ):
            asked: dict[str, Any] = {"ends": ends, "comment": "x", "request_id": "deploy-1"}
            made = await here.create_silence(["a=b"], **asked)
            again = await there.create_silence(["a=b"], **asked)
            assert again.silence.id == made.silence.id
            assert len(await here.silences()) == 1
            with pytest.raises(Refused, match="was used for something else"):
                await here.create_silence(["a=c"], **asked)


async def test_silences_are_listed_page_by_page(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        async with Client([agent.grpc], cluster.tls) as operator:
            made = [
                await operator.create_silence([f"a=b{n}"], ends=soon(3600 + n), comment="x")
                for n in range(5)
            ]
        async with cluster.dial(agent) as channel:
            stub: Any = SilenceServiceStub(channel)
            found: list[str] = []
            token = last = ""
            for size in (2, 2, 1):
                page = await stub.ListSilences(
                    pb.ListSilencesRequest(page_size=2, page_token=token)
                )
                assert len(page.silences) == size
                found += [each.silence.id for each in page.silences]
                token = page.next_page_token
                last = token or last
            assert not token and found == [each.silence.id for each in made]
            for asked in (
                pb.ListSilencesRequest(page_size=-1),
                pb.ListSilencesRequest(page_token="nonsense"),
                pb.ListSilencesRequest(page_token=last, include_expired=True),
            ):
                with pytest.raises(grpc.aio.AioRpcError, match="page_"):
                    await stub.ListSilences(asked)
            mask = FieldMask(paths=["created_by"])
            with pytest.raises(grpc.aio.AioRpcError, match="none of comment"):
                await stub.UpdateSilence(
                    pb.UpdateSilenceRequest(
                        silence=Silence(id=found[0], created_by="somebody"), update_mask=mask
                    )
                )
            named = FieldMask(paths=["comment"])
            changed = await stub.UpdateSilence(
                pb.UpdateSilenceRequest(
                    silence=Silence(id=found[0], comment="y", matchers=["c=d"]), update_mask=named
                )
            )
            kept = changed.silence.silence
            assert (kept.comment, list(kept.matchers)) == ("y", ["a=b0"])


async def test_g1_dead_letters_are_listed_and_told_again(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place(), Place()]) as cluster:
        await cluster.sink.misbehave(kind="status", status=400, count=1)
        master = await cluster.master()
        await master.report("refused")
        async with Client([master.grpc], cluster.tls) as operator:

            async def dead() -> bool:
                return bool((await operator.dead_letters()).letters)

            await until("it is dead", dead)
            (letter,) = (await operator.dead_letters("ops")).letters
            assert (letter.channel, letter.alarm_count) == ("ops", 1)
            assert "400" in letter.detail
            (alarm,) = await operator.list()
            assert letter.fingerprints == (alarm.fingerprint,)
            assert not (await operator.dead_letters("other")).letters
            for ids in (["nosuch"], [str(letter.id), str(letter.id), "zzzzzzzz-1"], []):
                with pytest.raises((Refused, NotFound)):
                    await operator.resend_dead_letters(ids)
            standby = (await cluster.standbys())[0]
            async with Client([standby.grpc], cluster.tls) as asked:
                assert await asked.resend_dead_letters([str(letter.id)]) == 1
            await until("told", lambda: len(cluster.sink.delivered("refused")) == 1, 20)
            assert not (await operator.dead_letters()).letters
            with pytest.raises(NotFound):
                await operator.resend_dead_letters([str(letter.id)])
