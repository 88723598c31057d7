"""Silences and dead letters with living agents."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from alarminati.client import Client, Mute, MuteReason, NotFound, Refused
from tests.support.cluster import Cluster, Place
from tests.support.patience import until


def soon(seconds: float) -> int:
    return time.time_ns() // 1_000_000 + round(seconds * 1000)


async def test_g1_what_is_silenced_is_kept_and_told_when_the_silence_ends(tmp_path: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        standby = (await cluster.standbys())[0]
        async with Client([standby.grpc], cluster.tls) as operator:
            made = await operator.silence(
                ["severity=CRITICAL", 'host=~"db.*"'], ends=soon(3600), comment="new disks"
            )
            assert (made.silence.by, made.fits) == ("tester", 0)
            for agent in cluster.agents:
                async with Client([agent.grpc], cluster.tls) as asked:

                    async def there(asked: Client = asked) -> bool:
                        return list(await asked.silences()) == [made.silence]

                    await until(f"{agent.name} knows of it", there)
            await standby.report("silenced", labels={"host": "db-1"})
            await standby.report("told", labels={"host": "web-1"})
            await cluster.sink.first("told")
            await cluster.settled()
            assert not cluster.sink.arrivals("silenced")
            (silenced,) = [one for one in await operator.list() if one.alarm.message == "silenced"]
            assert silenced.muted.startswith("silenced by tester until ")
            assert silenced.muted.endswith(": new disks")
            ends = made.silence.ends
            assert silenced.mute == Mute(MuteReason.SILENCED, "tester", ends, "new disks")
            # It survives a failover, and ends on order.
            master = await cluster.master()
            master.kill()
            await cluster.agreed()
            changed = await operator.silence(
                ["host=db-1"], ends=soon(7200), comment="more", id=made.silence.id
            )
            assert (changed.silence.id, changed.fits) == (made.silence.id, 1)
            assert not cluster.sink.arrivals("silenced")
            ended = await operator.expire_silence(made.silence.id)
            assert ended.ends <= soon(0)
            await cluster.sink.first("silenced")
            now = (await operator.list())[0]
            assert (now.muted, now.mute) == ("", None)
            assert await operator.silences() == []
            assert [one.id for one in await operator.silences(include_ended=True)] == [ended.id]
            assert (await operator.expire_silence(ended.id)).ends == ended.ends
            with pytest.raises(Refused, match="is over"):
                await operator.silence(["a=b"], ends=soon(60), comment="x", id=ended.id)


async def test_what_makes_no_sense_is_refused_and_names_the_field(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        async with Client([agent.grpc], cluster.tls) as operator:
            for matchers, times, comment, why in [
                ([], (0, 60), "x", "matchers: has 0"),
                (["nonsense"], (0, 60), "x", "matchers[0]: "),
                (['a=~"["'], (0, 60), "x", "matchers[0]: "),
                (['a=~".*"', "b!=c"], (0, 60), "x", "would fit alarms without any label"),
                (["a=b"], (0, -1), "x", "ends_ms: must lie after"),
                (["a=b"], (-3600, 60), "x", "starts_ms: lies in the past"),
                (["a=b"], (0, 400 * 86400), "x", "more than 366 days"),
                (["a=b"], (0, 60), "", "comment: must say why"),
                (["a=b"], (0, 60), "x" * 1025, "comment: must say why"),
            ]:
                with pytest.raises(Refused) as caught:
                    await operator.silence(
                        matchers,
                        starts=soon(times[0]) if times[0] else 0,
                        ends=soon(times[1]),
                        comment=comment,
                    )
                assert why in str(caught.value)
            for call in (
                operator.expire_silence("0123456789abcdef"),
                operator.silence(["a=b"], ends=soon(60), comment="x", id="0123456789abcdef"),
            ):
                with pytest.raises(NotFound):
                    await call
            assert await operator.silences(include_ended=True) == []


async def test_g1_dead_letters_are_listed_and_told_again(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place(), Place()]) as cluster:
        await cluster.sink.misbehave(kind="status", status=400, count=1)
        master = await cluster.master()
        await master.report("refused")
        async with Client([master.grpc], cluster.tls) as operator:

            async def dead() -> bool:
                return bool(await operator.dead_letters())

            await until("it is dead", dead)
            (letter,) = await operator.dead_letters("ops")
            assert (letter.channel, letter.alarms) == ("ops", 1)
            assert "400" in letter.detail
            (alarm,) = await operator.list()
            assert letter.fingerprints == (alarm.fingerprint,)
            assert await operator.dead_letters("other") == []
            for ids in (["nosuch"], [str(letter.id), str(letter.id), "zzzzzzzz-1"], []):
                with pytest.raises((Refused, NotFound)):
                    await operator.resend(ids)
            standby = (await cluster.standbys())[0]
            async with Client([standby.grpc], cluster.tls) as asked:
                assert await asked.resend([str(letter.id)]) == 1
            await until("told", lambda: len(cluster.sink.delivered("refused")) == 1, 20)
            assert await operator.dead_letters() == []
            with pytest.raises(NotFound):
                await operator.resend([str(letter.id)])
