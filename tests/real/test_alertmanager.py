"""A real Prometheus Alertmanager posts to us; what it fires and resolves reaches Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore
import msgspec
import pytest

from alarminati.edge.alertmanager import fingerprint
from alarminati.edge.tokens import hashed, make_token
from tests.support.cluster import Cluster, Place
from tests.support.patience import until
from tests.support.ports import free_port
from tests.support.process import Process
from tests.support.sink import Sink

CONFIG = """
route: {{receiver: alarminati, group_by: [alertname], group_wait: 0s, group_interval: 1s}}
receivers:
  - name: alarminati
    webhook_configs: [{{url: "{url}", http_config: {{{login}}}}}]
"""
LABELS = {"alertname": "HighLatency", "service": "ws-api", "severity": "critical"}


class Alertmanager:
    """One that forwards to `url`."""

    def __init__(self, program: str, folder: Path, url: str, login: str = "") -> None:
        config = folder / "alertmanager.yml"
        config.write_text(CONFIG.format(url=url, login=login))
        self._address = f"127.0.0.1:{free_port()}"
        command = [program, f"--config.file={config}", f"--storage.path={folder / 'am'}"]
        command += [f"--web.listen-address={self._address}", "--cluster.listen-address="]
        self.process = Process(command, folder / "alertmanager.log")

    async def ready(self) -> None:
        """Wait until it takes alerts."""

        async def well() -> bool:
            try:
                async with httpcore.AsyncConnectionPool() as pool:
                    return (
                        await pool.request("GET", f"http://{self._address}/-/ready")
                    ).status == 200
            except httpcore.NetworkError:
                return False

        await until("Alertmanager is ready", well)

    async def post(self, ends: datetime | None = None) -> None:
        """Fire the alert through its API; with `ends`, let it be over since then."""
        now = datetime.now(UTC)
        alert: dict[str, Any] = {
            "labels": LABELS,
            "annotations": {"summary": "p99 of ws-api is 3.2 s"},
            "startsAt": (now - timedelta(minutes=1)).isoformat(),
            "generatorURL": "http://prometheus.example/graph?g0.expr=latency",
        }
        if ends is not None:
            alert["endsAt"] = ends.isoformat()
        async with httpcore.AsyncConnectionPool() as pool:
            answer = await pool.request(
                "POST",
                f"http://{self._address}/api/v2/alerts",
                headers=[("Host", self._address), ("Content-Type", "application/json")],
                content=msgspec.json.encode([alert]),
            )
        assert answer.status == 200, answer.content

    async def alerts(self) -> list[dict[str, Any]]:
        """What it holds."""
        async with httpcore.AsyncConnectionPool() as pool:
            answer = await pool.request("GET", f"http://{self._address}/api/v2/alerts")
        held: list[dict[str, Any]] = msgspec.json.decode(answer.content)
        return held


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Cluster]:
    """One agent with a Slack channel, whose sink refuses what Slack refuses."""
    sink = Sink(tmp_path, options=["--slack"])
    async with Cluster(tmp_path, [Place()], sink=sink, channel={"type": "slack"}) as cluster:
        yield cluster


async def test_alerts_fire_and_resolve_in_slack(
    slack: Cluster, tool: Callable[[str], str], tmp_path: Path
) -> None:
    (agent,) = slack.agents
    url = f"http://127.0.0.1:{agent.place.ports[1]}/webhooks/alertmanager"
    manager = Alertmanager(tool("prometheus-alertmanager"), tmp_path, url)
    manager.process.start()
    try:
        await manager.ready()
        await manager.post()
        firing = await slack.sink.first("p99 of ws-api")
        await manager.post(ends=datetime.now(UTC))
        await until("the end is told", lambda: len(slack.sink.delivered("p99 of ws-api")) > 1)
    except BaseException as error:
        error.add_note(manager.process.said[-4000:])
        raise
    finally:
        manager.process.kill()
    await slack.settled()

    told = slack.sink.delivered("p99 of ws-api")
    assert [arrival.status for arrival in slack.sink.arrivals()] == [200, 200], "Slack took both"
    first, second = (arrival.body["attachments"][0] for arrival in told)
    assert firing.body == told[0].body
    assert first["color"] != second["color"]
    texts = [str(msgspec.json.encode(arrival.body), "utf-8").lower() for arrival in told]
    assert "resolved" in texts[1] and "resolved" not in texts[0]
    assert all("ws-api" in text and "prometheus.example" in text for text in texts)


@pytest.mark.parametrize("kind", ["authorization", "basic_auth"])
async def test_it_knows_how_to_say_who_it_is(
    tool: Callable[[str], str], tmp_path: Path, kind: str
) -> None:
    """G7: with its token its alerts come in, both ways in which it can send one; an alert that is
    posted to us directly is the same alarm."""
    token = make_token()
    login = {
        "authorization": f"authorization: {{credentials: {token}}}",
        "basic_auth": f"basic_auth: {{username: alertmanager, password: {token}}}",
    }
    sources = [{"name": "am", "token": hashed(token), "paths": ["/webhooks/alertmanager"]}]
    async with Cluster(tmp_path, [Place()], keys={"sources": sources}) as cluster:
        (agent,) = cluster.agents
        url = f"http://127.0.0.1:{agent.place.ports[1]}/webhooks/alertmanager"
        manager = Alertmanager(tool("prometheus-alertmanager"), tmp_path, url, login[kind])
        manager.process.start()
        try:
            await manager.ready()
            await manager.post()
            await cluster.sink.first("p99 of ws-api")
            (held,) = await manager.alerts()
        finally:
            manager.process.kill()
        assert (await agent.post(b'{"message": "m"}')).status == 401
    assert held["fingerprint"] == fingerprint(tuple(sorted(LABELS.items())))
