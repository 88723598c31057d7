"""Channels registered with living agents: on every replica at once, and after a restart."""

from __future__ import annotations

from pathlib import Path

import httpcore
import pytest

from alarminati.client import Channel, ChannelDefinition, Client, NotFound, Refused
from alarminati.wire.sealing import CLUSTER_KEY, new_key
from tests.support.cluster import AgentProcess, Cluster, Place
from tests.support.patience import until
from tests.support.ports import free_port
from tests.support.sink import Sink


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
                made = await operator.put_channel(
                    "app", "webhook", f"url: {more.url}/{canary}\nsecret: {canary}\nrate: 5\n"
                )
                assert (made.origin, made.by) == (ChannelDefinition.REGISTERED, "tester")
                assert made.settings == "url: <secret>\nsecret: <secret>\nrate: 5.0\n"
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
            assert (await known(cluster, master))["app"].trouble == ""
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
            settings = f"url: {cluster.sink.url}/app\nfallback: ops\nresolved: false\n"
            made = await operator.put_channel("당직", "webhook", settings)
            assert (made.name, made.fallback) == ("당직", "ops")
            assert "resolved: false" in made.settings
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
        for name, type_, settings, why in [
            ("ops", "webhook", "url: http://x/", "the file has a channel 'ops'"),
            ("a b", "webhook", "url: http://x/", "name: it: 'a b' must be 1 to 64"),
            ("new", "slak", "", "type: there is no channel type 'slak'"),
            ("new", "registered", "", "type: registered stands in the file only"),
            ("new", "webhook", "", "settings.url: is missing"),
            ("new", "webhook", "url: canary", "not an http or https address"),
            ("new", "webhook", "url: http://x/\nrat: 1", "no such key; did you mean rate?"),
            ("new", "webhook", "url: env:HOOK", "env: is not for registered channels"),
            ("new", "webhook", "url: <secret>", "stands for what is not shown"),
            ("new", "webhook", "- canary", "must hold keys with values"),
            ("new", "webhook", "url: [canary", "line 1"),
            ("new", "webhook", "url: *canary", "found undefined alias ..."),
            ("new", "webhook", "url: !canary x", "could not determine a constructor"),
            ("new", "webhook", "url: http://x/\nsecret: 5", "secret"),
            ("new", "webhook", "url: http://x/\nfallback: nosuch", "there is no channel 'nosuch'"),
            ("new", "webhook", "url: http://x/\nfallback: new", "fallback"),
            ("new", "webhook", "url: http://x/\nfallback_after: never", "is not a duration"),
        ]:
            with pytest.raises(Refused) as caught:
                await operator.put_channel(name, type_, settings)
            assert why in str(caught.value), (name, type_, settings)
            assert "canary" not in str(caught.value)
        assert list(await known(cluster, cluster.agents[0])) == ["ops"]


async def test_g1_what_waits_for_a_channel_that_is_removed_is_a_dead_letter(
    tmp_path: Path,
) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        async with client(cluster, agent) as operator:
            nowhere = f"http://127.0.0.1:{free_port()}/"
            await operator.put_channel("app", "webhook", f"url: {nowhere}")
            await agent.report("told to one of two")
            await cluster.sink.first("told to one of two")

            async def waits(count: int) -> bool:
                return (await known(cluster, agent))["app"].pending == count

            await until("it waits", lambda: waits(1))
            await agent.report("told to one of two, too")
            await until("the other one waits behind it", lambda: waits(2))
            assert await operator.delete_channel("app") == 2

            async def dead() -> bool:
                return sum(each.alarms for each in await operator.dead_letters("app")) == 2

            await until("both are dead, but for an attempt under way at once", dead)
            letters = await operator.dead_letters("app")
            with pytest.raises(Refused, match="there is no channel 'app' any more"):
                await operator.resend([str(letters[0].id)])
            assert (await known(cluster, agent)).keys() == {"ops"}
            made = await operator.put_channel("app", "webhook", f"url: {cluster.sink.url}/app")
            assert made.trouble == "", "what ailed the one before is past"
            assert await operator.resend(channel="app") == len(letters)
            told = "told to one of two"
            await until("it is told", lambda: len(cluster.sink.delivered(told)) == 2, 20)
            assert await operator.dead_letters() == []


async def test_without_a_key_nothing_is_registered(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, [Place()])
    (tmp_path / "tls" / "a1" / CLUSTER_KEY).unlink()
    async with cluster, client(cluster, cluster.agents[0]) as operator:
        with pytest.raises(Refused, match="no cluster_key"):
            await operator.put_channel("app", "webhook", "url: http://x/")


async def test_g1_with_another_key_the_channel_is_in_trouble_and_its_alarms_wait(
    tmp_path: Path,
) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        async with client(cluster, agent) as operator:
            await operator.put_channel("app", "webhook", f"url: {cluster.sink.url}/app")
        agent.kill()
        give(cluster, agent, new_key())
        agent.start()
        await agent.ready()
        await cluster.agreed()
        channel = (await known(cluster, agent))["app"]
        assert "sealed with another cluster_key" in channel.trouble
        assert agent.said.count("channel/app (registered by tester) cannot be opened") == 1
        await agent.report("waits")
        await cluster.sink.first("waits")

        async def pending() -> bool:
            return (await known(cluster, agent))["app"].pending == 1

        await until("it waits", pending)
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
        assert (await known(cluster, agent))["app"].trouble == ""


async def test_what_ails_a_channel_is_said_by_whoever_is_asked(tmp_path: Path) -> None:
    """Only the master sends, but people do not choose whom they ask."""
    nowhere = {"url": f"http://127.0.0.1:{free_port()}/"}
    async with Cluster(tmp_path, [Place(), Place()], channel=nowhere) as cluster:
        await cluster.agents[0].report("nobody takes it")
        for agent in cluster.agents:

            async def said(agent: AgentProcess = agent) -> bool:
                return "refused the connection" in (await known(cluster, agent))["ops"].trouble

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
                made = await operator.put_channel("app", "webhook", f"url: {more.url}/app\n")
                assert made.pending == 3
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
