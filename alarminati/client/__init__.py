"""Report, follow and ask, from any program: the typed, asynchronous client of a cluster of agents.

    async with Client(["10.0.0.5:7443", "10.0.0.6:7443"], tls=Path("certificates")) as client:
        receipt = await client.report(alarm("disk is full", Severity.CRITICAL))
        with Cache(cache_path(Path("cache"), "seoul")) as cache:
            async for event in client.subscribe(cache):
                if isinstance(event, Record):
                    print(event.id, event.body)

What `__all__` names is public and stays; everything below this module may change.
"""

from __future__ import annotations

from alarminati.client.answers import (
    Acknowledgement,
    ActedAlarms,
    AlarmHistory,
    AlarmStatus,
    AlarmSummary,
    BatchReceipt,
    Caller,
    ChannelDelivery,
    ClusterStatus,
    ConfigStatus,
    Health,
    HeartbeatStatus,
    Mute,
    MuteReason,
    Peer,
    PeerProblem,
    QueueStatus,
    Receipt,
    Replica,
    ResolvedAlarms,
    Role,
    SilencePreview,
    SilenceState,
    SilenceStatus,
)
from alarminati.client.cache import Cache, cache_path
from alarminati.client.channel_answers import (
    Channel,
    ChannelDefinition,
    ChannelHealth,
    ChannelStatus,
    ChannelTestResult,
    ChannelType,
    DeadLetter,
    DeadLetters,
    Quota,
)
from alarminati.client.client import Client, alarm
from alarminati.client.errors import (
    AlarminatiError,
    CacheUnusable,
    Forbidden,
    NotFound,
    Overloaded,
    Refused,
    SpoolProblem,
    TooFewReplicas,
    Unexpected,
    Unreachable,
)
from alarminati.client.events import (
    CacheShared,
    CaughtUp,
    Connected,
    Event,
    Gap,
    Reconnecting,
    Record,
)
from alarminati.client.explanations import Branch, ChannelExplanation, Explanation
from alarminati.client.mark_calls import MarkEntry
from alarminati.client.subscription import Subscription
from alarminati.client.vigil import StreamState
from alarminati.core.alarms.end_reason import EndReason
from alarminati.core.alarms.index import WORST_FIRST, ListOrder
from alarminati.core.delivery.decisions import ChannelState
from alarminati.core.delivery.reasons import NotifyReason
from alarminati.core.journal.ingest import ReportEffect
from alarminati.core.model.entries import (
    Action,
    ActionKind,
    Alarm,
    DeadLetterDiscard,
    DeliveryAttempt,
    DeliveryCause,
    EntryId,
    IntervalText,
    Mark,
    Notification,
    NotificationItem,
    NotificationReason,
    Result,
    Severity,
    Silence,
)
from alarminati.core.model.filter import Filter, RecordType
from alarminati.wire.credentials import TlsError

__all__ = [
    "WORST_FIRST",
    "Acknowledgement",
    "ActedAlarms",
    "Action",
    "ActionKind",
    "Alarm",
    "AlarmHistory",
    "AlarmStatus",
    "AlarmSummary",
    "AlarminatiError",
    "BatchReceipt",
    "Branch",
    "Cache",
    "CacheShared",
    "CacheUnusable",
    "Caller",
    "CaughtUp",
    "Channel",
    "ChannelDefinition",
    "ChannelDelivery",
    "ChannelExplanation",
    "ChannelHealth",
    "ChannelState",
    "ChannelStatus",
    "ChannelTestResult",
    "ChannelType",
    "Client",
    "ClusterStatus",
    "ConfigStatus",
    "Connected",
    "DeadLetter",
    "DeadLetterDiscard",
    "DeadLetters",
    "DeliveryAttempt",
    "DeliveryCause",
    "EndReason",
    "EntryId",
    "Event",
    "Explanation",
    "Filter",
    "Forbidden",
    "Gap",
    "Health",
    "HeartbeatStatus",
    "IntervalText",
    "ListOrder",
    "Mark",
    "MarkEntry",
    "Mute",
    "MuteReason",
    "NotFound",
    "Notification",
    "NotificationItem",
    "NotificationReason",
    "NotifyReason",
    "Overloaded",
    "Peer",
    "PeerProblem",
    "QueueStatus",
    "Quota",
    "Receipt",
    "Reconnecting",
    "Record",
    "RecordType",
    "Refused",
    "Replica",
    "ReportEffect",
    "ResolvedAlarms",
    "Result",
    "Role",
    "Severity",
    "Silence",
    "SilencePreview",
    "SilenceState",
    "SilenceStatus",
    "SpoolProblem",
    "StreamState",
    "Subscription",
    "TlsError",
    "TooFewReplicas",
    "Unexpected",
    "Unreachable",
    "alarm",
    "cache_path",
]
