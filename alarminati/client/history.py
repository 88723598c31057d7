"""Histories: where a person's records of each cluster lie, and the move from earlier caches.

A history is named by the cluster and its authority, so that another address is no other history.
It lies in the data folder, which no cleaner empties, and stays until its owner deletes it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import ssl
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from alarminati.client.cache import cache_path
from alarminati.core.model.filter import Filter, RecordType
from alarminati.wire.locking import lock

WHOLE: Final = Filter(types=tuple(RecordType))
"""View of the app's histories: everything that a cluster has for subscribers."""


def data_folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Return the folder of histories: $ALARMINATI_DATA, else the platform's for such files."""
    if chosen := environ.get("ALARMINATI_DATA"):
        return Path(chosen)
    if platform == "win32" and (local := environ.get("LOCALAPPDATA")):
        return Path(local) / "alarminati"
    base = environ.get("XDG_DATA_HOME", "")
    folder = Path(base) if base.startswith("/") else Path.home() / ".local" / "share"
    return folder / "alarminati"


def authority_of(ca: bytes) -> str:
    """Return the SHA-256 of the first certificate of a PEM text, hexadecimal."""
    begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    first = ca[ca.find(begin) : ca.find(end) + len(end)].decode("ascii", "replace")
    with suppress(ValueError):
        return sha256(ssl.PEM_cert_to_DER_cert(first)).hexdigest()
    return sha256(ca).hexdigest()


def history_path(folder: Path, cluster: str, authority: str, filter: Filter = WHOLE) -> Path:
    """Return the file of a cluster's history, seen through a filter."""
    return cache_path(folder / "histories", f"{cluster}.{authority[:16]}", filter)


def adopt(earlier: Path, path: Path) -> bool:
    """Move a cache of an earlier version to its new place; return whether that was done.

    Nothing is done when the new file is there, or while another process uses the earlier one.
    """
    if path.exists() or not earlier.exists():
        return False
    held = lock(earlier.with_suffix(".lock"))
    if held is None:
        return False
    try:
        with closing(sqlite3.connect(earlier, timeout=1.0)) as base:
            base.execute("pragma wal_checkpoint(truncate)")  # the side files hold nothing now
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(earlier, path)
    except (OSError, sqlite3.Error):
        return False  # it is fetched again from the agents
    finally:
        os.close(held)
    earlier.with_suffix(".lock").unlink(missing_ok=True)
    return True
