"""Export and import: alarms as tables, and a whole history for the next computer. Never keys."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

from alarminati.client.unrolling import DecodedRecord
from alarminati.core.model.entries import EntryId
from alarminati.ui.problems import Problem
from alarminati.ui.schema.settings import ImportResult, Settings
from alarminati.ui.store.directory import Known
from alarminati.ui.store.listing import Listing, Query
from alarminati.wire.codec import Unreadable, decode

if TYPE_CHECKING:
    from alarminati.ui.app import App
    from alarminati.ui.live import Live

FORMATS: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
_WINDOW: Final = 500
_COLUMNS: Final = (
    *("cluster", "project", "fingerprint", "severity", "message", "state", "start", "end"),
    *("reports", "acknowledged_by", "labels"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def exported(app: App, query: Query, format: str, since: int = 0) -> Iterator[str]:
    """Yield lines of the alarms that fit."""
    if format == "csv":
        yield "\ufeff" + _line(_COLUMNS)
    query = replace(query, limit=_WINDOW, since=since, group=(), facets=False, after="")
    while True:
        window = query

        def read(listing: Listing, window: Query = window) -> Any:
            return listing.rows(listing.where(window), window)

        rows, after = app.listing(read)
        for row in rows:
            told = {
                "cluster": row.cluster,
                "project": row.project,
                "fingerprint": row.fingerprint,
                "severity": row.severity,
                "message": row.message,
                "state": "firing" if row.firing else "resolved",
                "start": row.start_ms,
                "end": row.end_ms,
                "reports": row.report_count,
                "acknowledged_by": row.ack.by if row.ack else "",
                "labels": row.labels,
            }
            if format == "csv":
                labels = " ".join(f"{name}={value}" for name, value in row.labels.items())
                yield _line([str(value) for value in {**told, "labels": labels}.values()])
            else:
                yield json.dumps(told, ensure_ascii=False) + "\n"
        if not after:
            return
        query = replace(query, after=after)


def _line(values: Any) -> str:
    """Return a line of CSV; a text that a spreadsheet would compute gets an apostrophe."""
    out = io.StringIO()
    safe = [f"'{value}" if value.startswith(_FORMULA) else value for value in values]
    csv.writer(out, lineterminator="\r\n").writerow(safe)
    return out.getvalue()


# -- whole histories


def backup(app: App) -> Iterator[str]:
    """Yield everything but keys and certificates, as lines of JSON."""
    yield _json({"alarminati": 1, "time_ms": app.now()})
    yield _json({"settings": msgspec.to_builtins(app.settings)})
    for company in app.directory.companies.values():
        yield _json({"company": msgspec.to_builtins(company)})
    for live in app.live.values():
        known = live.known
        yield _json({"cluster": msgspec.to_builtins(known)})
        if live.history is not None:
            received = 0
            while rows := live.history.raw(received, _WINDOW):
                for each in rows:
                    raw = base64.b64encode(each.raw).decode()
                    yield _json({"r": [known.id, each.origin, each.sequence, each.project, raw]})
                received = rows[-1].received
        for row in app.base.rows(
            "select fingerprint, done, snoozed, seen from alarms where cluster = ?"
            " and (done > 0 or snoozed > 0 or seen > 0)",
            (known.no,),
        ):
            yield _json({"mine": [known.id, *row]})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def imported(app: App, raw: bytes) -> ImportResult:
    """Take in the lines of `backup`. What is here already is skipped. Raises Problem."""
    lines = raw.splitlines()
    try:
        head = json.loads(lines[0]) if lines else {}
    except ValueError:
        head = {}
    if not isinstance(head, dict) or head.get("alarminati") != 1:
        raise Problem(
            *(400, "NOT_AN_EXPORT", "`alarminati export --all`로 만든 파일이 아닙니다."),
            "This is not a file that `alarminati export --all` wrote.",
        )
    taking = _Taking(app)
    for number, line in enumerate(lines[1:], 2):
        try:
            taking.take(json.loads(line))
        except (ValueError, KeyError, TypeError, Unreadable) as error:
            taking.result.problems.append(f"line {number}: {error}")
    taking.flush()
    return taking.result


class _Taking:
    """Import under way; records are written by the page."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.result = ImportResult(0, 0, 0, [])
        self._lives: dict[str, Live] = {}
        self._page: list[tuple[Live, DecodedRecord, str]] = []
        self._mine: list[tuple[Live, str, int, int, int]] = []

    def take(self, told: dict[str, Any]) -> None:
        """Take one line."""
        if "r" in told:
            id, origin, sequence, project, raw = told["r"]
            packed = base64.b64decode(raw)
            body = decode(origin, sequence, 0, packed).body
            record = DecodedRecord(EntryId(origin, sequence), body, packed)
            self._page.append((self._lives[id], record, project))
            if len(self._page) >= _WINDOW:
                self.flush()
        elif "cluster" in told:
            self.flush()
            known = msgspec.convert(told["cluster"], Known)
            mine = self._app.directory.meet(known.project, known.name, known.authority)
            if mine.id not in self._app.live:
                mine.removed, mine.company = True, known.company
                self._app.directory.keep(mine)
                self._app.open(mine)
            self._lives[known.id] = self._app.live[mine.id]
            self.result.clusters += 1
        elif "mine" in told:
            id, print_, done, snoozed, seen = told["mine"]
            self._mine.append((self._lives[id], print_, done, snoozed, seen))
        elif "company" in told:
            company = told["company"]
            from alarminati.ui.schema.clusters import CompanyChange

            change = CompanyChange(company["name"], None, company["archived_ms"] > 0)
            self._app.directory.change_company(company["id"], change, self._app.now())
        elif "settings" in told:
            settings = msgspec.convert(told["settings"], Settings)
            self._app.settings = settings
            self._app.base.keep_setting("settings", told["settings"])

    def flush(self) -> None:
        """Write the records and the triage that were taken."""
        by_live: dict[str, list[tuple[Live, DecodedRecord, str]]] = {}
        for each in self._page:
            by_live.setdefault(each[0].id, []).append(each)
        self._page.clear()
        for page in by_live.values():
            self._keep(page[0][0], page)
        for live, print_, done, snoozed, seen in self._mine:
            self._app.base.run(
                "update alarms set done = ?, snoozed = ?, seen = ? where cluster = ?"
                " and fingerprint = ? and done = 0 and snoozed = 0",
                [(done, snoozed, seen, live.known.no, print_)],
            )
        self._mine.clear()

    def _keep(self, live: Live, page: list[tuple[Live, DecodedRecord, str]]) -> None:
        history = live.history
        if history is None:
            return
        ours = history.taken or history.take()
        if not ours:
            self.result.problems.append(f"{live.id}: another program writes this history")
            return
        position = history.resume()
        fresh = [
            record
            for _, record, _ in page
            if record.id.sequence > position.get(record.id.origin, 0)
        ]
        self.result.skipped += len(page) - len(fresh)
        moved = {record.id.origin: record.id.sequence for record in fresh}
        kept = history.keep(fresh, moved, project=live.known.project)
        self.result.records += len(kept)
        self._app.fold(live, kept)
