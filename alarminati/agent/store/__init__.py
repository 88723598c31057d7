"""Journal on disk: SQLite, one writer thread."""

from __future__ import annotations

from alarminati.agent.store.file import (
    Corrupt,
    FolderInUse,
    FolderUnusable,
    StoreError,
    require_usable,
)
from alarminati.agent.store.journal import Broken, Store, Watcher

__all__ = [
    "Broken",
    "Corrupt",
    "FolderInUse",
    "FolderUnusable",
    "Store",
    "StoreError",
    "Watcher",
    "require_usable",
]
