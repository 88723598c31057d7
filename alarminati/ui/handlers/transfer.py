"""Export of alarms as a file, and import of what another computer exported."""

from __future__ import annotations

from collections.abc import AsyncIterator

from alarminati.ui.app import App
from alarminati.ui.backup import imported
from alarminati.ui.handlers.alarms import query_of
from alarminati.ui.handlers.asked import Asked, Stream
from alarminati.ui.problems import invalid
from alarminati.ui.schema.settings import ImportResult
from alarminati.ui.store.folding import DAY
from alarminati.ui.transfer import FORMATS, exported


async def export_alarms(app: App, asked: Asked) -> Stream:
    """Return alarms that fit as CSV or JSON lines."""
    format = asked.text("format", "csv")
    if format not in FORMATS:
        raise invalid("format", "csv 또는 jsonl이어야 합니다.", "format is csv or jsonl.")
    days = asked.number("days", 0)
    since = app.now() - days * DAY if days else 0
    lines = exported(app, query_of(asked), format, since)

    async def parts() -> AsyncIterator[bytes]:
        for line in lines:
            yield line.encode()

    return Stream(parts(), FORMATS[format], f"alarminati.{format}")


async def import_history(app: App, asked: Asked) -> ImportResult:
    """Take in what `alarminati export --all` wrote."""
    result = imported(app, asked.raw.splitlines())
    app.reset("import")
    return result
