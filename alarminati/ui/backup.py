"""Backup of all that a person has here, for the next computer: never keys or certificates.

Lines of JSON: a head, settings, companies, then for each cluster its records and this person's
triage. Taking one in adds what is not here yet, and changes nothing that is.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from alarminati.client.unrolling import DecodedRecord
from alarminati.core.model.entries import EntryId
from alarminati.ui.problems import Problem
from alarminati.ui.schema.clusters import CompanyChange
from alarminati.ui.schema.settings import ImportResult, Settings
from alarminati.ui.store.directory import Known
from alarminati.ui.store.triage import settle
from alarminati.wire.codec import Unreadable, decode

if TYPE_CHECKING:
    from alarminati.ui.app import App
    from alarminati.ui.live import Live

VERSION: Final = 1
_WINDOW: Final = 500
_PROBLEMS: Final = 20
_OWN: Final = (
    *("company", "mark", "tint", "environment", "keepalive_seconds", "budget_bytes"),
    "me",  # whose acts are shown as one's own
)


def backup(app: App, progress: Callable[[int], None] = lambda count: None) -> Iterator[str]:
    """Yield the lines. `progress` is called with the records written since the last call."""
    yield _json({"alarminati": VERSION, "time_ms": app.now(), "records": size_of(app)})
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
                    told = [known.id, each.origin, each.sequence, each.project, each.at, raw]
                    yield _json({"r": told})
                received = rows[-1].received
                progress(len(rows))
        for row in app.base.rows(
            "select fingerprint, done, snoozed, seen from alarms where cluster = ?"
            " and (done > 0 or snoozed > 0 or seen > 0)",
            (known.no,),
        ):
            yield _json({"triage": [known.id, *row]})
        for row in app.base.rows(
            "select fingerprint, time, kind, until from mine where cluster = ? order by time",
            (known.no,),
        ):
            yield _json({"mine": [known.id, *row]})


def size_of(app: App) -> int:
    """Return how many records a backup will hold."""
    return sum(len(live.history) for live in app.live.values() if live.history is not None)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def head_of(line: bytes | str) -> dict[str, Any]:
    """Return the head of a backup. Raises Problem when the line is of something else."""
    try:
        head = json.loads(line)
    except (ValueError, RecursionError):
        head = {}
    if not isinstance(head, dict) or head.get("alarminati") != VERSION:
        raise Problem(
            *(400, "NOT_AN_EXPORT", "`alarminati export --all`로 만든 파일이 아닙니다."),
            "This is not a file that `alarminati export --all` wrote.",
        )
    return head


def imported(
    app: App, lines: Iterable[bytes | str], progress: Callable[[int], None] = lambda count: None
) -> ImportResult:
    """Take in the lines of `backup`. What is here already is skipped. Raises Problem."""
    rest = iter(lines)
    head_of(next(rest, b""))
    taking = _Taking(app, progress)
    for number, line in enumerate(rest, 2):
        try:
            taking.take(json.loads(line))
        except (ValueError, LookupError, TypeError, RecursionError, Unreadable) as error:
            taking.complain(f"line {number}: {type(error).__name__}: {error}")
    taking.end()
    return taking.result


class _Taking:
    """Import under way; records are written by the page."""

    def __init__(self, app: App, progress: Callable[[int], None]) -> None:
        self._app = app
        self._progress = progress
        self.result = ImportResult(0, 0, 0, [])
        self._lives: dict[str, Live] = {}
        self._page: list[tuple[Live, DecodedRecord]] = []
        self._triage: list[tuple[Live, str, int, int, int]] = []
        self._mine: list[tuple[int, str, int, str, int]] = []
        self._late: dict[str, int] = {}
        """Records that a history has gone past without holding them, by cluster."""

    def complain(self, sentence: str) -> None:
        """Note what was wrong, the first times."""
        if len(self.result.problems) < _PROBLEMS:
            self.result.problems.append(sentence)

    def take(self, told: dict[str, Any]) -> None:
        """Take one line."""
        if "r" in told:
            id, origin, sequence, _, at, raw = told["r"]
            packed = base64.b64decode(raw, validate=True)
            body = decode(origin, sequence, 0, packed).body
            record = DecodedRecord(EntryId(origin, sequence), body, packed, int(at))
            self._page.append((self._lives[id], record))
            if len(self._page) >= _WINDOW:
                self._flush()
        elif "cluster" in told:
            self._flush()
            self._cluster(msgspec.convert(told["cluster"], Known))
        elif "triage" in told:
            id, print_, done, snoozed, seen = told["triage"]
            self._triage.append((self._lives[id], str(print_), int(done), int(snoozed), int(seen)))
        elif "mine" in told:
            id, print_, time, kind, until = told["mine"]
            row = (self._lives[id].known.no, str(print_), int(time), str(kind), int(until))
            self._mine.append(row)
        elif "company" in told:
            self._company(told["company"])
        elif "settings" in told:
            self._settings(told["settings"])

    def _cluster(self, theirs: Known) -> None:
        directory = self._app.directory
        ours = directory.meet(theirs.project, theirs.name, theirs.authority)
        if ours.id not in self._app.live:
            ours.removed = True  # until somebody joins it from here
            for name in _OWN:
                setattr(ours, name, getattr(theirs, name))
            directory.keep(ours)
            self._app.open(ours)
        self._lives[theirs.id] = self._app.live[ours.id]
        self.result.clusters += 1

    def _company(self, told: dict[str, Any]) -> None:
        if told["id"] in self._app.directory.companies:
            return
        change = CompanyChange(
            str(told["name"]),
            archived=told["archived_ms"] > 0,
            retention_days=int(told["retention_days"]),
        )
        self._app.directory.change_company(str(told["id"]), change, self._app.now())

    def _settings(self, told: dict[str, Any]) -> None:
        if self._app.base.setting("settings") is not None:
            return  # somebody chose here already
        self._app.settings = msgspec.convert(told, Settings)
        self._app.base.keep_setting("settings", told)

    def end(self) -> None:
        """Write all that was taken."""
        self._flush()
        now = self._app.now()
        for live, print_, done, snoozed, seen in self._triage:
            where = (live.known.no, print_)
            self._app.base.run(
                "update alarms set done = ?, snoozed = ?, seen = ? where cluster = ?"
                " and fingerprint = ? and done = 0 and snoozed = 0",
                [(done, snoozed, seen, *where)],
            )
            settle(self._app.base, now, [where])
        for row in self._mine:
            self._app.base.run(
                "insert into mine select ?, ?, ?, ?, ? where not exists (select 1 from mine where"
                " cluster = ? and fingerprint = ? and time = ? and kind = ?)",
                [(*row, *row[:4])],
            )
        for live in self._lives.values():
            self._app.directory.show(live.known)
            if late := self._late.get(live.id):
                self.complain(
                    f"{live.id}: {late} records are older than the history here, and were left"
                    " out; to have them, delete the cluster with its history, import, then join"
                )

    def _flush(self) -> None:
        by_live: dict[str, list[DecodedRecord]] = {}
        for live, record in self._page:
            by_live.setdefault(live.id, []).append(record)
        self._progress(len(self._page))
        self._page.clear()
        for id, records in by_live.items():
            self._keep(self._app.live[id], records)

    def _keep(self, live: Live, page: list[DecodedRecord]) -> None:
        history = live.history
        if history is None or not (history.taken or history.take()):
            self.complain(f"{live.id}: another program writes this history")
            return
        position = history.resume()
        fresh, old = list[DecodedRecord](), list[DecodedRecord]()
        for record in page:
            is_fresh = record.id.sequence > position.get(record.id.origin, 0)
            (fresh if is_fresh else old).append(record)
        held = history.held([record.id for record in old])
        self._late[live.id] = self._late.get(live.id, 0) + len(old) - len(held)
        self.result.skipped += len(held)
        moved = {record.id.origin: record.id.sequence for record in fresh}
        kept = history.keep(fresh, moved, project=live.known.project)
        self.result.records += len(kept)
        self._app.fold(live, kept)
