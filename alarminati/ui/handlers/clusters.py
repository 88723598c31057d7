"""Clusters, companies, joining, diagnosis, the demo."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

import msgspec

from alarminati.client.errors import AlarminatiError
from alarminati.ui.app import App, Demo
from alarminati.ui.handlers.asked import Asked, Stream
from alarminati.ui.live import Live
from alarminati.ui.ports import ClusterFacts
from alarminati.ui.problems import Problem, invalid, missing, of_cluster
from alarminati.ui.retention import forget_old
from alarminati.ui.schema.clusters import (
    Cluster,
    ClusterChange,
    ClusterList,
    Company,
    CompanyChange,
    DemoStatus,
    Diagnosis,
    JoinRequest,
)
from alarminati.ui.schema.common import Done, Text
from alarminati.ui.store.directory import KnownCompany
from alarminati.ui.summary import chip
from alarminati.ui.traffic import traffic_of
from alarminati.wire.background import attend

if TYPE_CHECKING:
    from alarminati.ui.schema.clusters import JoinStep

FRESH: Final = 30_000
PATIENCE: Final = 0.5
"""Seconds that a list of clusters waits for their answers."""
_INTERVALS: Final = frozenset({0, 5, 15, 30, 60, 120, 300})


async def list_clusters(app: App, asked: Asked) -> ClusterList:
    """Return all clusters; those that answer at once were asked now or within half a minute."""
    asking = [
        attend(_ask(app, live), f"asking {live.id}")
        for live in app.live.values()
        if _is_stale(app, live)
    ]
    if asking:
        await asyncio.wait(asking, timeout=PATIENCE)
    clusters = [cluster_of(app, live) for live in app.live.values()]
    companies = [company_of(app, each) for each in app.directory.companies.values()]
    return ClusterList(clusters, companies)


async def get_cluster(app: App, asked: Asked) -> Cluster:
    """Return one cluster, asked now unless that was within half a minute."""
    live = app.cluster(asked.path["cluster"])
    if _is_stale(app, live):
        await _ask(app, live)
    return cluster_of(app, live)


def _is_stale(app: App, live: Live) -> bool:
    """Return whether a cluster that can be asked was not asked lately."""
    fresh = live.facts is not None and app.now() - live.facts.asked_ms < FRESH
    heard = live.state in ("live", "late", "connecting")
    return live.calls is not None and heard and not fresh and not live.asking


async def _ask(app: App, live: Live) -> None:
    assert live.calls is not None
    live.asking = True
    try:
        live.facts = await live.calls.facts()
    except AlarminatiError as error:
        said = of_cluster(error).error
        live.problem = Text(said.ko, said.en)
    finally:
        live.asking = False


def cluster_of(app: App, live: Live) -> Cluster:
    """Return what is known of a cluster."""
    known, facts = live.known, live.facts or ClusterFacts(0)
    records, oldest, size = 0, 0, 0
    if live.history is not None:
        records = len(live.history)
        path = live.history.path
        size = path.stat().st_size if path.exists() else 0
        sql = "select min(start) from episodes where cluster = ?"
        oldest = app.base.one(sql, (known.no,)) or 0
    return Cluster(
        *(chip(app, live), known.agents, known.profile, known.paused, int(live.heard.interval)),
        *(known.certificate_end_ms, records, oldest, size, traffic_of(app, live)),
        list(live.looks),
        *(live.gaps, facts.asked_ms, facts.master, facts.version, facts.replicas),
        *(facts.unreachable, facts.checks, facts.journal_entries, facts.journal_bytes),
        *(facts.pending, facts.dead_letters, facts.health),
    )


def company_of(app: App, known: KnownCompany) -> Company:
    """Return a company with its figures."""
    lives = [live for live in app.live.values() if live.known.company == known.id]
    histories = [live.history for live in lives if live.history is not None]
    return Company(
        *(known.id, known.name, [live.id for live in lives]),
        sum(len(each) for each in histories),
        sum(each.path.stat().st_size for each in histories),
        *(known.archived_ms, known.retention_days),
    )


async def update_cluster(app: App, asked: Asked) -> Cluster:
    """Change how a cluster is followed and shown."""
    live, change = app.cluster(asked.path["cluster"]), asked.body
    assert isinstance(change, ClusterChange)
    seconds = change.keepalive_seconds
    if seconds is not None and seconds not in _INTERVALS:
        raise invalid(
            "keepalive_seconds",
            "간격은 0(절약), 5, 15, 30, 60, 120, 300초 가운데 하나입니다.",
            "The interval is one of 0 (saving), 5, 15, 30, 60, 120 and 300 s.",
        )
    if change.company and change.company not in app.directory.companies:
        raise missing(f"회사 {change.company}:", f"company {change.company}")
    app.directory.change(live.known, change)
    await app.follow(live)
    app.announce(live)
    app.reset("settings")
    return cluster_of(app, live)


async def delete_cluster(app: App, asked: Asked) -> Done:
    """Stop following a cluster; its history is kept unless asked otherwise."""
    live = app.cluster(asked.path["cluster"])
    if app.demo is not None and live.id in app.demo.status().clusters:
        await app.demo.stop()
        return Done()
    await app.remove(live, forget=asked.text("history", "keep") == "delete")
    app.reset("settings")
    return Done()


async def diagnose_cluster(app: App, asked: Asked) -> Diagnosis:
    """Find what keeps this computer from the cluster."""
    return await app.reach(asked.path["cluster"]).diagnose()


async def join(app: App, asked: Asked) -> Stream:
    """Redeem an invitation; one line a step."""
    request: JoinRequest = asked.body
    if not request.invitation.strip():
        raise invalid("invitation", "초대장을 붙여넣으세요.", "Paste an invitation.")
    if app.joining is None:
        raise Problem(
            409, "NO_JOIN", "여기서는 가입할 수 없습니다.", "Joining is not possible here."
        )
    return Stream(_lines(app.joining(request)), "application/x-ndjson")


async def _lines(steps: AsyncIterator[JoinStep]) -> AsyncIterator[bytes]:
    async for step in steps:
        yield msgspec.json.encode(step) + b"\n"


async def get_demo(app: App, asked: Asked) -> DemoStatus:
    """Return whether the demo's agents run."""
    return app.demo.status() if app.demo is not None else DemoStatus(False)


async def start_demo(app: App, asked: Asked) -> DemoStatus:
    """Start the demo's agents; they end with the app."""
    return await _demo(app).start(asked.text("language", "ko"))


async def stop_demo(app: App, asked: Asked) -> DemoStatus:
    """End the demo's agents, and forget their alarms."""
    demo = _demo(app)
    await demo.stop()
    return demo.status()


def _demo(app: App) -> Demo:
    if app.demo is None:
        raise Problem(409, "NO_DEMO", "여기서는 데모를 시작할 수 없습니다.", "No demo here.")
    return app.demo


async def create_company(app: App, asked: Asked) -> Company:
    """Create a company, named as asked."""
    change: CompanyChange = asked.body
    name = (change.name or "").strip()
    if not 0 < len(name) <= 80:
        raise invalid("name", "이름은 1자에서 80자여야 합니다.", "A name has 1 to 80 characters.")
    base = re.sub(r"[^\w.-]+", "-", name.lower()).strip("-") or "company"
    id, number = base, 2
    while id in app.directory.companies:
        id, number = f"{base}-{number}", number + 1
    return company_of(app, await _changed(app, id, change))


async def update_company(app: App, asked: Asked) -> Company:
    """Change a company; archived ones are read-only from then on."""
    return company_of(app, await _changed(app, _company(app, asked), asked.body))


async def _changed(app: App, id: str, change: CompanyChange) -> KnownCompany:
    company = app.directory.change_company(id, change, app.now())
    if change.retention_days:
        forget_old(app)
    for live in list(app.live.values()):
        await app.follow(live)
    app.reset("settings")
    return company


async def delete_company(app: App, asked: Asked) -> Done:
    """Delete a company; with `history=delete` all that is known of its clusters, too."""
    id = _company(app, asked)
    if asked.text("history", "keep") == "delete":
        for live in [each for each in app.live.values() if each.known.company == id]:
            await app.remove(live, forget=True)
    app.directory.forget_company(id)
    app.reset("settings")
    return Done()


def _company(app: App, asked: Asked) -> str:
    id = asked.path["id"]
    if id not in app.directory.companies:
        raise missing(f"회사 {id}:", f"company {id}")
    return id
