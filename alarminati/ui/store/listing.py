"""The list: windows, counts, groups and facets, all of everything that fits."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from alarminati.core.model.matchers import Matcher
from alarminati.ui.schema.alarms import AlarmList, AlarmRow, Facet, FacetValue, Group
from alarminati.ui.schema.common import AlarmKey, SeverityCounts, TabCounts
from alarminati.ui.store.directory import Known
from alarminati.ui.store.rows import COLUMNS, alarm_rows
from alarminati.ui.store.searching import RECENT, Where, label_sql, read_search, restrict
from alarminati.ui.store.texts import BREAK, SEVERITIES, severity_of

_MINUTE: Final = 60_000
_SPARKS: Final = 12
_FACETS: Final = 20
_NUMBERS: Final = {
    "firing": (0, 1, 2, 3),
    "acknowledged": (1,),
    "muted": (2,),
    "resolved": (4,),
    "all": (0, 1, 2, 3, 4),
}
"""Values of the column `tab` behind each tab; `todo`: 0."""
_HIDDEN: Final = frozenset({"severity", "source"})


@dataclass(frozen=True, slots=True)
class Query:
    """What of the list is wanted."""

    tab: str = "todo"
    q: str = ""
    clusters: tuple[str, ...] = ()
    severity: str = ""
    archived: bool = False
    order: str = "severity"
    group: tuple[str, ...] = ()
    after: str = ""
    limit: int = 100
    facets: bool = False
    since: int = 0
    """Only what changed since then."""


@dataclass(slots=True)
class Listing:
    """Answers queries over one connection."""

    base: sqlite3.Connection
    known: dict[int, Known]
    now: int
    seq: int = 0

    def answer(self, query: Query) -> AlarmList:
        """Return a window with its counts."""
        common = self.common(query)
        where = self._within(common, query.tab)
        grid, recent = self.grid(common), self.recent(common)
        tabs = _tabs(grid, recent)
        severities, total = _severities(grid, recent, query.tab)
        found = AlarmList(self.seq, total, 0, tabs, severities, problem=where.problem)
        if query.group:
            found.groups, found.total_groups, found.after = self.groups(where, query)
        else:
            found.rows, found.after = self.rows(where, query)
        if query.facets:
            found.facets = self.facets(where)
        return found

    def common(self, query: Query) -> Where:
        """Return the condition that all tabs share."""
        where = Where()
        if not query.archived:
            where.add("+shown = 1")  # not by an index: nearly all are
        if query.clusters:
            numbers = [each.no for each in self.known.values() if each.id in query.clusters]
            where.add(f"cluster in ({', '.join(map(str, numbers))})")
        if query.severity in SEVERITIES:
            where.add(f"rank <= {SEVERITIES.index(query.severity) + 1}")
        if query.since:
            where.add("changed > ?", query.since)
        read_search(query.q, where)
        where.prepare(self.base)
        return self._found(where) if query.q.strip() else where

    def _found(self, where: Where) -> Where:
        """Look once through all texts, and keep what was found beside the table."""
        self.base.execute("drop table if exists temp.found")
        self.base.execute(
            "create temp table found as select no, cluster, fingerprint, tab, rank, sort, age,"
            f" start, ended, changed, shown from alarms where {where.sql}",
            where.values,
        )
        return Where(table="temp.found", problem=where.problem)

    def where(self, query: Query) -> Where:
        """Return the condition of the tab, too."""
        return self._within(self.common(query), query.tab)

    def _within(self, common: Where, tab: str) -> Where:
        """Return the condition of a tab, without looking through the texts again."""
        where = replace(common, parts=list(common.parts), values=list(common.values))
        restrict(where, tab, self.now)
        return where

    # -- counts

    def tabs(self, where: Where) -> TabCounts:
        """Return the counts of all tabs."""
        return _tabs(self.grid(where), self.recent(where))

    def grid(self, where: Where) -> dict[tuple[int, int], int]:
        """Return counts by tab and rank."""
        rows = self.base.execute(
            f"select tab, rank, count(*) from {where.table} where {where.sql} group by tab, rank",
            where.values,
        )
        return {(tab, rank): count for tab, rank, count in rows}

    def recent(self, where: Where) -> dict[int, int]:
        """Return counts by rank of what was resolved within a day."""
        # By its index, or all that is resolved is walked: SQLite cannot know how few these are.
        index = " indexed by alarms_ended" if where.table == "alarms" else ""
        rows = self.base.execute(
            f"select rank, count(*) from {where.table}{index} where {where.sql}"
            " and tab = 4 and ended > ? group by +rank",
            (*where.values, self.now - RECENT),
        )
        return dict(rows.fetchall())

    def severities(self, where: Where) -> tuple[SeverityCounts, int]:
        """Return the counts by severity, and their sum."""
        counts, total = SeverityCounts(), 0
        for rank, count in self.base.execute(
            f"select rank, count(*) from {where.table} where {where.sql} group by rank",
            where.values,
        ):
            setattr(counts, severity_of(rank), count)
            total += count
        return counts, total

    # -- rows

    def rows(self, where: Where, query: Query) -> tuple[list[AlarmRow], str]:
        """Return a window of rows, and the cursor of the next."""
        by_time = query.order == "time"
        key = "age, no" if by_time else "sort, age, no"
        values, sql = list(where.values), where.sql
        if place := _cursor(query.after, 2 if by_time else 3):
            sql += f" and ({key}) > ({', '.join('?' * len(place))})"
            values += place
        found = self.base.execute(
            f"select {COLUMNS}, sort, age from alarms where no in (select no from {where.table}"
            f" where {sql} order by {key} limit ?) order by {key}",
            (*values, query.limit + 1),
        ).fetchall()
        after = ""
        if len(found) > query.limit:
            found.pop()
            no, (sort, age) = found[-1][0], found[-1][-2:]
            after = f"{age}.{no}" if by_time else f"{sort}.{age}.{no}"
        return alarm_rows(self.base, [each[:-2] for each in found], self.known, self.now), after

    def keys(self, where: Where, limit: int = 1_000_000) -> list[tuple[int, str]]:
        """Return cluster numbers and fingerprints of all that fit."""
        return self.base.execute(
            f"select cluster, fingerprint from {where.table} where {where.sql} limit ?",
            (*where.values, limit),
        ).fetchall()

    # -- groups

    def groups(self, where: Where, query: Query) -> tuple[list[Group], int, str]:
        """Return a window of groups, how many there are, and the cursor of the next."""
        columns, values = [], list[Any]()
        for name in query.group[:4]:
            sql, sought = label_sql(name)
            columns.append(sql)
            values += sought
        names = [f"g{number}" for number in range(len(columns))]
        picked = ", ".join(f"{sql} as {name}" for sql, name in zip(columns, names, strict=True))
        inner = (
            f"select {picked}, rank, start, changed, cluster, fingerprint, message, sort"
            f" from alarms where {where.inner}"
        )
        counted = ", ".join(f"sum(rank = {rank})" for rank in range(1, 5))
        found = self.base.execute(
            f"select {', '.join(names)}, count(*), min(rank), {counted}, min(start), max(changed),"
            " group_concat(distinct cluster), cluster, fingerprint, message"
            f" from ({inner}) group by {', '.join(names)}"
            f" order by min(sort), count(*) desc, max(changed) desc, {', '.join(names)}",
            (*values, *where.values),
        ).fetchall()
        start = int(query.after) if query.after.isdigit() else 0
        window = found[start : start + query.limit]
        after = str(start + query.limit) if start + query.limit < len(found) else ""
        groups = [self._group(query.group[:4], each) for each in window]
        self._sparks(where, groups)
        return groups, len(found), after

    def _group(self, names: Sequence[str], row: Any) -> Group:
        size = len(names)
        values = dict(zip(names, row[:size], strict=True))
        count, rank, *severities = row[size : size + 6]
        start, changed, clusters, cluster, fingerprint, message = row[size + 6 :]
        ids = [self.known[int(no)].id for no in clusters.split(",") if int(no) in self.known]
        return Group(
            values,
            ", ".join(str(Matcher(name, "=", value)) for name, value in values.items()),
            count,
            severity_of(rank),
            SeverityCounts(*severities),
            ids,
            start,
            changed,
            message,
            AlarmKey(self.known[cluster].id, fingerprint),
            [0] * _SPARKS,
        )

    def _sparks(self, where: Where, groups: list[Group]) -> None:
        """Count what began in each of the last minutes; few rows, by the index of times."""
        if not groups:
            return
        names = list(groups[0].key)
        by_key = {tuple(each.key.values()): each for each in groups}
        oldest = self.now - _SPARKS * _MINUTE
        rows = self.base.execute(
            f"select matched, start from alarms where {where.inner} and start > ? and age < ?",
            (*where.values, oldest, -oldest),
        )
        for matched, start in rows:
            group = by_key.get(tuple(_value(matched, name) for name in names))
            if group is not None:
                at = _SPARKS - 1 - max(0, (self.now - start) // _MINUTE)
                group.spark[min(max(at, 0), _SPARKS - 1)] += 1

    # -- facets

    def facets(self, where: Where) -> list[Facet]:
        """Return the labels that tell the alarms apart, the most telling first."""
        counts: dict[str, Counter[str]] = {}
        total = 0
        for (matched,) in self.base.execute(
            f"select matched from alarms where {where.inner}", where.values
        ):
            total += 1
            for pair in matched.strip(BREAK).split(BREAK):
                name, _, value = pair.partition("=")
                if name not in _HIDDEN:
                    counts.setdefault(name, Counter())[value] += 1
        ranked = sorted(
            counts.items(), key=lambda each: (len(each[1]) > total / 2, -each[1].total(), each[0])
        )
        return [
            Facet(
                name,
                [FacetValue(*pair) for pair in values.most_common(_FACETS)],
                max(0, len(values) - _FACETS),
            )
            for name, values in ranked[:_FACETS]
        ]


def _tabs(grid: dict[tuple[int, int], int], recent: dict[int, int]) -> TabCounts:
    counts = [0] * 5
    for (tab, _), count in grid.items():
        counts[tab] += count
    todo, acknowledged, muted, _, _ = counts
    return TabCounts(
        *(todo, sum(counts[:4]), acknowledged, muted, sum(recent.values()), sum(counts))
    )


def _severities(
    grid: dict[tuple[int, int], int], recent: dict[int, int], tab: str
) -> tuple[SeverityCounts, int]:
    """Return the counts of one tab by severity, and their sum."""
    numbers = _NUMBERS.get(tab, (0,))
    found, total = SeverityCounts(), 0
    picked = [((4, rank), count) for rank, count in recent.items()]
    for (number, rank), count in picked if tab == "resolved" else grid.items():
        if number in numbers:
            name = severity_of(rank)
            setattr(found, name, getattr(found, name) + count)
            total += count
    return found, total


def _value(matched: str, name: str) -> str:
    found = matched.find(f"{BREAK}{name}=")
    if found < 0:
        return ""
    start = found + len(name) + 2
    return matched[start : matched.find(BREAK, start)]


def _cursor(text: str, size: int) -> list[int]:
    """Read a cursor; one of another order is as none."""
    if not re.fullmatch(r"-?\d{1,19}(\.-?\d{1,19})*", text):
        return []
    parts = [int(part) for part in text.split(".")]
    return parts if len(parts) == size else []
