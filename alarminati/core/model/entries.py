"""Entries: the facts of the journal, as the core sees them.

An entry never changes once it has an origin and a sequence. All other state (which alarms fire,
what was delivered) is folded from entries and can be dropped and folded again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from hashlib import blake2b
from sys import intern
from typing import NamedTuple, TypeAlias


class Severity(IntEnum):
    """Severity of an alarm; a lower number is worse. The values are those of the proto enum."""

    CRITICAL = 1
    ERROR = 2
    WARNING = 3
    INFO = 4


class Result(IntEnum):
    """Result of one delivery attempt. The values are those of the proto enum."""

    DELIVERED = 1
    RETRY = 2
    DEAD = 3


class Cause(IntEnum):
    """Kind of failure of a delivery attempt. The values are those of the proto enum."""

    NONE = 0
    UNREACHABLE = 1  # no answer, or a failure of the vendor (5xx)
    BUSY = 2  # over the rate limit: the vendor asked for a pause (429)
    QUOTA = 3  # the messages of the day or month are used up
    RECONFIGURE = 4  # the vendor refuses the configuration of the channel
    REFUSED = 5  # the vendor refuses this message, or the notice is too old


class Occasion(IntEnum):
    """Reason for a notification. The values are those of the proto enum."""

    CHANGED = 0  # the alarm fires or is resolved
    REPEATED = 1  # the alarm still fires and is not acknowledged
    ACKNOWLEDGED = 2  # a person acknowledged the alarm
    SEVERITY_RAISED = 3  # the alarm still fires, with a worse severity than notified


class EntryId(NamedTuple):
    """Permanent name of an entry; also the id of an alarm report."""

    origin: str  # 8 characters, random, made with the replica's database
    sequence: int  # from 1, without holes

    def __str__(self) -> str:
        return f"{self.origin}-{self.sequence}"

    @classmethod
    def parse(cls, text: str) -> EntryId:
        """Read "origin-sequence". Raises ValueError when the text has another form."""
        origin, _, sequence = text.rpartition("-")
        if not origin or not sequence.isascii() or not sequence.isdigit():
            raise ValueError(f"not an entry id: {text!r} (expected ORIGIN-SEQUENCE)")
        return cls(intern(origin), int(sequence))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


Order: TypeAlias = tuple[int, str, int]
"""Total order of entries, equal on every replica: stamp, origin, sequence."""

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Labels or annotations, sorted by name."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One report: the alarm fires, or it is resolved. Already validated (see `validation`)."""

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
    ttl: int = 0  # seconds until it resolves unless reported again; 0: not given

    def within(self, project: str) -> Alarm:
        """Return the alarm without its project when that is the cluster's own."""
        return replace(self, project="") if self.project and self.project == project else self

    def size(self) -> int:
        """Return the bytes of all texts together."""
        found = _bytes(self.message) + _bytes(self.key) + _bytes(self.link) + _bytes(self.project)
        for name, value in self.labels:
            found += _bytes(name) + _bytes(value)
        for name, value in self.annotations:
            found += _bytes(name) + _bytes(value)
        return found

    def fingerprint(self) -> str:
        """Return the identity: 16 hexadecimal digits, equal at all times and replicas."""
        if self.key:
            parts = ["k", self.project, self.key]
        else:
            parts = ["m", self.project, self.message]
            for name, value in self.labels:
                parts += (name, value)
        return blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A person acknowledged the alarm with this fingerprint."""

    fingerprint: str
    by: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """One alarm report as named in a notice."""

    alarm: EntryId
    fingerprint: str
    resolved: bool
    occasion: Occasion = Occasion.CHANGED
    ordinal: int = 0  # REPEATED only: number of the reminder, from 1


@dataclass(frozen=True, slots=True)
class Notice:
    """The decision to send `items` to `channel`; more than one item is a digest."""

    channel: str
    items: tuple[NoticeItem, ...]
    key: str  # idempotency key, the same for every attempt
    resends: EntryId | None = None  # the dead letter that this notice sends again


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one attempt to send a notice. `detail` never holds a secret."""

    notice: EntryId
    result: Result
    attempt: int  # from 1
    replica: str
    duration: int  # milliseconds
    detail: str = ""
    receipt: str = ""  # the vendor's id of the message, to edit or answer it later
    retry_after: int = 0  # milliseconds of pause that the vendor asked for; 0: none given
    cause: Cause = Cause.NONE


@dataclass(frozen=True, slots=True)
class Silence:
    """Mutes alarms that fit all `matchers`; the last silence with an `id` counts."""

    id: str  # 16 hexadecimal digits
    matchers: tuple[str, ...]  # as in Alertmanager, see `matchers`
    starts: int  # milliseconds since 1970 UTC
    ends: int  # milliseconds since 1970 UTC; an earlier end expires the silence
    by: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encrypted value for the replicas only; the last with a `name` counts. The core never opens
    it.

    `box` is encrypted with the cluster's key. An empty `box` removes the name.
    """

    name: str  # e.g. "channel/ops" or "token/ops"
    box: bytes
    by: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """Certificates of this role and name are refused; the last with both counts."""

    role: str
    name: str
    by: str
    comment: str = ""
    lifted: bool = False  # the revocation is undone


@dataclass(frozen=True, slots=True)
class Invitation:
    """Right to fetch one certificate, once; the last with an `id` counts."""

    id: str  # 16 hexadecimal digits
    role: str
    name: str
    ends: int  # milliseconds since 1970 UTC
    days: int  # validity of the certificate
    by: str
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Redemption:
    """Use of an invitation for a certificate of the public key with this SHA-256."""

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
    """Caller, id and content of a request, by which a repeated request is recognised."""

    caller: str  # "ROLE/NAME" of a certificate, "source/NAME" or "anonymous/WHENCE" by HTTP
    id: str
    digest: bytes  # of the content, see `digest_of`
    count: int = 1  # entries made of the request: the one with this key, and those behind it


def digest_of(*parts: bytes) -> bytes:
    """Return a digest of the content of a request: 16 bytes."""
    found = blake2b(digest_size=16)
    for part in parts:
        found.update(len(part).to_bytes(8))
        found.update(part)
    return found.digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """A body with its place in the journal.

    `raw` is the body as its origin serialised it. Shells carry it along, so that it is written,
    sent and checked without being serialised again. The core neither reads nor compares it.
    """

    origin: str
    sequence: int
    stamp: int  # see `hlc`
    body: Body | None  # None: of a later version; kept and replicated, but not folded
    raw: bytes = field(default=b"", compare=False, repr=False)
    request: RequestKey | None = None  # of this entry and the `count` - 1 behind it

    @property
    def id(self) -> EntryId:
        """Return the permanent name of the entry."""
        return EntryId(self.origin, self.sequence)

    @property
    def order(self) -> tuple[int, str, int]:
        """Return the sort key, equal on every replica, with effects after causes."""
        return (self.stamp, self.origin, self.sequence)
