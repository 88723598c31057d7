"""Which alarms are kept back by silences, as far as the history here knows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alarminati.core.model.matchers import SEVERITY, Level, Matcher
from alarminati.ui.store.folding import ACKNOWLEDGED, ASIDE, MUTED, TODO
from alarminati.ui.store.texts import SEVERITIES, unpacked


@dataclass(frozen=True, slots=True)
class Standing:
    """A silence that is in force."""

    id: str
    matchers: tuple[Matcher, ...]

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Return whether all matchers fit."""
        return all(matcher.fits(labels) for matcher in self.matchers)


def in_force(base: sqlite3.Connection, cluster: int, now: int) -> list[Standing]:
    """Return the silences of a cluster that keep alarms back now."""
    rows = base.execute(
        "select id, matchers from silences where cluster = ? and start <= ? and ended > ?",
        (cluster, now, now),
    )
    found = []
    for id, matchers in rows:
        try:
            read = tuple(Matcher.parse(text) for text in json.loads(matchers))
        except ValueError:
            continue  # of a later version
        found.append(Standing(id, read))
    return found


def seen_labels(matched: str) -> dict[str, str]:
    """Return packed labels as matchers compare them: a level by its name, whatever its case."""
    labels = unpacked(matched)
    word = labels.get(SEVERITY, "")
    if word in SEVERITIES:
        labels[SEVERITY] = Level(word)
    return labels


def silence_again(
    base: sqlite3.Connection, cluster: int, now: int, fingerprints: Iterable[str] | None
) -> list[str]:
    """Match alarms that fire against the silences in force; return those that changed.

    `fingerprints` None: all that fire in the cluster.
    """
    standing = in_force(base, cluster, now)
    columns = "no, fingerprint, matched, silence, ack_by, snoozed, done, changed"
    rows: Sequence[tuple[int, str, str, str, str, int, int, int]]
    if fingerprints is None:
        rows = base.execute(
            f"select {columns} from alarms where cluster = ? and tab < 4", (cluster,)
        ).fetchall()
    else:
        rows = [
            row
            for each in fingerprints
            for row in base.execute(
                f"select {columns} from alarms where cluster = ? and fingerprint = ? and tab < 4"
                " and silence = '?'",
                (cluster, each),
            )
        ]
    changed: list[str] = []
    for no, print_, matched, was, ack_by, snoozed, done, moved in rows:
        labels = seen_labels(matched) if standing else {}
        found = next((each.id for each in standing if each.fits(labels)), "")
        if found != was:
            aside = snoozed > now or (done and done >= moved)
            tab = ACKNOWLEDGED if ack_by else MUTED if found else ASIDE if aside else TODO
            base.execute("update alarms set silence = ?, tab = ? where no = ?", (found, tab, no))
            changed.append(print_)
    return changed


def wake(base: sqlite3.Connection, now: int) -> list[tuple[int, str]]:
    """Show alarms whose snooze is over; return them."""
    rows: list[tuple[int, str]] = base.execute(
        "select cluster, fingerprint from alarms where tab = 3 and snoozed > 0 and snoozed <= ?",
        (now,),
    ).fetchall()
    base.execute(
        "update alarms set tab = 0, snoozed = 0 where tab = 3 and snoozed > 0 and snoozed <= ?",
        (now,),
    )
    return rows


def next_moment(base: sqlite3.Connection, now: int) -> int:
    """Return when silences or snoozes change next; 0: never."""
    row = base.execute(
        "select min(t) from (select min(start) as t from silences where start > :now"
        " union all select min(ended) from silences where ended > :now"
        " union all select min(snoozed) from alarms where tab = 3 and snoozed > :now)",
        {"now": now},
    ).fetchone()
    return row[0] or 0
