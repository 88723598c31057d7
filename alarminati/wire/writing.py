"""Atomic and durable writing of small files."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, content: bytes, mode: int) -> None:
    """Write a file with these permissions, in place of an existing one. Raises OSError.

    Written beside and renamed: a reader never sees half a file, and wider permissions of an old
    file are not kept.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        beside.rename(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make new and renamed files in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
