"""Companies that keep less: what is over for longer goes from index and history, the rest stays."""

from __future__ import annotations

from pathlib import Path

from alarminati.ui.app import App
from alarminati.ui.retention import forget_old
from alarminati.ui.schema.clusters import CompanyChange
from alarminati.ui.store.folding import DAY
from alarminati.ui.store.listing import Query
from tests.support.ui_fixture import made_app


def shown(app: App, cluster: str) -> set[str]:
    """Fingerprints of all alarms of a cluster."""
    query = Query(tab="all", clusters=(cluster,), archived=True, limit=500)
    return {row.fingerprint for row in app.listing(lambda listing: listing.answer(query)).rows}


def test_a_company_keeps_as_long_as_its_owner_said(tmp_path: Path) -> None:
    app = made_app(tmp_path, 11, size=40)
    try:
        old, other = app.live["old-shop.shop-1"], app.live["w-sharing.seoul-1"]
        assert old.history is not None and other.history is not None
        before, records = shown(app, other.id), len(other.history)
        assert shown(app, old.id) and len(old.history)
        assert forget_old(app) == 0, "by itself everything stays"
        app.directory.change_company("old", CompanyChange(retention_days=365), app.now())
        assert forget_old(app) == 0 and shown(app, old.id)
        app.directory.change_company("old", CompanyChange(retention_days=30), app.now())
        assert forget_old(app) > 0 and not shown(app, old.id), "all of it ended 60 days ago"
        for table in ("facts", "episodes", "deliveries", "attempts", "sent", "mine"):
            sql = f"select count(*) from {table} where cluster = ?"
            assert app.base.one(sql, (old.known.no,)) == 0, table
            assert table == "mine" or app.base.one(sql, (other.known.no,)), table
        assert len(old.history) == 0 and old.history.missed(1) > 0
        assert shown(app, other.id) == before and len(other.history) == records
    finally:
        for live in app.live.values():
            assert live.history is not None
            live.history.close()
        app.base.close()


def test_what_fires_stays_however_old(tmp_path: Path) -> None:
    app = made_app(tmp_path, 11, size=40)
    try:
        app.directory.change_company("w", CompanyChange(retention_days=1), app.now())
        query = Query(tab="firing")
        firing = app.listing(lambda listing: listing.answer(query)).tabs.firing
        ahead = app.base.wall() + 20 * DAY / 1000
        app.base.wall = lambda: ahead
        assert forget_old(app) > 0
        assert app.listing(lambda listing: listing.answer(query)).tabs.firing == firing
    finally:
        for live in app.live.values():
            assert live.history is not None
            live.history.close()
        app.base.close()
