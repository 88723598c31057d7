"""Screen of `alarminati top`: clusters, counts and the alarms that fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import click

from alarminati.cli.output.ages import age
from alarminati.cli.output.columns import cut, padded, width_of
from alarminati.cli.output.rendering import printable, styled
from alarminati.cli.output.terminal import translated
from alarminati.core.model.entries import Severity

if TYPE_CHECKING:
    from alarminati.ui.schema.alarms import AlarmRow
    from alarminati.ui.schema.events import Summary

STATES: Final = {
    "late": "late",
    "silent": "silent",
    "ended": "refused",
    "unknown": "offline",
    "paused": "stopped",
}
_SIGNS: Final = {"live": "●", "late": "◐", "silent": "○", "ended": "⊘"}
_CLUSTER: Final = 18  # columns
_AGE: Final = 6
_SEVERITY: Final = 8


def frame(
    summary: Summary, rows: Sequence[AlarmRow], total: int, width: int, height: int
) -> list[str]:
    """Return the lines of a screen; a `height` of 0 has room for all rows."""
    head = [_counts(summary), *_clusters(summary, width), ""]
    room = max(1, height - len(head) - 2) if height else len(rows)
    lines = [_line(row, summary.time_ms, width) for row in rows[:room]]
    if not lines:
        lines = [translated("No alarm is waiting for you.")]
    if (hidden := total - len(rows[:room])) > 0:
        lines.append(click.style(translated("and {count} more", count=f"{hidden:,}"), dim=True))
    return [*head, *lines]


def _counts(summary: Summary) -> str:
    firing = [
        styled(f"{severity.name} {getattr(summary.severities, severity.name):,}", severity)
        for severity in sorted(Severity, reverse=True)
        if getattr(summary.severities, severity.name, 0)
    ]
    todo = translated("to do {count}", count=f"{summary.tabs.todo:,}")
    parts = [click.style(todo, bold=True), *firing]
    parts.append(translated("firing {count}", count=f"{summary.tabs.firing:,}"))
    parts.append(translated("acknowledged {count}", count=f"{summary.tabs.acknowledged:,}"))
    if summary.offline_ms:
        parts.append(translated("this computer is offline"))
    return "  ".join(parts)


def _clusters(summary: Summary, width: int) -> Iterable[str]:
    line, taken = "", 0
    for chip in summary.clusters:
        text = f"{_SIGNS.get(chip.state, '·')} {printable(chip.name)}"
        if chip.state not in ("live", "connecting"):
            text += f" {_state(chip.state)}"
        size = width_of(text) + 2
        if line and width and taken + size > width:
            yield line
            line, taken = "", 0
        line += ("  " if line else "") + (click.style(text, dim=True) if text[0] == "●" else text)
        taken += size
    if line:
        yield line


def _state(state: str) -> str:
    return translated(STATES[state]) if state in STATES else state


def _line(row: AlarmRow, now: int, width: int) -> str:
    severity = Severity[row.severity]
    word = styled(f"{severity.name:{_SEVERITY}}", severity)
    since = padded(age(max(0, now - row.start_ms)), _AGE)
    where = padded(cut(printable(row.cluster.partition(".")[2] or row.cluster), _CLUSTER), _CLUSTER)
    tail = f" [{printable(row.ack.by)}]" if row.ack else ""
    tail += f" ×{row.report_count:,}" if row.report_count > 1 else ""
    taken = _SEVERITY + _AGE + _CLUSTER + 3 + width_of(tail)
    message = cut(printable(row.message), max(width - taken, 0) if width else 0)
    return f"{word} {since} {where} {message}{click.style(tail, dim=True)}"
