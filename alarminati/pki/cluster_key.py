"""Cluster key beside the certificates: made once, equal for every agent, never replaced.

Registered secrets are sealed with it (see `wire.sealing`); another key could not open them.
"""

from __future__ import annotations

from pathlib import Path

from alarminati.pki.authority import PkiError
from alarminati.pki.folder import save_key
from alarminati.wire.sealing import CLUSTER_KEY, new_key


def keep(folder: Path) -> None:
    """Create a key, unless the folder has one. Raises PkiError."""
    if not (folder / CLUSTER_KEY).exists():
        save_key(f"{new_key()}\n".encode(), folder / CLUSTER_KEY)


def give(authority: Path, folder: Path) -> bool:
    """Copy the key from an authority's folder to an agent's; return False when there is none.

    Raises PkiError, also when the agent has another.
    """
    try:
        key = (authority / CLUSTER_KEY).read_bytes()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise PkiError(f"{authority / CLUSTER_KEY} cannot be read: {error.strerror}") from error
    there = folder / CLUSTER_KEY
    try:
        if there.exists():
            if there.read_bytes() != key:
                raise PkiError(f"{there} is another cluster's key; choose another folder")
            return True
    except OSError as error:
        raise PkiError(f"{there} cannot be read: {error.strerror}") from error
    save_key(key, there)
    return True
