"""Segment files of a spool. Every call blocks; one process at a time holds a folder.

    00000000000000000001.seg    messages from sequence 1 on, as of `core.spool.frames`
    acknowledged                the highest sequence up to which all are acknowledged
    set-aside.jsonl             messages that were refused, one a line, the newest last
    lock                        held by the process that uses the folder

`step` is called with the name of each step that touches the disk, so that tests can end the process
there.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from alarminati.core.spool.frames import HEAD_SIZE, encode, scan
from alarminati.core.spool.ledger import Bounds, Ledger, Segment, SpoolFull
from alarminati.wire.locking import lock
from alarminati.wire.writing import sync_folder, write

SUFFIX: Final = ".seg"
SET_ASIDE_LIMIT: Final = 1 << 20  # bytes of messages that are set aside; the oldest go first
DETAIL_LIMIT: Final = 500  # characters
MODE: Final = 0o600


class SpoolBusy(Exception):
    """Another process uses the folder: one sentence."""


class SpoolUnusable(Exception):
    """The folder cannot be read or written: one sentence."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A message that was refused, and why. `time` is milliseconds since 1970."""

    sequence: int
    time: int
    detail: str
    message: bytes


class Spool:
    """A spool in a folder. A context manager.

    `append` returns once messages are on disk. Raises SpoolBusy, SpoolUnusable.
    """

    def __init__(
        self,
        folder: Path,
        bounds: Bounds | None = None,
        step: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.folder = folder
        self.step = step
        self.ledger = Ledger(bounds or Bounds())
        self.damaged: list[Path] = []  # segments with bytes that nothing can read
        self._file: int | None = None  # of the newest segment
        self._place = (0, 0, 0)  # segment, sequence and offset at which the last reading ended
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            locked = lock(folder / "lock")
            if locked is None:
                raise SpoolBusy(f"another process uses the spool {folder}")
            self._lock = locked
            try:
                self._load()
            except BaseException:
                os.close(self._lock)
                raise
        except OSError as error:
            raise SpoolUnusable(f"the spool {folder} cannot be used: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the folder."""
        self._close_file()
        os.close(self._lock)

    def _load(self) -> None:
        with suppress(FileNotFoundError, ValueError):
            self.ledger.acknowledged = max(0, int((self.folder / "acknowledged").read_bytes()))
        names = [path for path in self.folder.glob(f"*{SUFFIX}") if path.stem.isdecimal()]
        paths = sorted(names, key=lambda path: int(path.stem))
        for place, path in enumerate(paths):
            first = int(path.stem)
            # A segment may end in messages that were never acknowledged and were written again.
            behind = int(paths[place + 1].stem) - 1 if place + 1 < len(paths) else 0
            found = scan(path.read_bytes(), first, last=behind)
            if found.damaged:
                self.damaged.append(path)
            last = first + len(found.messages) - 1
            self.ledger.segments.append(Segment(first, last, path.stat().st_size))
        if self.ledger.segments:
            oldest, newest = self.ledger.segments[0], self.ledger.segments[-1]
            # Without its file, what was removed was acknowledged.
            self.ledger.acknowledged = max(self.ledger.acknowledged, oldest.first - 1)
            if self.damaged and self.damaged[-1] == self._path(newest):
                self._cut(newest)
            if self.ledger.acknowledged > newest.last:
                # The newest messages are lost, yet they were acknowledged: count on from there.
                self.ledger.rotate()
        self._remove()

    def _cut(self, segment: Segment) -> None:
        """Cut what was torn off the newest segment, so that frames can follow."""
        found = scan(self._path(segment).read_bytes(), segment.first)
        os.truncate(self._path(segment), found.size)
        segment.size = found.size

    def append(self, messages: Sequence[bytes]) -> list[int]:
        """Write messages and fsync them once; return their sequences.

        All are taken or none. Raises SpoolFull, MessageTooLarge; SpoolFull also for a full disk.
        """
        queued = 0
        for message in messages:
            self.ledger.admit(len(message), queued)
            queued += len(message)
        first = self.ledger.last + 1
        frames = b"".join(encode(first + place, each) for place, each in enumerate(messages))
        try:
            self.step("before write")
            descriptor = self._open()
            self._write(descriptor, frames)
            self.step("before fsync")
            os.fsync(descriptor)
            self.step("after fsync")
        except OSError as error:
            self._undo()
            raise SpoolFull(f"the spool cannot be written: {error.strerror}") from error
        self.ledger.appended(len(messages), len(frames))
        return list(range(first, first + len(messages)))

    def read(self, after: int, most: int) -> list[tuple[int, bytes]]:
        """Return messages behind sequence `after`: at most `most` bytes, but at least one."""
        segment = self.ledger.segment_of(max(after, self.ledger.acknowledged) + 1)
        if segment is None:
            return []
        first, offset = segment.first, 0
        if self._place[0] == segment.first and self._place[1] == after + 1:
            _, first, offset = self._place
        with self._path(segment).open("rb") as file:
            file.seek(offset)
            data = file.read(segment.size - offset)
        taken: list[tuple[int, bytes]] = []
        size = 0
        for sequence, message in scan(data, first, last=segment.last).messages:
            wanted = sequence > after and sequence > self.ledger.acknowledged
            if wanted and taken and size + len(message) > most:
                break
            offset += HEAD_SIZE + len(message)
            if wanted:
                taken.append((sequence, message))
                size += len(message)
        if taken:
            self._place = (segment.first, taken[-1][0] + 1, offset)
        return taken

    def acknowledge(self, sequence: int) -> None:
        """Acknowledge all up to `sequence`. Raises UnknownSequence, SpoolFull."""
        if not self.ledger.acknowledge(sequence):
            return
        try:
            self.step("before acknowledge")
            write(self.folder / "acknowledged", str(sequence).encode(), MODE)
            self.step("after acknowledge")
            self._remove()
        except OSError as error:  # it is read and acknowledged again after a restart
            raise SpoolFull(f"the spool cannot be written: {error.strerror}") from error

    def set_aside(self, sequence: int, message: bytes, detail: str, time: int) -> None:
        """Keep a message that was refused where people find it. Its sequence stays unacknowledged.

        Raises SpoolFull.
        """
        kept = [each for each in self.refused() if each.sequence != sequence]
        kept.append(SetAside(sequence, time, detail[:DETAIL_LIMIT], message))
        while len(kept) > 1 and sum(len(each.message) for each in kept) > SET_ASIDE_LIMIT:
            kept.pop(0)
        lines = "".join(json.dumps(_as_json(each)) + "\n" for each in kept)
        try:
            self.step("before set aside")
            write(self.folder / "set-aside.jsonl", lines.encode(), MODE)
            sync_folder(self.folder)
        except OSError as error:
            raise SpoolFull(f"the spool cannot be written: {error.strerror}") from error

    def refused(self) -> list[SetAside]:
        """Return the messages that are set aside, the oldest first."""
        try:
            text = (self.folder / "set-aside.jsonl").read_text()
        except (FileNotFoundError, UnicodeDecodeError):
            return []
        return [each for each in map(read_set_aside, text.splitlines()) if each is not None]

    def _remove(self) -> None:
        for segment in self.ledger.removable():
            self.step("before remove")
            self._path(segment).unlink(missing_ok=True)

    def _path(self, segment: Segment) -> Path:
        return self.folder / f"{segment.first:020}{SUFFIX}"

    def _open(self) -> int:
        if self.ledger.must_rotate():
            self._close_file()
            self.ledger.rotate()
        if self._file is None:
            path = self._path(self.ledger.segments[-1])
            fresh = not path.exists()
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._file = os.open(path, flags | getattr(os, "O_CLOEXEC", 0), MODE)
            if fresh:
                sync_folder(self.folder)
        return self._file

    def _write(self, descriptor: int, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def _undo(self) -> None:
        """Cut off what was not made durable; if even that fails, go on in a new segment."""
        self._close_file()
        if not self.ledger.segments:
            return
        newest = self.ledger.segments[-1]
        try:
            os.truncate(self._path(newest), newest.size)
        except OSError:
            if newest.last >= newest.first:  # else the same file is tried again
                self.ledger.rotate()

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _as_json(each: SetAside) -> dict[str, object]:
    message = base64.b64encode(each.message).decode()
    return {
        "sequence": each.sequence,
        "time": each.time,
        "detail": each.detail,
        "message": message,
    }


def read_set_aside(line: str) -> SetAside | None:
    """Read one line of the file of refused messages; None: nothing can read it."""
    try:
        found = json.loads(line)
        message = base64.b64decode(found["message"], validate=True)
        return SetAside(int(found["sequence"]), int(found["time"]), str(found["detail"]), message)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
