"""The app over real agents with mutual TLS: joined by pasting, followed, silent, back."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from alarminati.client.client import Client
from alarminati.client.profile import Profiles
from alarminati.ui.app import App
from alarminati.ui.follow.following import ProfileFollowers
from alarminati.ui.handlers.asked import Asked
from alarminati.ui.handlers.clusters import list_clusters
from alarminati.ui.live import Live
from alarminati.ui.schema.acts import ActRequest
from alarminati.ui.schema.common import AlarmKey, Text
from alarminati.ui.store.database import Database
from alarminati.ui.store.listing import Query
from alarminati.wire.identity import Role
from tests.support.cluster import Cluster, Place
from tests.support.patience import until


@asynccontextmanager
async def renewing(client: Client, folder: Path) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def followed(folder: Path, cluster: Cluster) -> AsyncIterator[tuple[App, Live]]:
    """An app that follows the cluster by a profile."""
    profiles = Profiles(folder / "profiles")
    if "work" not in profiles.names():
        (folder / "profiles").mkdir(parents=True, exist_ok=True)
        cluster.certificate(Role.OPERATOR, "minsu").rename(profiles.folder("work"))
        agents = [agent.grpc for agent in cluster.agents]
        profiles.keep("work", agents=agents, project="w-sharing", cluster=cluster.cluster)
    (folder / "data").mkdir(exist_ok=True)
    app = App(Database(folder / "data" / "app.db"))
    app.settings.keepalive_seconds = 5
    followers = ProfileFollowers(
        *(app, folder / "data", profiles),
        renewing=renewing,
        translate=lambda sign, facts: Text(sign, sign),
    )
    app.followers = followers
    app.start()
    await followers.start()
    try:
        yield app, next(iter(app.live.values()))
    finally:
        await app.stop()
        await followers.stop()
        app.base.close()


def inner(folder: Path) -> Path:
    (folder / "cluster").mkdir()
    return folder / "cluster"


def firing(app: App) -> list[Any]:
    query = Query(tab="firing")
    return app.listing(lambda listing: listing.answer(query)).rows


async def test_alarms_of_real_agents_are_acted_on_and_survive_them(tmp_path: Path) -> None:
    async with Cluster(inner(tmp_path), [Place(), Place()]) as cluster:
        await cluster.agreed()
        async with followed(tmp_path, cluster) as (app, live):
            await until("it is live", lambda: live.state == "live")
            await cluster.agents[0].report("결제 API 5xx", severity="CRITICAL")
            rows = await until("the alarm is there", lambda: firing(app))
            assert rows[0].message == "결제 API 5xx" and rows[0].project
            key = AlarmKey(live.id, rows[0].fingerprint)
            app.outbox.do(ActRequest("1", "ack", [key], comment="보는 중"))
            await until("it is acknowledged", lambda: firing(app)[0].ack)
            assert firing(app)[0].ack.mine and firing(app)[0].ack.by == "minsu"
            app.outbox.do(ActRequest("2", "unack", [key]))
            await until("the acknowledgement is taken back", lambda: not firing(app)[0].ack)
            app.outbox.do(ActRequest("3", "assign", [key], assignee="영희"))
            app.outbox.do(ActRequest("4", "note", [key], comment="PG사에 문의함"))
            await until("it is assigned", lambda: firing(app)[0].assignee == "영희")
            await until("it has a note", lambda: firing(app)[0].note_count == 1)
            app.outbox.do(ActRequest("5", "ack", [key], comment="보는 중"))
            await until("it is acknowledged again", lambda: firing(app)[0].ack)
            assert live.calls is not None
            made = await live.calls.create_silence(
                ['message=~".*"', "severity=CRITICAL"],
                start=0,
                end=int(time.time() * 1000) + 60_000,
                comment="점검",
                id="s",
            )
            sql = "select count(*) from silences where id = ?"
            await until("the silence came as a record", lambda: app.base.one(sql, (made.id,)))
            (listed,) = (await list_clusters(app, Asked())).clusters
            assert listed.master and len(listed.replicas) == 2, "a list asks, too"
            assert (await live.calls.why(rows[0].fingerprint)).source == "cluster"
    async with followed(tmp_path, cluster) as (app, live):  # nobody is there any more
        assert [row.message for row in firing(app)] == ["결제 API 5xx"]
        app.outbox.do(ActRequest("2", "ack", [AlarmKey(live.id, firing(app)[0].fingerprint)]))
        assert app.outbox.waiting() == 1
        live.heard.since -= 60
        app.tick()
        assert live.state == "silent"


def states(app: App) -> list[str]:
    return [live.state for live in app.live.values()]


@pytest.mark.parametrize("how", ["kill", "freeze"])
async def test_agents_that_are_gone_or_frozen_are_noticed(tmp_path: Path, how: str) -> None:
    async with (
        Cluster(inner(tmp_path), [Place()]) as cluster,
        followed(tmp_path, cluster) as (app, live),
    ):
        await until("it is live", lambda: states(app) == ["live"])
        agent = cluster.agents[0]
        agent.kill() if how == "kill" else agent.pause()
        await until("it is late", lambda: states(app) == ["late"], 25)
        assert app.network.states == {live.id: "late"}
        real, later = app.clock, live.heard.last + 46  # the rest of the patience in one step
        app.clock = lambda: later
        app.tick()
        assert states(app) == ["silent"] and not app.offline_ms
        app.clock = real
        if how == "freeze":
            agent.resume()
            await until("it is back", lambda: states(app) == ["live"], 25)
            sql = "select count(*) from troubles where kind = 'silent'"
            assert app.base.one(sql) == 1
