"""Write-ahead log as SQLite leaves it, and a mark of how far the journal went.

SQLite reads its log up to the first frame that is not sound and says nothing about the rest. After
a crash the rest was never acknowledged. One wrong bit looks the same, and then the rest was
acknowledged. So the frames that belong to the log are counted beforehand
(https://www.sqlite.org/fileformat2.html#walformat), and at times the position of the last durable
entry is written to a file of its own, for logs that were cut off or are gone.
"""

from __future__ import annotations

import os
from pathlib import Path
from struct import Struct, error
from zlib import crc32

MARK = "mark"

_MAGIC = (0x377F0682, 0x377F0683)
_HEAD = Struct(">8I")  # magic, version, page size, checkpoint, two salts, two checksums
_FRAME = Struct(">4I")  # page, size of the database after a commit or 0, two salts
_FRAME_HEAD = 24
_POSITION = Struct("<qI")


def commits(path: Path) -> list[int]:
    """Return which frames of a log end a commit, from 1; [0] when its head cannot be read.

    Frames of an earlier use of the file do not count: they have other salts.
    """
    try:
        size = path.stat().st_size
        if not size:
            return []
        with path.open("rb") as file:
            return _commits(file.read(_HEAD.size), size, file.fileno())
    except FileNotFoundError:
        return []


def _commits(head: bytes, size: int, file: int) -> list[int]:
    try:
        magic, _, page, _, *salts, first, second = _HEAD.unpack(head)
    except error:
        return []  # shorter than its head: no frame was written yet
    if magic not in _MAGIC or _summed(head[:24], magic) != (first, second):
        return [0] if size > _HEAD.size else []
    found = []
    length = _FRAME_HEAD + page
    for number in range((size - _HEAD.size) // length):
        place = _HEAD.size + number * length
        _, commit, *mine = _FRAME.unpack(os.pread(file, _FRAME.size, place))
        if commit and mine == salts:
            found.append(number + 1)
    return found


def _summed(data: bytes, magic: int) -> tuple[int, int]:
    """Return SQLite's checksum; the last bit of the magic number is the byte order of words."""
    words = Struct((">" if magic & 1 else "<") + f"{len(data) // 4}I").unpack(data)
    one = two = 0
    for a, b in zip(words[::2], words[1::2], strict=True):
        one = (one + a + two) & 0xFFFFFFFF
        two = (two + b + one) & 0xFFFFFFFF
    return one, two


def write_mark(path: Path, position: int) -> None:
    """Write that everything up to `position` is on disk, durably. Raises OSError."""
    number = _POSITION.pack(position, 0)[:8]
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(file, _POSITION.pack(position, crc32(number)), 0)
        os.fdatasync(file)
    finally:
        os.close(file)


def read_mark(path: Path) -> int:
    """Return the position that was written last; 0 when there is none, or it cannot be read."""
    try:
        position, crc = _POSITION.unpack(path.read_bytes())
    except (OSError, error):
        return 0
    return int(position) if crc == crc32(_POSITION.pack(position, 0)[:8]) else 0
