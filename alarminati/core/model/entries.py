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
    """Severity of an alarm; a higher number is worse. The values are those of the proto enum."""

    CRITICAL = 50
    ERROR = 40
    WARNING = 30
    INFO = 20

    @classmethod
    def at(cls, number: int) -> Severity:
        """Return the severity with that number; of an unknown number, the next lower known one.

        There is none below INFO, so that lower numbers are INFO.
        """
        return next((severity for severity in cls if severity <= number), cls.INFO)


class Result(IntEnum):
    """Result of one delivery attempt. The values are those of the proto enum."""

    DELIVERED = 1
    RETRY = 2
    FAILED = 3


class DeliveryCause(IntEnum):
    """Kind of failure of a delivery attempt. The values are those of the proto enum."""

    NONE = 0
    UNREACHABLE = 1  # no answer, or a failure of the vendor (5xx)
    RATE_LIMITED = 2  # over the rate limit: the vendor asked for a pause (429)
    QUOTA_EXCEEDED = 3  # the messages of the day or month are used up
    MISCONFIGURED = 4  # the vendor refuses the configuration of the channel
    REJECTED = 5  # the vendor refuses this message
    EXPIRED = 6  # retries were given up
    CHANNEL_REMOVED = 7


class NotificationReason(IntEnum):
    """Reason for a notification. The values are those of the proto enum."""

    STATE_CHANGED = 1  # the alarm fires or is resolved
    REMINDER = 2  # the alarm still fires and is not acknowledged
    ACKNOWLEDGED = 3  # a person acknowledged the alarm
    SEVERITY_RAISED = 5  # the alarm still fires, with a worse severity than notified


class ActionKind(IntEnum):
    """Kind of an action. The values are those of the proto enum."""

    UNSPECIFIED = 0  # of a later version: counts as a note
    ACKNOWLEDGE = 1
    UNACKNOWLEDGE = 2
    NOTE = 4
    ASSIGN = 5


class Signal(IntEnum):
    """Signal of a job that must be heard of. The values are those of the proto enum."""

    SUCCESS = 1
    START = 2
    FAILURE = 3


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
class Action:
    """Decision of a person about the alarms with these fingerprints."""

    kind: ActionKind
    fingerprints: tuple[str, ...]
    created_by: str
    comment: str = ""
    assignee: str = ""  # ASSIGN only; empty: no one

    @classmethod
    def acknowledge(cls, fingerprint: str, created_by: str, comment: str = "") -> Action:
        """Return the acknowledgement of one alarm."""
        return cls(ActionKind.ACKNOWLEDGE, (fingerprint,), created_by, comment)


@dataclass(frozen=True, slots=True)
class NotificationItem:
    """One alarm report as named in a notice."""

    alarm: EntryId
    fingerprint: str
    resolved: bool
    reason: NotificationReason = NotificationReason.STATE_CHANGED
    reminder_number: int = 0  # REMINDER only: number of the reminder, from 1


@dataclass(frozen=True, slots=True)
class Notification:
    """The decision to send `items` to `channel`; more than one item is a digest."""

    channel: str
    items: tuple[NotificationItem, ...]
    key: str  # idempotency key, the same for every attempt
    dead_letter: EntryId | None = None  # the dead letter that this notice sends again


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """Result of one attempt to send a notice. `detail` never holds a secret."""

    notification: EntryId
    result: Result
    attempt: int  # from 1
    replica: str
    duration: int  # milliseconds
    detail: str = ""
    message_id: str = ""  # the vendor's id of the message, to edit or answer it later
    retry_after: int = 0  # milliseconds of pause that the vendor asked for; 0: none given
    cause: DeliveryCause = DeliveryCause.NONE


@dataclass(frozen=True, slots=True)
class DeadLetterDiscard:
    """Decision of a person that these notices need not be sent any more."""

    notifications: tuple[EntryId, ...]
    created_by: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class IntervalText:
    """Times of the week and year, in the syntax of Alertmanager's time_interval.

    `routing.interval_texts` reads it. A text is kept as it was written, so that every replica and
    reader sees the same.
    """

    times: tuple[tuple[str, str], ...] = ()
    weekdays: tuple[str, ...] = ()
    days_of_month: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    location: str = ""  # empty: UTC


@dataclass(frozen=True, slots=True)
class Silence:
    """Mutes alarms that fit all `matchers`; the last silence with an `id` counts."""

    id: str  # 16 hexadecimal digits
    matchers: tuple[str, ...]  # as in Alertmanager, see `matchers`
    start_time: int  # milliseconds since 1970 UTC
    end_time: int  # milliseconds since 1970 UTC; an earlier end expires the silence
    created_by: str
    comment: str = ""
    intervals: tuple[IntervalText, ...] = ()  # times in which it mutes; empty: always


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened beside the alarms, such as a deploy."""

    message: str
    start_time: int  # milliseconds since 1970 UTC; 0 only before `validation.check_mark`
    end_time: int = 0  # milliseconds since 1970 UTC; 0: it has no length
    project: str = ""  # empty: the cluster's own
    labels: Pairs = ()
    link: str = ""
    created_by: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encrypted value for the replicas only; the last with a `name` counts. The core never opens
    it.

    `ciphertext` is encrypted with the cluster's key. An empty `ciphertext` removes the name.
    """

    name: str  # e.g. "channel/ops" or "token/ops"
    ciphertext: bytes
    created_by: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """Certificates of this role and name are refused; the last with both counts."""

    role: str
    name: str
    created_by: str
    comment: str = ""
    undone: bool = False  # the revocation is undone


@dataclass(frozen=True, slots=True)
class Invitation:
    """Right to fetch one certificate, once; the last with an `id` counts."""

    id: str  # 16 hexadecimal digits
    role: str
    name: str
    end_time: int  # milliseconds since 1970 UTC
    validity_days: int  # validity of the certificate
    created_by: str
    cancelled: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Redemption:
    """Use of an invitation for a certificate of the public key with this SHA-256."""

    invitation: str  # its id
    key_sha256: bytes


@dataclass(frozen=True, slots=True)
class HeartbeatSeen:
    """Signal of a job that must be heard of; the last with a name and signal counts."""

    name: str
    signal: Signal
    time: int = 0  # milliseconds since 1970 UTC; 0: that of the entry
    comment: str = ""


@dataclass(frozen=True, slots=True)
class UnknownInternal:
    """Internal fact of a later version: kept and replicated, never sent to subscribers."""


Body: TypeAlias = (
    Alarm
    | Action
    | Notification
    | DeliveryAttempt
    | Silence
    | Mark
    | DeadLetterDiscard
    | Sealed
    | Revocation
    | Invitation
    | Redemption
    | HeartbeatSeen
    | UnknownInternal
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
