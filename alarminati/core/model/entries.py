"""Entries: the facts of the journal, as the core sees them.

An entry never changes once it has an origin and a sequence. Everything else (which alarms are
open, what was delivered) is folded from entries and may be thrown away and folded again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from hashlib import blake2b
from sys import intern
from typing import NamedTuple, TypeAlias


class Severity(IntEnum):
    """How bad it is; a lower number is worse. The values are those of the proto enum."""

    CRITICAL = 1
    ERROR = 2
    WARNING = 3
    INFO = 4


class Result(IntEnum):
    """What the answer to one attempt meant. The values are those of the proto enum."""

    DELIVERED = 1
    RETRY = 2
    DEAD = 3


class Cause(IntEnum):
    """What kind of trouble an attempt met. The values are those of the proto enum."""

    NONE = 0
    UNREACHABLE = 1  # no answer, or one that blames the channel itself (5xx)
    BUSY = 2  # too fast: it asked for a pause (429)
    QUOTA = 3  # what may be sent in a day or month is spent
    RECONFIGURE = 4  # it refuses us for the way the channel is set up
    REFUSED = 5  # it refuses this message, or trying was given up


class Occasion(IntEnum):
    """Why something is told. The values are those of the proto enum."""

    CHANGED = 0  # it began or ended
    REPEATED = 1  # it still fires, and nobody has acknowledged it
    ACKNOWLEDGED = 2  # somebody acknowledged it
    SEVERITY_RAISED = 3  # it fires as before, and is worse than was told


class EntryId(NamedTuple):
    """Names one entry for ever; also the id of an alarm report."""

    origin: str  # 8 characters, random, made with the replica's database
    sequence: int  # from 1, without holes

    def __str__(self) -> str:
        return f"{self.origin}-{self.sequence}"

    @classmethod
    def parse(cls, text: str) -> EntryId:
        """Read "origin-sequence". Raises ValueError when it is something else."""
        origin, _, sequence = text.rpartition("-")
        if not origin or not sequence.isascii() or not sequence.isdigit():
            raise ValueError(f"not an entry id: {text!r} (expected ORIGIN-SEQUENCE)")
        return cls(intern(origin), int(sequence))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


Order: TypeAlias = tuple[int, str, int]
"""Sorts entries the same way everywhere: stamp, origin, sequence."""

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Labels or annotations, sorted by name."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One report: it fires, or it is over. Already validated (see `intake`)."""

    message: str
    severity: Severity
    timestamp: int  # the reporter's clock, milliseconds since 1970 UTC
    resolved: bool = False
    labels: Pairs = ()
    project: str = ""  # empty: the cluster's own
    key: str = ""  # empty: identity is project, message and labels
    annotations: Pairs = ()
    link: str = ""
    source: str = ""
    ttl: int = 0  # seconds after which it is over unless reported again; 0: it does not say

    def within(self, project: str) -> Alarm:
        """The same in a cluster whose own project this is: there, naming it says nothing."""
        return replace(self, project="") if self.project and self.project == project else self

    def size(self) -> int:
        """Bytes of all its texts."""
        found = _bytes(self.message) + _bytes(self.key) + _bytes(self.link) + _bytes(self.project)
        for name, value in self.labels:
            found += _bytes(name) + _bytes(value)
        for name, value in self.annotations:
            found += _bytes(name) + _bytes(value)
        return found

    def fingerprint(self) -> str:
        """Identity over time and replicas: 16 hexadecimal digits, the same everywhere."""
        if self.key:
            parts = ["k", self.project, self.key]
        else:
            parts = ["m", self.project, self.message]
            for name, value in self.labels:
                parts += (name, value)
        return blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody saw the alarm with this fingerprint."""

    fingerprint: str
    by: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """One alarm report as told in a notice."""

    alarm: EntryId
    fingerprint: str
    resolved: bool
    occasion: Occasion = Occasion.CHANGED
    ordinal: int = 0  # REPEATED only: which repetition, from 1


@dataclass(frozen=True, slots=True)
class Notice:
    """The decision to send `items` to `channel`; more than one item is a digest."""

    channel: str
    items: tuple[NoticeItem, ...]
    key: str  # idempotency key, the same for every attempt
    resends: EntryId | None = None  # the dead letter that is told again by this


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt to send a notice came to. `detail` never holds a secret."""

    notice: EntryId
    result: Result
    attempt: int  # from 1
    replica: str
    duration: int  # milliseconds
    detail: str = ""
    receipt: str = ""  # what the channel calls the message, to edit or answer it later
    retry_after: int = 0  # milliseconds the channel asked to be left in peace; 0: it did not say
    cause: Cause = Cause.NONE


@dataclass(frozen=True, slots=True)
class Silence:
    """Keeps alarms that fit all `matchers` from being told; the last with an `id` counts."""

    id: str  # 16 hexadecimal digits
    matchers: tuple[str, ...]  # as in Alertmanager, see `matching`
    starts: int  # milliseconds since 1970 UTC
    ends: int  # likewise; an earlier one ends it early
    by: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Something only the replicas may read; the last with a `name` counts. The core never opens it.

    `box` is encrypted with the cluster's key; empty: it is no more.
    """

    name: str  # e.g. "channel/ops" or "token/ops"
    box: bytes
    by: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """Certificates of that role and name are worthless; the last with both counts."""

    role: str
    name: str
    by: str
    comment: str = ""
    lifted: bool = False  # taken back


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody may fetch one certificate, once; the last with an `id` counts."""

    id: str  # 16 hexadecimal digits
    role: str
    name: str
    ends: int  # milliseconds since 1970 UTC
    days: int  # how long the certificate will be good for
    by: str
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Redemption:
    """An invitation was used for a certificate of the public key with this SHA-256."""

    invitation: str
    key_sha256: bytes


Body: TypeAlias = (
    Alarm
    | Acknowledgement
    | Notice
    | Outcome
    | Silence
    | Sealed
    | Revocation
    | Invitation
    | Redemption
)


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Whose request it was, under which id, and what it said: sent again, it is known by that."""

    caller: str  # "ROLE/NAME" of a certificate, "source/NAME" or "anonymous/WHENCE" by HTTP
    id: str
    digest: bytes  # of the content, see `digest_of`
    count: int = 1  # entries that were made of it: the one that carries this, and those behind it


def digest_of(*parts: bytes) -> bytes:
    """Stands for the content of a request: 16 bytes."""
    found = blake2b(digest_size=16)
    for part in parts:
        found.update(len(part).to_bytes(8))
        found.update(part)
    return found.digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """A body with its place in the journal.

    `raw` is the body as its origin serialised it; shells carry it along so that it is written,
    sent and checked without being made again. The core neither reads nor compares it.
    """

    origin: str
    sequence: int
    stamp: int  # see `stamp`
    body: Body | None  # None: of a later version; kept and passed on, folded into nothing
    raw: bytes = field(default=b"", compare=False, repr=False)
    request: RequestKey | None = None  # that made it and `count` - 1 entries behind it

    @property
    def id(self) -> EntryId:
        """Its name."""
        return EntryId(self.origin, self.sequence)

    @property
    def order(self) -> tuple[int, str, int]:
        """Sorts entries the same way on every replica, effects after causes."""
        return (self.stamp, self.origin, self.sequence)
