"""Damage found after the page is there: index and histories are begun anew, and filled again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alarminati.ui.app import App
from alarminati.ui.checking import check_later, restore
from alarminati.ui.schema.common import TabCounts
from alarminati.ui.store.database import Database
from alarminati.ui.store.listing import Query
from tests.support.damage import damage_index
from tests.support.ui_fixture import MadeFollowers, made_app

TABLES = ("alarms", "folded", "episodes", "facts", "deliveries", "attempts", "silences", "sent")


def close(app: App) -> None:
    """Close all files."""
    for live in app.live.values():
        assert live.history is not None
        live.history.close()
    app.base.close()


def tabs(app: App) -> TabCounts:
    """Counts of all tabs."""
    return app.listing(lambda listing: listing.answer(Query())).tabs


@pytest.mark.parametrize("damaged", [True, False])
def test_a_damaged_index_is_filled_again(tmp_path: Path, damaged: bool) -> None:
    app = made_app(tmp_path, 11, size=40)
    path, before, companies = app.base.path, tabs(app), dict(app.directory.companies)
    close(app)
    if damaged:
        damage_index(path, "episodes_start")
    app = App(Database(path, check=False))
    app.followers = MadeFollowers(app, tmp_path)
    for known in list(app.directory.clusters.values()):
        app.open(known)
    assert tabs(app) == before, "lists are there at once"
    asyncio.run(check_later(app, 0.0))
    assert path.with_suffix(".damaged").exists() == damaged
    assert tabs(app) == before
    close(app)
    with_all = App(Database(path))
    assert tabs(with_all) == before
    assert with_all.directory.companies == companies
    with_all.base.close()


def test_a_damaged_history_is_set_aside_and_what_it_told_stays(tmp_path: Path) -> None:
    app = made_app(tmp_path, 11, size=40)
    before, history = tabs(app), app.live["w-sharing.seoul-1"].history
    assert history is not None
    path = history.path
    close(app)
    damage_index(path, "sqlite_autoindex_records_1")
    app = App(Database(app.base.path, check=False))
    app.followers = MadeFollowers(app, tmp_path, check=False)
    for known in list(app.directory.clusters.values()):
        app.open(known)
    history = app.live["w-sharing.seoul-1"].history
    assert history is not None and len(history.after(0, 10)) == 10, "records are read by number"
    asyncio.run(check_later(app, 0.0))
    assert history.set_aside == path.with_suffix(".damaged")
    assert history.resume() == {} and tabs(app) == before
    close(app)


async def test_what_comes_while_the_index_is_filled_is_folded_in_its_turn(tmp_path: Path) -> None:
    app = made_app(tmp_path, 11, size=400)
    before, live = tabs(app), app.live["w-sharing.seoul-1"]
    history = live.history
    assert history is not None
    newest = history.after(history.before_last(50), 50)
    app.base.write(lambda base: [base.execute(f"delete from {table}") for table in TABLES])
    filling = asyncio.ensure_future(restore(app))
    turns = 0
    while not filling.done():
        if live.filling:
            assert app.fold(live, newest).changed == [], "it would leave out all before"
        await asyncio.sleep(0)
        turns += 1
    await filling
    assert turns > 5 and not live.filling
    assert tabs(app) == before
    close(app)
