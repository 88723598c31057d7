"""The fixture's list: searched, sorted, grouped and cut into windows as the app does it."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Callable

from alarminati.ui.schema.alarms import AlarmList, AlarmRow, Facet, FacetValue, Group
from alarminati.ui.schema.common import AlarmKey, SeverityCounts, TabCounts
from tests.support.ui.day import ALL, NOW, old_row

RANK = {"CRITICAL": 3, "ERROR": 2, "WARNING": 1, "INFO": 0}


def held(row: AlarmRow) -> bool:
    """Return whether an alarm is on hold."""
    return bool(row.mute or row.done or row.snoozed_until_ms)


TABS: dict[str, Callable[[AlarmRow], bool]] = {
    "todo": lambda row: row.firing and not (row.ack or held(row)),
    "firing": lambda row: row.firing,
    "acknowledged": lambda row: row.firing and row.ack is not None,
    "muted": lambda row: row.firing and held(row),
    "resolved": lambda row: not row.firing,
    "all": lambda row: True,
}  # fmt: skip
Query = dict[str, list[str]]


def parsed(search: str) -> list[str]:
    """Return the matchers and words of a search."""
    try:
        return shlex.split(search.replace('="', "='").replace('"', "'"), posix=True)
    except ValueError:
        return search.split()


def fits(row: AlarmRow, parts: list[str]) -> bool:
    """Return whether a row fits matchers and words."""
    text = ""
    for part in parts:
        found = re.fullmatch(r"([\w.]+)(=~|!~|!=|=)(.*)", part, re.DOTALL)
        if not found:
            text = (
                text
                or " ".join(
                    [row.message, row.cluster, row.project, *row.labels.values()]
                ).casefold()
            )
            if part.casefold() not in text:
                return False
            continue
        name, sign, value = found.groups()
        own = {"cluster": row.cluster, "project": row.project}.get(name, row.labels.get(name, ""))
        same = bool(re.fullmatch(value, own)) if "~" in sign else own == value
        if same == sign.startswith("!"):
            return False
    return True


def searched(rows: list[AlarmRow], query: Query) -> list[AlarmRow]:
    """Return the rows that fit all of the query but its tab."""
    clusters, parts = query.get("cluster", []), parsed(query.get("q", [""])[0])
    least = RANK.get(query.get("severity", [""])[0], 0)
    return [
        row
        for row in rows
        if (not clusters or row.cluster in clusters)
        and RANK[row.severity] >= least
        and fits(row, parts)
    ]


def tabs(rows: list[AlarmRow], whole: bool) -> TabCounts:
    """Return the counts of the tabs."""
    counts = {name: sum(map(inside, rows)) for name, inside in TABS.items()}
    return TabCounts(**counts | {"all": ALL if whole and rows else counts["all"]})


def severities(rows: list[AlarmRow]) -> SeverityCounts:
    """Return the firing alarms by severity."""
    count = dict.fromkeys(RANK, 0)
    for row in rows:
        count[row.severity] += row.firing and row.kind == "alarm"
    return SeverityCounts(**count)


def grouped(rows: list[AlarmRow], names: list[str]) -> list[Group]:
    """Return the groups of these rows, the worst first."""
    found: dict[tuple[str, ...], list[AlarmRow]] = defaultdict(list)
    for row in rows:
        found[tuple(row.labels.get(name, "") for name in names)].append(row)
    groups = []
    for values, members in found.items():
        first = min(members, key=lambda row: row.start_ms)
        spark = [0] * 12
        for row in members:
            ago = (NOW - row.start_ms) // 60_000
            if 0 <= ago < 12:
                spark[11 - ago] += 1
        key = dict(zip(names, values, strict=True))
        groups.append(
            Group(
                key=key,
                q=" ".join(f'{name}="{value}"' for name, value in key.items()),
                count=len(members),
                severity=max((row.severity for row in members), key=lambda s: RANK[s]),
                severities=severities(members),
                clusters=sorted({row.cluster for row in members}),
                start_ms=first.start_ms,
                changed_ms=max(row.changed_ms for row in members),
                message=first.message,
                first=AlarmKey(first.cluster, first.fingerprint),
                spark=spark,
            )
        )
    return sorted(groups, key=lambda group: (-RANK[group.severity], group.start_ms))


def facets(rows: list[AlarmRow]) -> list[Facet]:
    """Return the labels that tell these rows apart."""
    values: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        for name, value in row.labels.items():
            values[name][value] += 1
    return [
        Facet(name, [FacetValue(v, n) for v, n in sorted(found.items(), key=lambda p: -p[1])[:20]])
        for name, found in sorted(values.items())
        if len(found) > 1
    ]


def window(rows: list[AlarmRow], query: Query, seq: int) -> AlarmList:
    """Return a window of the list."""
    tab = query.get("tab", ["todo"])[0]
    matching = searched(rows, query)
    whole = not query.get("q") and not query.get("cluster") and not query.get("severity")
    inside = [row for row in matching if TABS[tab](row)]
    by_time = query.get("order", [""])[0] == "time"
    inside.sort(key=lambda row: (0 if by_time else -RANK[row.severity], row.kind == "alarm"))
    if by_time:
        inside.sort(key=lambda row: -row.changed_ms)
    names = [name for name in query.get("group", [""])[0].split(",") if name]
    limit = int(query.get("limit", ["100"])[0])
    start = int(query.get("after", ["0"])[0])
    counts = tabs(matching, whole)
    total = ALL if tab == "all" and whole and rows else len(inside)
    answer = AlarmList(seq, total, 0, counts, severities(inside))
    if query.get("facets"):
        answer.facets = facets(inside)
    if names:
        groups = grouped(inside, names)
        answer.groups, answer.total_groups = groups[start : start + limit], len(groups)
        answer.after = str(start + limit) if start + limit < len(groups) else ""
        return answer
    answer.rows = inside[start : start + limit]
    for number in range(start + len(answer.rows), min(start + limit, total)):
        answer.rows.append(old_row(number))
    answer.after = str(start + limit) if start + limit < total else ""
    return answer
