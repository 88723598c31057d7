"""Demo of the first screen: three real agents, and nothing left of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alarminati.client.profile import Profiles
from alarminati.ui.app import App
from alarminati.ui.demonstration import KINDS, SETTING, DemoAgents
from alarminati.ui.follow.following import ProfileFollowers
from alarminati.ui.schema.common import Text
from alarminati.ui.store.database import Database
from alarminati.ui.store.listing import Query
from alarminati.ui.summary import counts_of
from tests.support.patience import until
from tests.ui.test_real import renewing


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[App, DemoAgents]]:
    """An app as `alarminati ui` puts it together."""
    profiles = Profiles(folder / "profiles")
    app = App(Database(folder / "app.db"))
    followers = ProfileFollowers(
        *(app, folder, profiles),
        renewing=renewing,
        translate=lambda sign, facts: Text(sign, sign),
    )
    app.followers = followers
    demo = app.demo = DemoAgents(app, followers, profiles)
    app.start()
    await demo.clear()
    await followers.start()
    try:
        yield app, demo
    finally:
        await demo.stop()
        await app.stop()
        await followers.stop()
        app.base.close()


def left(folder: Path) -> list[str]:
    """What there is of clusters in the folder."""
    found = [*folder.glob("profiles/*"), *folder.glob("histories/*")]
    return [path.name for path in found]


# Three agents and their certificates: the whole point is that they are real.
async def test_a_believable_day_comes_and_leaves_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, demo):
        assert not demo.status().running
        status = await demo.start("en")
        assert status.running and status.problem is None and list(app.live) == status.clusters
        assert await demo.start("en") == status, "a second press starts nothing"
        await until("the day is there", lambda: counts_of(app).tabs.resolved >= 20, 20)
        await until("colleagues were there", lambda: counts_of(app).tabs.muted, 20)
        counts = counts_of(app)
        assert 5 <= counts.tabs.firing <= 30 and counts.severities.CRITICAL
        assert not app.storms.on, "a day is no storm"
        rows = app.listing(lambda listing: listing.answer(Query(tab="all"))).rows
        known = {message.en.partition("{n}")[0] for *_, message in KINDS}
        assert all(any(row.message.startswith(each) for each in known) for row in rows)
        await demo.stop()
        assert not app.live and not demo.status().running and not left(tmp_path)


async def test_what_a_killed_app_left_is_cleared_at_the_next_start(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, _):
        known = app.directory.meet("w-sharing", "demo-0a1b2c", "ab" * 32)
        known.profile = "w-sharing.demo-0a1b2c"
        app.directory.keep(known)
        folder = tmp_path / "profiles" / known.profile
        folder.mkdir(parents=True)
        Profiles(tmp_path / "profiles").keep(
            known.profile, agents=["127.0.0.1:1"], project=known.project, cluster=known.name
        )
    base = Database(tmp_path / "app.db")
    base.keep_setting(SETTING, known.id)
    base.close()
    async with opened(tmp_path) as (app, _):
        assert not app.live and not app.directory.clusters and not left(tmp_path)
