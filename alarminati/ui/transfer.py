"""Export of alarms as a table: CSV for spreadsheets, JSON lines for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from alarminati.ui.store.listing import Listing, Query

if TYPE_CHECKING:
    from alarminati.ui.app import App

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
                "start": _moment(row.start_ms, format),
                "end": _moment(row.end_ms, format),
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


def _moment(ms: int, format: str) -> str:
    """Return a time as spreadsheets read it, in local time, or as RFC 3339."""
    if not ms:
        return ""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    if format == "csv":
        return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return moment.isoformat(timespec="milliseconds")


def _line(values: Any) -> str:
    """Return a line of CSV; a text that a spreadsheet would compute gets an apostrophe."""
    out = io.StringIO()
    safe = [f"'{value}" if value.startswith(_FORMULA) else value for value in values]
    csv.writer(out, lineterminator="\r\n").writerow(safe)
    return out.getvalue()
