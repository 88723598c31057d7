"""Windows of the list: which indexes they use, in a file that never had statistics."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alarminati.ui.app import App
from alarminati.ui.store.listing import Listing, Query
from alarminati.ui.summary import counted
from tests.support.ui_fixture import made_app

RECENT = "SEARCH alarms USING INDEX alarms_ended (ended>?)"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    made = made_app(tmp_path, 11, size=40)
    yield made
    for live in made.live.values():
        assert live.history is not None
        live.history.close()
    made.base.close()


def plans(app: App, query: Query) -> dict[str, list[str]]:
    """How SQLite looks for what a window of the list needs, by query."""
    return explained(app, lambda: app.listing(lambda listing: listing.answer(query)))


def explained(app: App, work: Callable[[], object]) -> dict[str, list[str]]:
    """How SQLite looks for alarms during some work, by query; without statistics."""
    base, said = app.base.read(lambda base: base), list[str]()
    assert not base.execute("select 1 from sqlite_master where name = 'sqlite_stat1'").fetchall()
    base.set_trace_callback(said.append)
    work()
    base.set_trace_callback(None)
    picked = [sql for sql in said if "from alarms" in sql and sql.startswith("select")]
    return {sql: _plan(base, sql) for sql in picked}


def _plan(base: sqlite3.Connection, sql: str) -> list[str]:
    return [row[3] for row in base.execute(f"explain query plan {sql}")]


@pytest.mark.parametrize("clusters", [(), ("w-sharing.seoul-1",)])
@pytest.mark.parametrize("tab", ["todo", "firing", "resolved", "all"])
def test_no_window_walks_all_that_is_resolved_to_count_today(
    app: App, tab: str, clusters: tuple[str, ...]
) -> None:
    found = plans(app, Query(tab=tab, clusters=clusters))
    counts = [plan for sql, plan in found.items() if "ended >" in sql and "group by +rank" in sql]
    assert [plan[0] for plan in counts] == [RECENT]


@pytest.mark.parametrize(
    ("tab", "order", "index"),
    [
        ("todo", "severity", "SCAN alarms USING INDEX alarms_todo"),
        ("firing", "severity", "SCAN alarms USING INDEX alarms_open"),
        ("all", "severity", "SCAN alarms USING COVERING INDEX alarms_sort"),
        ("all", "time", "SCAN alarms USING COVERING INDEX alarms_age"),
        ("resolved", "severity", RECENT),
        ("resolved", "time", RECENT),
    ],
)
def test_rows_of_a_window_come_by_their_index(app: App, tab: str, order: str, index: str) -> None:
    found = plans(app, Query(tab=tab, order=order, archived=True))
    (rows,) = [plan for sql, plan in found.items() if " no in (select no from alarms" in sql]
    assert index in rows


def test_groups_of_what_is_resolved_come_by_its_time(app: App) -> None:
    found = plans(app, Query(tab="resolved", group=("alertname",)))
    assert any("group_concat" in sql and RECENT in plan for sql, plan in found.items())


def test_counts_are_read_from_indexes_alone(app: App) -> None:
    found = explained(app, lambda: counted(app))
    found |= plans(app, Query(clusters=("w-sharing.seoul-1",)))
    grids = [plan[0] for sql, plan in found.items() if "count(*)" in sql and "ended" not in sql]
    assert sorted(grids) == [
        "SCAN alarms USING COVERING INDEX alarms_count",
        "SCAN alarms USING COVERING INDEX alarms_place",
        "SEARCH alarms USING COVERING INDEX alarms_place (cluster=?)",
    ]


def test_a_search_looks_through_all_texts_once(app: App) -> None:
    def read(listing: Listing) -> list[str]:
        said = list[str]()
        listing.base.set_trace_callback(said.append)
        listing.answer(Query(tab="todo", q="a", facets=True))
        listing.base.set_trace_callback(None)
        return [sql for sql in said if "instr(text" in sql]

    assert len(app.listing(read)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_index_is_not_mapped_into_memory(app: App) -> None:
    app.listing(lambda listing: listing.answer(Query(tab="all", q="a")))
    mapped = Path("/proc/self/maps").read_text().splitlines()
    assert not [line for line in mapped if line.endswith(str(app.base.path))]
