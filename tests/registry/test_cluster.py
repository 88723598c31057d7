"""Channels registered with living agents: on every replica at once, and after a restart."""

from __future__ import annotations

from pathlib import Path

import httpcore
import pytest

from alarminati.client import (
    Channel,
    ChannelDefinition,
    ChannelHealth,
    Client,
    DeliveryCause,
    NotFound,
    Refused,
)
from alarminati.wire.sealing import CLUSTER_KEY, new_key
from tests.support.cluster import AgentProcess, Cluster, Place
from tests.support.patience import until
from tests.support.ports import free_port
from tests.support.sink import Sink

REGISTERED = ChannelDefinition.REGISTERED


def state(channels: dict[str, Channel], name: str) -> ChannelHealth | None:
    status = channels[name].status
    return status.state if status else None


def pending(channels: dict[str, Channel], name: str) -> int:
    status = channels[name].status
    return status.pending if status else 0


def give(cluster: Cluster, agent: AgentProcess, key: str) -> None:
    """Put a cluster key where the agent finds it."""
    (cluster.folder / "tls" / agent.name / CLUSTER_KEY).write_text(f"{key}\n")


def client(cluster: Cluster, agent: AgentProcess) -> Client:
    return Client([agent.grpc], cluster.tls)


async def known(cluster: Cluster, agent: AgentProcess) -> dict[str, Channel]:
    async with client(cluster, agent) as asked:
        return {channel.name: channel for channel in await asked.channels()}


async def test_g7_a_registered_channel_counts_everywhere_and_shows_no_secret(
    tmp_path: Path,
) -> None:
    more = Sink(tmp_path / "more")
    (tmp_path / "more").mkdir()
    canary = "canary-4471"
    async with Cluster(tmp_path) as cluster:
        await more.start()
        try:
            standby = (await cluster.standbys())[0]
            async with client(cluster, standby) as operator:
                settings = {"url": f"{more.url}/{canary}", "secret": canary, "rate": 5}
                made = await operator.create_channel("app", "webhook", settings)
                assert (made.definition, made.created_by) == (REGISTERED, "tester")
                assert made.settings == {"rate": 5}
                assert made.secret_settings == ("secret", "url")
            for agent in cluster.agents:

                async def there(agent: AgentProcess = agent) -> bool:
                    return "app" in await known(cluster, agent)

                await until(f"{agent.name} knows it", there)
            await (await cluster.master()).report("both are told")
            await more.first("both are told")
            await cluster.sink.first("both are told")
            journals = b"".join(
                file.read_bytes() for agent in cluster.agents for file in agent.data.iterdir()
            )
            assert canary.encode() not in journals
            assert b"channel/app" in journals
            # A new master, and one that comes back with nothing but its disk, send there as well.
            master = await cluster.master()
            master.kill()
            await cluster.agreed()
            master.start()
            await master.ready()
            await (await cluster.master()).report("again")
            await more.first("again")
            assert state(await known(cluster, master), "app") is ChannelHealth.OK
            async with client(cluster, standby) as operator:
                await operator.delete_channel("app")
                assert "app" not in await known(cluster, standby)
                with pytest.raises(NotFound):
                    await operator.delete_channel("app")
        finally:
            more.process.kill()


async def test_names_of_any_script(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        async with client(cluster, agent) as operator:
            settings = {"url": f"{cluster.sink.url}/app", "resolved": False}
            made = await operator.create_channel("당직", "webhook", settings, fallback="ops")
            assert (made.name, made.fallback) == ("당직", "ops")
            assert made.settings == {"resolved": False}
            assert set(await known(cluster, agent)) == {"ops", "당직"}
            assert (await operator.test_channel("당직")).delivered
            await agent.report("told to both")

            async def counted() -> bool:
                where = f"http://{agent.place.host}:{agent.place.ports[2]}/metrics"
                async with httpcore.AsyncConnectionPool() as pool:
                    page = (await pool.request("GET", where)).content.decode()
                return 'channel="당직",result="delivered"' in page

            await until("it is counted", counted)
            await operator.delete_channel("당직")
            assert list(await known(cluster, agent)) == ["ops"]


async def test_what_cannot_be_registered_is_refused_with_the_mend(tmp_path: Path) -> None:
    async with (
        Cluster(tmp_path, [Place()]) as cluster,
        client(cluster, cluster.agents[0]) as operator,
    ):
        url: dict[str, object] = {"url": "http://x/"}
        refused: list[tuple[str, str, dict[str, object], str]] = [
            ("ops", "webhook", url, "the file has a channel 'ops'"),
            ("a b", "webhook", url, "channel.name: it: 'a b' must be 1 to 64"),
            ("new", "slak", {}, "channel.type: there is no channel type 'slak'"),
            ("new", "registered", {}, "channel.type: registered stands in the file only"),
            ("new", "webhook", {}, "channel.settings.url: is missing"),
            ("new", "webhook", {"url": "canary"}, "not an http or https address"),
            ("new", "webhook", url | {"rat": 1}, "no such key; did you mean rate?"),
            ("new", "webhook", {"url": "env:HOOK"}, "env: is not for registered channels"),
            ("new", "webhook", {"url": ["canary"]}, "channel.settings.url: "),
            ("new", "webhook", url | {"secret": 5}, "secret"),
            ("new", "webhook", url | {"fallback": "ops"}, "given as fallback"),
            ("new", "webhook", url | {"fallback_after": "never"}, "is not a duration"),
            ("new", "webhook", url | {"template": "{{ canary "}, "channel.settings.template: "),
        ]
        for name, type_, settings, why in refused:
            with pytest.raises(Refused) as caught:
                await operator.create_channel(name, type_, settings)
            assert why in str(caught.value), (name, type_, settings)
            assert "canary" not in str(caught.value)
        for more, why in (
            ({"fallback": "nosuch"}, "channel.fallback: there is no channel 'nosuch'"),
            ({"fallback": "new"}, "channel.fallback: "),
            ({"matchers": ["a=b", "a"]}, "channel.matchers[1]: not a matcher"),
        ):
            with pytest.raises(Refused) as caught:
                await operator.create_channel("new", "webhook", url, **more)
            assert why in str(caught.value)
        assert list(await known(cluster, cluster.agents[0])) == ["ops"]


async def test_g1_what_waits_for_a_channel_that_is_removed_is_a_dead_letter(
    tmp_path: Path,
) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        async with client(cluster, agent) as operator:
            nowhere = {"url": f"http://127.0.0.1:{free_port()}/"}
            await operator.create_channel("app", "webhook", nowhere)
            await agent.report("told to one of two")
            await cluster.sink.first("told to one of two")

            async def waits(count: int) -> bool:
                return pending(await known(cluster, agent), "app") == count

            await until("it waits", lambda: waits(1))
            await agent.report("told to one of two, too")
            await until("the other one waits behind it", lambda: waits(2))
            dead = await operator.delete_channel("app")
            letters = (await operator.dead_letters("app")).letters
            assert len(letters) == dead, "all at once"
            assert sum(each.alarm_count for each in letters) == 2
            assert {each.cause for each in letters} == {DeliveryCause.CHANNEL_REMOVED}
            with pytest.raises(Refused, match="there is no channel 'app' any more"):
                await operator.resend_dead_letters([str(letters[0].id)])
            assert (await known(cluster, agent)).keys() == {"ops"}
            sink = {"url": f"{cluster.sink.url}/app"}
            made = await operator.create_channel("app", "webhook", sink)
            assert made.status
            assert made.status.state is ChannelHealth.UNUSED, "what ailed the one before is past"
            assert await operator.resend_dead_letters(channel="app") == len(letters)
            told = "told to one of two"
            await until("it is told", lambda: len(cluster.sink.delivered(told)) == 2, 20)
            assert not (await operator.dead_letters()).letters


async def test_without_a_key_nothing_is_registered(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, [Place()])
    (tmp_path / "tls" / "a1" / CLUSTER_KEY).unlink()
    async with cluster, client(cluster, cluster.agents[0]) as operator:
        with pytest.raises(Refused, match="no cluster_key"):
            await operator.create_channel("app", "webhook", {"url": "http://x/"})


async def test_g1_with_another_key_the_channel_is_in_trouble_and_its_alarms_wait(
    tmp_path: Path,
) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        async with client(cluster, agent) as operator:
            sink = {"url": f"{cluster.sink.url}/app"}
            await operator.create_channel("app", "webhook", sink)
        agent.kill()
        give(cluster, agent, new_key())
        agent.start()
        await agent.ready()
        await cluster.agreed()
        channel = (await known(cluster, agent))["app"]
        status = channel.status
        assert status is not None
        assert status.state is ChannelHealth.MISCONFIGURED
        assert "sealed with another cluster_key" in status.last_error
        assert agent.said.count("channel/app (registered by tester) cannot be opened") == 1
        await agent.report("waits")
        await cluster.sink.first("waits")

        async def waits() -> bool:
            return pending(await known(cluster, agent), "app") == 1

        await until("it waits", waits)
        # Both keys, the new one first: what the old one sealed is open again.
        agent.kill()
        keys = tmp_path / "keys.yaml"
        keys.write_text(cluster.key)
        document = agent.config.read_text().rstrip()
        assert document.endswith("}")
        own = tmp_path / "tls" / agent.name / CLUSTER_KEY
        agent.config.write_text(f'{document[:-1]}, "cluster_key": ["file:{own}", "file:{keys}"]}}')
        agent.start()
        await agent.ready()
        await until("it is told", lambda: len(cluster.sink.delivered("waits")) == 2, 30)
        assert state(await known(cluster, agent), "app") is ChannelHealth.OK


async def test_what_ails_a_channel_is_said_by_whoever_is_asked(tmp_path: Path) -> None:
    """Only the master sends, but people do not choose whom they ask."""
    nowhere = {"url": f"http://127.0.0.1:{free_port()}/"}
    async with Cluster(tmp_path, [Place(), Place()], channel=nowhere) as cluster:
        await cluster.agents[0].report("nobody takes it")
        for agent in cluster.agents:

            async def said(agent: AgentProcess = agent) -> bool:
                status = (await known(cluster, agent))["ops"].status
                if status is None or status.state is not ChannelHealth.FAILING:
                    return False
                return "refused the connection" in status.last_error

            await until(f"{agent.name} says what ails it", said)


async def test_a_channel_that_is_added_is_told_what_fires_in_one_message(tmp_path: Path) -> None:
    """And it is said beforehand how many alarms that is; nothing that is over is told."""
    more = Sink(tmp_path / "more")
    (tmp_path / "more").mkdir()
    async with Cluster(tmp_path, [Place()]) as cluster:
        await more.start()
        try:
            (agent,) = cluster.agents
            for text in ("one", "two", "over"):
                await agent.report(text)
            await agent.report("over", resolved=True)
            three = await agent.report("three")
            async with client(cluster, agent) as operator:
                await operator.acknowledge(three.json["ids"][0], "on it")
                sink = {"url": f"{more.url}/app"}
                made = await operator.create_channel("app", "webhook", sink)
                assert pending({"app": made}, "app") == 3
            await more.first("one")
            await agent.report("later")
            await more.first("later")
            assert not more.delivered("over")
            first, _ = more.delivered("")
            told = [(each["message"], each["reason"]) for each in first.body["alarms"]]
            assert sorted(told) == [
                ("one", "state_changed"),
                ("three", "acknowledged"),
                ("two", "state_changed"),
            ]
        finally:
            more.process.kill()
