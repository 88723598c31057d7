"""Lock of a file between processes, on every platform. The operating system frees it at an end."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def lock(path: Path) -> int | None:
    """Return the lock on a file, as a descriptor to close; None: another process has it."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        _lock(descriptor)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


if sys.platform == "win32":

    def _lock(descriptor: int) -> None:
        """Lock the first byte, which need not exist. Raises BlockingIOError."""
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:  # how Windows says that another process has it
            raise BlockingIOError(str(error)) from error

else:

    def _lock(descriptor: int) -> None:
        """Lock the whole file. Raises BlockingIOError."""
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
