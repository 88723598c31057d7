"""Silences: of all clusters, from a selection, with a preview."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from alarminati.client.errors import AlarminatiError
from alarminati.core.model.matchers import Matcher
from alarminati.ui.app import App
from alarminati.ui.handlers.asked import Asked
from alarminati.ui.judgement.suggesting import matchers_of, suggestions
from alarminati.ui.live import Live
from alarminati.ui.problems import invalid, of_cluster, unreached
from alarminati.ui.schema.acts import (
    PreviewCluster,
    PreviewRequest,
    Silence,
    SilenceChange,
    SilenceList,
    SilencePreview,
    SilenceRequest,
    SilenceResult,
    TargetResult,
)
from alarminati.ui.store.listing import Listing, Query
from alarminati.ui.store.rows import COLUMNS, alarm_rows
from alarminati.ui.store.silencing import seen_labels
from alarminati.ui.store.texts import unpacked

_WEEK: Final = 7 * 86_400_000
_OTHERS: Final = 10
_HIDDEN: Final = frozenset({"source"})


async def list_silences(app: App, asked: Asked) -> SilenceList:
    """Return the silences of all clusters, from the history: records bring every change."""
    found = [each for live in app.live.values() for each in kept_silences(app, live)]
    found.sort(key=lambda each: (each.state == "expired", each.end_ms))
    stale = [live.id for live in app.live.values() if live.state not in ("live", "late")]
    return SilenceList(found, stale)


def kept_silences(app: App, live: Live) -> list[Silence]:
    """Return the silences in the history of a cluster, without those long over."""
    now, no = app.now(), live.known.no
    rows = app.base.rows(
        "select id, matchers, start, ended, created_by, comment, (select count(*) from alarms"
        " where cluster = ?1 and silence = silences.id and tab < 4) from silences"
        " where cluster = ?1 and ended > ?2",
        (no, now - _WEEK),
    )
    return [
        Silence(
            *(live.id, id, json.loads(matchers), start, end, by, comment),
            "expired" if end <= now else "pending" if start > now else "active",
            *(matched, by == live.known.me),
        )
        for id, matchers, start, end, by, comment, matched in rows
    ]


def _matchers(texts: Sequence[str]) -> list[Matcher]:
    try:
        found = [Matcher.parse(text) for text in texts]
    except ValueError as error:
        ko = f"조건을 읽을 수 없습니다: {error}"
        raise invalid("matchers", ko, str(error)) from error
    if not found:
        raise invalid("matchers", "조건이 하나는 있어야 합니다.", "A silence needs a matcher.")
    return found


async def preview_silence(app: App, asked: Asked) -> SilencePreview:
    """Return which alarms a silence would keep back; clusters are asked, too."""
    request: PreviewRequest = asked.body
    keys = _selected(app, request)
    labels = app.listing(lambda listing: _labels(listing, keys))
    suggested = suggestions([each for each in labels if each])
    texts = request.matchers if request.matchers is not None else matchers_of(suggested)
    matchers = _matchers(texts) if texts else []
    ids = request.clusters or list(dict.fromkeys(app.directory.ids()[no] for no, _ in keys))
    lives = [app.cluster(id) for id in ids]
    selected = set(keys)
    work = (_preview(app, live, matchers, selected) for live in lives)
    found = list(await asyncio.gather(*work)) if matchers else []
    count = sum(each.count for each in found)
    return SilencePreview(suggested, list(texts), len(keys), count, found)


def _selected(app: App, request: PreviewRequest) -> list[tuple[int, str]]:
    if request.selection is None:
        return [(app.cluster(each.cluster).known.no, each.fingerprint) for each in request.targets]
    chosen = request.selection
    query = Query(chosen.tab, chosen.q, tuple(chosen.clusters))
    return app.listing(lambda listing: listing.keys(listing.where(query)))


def _labels(listing: Listing, keys: Sequence[tuple[int, str]]) -> list[dict[str, str]]:
    found = []
    for key in keys:
        row = listing.base.execute(
            "select matched from alarms where cluster = ? and fingerprint = ?", key
        ).fetchone()
        labels = unpacked(row[0]) if row else {}
        found.append({name: labels[name] for name in labels if name not in _HIDDEN})
    return found


async def _preview(
    app: App, live: Live, matchers: list[Matcher], selected: set[tuple[int, str]]
) -> PreviewCluster:
    no = live.known.no

    def read(base: sqlite3.Connection) -> list[str]:
        rows = base.execute(
            "select fingerprint, matched from alarms where cluster = ? and tab < 4"
            " order by sort, age",
            (no,),
        )
        return [
            print_
            for print_, matched in rows
            if all(each.fits(seen_labels(matched)) for each in matchers)
        ]

    fitting = app.base.read(read)
    others = [each for each in fitting if (no, each) not in selected]

    def rows_of(listing: Listing) -> PreviewCluster:
        found = [
            row
            for each in others[:_OTHERS]
            for row in listing.base.execute(
                f"select {COLUMNS} from alarms where cluster = ? and fingerprint = ?", (no, each)
            ).fetchall()
        ]
        rows = alarm_rows(listing.base, found, listing.known, listing.now)
        return PreviewCluster(
            live.id, len(fitting), len(fitting) - len(others), rows, confirmed=False
        )

    answer = app.listing(rows_of)
    if live.calls is not None and live.state in ("live", "late"):
        try:
            counted = await live.calls.count_matching([str(each) for each in matchers])
        except AlarminatiError as error:
            answer.error = of_cluster(error).error
        else:
            answer.confirmed = counted is not None
            answer.count = counted if counted is not None else answer.count
    return answer


async def create_silence(app: App, asked: Asked) -> SilenceResult:
    """Create one silence in each cluster named; each has its own result."""
    request: SilenceRequest = asked.body
    _matchers(request.matchers)
    if not request.comment.strip():
        raise invalid("comment", "이유를 적어야 합니다.", "A silence needs a comment.")
    if request.end_ms <= max(app.now(), request.start_ms):
        raise invalid("end_ms", "끝나는 시각이 지났습니다.", "The end lies in the past.")
    lives = [app.cluster(id, writable=True) for id in request.clusters]
    results = await asyncio.gather(*(_create(live, request) for live in lives))
    return SilenceResult(request.id, list(results))


async def _create(live: Live, request: SilenceRequest) -> TargetResult:
    if live.calls is None:
        return TargetResult(live.id, "", "refused", unreached(live.known.name).error)
    try:
        made = await live.calls.create_silence(
            request.matchers,
            start=request.start_ms,
            end=request.end_ms,
            comment=request.comment,
            id=request.id,
        )
    except AlarminatiError as error:
        return TargetResult(live.id, "", "refused", of_cluster(error).error)
    return TargetResult(live.id, made.id, "ok")


async def update_silence(app: App, asked: Asked) -> Silence:
    """Extend a silence, or change its comment."""
    change: SilenceChange = asked.body
    calls = app.reach(asked.path["cluster"], writable=True)
    return await calls.update_silence(asked.path["id"], end=change.end_ms, comment=change.comment)


async def expire_silence(app: App, asked: Asked) -> Silence:
    """End a silence now."""
    calls = app.reach(asked.path["cluster"], writable=True)
    return await calls.expire_silence(asked.path["id"])
