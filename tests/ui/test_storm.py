"""A storm: figures of now, groups read beside, and nothing kept waiting meanwhile."""

from __future__ import annotations

from pathlib import Path
from random import Random

from msgspec.structs import replace

from alarminati.ui.schema.alarms import Group
from alarminati.ui.schema.common import SeverityCounts
from alarminati.ui.store.listing import Query
from alarminati.ui.summary import counts_of, storm_of
from tests.support.patience import until
from tests.support.ui_alarms import Story, storm
from tests.support.ui_fixture import keep_alive, made_app


def still(groups: list[Group]) -> list[Group]:
    """Groups without their bars, which move on while the clock does."""
    return [replace(group, spark=[]) for group in groups]


async def test_counts_are_exact_while_groups_are_read_beside(tmp_path: Path) -> None:
    app = made_app(tmp_path, 11, size=20)
    keep_alive(app)
    app.start()
    try:
        live = app.live["w-sharing.seoul-1"]
        assert storm_of(app) is None and app.storm is None
        storm(Story(app, live), Random(1), app.now() + 600_000, size=700)  # all of it is fresh
        app.flush()
        assert app.storms.on
        await until("groups were read", lambda: app.storm)
        for size in (0, 55):  # more come, and are counted before groups are read again
            more = Story(app, live)
            for _ in range(size):
                more.something(Random(app.hub.seq + size), app.now())
            told = storm_of(app)
            counts = counts_of(app)
            assert told is not None
            silent = sum(each.state == "silent" for each in app.live.values())
            assert told.total == counts.tabs.firing - silent
            assert isinstance(told.severities, SeverityCounts)
        query = Query(tab="firing", group=("alertname",))
        inline = app.listing(lambda listing: listing.answer(query))
        beside = await app.listing_beside(lambda listing: listing.answer(query))
        assert still(beside.groups) == still(inline.groups) and beside.total == inline.total
        await until(
            "the last groups are those of the list",
            lambda: app.storm and app.storm.groups[0].count == inline.groups[0].count,
            15,
        )
    finally:
        await app.stop()
        for each in app.live.values():
            assert each.history is not None
            each.history.close()
        app.base.close()
