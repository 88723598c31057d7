"""What agents answer, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from alarminati.client.events import Record
from alarminati.core.alarms.end_reason import EndReason
from alarminati.core.delivery.decisions import ChannelState
from alarminati.core.delivery.reasons import NotifyReason
from alarminati.core.journal.ingest import ReportEffect
from alarminati.core.model.entries import Alarm, DeliveryCause, EntryId, Severity, Silence


@dataclass(frozen=True, slots=True)
class Receipt:
    """An alarm is safe."""

    id: EntryId
    """The report's id, unique for ever."""
    replicas: int
    """Replicas that had it on disk by then; 0: it waits in the spool of this computer."""
    fingerprint: str
    """Identity of the alarm: 16 hexadecimal digits."""
    effect: ReportEffect | None = None
    """What the report changed; None: told by a version that did not say."""


@dataclass(frozen=True, slots=True)
class BatchReceipt:
    """A batch of alarms is safe, but for those that were refused."""

    ids: tuple[EntryId, ...]
    """The ids of the reports that were taken, in order; empty when all were refused."""
    replicas: int
    """How many replicas had all of them on disk by then; 0 when none was taken."""
    refusal: str
    """Why it was refused, naming alarm and field; empty when all of it is safe."""
    reason: str = ""
    """The same for programs, as in the table of docs/protocol.md."""
    refused: tuple[int, ...] = ()
    """Indexes in the batch of the alarms that were not taken; the others have `ids`, in order."""


class MuteReason(Enum):
    """Kind of a mute."""

    UNKNOWN = "unknown"
    """Of a later version; `summary` says it all the same."""
    SILENCED = "silenced"
    INHIBITED = "inhibited"
    TIME_INTERVAL = "time_interval"
    FLAPPING = "flapping"


@dataclass(frozen=True, slots=True)
class Mute:
    """Something that keeps an alarm from being told for the time being."""

    reason: MuteReason
    subject: str = ""
    """Id of the silence, fingerprint of the alarm that inhibits, or names of time intervals."""
    created_by: str = ""
    """Person who silenced."""
    comment: str = ""
    """Comment of the silence."""
    end_time: int = 0
    """Milliseconds since 1970 UTC, of time intervals the earliest; 0: an event ends it."""
    summary: str = ""
    """All of that in one English sentence."""


@dataclass(frozen=True, slots=True)
class ChannelDelivery:
    """Notifications of an alarm on one channel, as far as the answering replica knows."""

    channel: str
    state: ChannelState | None
    """None: a state of a later version."""
    reason: NotifyReason | None
    """Why a notification is due, is delayed, or is not due. None: a reason of a later version."""
    update_time: int = 0
    """Time of the newest notification of the episode, milliseconds since 1970 UTC; 0: none."""
    next_time: int = 0
    """Earliest time of the next one, milliseconds; 0: not known, or not without an event."""
    cause: DeliveryCause = DeliveryCause.NONE
    """Reason of the last failed attempt."""
    mute: Mute | None = None
    """What mutes the alarm on this channel."""


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
    """An alarm as it stands on the replica that answered, in its present or last episode.

    Times are milliseconds since 1970 UTC by the cluster's clock.
    """

    alarm: Alarm
    """The last report that it fires."""
    id: EntryId
    """Of the first report of the episode."""
    fingerprint: str
    """Identity: 16 hexadecimal digits."""
    firing: bool
    """Whether it fires now."""
    severity: Severity
    """The worst since the episode began; that of `alarm` is the present one."""
    start_time: int
    """Begin of the episode."""
    end_time: int = 0
    """End of the episode; 0 while it fires."""
    last_report_time: int = 0
    """Time of the last report that was stored; 0: not told."""
    report_count: int = 1
    """How many stored reports said that it fires, since the episode began."""
    daily_start_count: int = 0
    """How many episodes began in the last 24 hours."""
    acknowledgement: Acknowledgement | None = None
    """None: none since the episode began, or since its severity rose."""
    assignee: str = ""
    """Who is to work on it; empty: nobody is named."""
    note_count: int = 0
    """How many notes were made since the episode began."""
    mutes: tuple[Mute, ...] = ()
    """Everything that keeps it from being told on all channels."""
    deliveries: tuple[ChannelDelivery, ...] = ()
    """Its notifications, by channel."""
    end_reason: EndReason = EndReason.UNSPECIFIED
    """What ended it; UNSPECIFIED while it fires, or not told."""


@dataclass(frozen=True, slots=True)
class ActedAlarms:
    """Alarms were acted on."""

    alarms: tuple[AlarmStatus, ...]
    """These, as they stand now; of very many the first."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Ids that were left as they are, and why: NOT_FOUND or ALARM_RESOLVED."""


@dataclass(frozen=True, slots=True)
class ResolvedAlarms:
    """Alarms were ended by hand, or would be."""

    count: int
    """How many."""
    alarms: tuple[AlarmStatus, ...]
    """Of these the first 100."""
    skipped: tuple[tuple[str, str], ...]
    """Ids that were not, and why: NOT_FOUND or ALARM_RESOLVED."""


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
    next_start_time: int = 0
    """Begin of the next mute, milliseconds since 1970 UTC; 0: it mutes now, or never again."""
    next_end_time: int = 0
    """End of this mute, or of the next; 0: it never mutes again."""


@dataclass(frozen=True, slots=True)
class SilencePreview:
    """Preview of what a silence would mute."""

    matched_alarms: int
    """Firing alarms that it matches."""
    alarms: tuple[AlarmStatus, ...]
    """The worst of them, at most 10."""
    equal_silences: tuple[SilenceStatus, ...]
    """Silences with equal matchers that are pending or active."""


@dataclass(frozen=True, slots=True)
class AlarmHistory:
    """One alarm and what became of it."""

    alarm: AlarmStatus
    records: tuple[Record, ...]
    """Reports, actions, notifications and attempts that are kept, oldest first."""


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
    version: str = ""
    """Empty: not known; known are the answering one and its master."""


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
class AlarmSummary:
    """Counts of what fires, and of what is silenced."""

    firing: tuple[tuple[Severity, int], ...]
    """Firing alarms by their worst severity, the worst first; none is left out."""
    firing_limit: int
    """So many may fire; beyond that, new ones are refused."""
    active_silences: int

    @property
    def firing_count(self) -> int:
        """Firing alarms in all."""
        return sum(count for _, count in self.firing)


@dataclass(frozen=True, slots=True)
class ConfigStatus:
    """Configuration of a replica."""

    last_error: str
    """Why its files as they are now cannot be used; empty: they are in use."""
    load_time: int
    """Time at which a configuration was taken into use, milliseconds since 1970 UTC."""
    restart_required: bool
    """Some of what changed is used only after a restart."""


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """A message queue that the master takes alarms from."""

    name: str
    type: str
    connected: bool
    lag: int | None
    """Messages that wait in it; None: not known."""
    oldest_age: float | None
    """Seconds that the oldest message of the last fetch is old; None: not known, or none waits."""
    accepted: int
    """Messages whose alarms were taken since the master began."""
    dead: int
    """Messages that could not be read since then, and were set aside."""
    last_error: str
    """Why it is not connected; empty: it is."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a replica takes the caller for."""

    role: str
    name: str


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
    queues: tuple[QueueStatus, ...] = ()
    """Of the master, by name."""
    alarms: AlarmSummary | None = None
    """None: it does not say."""
    config: ConfigStatus | None = None
    """Of the answering replica; None: it reads no file again."""
    certificate_expire_time: int = 0
    """Of the answering replica, milliseconds since 1970 UTC; 0: it has no certificate."""
    caller: Caller | None = None
    """None: without TLS nobody is known."""
    start_time: int = 0
    """When the answering replica started, milliseconds since 1970 UTC; 0: it does not say."""


@dataclass(frozen=True, slots=True)
class HeartbeatStatus:
    """A job that must be heard of."""

    name: str
    state: str
    """new, up, late, down, failed; or unknown, of a later version."""
    interval: float
    """Seconds between two signals."""
    grace: float
    """Seconds beyond that after which an alarm fires."""
    last: int
    """When it succeeded last, milliseconds since 1970 UTC; 0: never."""
    due: int
    """When an alarm fires unless it is heard of; 0: not known yet."""
    missed: int
    """Signals that should have come since the last one."""
    duration: float | None
    """Seconds of the last run; None: not known."""
