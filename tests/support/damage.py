"""Damage to a SQLite file that only a reading of all of it finds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def damage_index(path: Path, name: str) -> None:
    """Overwrite the places of cells in the first page of an index of a closed file."""
    with closing(sqlite3.connect(path)) as base:
        base.execute("pragma wal_checkpoint(truncate)")
        sql = "select rootpage from sqlite_master where name = ?"
        (page,) = base.execute(sql, (name,)).fetchone()
        (size,) = base.execute("pragma page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size + 12)
        file.write(b"\xff" * 16)
