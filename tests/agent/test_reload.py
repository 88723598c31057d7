"""A configuration that changes while an agent runs."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import httpcore
import msgspec
import yaml

from alarminati.agent.reload import Reload
from alarminati.config import AgentConfig, ConfigError, Secret, load
from alarminati.config.changes import RELOADABLE
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.monitors.reload_status import CONFIGURATION, SETTLE, ReloadStatus
from tests.support.cluster import AgentProcess, Cluster, Place
from tests.support.patience import until

WALL = 1_760_000_000_000
HOOK = {"name": "ops", "type": "webhook", "url": "file:hook.txt"}


class World:
    """An agent's configuration on disk, and what a running agent is told of it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "agent.yaml"
        self.secret = folder / "hook.txt"
        self.secret.write_text("http://one.example/")
        self.book = AlarmBook()
        self.used: list[AgentConfig] = []
        self.reports: list[Alarm] = []
        self.refuse = ""
        self.while_reading: Callable[[], None] = lambda: None
        self.now = 0.0
        self.write()
        config = load(self.file, {}, {})
        self.reload = Reload(
            config,
            self._again,
            use=self._use,
            reloading=ReloadStatus(self.book, config.name, CONFIGURATION),
            report=self._report,
            wall=lambda: WALL,
        )

    def _again(self, files: list[Path]) -> AgentConfig:
        try:
            return load(self.file, {}, {}, files)
        finally:
            meanwhile, self.while_reading = self.while_reading, lambda: None
            meanwhile()

    def _use(self, config: AgentConfig) -> None:
        if self.refuse:
            raise ConfigError("", "channels.ops", self.refuse)
        self.used.append(config)

    async def _report(self, alarm: Alarm) -> None:
        self.reports.append(alarm)
        number = len(self.reports)
        self.book.apply(Entry("aaaa", number, number << 16, alarm))

    def write(self, **keys: object) -> None:
        whole = {"tls": {"mode": "insecure"}, "name": "a1", "channels": [HOOK]} | keys
        self.file.write_text(yaml.safe_dump(whole))

    async def look(self, times: int = 1, after: float = 2.0) -> None:
        for _ in range(times):
            self.now += after
            await self.reload.look(self.now)


async def test_what_does_not_change_is_not_used_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.look(5)
    world.write()  # the same again
    await world.look(5)
    assert (world.used, world.reports) == ([], [])
    assert world.reload.standing.reload_ok


async def test_a_change_is_used_once_it_rests(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.look()
    world.write(resolve_timeouts={"prometheus": "5m"})
    await world.look()
    assert world.used == []  # it may be written still
    await world.look(3)
    assert [config.resolve_timeouts for config in world.used] == [{"prometheus": 300.0}]


async def test_what_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.look()
    world.write(resolve_timeouts={"prometheus": "5m"})
    world.while_reading = lambda: world.write(resolve_timeouts={"prometheus": "10m"})
    await world.look(4)
    assert [config.resolve_timeouts["prometheus"] for config in world.used] == [300.0, 600.0]


async def test_a_secret_in_another_file_is_part_of_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.look()
    world.secret.write_text("http://another.example/")
    await world.look(2)
    (config,) = world.used
    assert config.channels[0].settings == {"url": Secret("http://another.example/")}


async def test_a_link_that_points_elsewhere_is_a_change(tmp_path: Path) -> None:
    """Kubernetes swaps the link of a mounted Secret; names, sizes and times may stay the same."""
    world = World(tmp_path)
    text = world.file.read_text()
    for version, level in (("v1", "debug"), ("v2", "error")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "agent.yaml").write_text(f"{text}log: {{level: {level}}}\n")
        os.utime(tmp_path / version / "agent.yaml", (1, 1))
    (tmp_path / "now").symlink_to("v1")
    world.file.unlink()
    world.file.symlink_to("now/agent.yaml")
    await world.look()
    (tmp_path / "next").symlink_to("v2")
    (tmp_path / "next").rename(tmp_path / "now")
    await world.look(2)
    assert [config.log.level for config in world.used] == ["debug", "error"]


async def test_a_bad_one_changes_nothing_and_is_an_alarm_until_it_is_mended(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.look()
    world.write(route={"channels": ["nobody"]})
    await world.look(2)
    assert (world.used, world.reload.standing.reload_ok, world.reports) == ([], False, [])
    await world.look(2, SETTLE)
    (alarm,) = world.reports
    assert (alarm.key, alarm.resolved) == ("config:a1", False)
    assert "route.channels names 'nobody'" in dict(alarm.annotations)["detail"]
    world.write(resolve_timeouts={"prometheus": "5m"})
    await world.look(3)
    assert (len(world.used), world.reload.standing.reload_ok) == (1, True)
    assert [(each.key, each.resolved) for each in world.reports[1:]] == [("config:a1", True)]


async def test_what_only_the_agent_finds_wrong_is_refused_too(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.look()
    world.refuse = "url is missing"
    world.write(resolve_timeouts={"prometheus": "5m"})
    await world.look(2)
    assert (world.used, world.reload.standing.reload_ok) == ([], False)
    world.refuse = ""
    world.write(resolve_timeouts={"prometheus": "6m"})
    await world.look(2)
    assert [config.resolve_timeouts["prometheus"] for config in world.used] == [360.0]


async def test_a_file_that_is_gone_and_comes_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.look()
    world.secret.unlink()
    await world.look(2)
    assert not world.reload.standing.reload_ok
    world.secret.write_text("http://one.example/")
    await world.look(2)
    assert (world.reload.standing.reload_ok, world.used) == (True, [])


async def test_what_needs_a_restart_is_kept_and_said(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.look()
    world.write(
        cluster="other",
        listen={"http": "127.0.0.1:9"},
        log={"level": "debug", "format": "json"},
    )
    await world.look(2)
    (config,) = world.used
    assert (config.cluster, config.listen.http.port if config.listen.http else 0) == (
        "default",
        8080,
    )
    assert (config.log.level, config.log.format) == ("debug", "text")
    assert world.reload.standing.restart_required
    world.write(log={"level": "debug"})
    await world.look(2)
    assert not world.reload.standing.restart_required


def test_what_is_reloadable_exists() -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(AgentConfig)}
    for key in RELOADABLE:
        assert key.partition(".")[0] in fields, key


def rewrite(agent: AgentProcess, **keys: object) -> None:
    document = msgspec.json.decode(agent.config.read_bytes())
    agent.config.write_bytes(msgspec.json.encode(document | keys))


async def metric(agent: AgentProcess, name: str) -> float:
    url = f"http://{agent.place.host}:{agent.place.ports[2]}/metrics"
    async with httpcore.AsyncConnectionPool() as pool:
        text = (await pool.request("GET", url)).content.decode()
    lines = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(lines[0].split()[1])


async def test_a_living_agent_follows(tmp_path: Path) -> None:
    """Other routes, checks and channels, without a restart; a bad file changes nothing."""
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,), sink = cluster.agents, cluster.sink
        pid = agent.pid
        await agent.report("before")
        await sink.first("before")
        channels = [
            {"name": "new", "type": "webhook", "url": sink.url},
            {"name": "gone", "type": "webhook", "url": "http://127.0.0.1:9/"},
        ]
        route = {
            "channels": ["gone"],
            "routes": [{"matchers": ["way=new"], "channels": ["new"]}],
        }
        rewrite(agent, channels=channels, route=route)
        os.kill(pid, signal.SIGHUP)
        await until("it is read", lambda: "was read again" in agent.said)
        await agent.report("after", labels={"way": "new"})
        arrival = await sink.first("after")
        assert arrival.body["channel"] == "new"

        rewrite(agent, route={"channels": ["nobody"]})
        os.kill(pid, signal.SIGHUP)
        await until("it is refused", lambda: "is refused, the old one stays" in agent.said)
        assert await metric(agent, "alarminati_config_last_reload_successful") == 0.0
        await agent.report("still", labels={"way": "new"})
        await sink.first("still")

        down = {"name": "dead", "url": "http://127.0.0.1:9/", "interval": "1s",
                "failure_threshold": 1, "timeout": "1s", "labels": {"way": "new"}}  # fmt: skip
        rewrite(agent, route=route, checks=[down], name="other")
        await sink.first("[DEAD] Health check failed")
        assert await metric(agent, "alarminati_config_last_reload_successful") == 1.0
        assert await metric(agent, "alarminati_config_restart_required") == 1.0
        assert "name changed: used only after a restart" in agent.said
        hashed = f"sha256:{'0' * 64}"
        rewrite(agent, route=route, checks=[], name="a1", sources=[{"name": "s", "token": hashed}])
        await until(
            "the alarm of the check that is no more is over",
            lambda: len(sink.arrivals("[DEAD] Health check failed")) >= 2,
        )
        assert (await agent.post(b"{}")).status == 401  # from now on a token is asked for
        assert agent.pid == pid and agent.running
