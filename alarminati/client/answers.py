"""What agents answer, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from alarminati.client.events import Record
from alarminati.core.alarms.end_reason import EndReason
from alarminati.core.delivery.reasons import NotifyReason
from alarminati.core.journal.ingest import ReportEffect
from alarminati.core.model.entries import Alarm, EntryId, Severity, Silence


@dataclass(frozen=True, slots=True)
class Receipt:
    """An alarm is safe."""

    id: EntryId
    """The report's id, unique for ever."""
    replicas: int
    """How many replicas had it on disk by then; at least 1."""
    fingerprint: str
    """Identity of the alarm: 16 hexadecimal digits."""
    effect: ReportEffect | None = None
    """What the report changed; None: told by a version that did not say."""


@dataclass(frozen=True, slots=True)
class BatchReceipt:
    """A batch of alarms is safe, or was refused: as a whole, or what may not begin to fire."""

    ids: tuple[EntryId, ...]
    """The ids of the reports that were taken, in order; empty when all were refused."""
    replicas: int
    """How many replicas had all of them on disk by then; 0 when none was taken."""
    refusal: str
    """Why it was refused, naming alarm and field; empty when all of it is safe."""


class MuteReason(Enum):
    """Why an alarm is not told for the time being."""

    SILENCED = "silenced"
    INHIBITED = "inhibited"
    INTERVAL = "interval"
    FLAPPING = "flapping"


@dataclass(frozen=True, slots=True)
class Mute:
    """What keeps an alarm from being told."""

    reason: MuteReason
    by: str
    """Who silenced it; the fingerprint of what inhibits it; names of time intervals; or empty."""
    until: int
    """Milliseconds since 1970 UTC, of time intervals the earliest; 0: something else ends it."""
    comment: str
    """Of the silence."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A person works on an alarm."""

    created_by: str
    """Name in the certificate."""
    create_time: int
    """Milliseconds since 1970 UTC by the cluster's clock; 0: not told."""
    comment: str = ""
    """Reason or next step; may be empty."""


@dataclass(frozen=True, slots=True)
class AlarmStatus:
    """An alarm as it stands on the replica that answered."""

    alarm: Alarm
    """What it says now: the last report that it fires, of the present or last time it did."""
    id: EntryId
    """Of the first report of that time."""
    fingerprint: str
    """Identity: 16 hexadecimal digits."""
    firing: bool
    """Whether it fires now."""
    since: int
    """When it began to fire, milliseconds since 1970 UTC by the cluster's clock."""
    resolved: int
    """When it was over, likewise; 0 while it fires."""
    count: int
    """How many times it was reported firing since it began."""
    acknowledgement: Acknowledgement | None
    """None: nobody has acknowledged it since it began to fire."""
    muted: str = ""
    """Why it is not told at the moment, one sentence; empty: nothing keeps it from that."""
    mute: Mute | None = None
    """The same in parts. None, too, when the agent tells of a reason this version does not know."""
    severity: Severity | None = None
    """The highest since it began to fire; that of `alarm` is the present one. None: not told."""
    end_reason: EndReason = EndReason.UNSPECIFIED
    """What ended it; UNSPECIFIED while it fires, or not told."""


@dataclass(frozen=True, slots=True)
class ResolvedAlarms:
    """Alarms were ended by hand, or would be."""

    count: int
    """How many."""
    alarms: tuple[AlarmStatus, ...]
    """Of these the first 100."""
    skipped: tuple[tuple[str, str], ...]
    """Ids that were not, and why: NOT_FOUND or RESOLVED."""


class SilenceState(Enum):
    """How a silence stands."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class SilenceStatus:
    """A silence with its state."""

    silence: Silence
    state: SilenceState
    matched_alarms: int
    """Firing alarms that it matches."""


@dataclass(frozen=True, slots=True)
class ChannelDelivery:
    """Whether one channel is notified of an alarm now, as far as the answering replica knows."""

    channel: str
    reason: NotifyReason | None
    """Why a notice is due, is delayed, or is not due. None: a reason of a later version."""
    time: int
    """Milliseconds since 1970 UTC: time of the notice with ALREADY_NOTIFIED and GIVEN_UP, else the
    earliest time of the next. 0: not known."""
    mute: Mute | None = None
    """Cause of MUTED."""


@dataclass(frozen=True, slots=True)
class AlarmHistory:
    """One alarm and what became of it."""

    status: AlarmStatus
    records: tuple[Record, ...]
    """Reports, acknowledgements, notices and outcomes that are kept, oldest first."""
    deliveries: tuple[ChannelDelivery, ...] = ()
    """For each channel of the configuration, whether it is notified now. Empty: not reported."""


class Role(Enum):
    """What a replica is."""

    UNKNOWN = "unknown"
    MASTER = "master"
    STANDBY = "standby"


@dataclass(frozen=True, slots=True)
class Replica:
    """One agent process as the answering one sees it."""

    name: str
    role: Role
    connected: bool
    """Whether there is a live path to it."""
    address: str
    """Where it was reached last, host:port; empty for the answering one and when never reached."""


class PeerProblem(Enum):
    """Why a replica is not reached."""

    UNREACHABLE = "unreachable"
    """Nobody answers there."""
    UNTRUSTED = "untrusted"
    """Who answers is no agent of the same authority, or does not trust ours."""
    OTHER_CLUSTER = "other_cluster"
    """An agent of another cluster answers."""
    NAME_TAKEN = "name_taken"
    """It is reached, and was given the name of the one that answered."""
    UNKNOWN = "unknown"
    """A later version's word."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a replica should be and is not reached."""

    address: str
    """As the configuration or discovery names it; empty: discovery finds nobody at all."""
    discovery: str
    """How it was found: "static", "dns", "zeroconf", or empty when that is not known."""
    problem: PeerProblem
    last_error: str
    """What happened last, one sentence."""
    last_seen_time: int
    """When it was heard last, milliseconds since 1970 UTC; 0: never."""
    name: str
    """What it was called then; empty: never heard."""


class Health(Enum):
    """How a replica is."""

    UNKNOWN = 0
    """It does not say, or something of a later version."""
    OK = 1
    NO_MASTER = 2
    """Alarms are taken, but nobody delivers them at the moment."""
    STORAGE_FULL = 3
    """Alarms are refused: no room on disk."""
    STOPPING = 4
    LOADING = 5
    """It still reads its journal: alarms are taken, it delivers nothing, nobody can read."""
    FIRING_LIMIT = 6
    """So many alarms fire that new ones are refused unless they are CRITICAL."""
    STALLED = 7
    """Its disk does not answer, or a delivery does not end; ask another."""


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """A cluster as the answering replica sees it."""

    project: str
    cluster: str
    replica: str
    """The answering one."""
    master: str
    """Empty: none is known."""
    epoch: int
    """Grows with every election."""
    replicas: tuple[Replica, ...]
    """Every one known, by name."""
    entries: int
    """How many entries the journal keeps."""
    bytes: int
    """How many bytes they take on disk."""
    pending: int
    """Notices without a final outcome."""
    dead_letters: int
    """Notices that no channel will ever take."""
    version: str
    master_unreachable: bool
    """True: the answering replica has lost its way to the master and delivers nothing."""
    time: int = 0
    """Its clock, milliseconds since 1970 UTC; 0: it does not say."""
    unreachable_peers: tuple[Peer, ...] = ()
    """Who should be there, by the configuration of the answering one or the master, and is not."""
    health: Health = Health.UNKNOWN
    """How the answering replica is."""


class ChannelDefinition(Enum):
    """Where a channel comes from."""

    UNKNOWN = "unknown"
    FILE = "file"
    """The agents' configuration file."""
    REGISTERED = "registered"
    """An operator."""
    SHADOWED = "shadowed"
    """An operator, but the file has one of that name, which counts."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Somewhere alarms are delivered."""

    name: str
    """Unique but for those that are shadowed."""
    type: str
    """Such as "slack" or "webhook"."""
    destination: str
    """Host only."""
    pending: int
    """Notices that wait for it."""
    trouble: str
    """How it fared last, one sentence; empty: it works or was never used."""
    origin: ChannelDefinition = ChannelDefinition.UNKNOWN
    by: str = ""
    """Who registered it; empty for one from the file."""
    settings: str = ""
    """In YAML, secrets as "<secret>"; what is by default is left out."""
    fallback: str = ""
    """The channel that steps in when this one fails; empty: none."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A notice that its channel will never take."""

    id: EntryId
    """Of the notice."""
    channel: str
    fingerprints: tuple[str, ...]
    """Of the alarms it was to tell, at most 100 of them."""
    alarms: int
    """How many it was to tell."""
    died: int
    """When it was given up, milliseconds since 1970 UTC."""
    detail: str
    """Why, one sentence."""


@dataclass(frozen=True, slots=True)
class ChannelTestResult:
    """What came of a test message."""

    delivered: bool
    detail: str
    """One sentence; empty when delivered."""
    duration: int
    """From first byte out to the answer understood, milliseconds."""
