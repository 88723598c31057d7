"""Files that people name, read within bounds on kind, size and time.

A FIFO without a writer blocks its reader without end, and a device may have no end.
"""

from __future__ import annotations

import os
import select
import stat
import time
from pathlib import Path

FILE_LIMIT = 2**20  # bytes of certificates, keys and the like
PATIENCE = 5.0  # seconds for a pipe to end


class BadFile(Exception):
    """Reason why a file cannot be read, in words that follow a colon."""

    missing = False


def read_file(path: Path, limit: int, *, pipes: bool = False) -> bytes:
    """Return the content of a regular file, at most `limit` bytes. Raises BadFile.

    `pipes` accepts pipes, too, as shells make them for <(command); they must end within
    `PATIENCE`.
    """
    try:
        _check_kind(path.stat().st_mode, pipes)  # first: opening some devices has an effect
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            mode = os.fstat(opened).st_mode
            _check_kind(mode, pipes)
            data = _read(opened, limit, stat.S_ISFIFO(mode))
        finally:
            os.close(opened)
    except FileNotFoundError:
        missing = BadFile("No such file or directory")
        missing.missing = True
        raise missing from None
    except BlockingIOError:
        raise BadFile("it has nothing to read at once; name a regular file") from None
    except OSError as error:
        raise BadFile(error.strerror or "the system refuses it") from None
    except ValueError:
        raise BadFile("it is not a path") from None
    if len(data) > limit:
        raise BadFile(f"it is larger than {limit} bytes; is it the right file?")
    return data


def _check_kind(mode: int, pipes: bool) -> None:
    if stat.S_ISREG(mode) or (pipes and stat.S_ISFIFO(mode)):
        return
    kinds = {stat.S_IFDIR: "folder", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}
    raise BadFile(f"it is a {kinds.get(stat.S_IFMT(mode), 'device')}; name a regular file")


def _read(opened: int, limit: int, pipe: bool) -> bytes:
    data = bytearray()
    until = time.monotonic() + PATIENCE
    while len(data) <= limit:
        if pipe:
            left = max(0.0, until - time.monotonic())
            if not select.select([opened], [], [], left)[0]:
                raise BadFile(f"it is a pipe that did not end within {PATIENCE:g} s")
        more = os.read(opened, min(65_536, limit + 1 - len(data)))
        if not more:
            break
        data += more
    return bytes(data)
