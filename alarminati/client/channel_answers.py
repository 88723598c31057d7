"""Answers about channels: where alarms are delivered, how each fares, and what none took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar

from alarminati.client.errors import Unexpected
from alarminati.core.model.entries import DeliveryCause, EntryId, Result, Severity
from alarminati.v1 import channel_service_pb2 as pb
from alarminati.v1 import notification_pb2
from alarminati.wire.structs import plain
from alarminati.wire.timestamps import since_epoch

_E = TypeVar("_E", bound=Enum)


class ChannelDefinition(Enum):
    """Where a channel is defined."""

    UNKNOWN = "unknown"
    FILE = "file"
    """In the agents' configuration file."""
    REGISTERED = "registered"
    """An operator registered it."""
    SHADOWED = "shadowed"
    """Registered, but the file has one of that name, which counts."""
    EXPECTED = "expected"
    """The file names it for an operator to register, who has not yet."""


class ChannelHealth(Enum):
    """State of a channel."""

    UNKNOWN = "unknown"
    OK = "ok"
    """The newest attempt was delivered."""
    UNUSED = "unused"
    """Nothing was sent yet."""
    UNROUTED = "unrouted"
    """No route, matcher or fallback leads to it."""
    FAILING = "failing"
    """The newest attempt failed."""
    PAUSED = "paused"
    """The vendor asked for a pause."""
    QUOTA_EXCEEDED = "quota_exceeded"
    """A quota is used up."""
    MISCONFIGURED = "misconfigured"
    """The settings are refused by the vendor, or cannot be used."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Messages that a vendor takes in a sliding period."""

    limit: int
    remaining: int
    period: float
    """Seconds."""
    reset_time: int
    """When there is more, milliseconds since 1970 UTC; 0: all is left."""


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """How a channel fares. Times are milliseconds since 1970 UTC; 0: not known, or never."""

    state: ChannelHealth
    pending: int
    """Alarms that wait for the channel."""
    dead_letters: int
    last_delivery_time: int = 0
    last_error: str = ""
    """The last failure, one sentence. It may be over: `state` tells."""
    last_error_cause: DeliveryCause = DeliveryCause.NONE
    last_error_time: int = 0
    resume_time: int = 0
    """Until when nothing is sent, because the vendor asked for a pause."""
    quotas: tuple[Quota, ...] = ()
    last_test_time: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """Somewhere alarms are delivered, without its secrets."""

    name: str
    """Unique but for those that are shadowed."""
    type: str
    """Such as "slack" or "webhook"."""
    settings: Mapping[str, object]
    """Those that differ from their defaults."""
    secret_settings: tuple[str, ...]
    """Names of the secrets that are set."""
    matchers: tuple[str, ...]
    """The channel gets all alarms that meet every one of these."""
    min_severity: Severity | None
    """The channel gets alarms of this severity or worse; None: of any."""
    fallback: str
    """Channel that is sent what this one does not take; empty: none."""
    destination: str
    """Host only."""
    definition: ChannelDefinition
    created_by: str
    """Who registered it or changed it last; empty: the file has it."""
    update_time: int
    """When that was, milliseconds since 1970 UTC; 0: the file has it."""
    status: ChannelStatus | None
    """None when it is shadowed."""


@dataclass(frozen=True, slots=True)
class ChannelType:
    """Type of channels."""

    type: str
    settings_schema: Mapping[str, Any]
    """JSON schema of the settings; see channel_service.proto for `writeOnly`, `x-order`, `x-ko`."""

    @property
    def secrets(self) -> frozenset[str]:
        """Return the names of settings that are secret, or hold secrets."""
        properties: Mapping[str, Any] = self.settings_schema.get("properties", {})
        return frozenset(
            name
            for name, each in properties.items()
            if each.get("writeOnly")
            or (
                isinstance(inner := each.get("additionalProperties"), dict)
                and inner.get("writeOnly")
            )
        )

    @property
    def required(self) -> tuple[str, ...]:
        """Return the names of settings that must be given."""
        return tuple(map(str, self.settings_schema.get("required", ())))


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A notification that its channel never took."""

    id: EntryId
    """Id of the notification."""
    channel: str
    fingerprints: tuple[str, ...]
    """Of its alarms, at most 100."""
    alarm_count: int
    fail_time: int
    """When it was given up, milliseconds since 1970 UTC."""
    detail: str
    """Reason, one sentence."""
    cause: DeliveryCause = DeliveryCause.NONE


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Dead letters, the newest first."""

    letters: tuple[DeadLetter, ...]
    dropped: int
    """How many were dropped for newer ones since the answering replica began to run."""


@dataclass(frozen=True, slots=True)
class ChannelTestResult:
    """Result of a test message."""

    result: Result
    detail: str
    """One sentence; empty when delivered."""
    duration: int
    """From first byte out to the answer understood, milliseconds."""
    cause: DeliveryCause = DeliveryCause.NONE
    replica: str = ""
    """Replica that sent it."""
    retry_after: int = 0
    """Milliseconds of pause that the vendor asked for; 0: none."""

    @property
    def delivered(self) -> bool:
        """Return whether the channel took it."""
        return self.result is Result.DELIVERED


def _numbers(kind: type[_E], enum: Any, prefix: str) -> Mapping[int, _E]:
    return {enum.Value(f"{prefix}_{each.name}"): each for each in kind if each.name != "UNKNOWN"}


_DEFINITIONS: Final = _numbers(ChannelDefinition, pb.Channel.Definition, "DEFINITION")
_STATES: Final = _numbers(ChannelHealth, pb.ChannelStatus.State, "STATE")


_RESULTS: Final = frozenset(int(each) for each in Result)


def channel(one: pb.Channel) -> Channel:
    """Return a channel from its message."""
    return Channel(
        one.name,
        one.type,
        plain(one.settings),
        tuple(one.secret_settings),
        tuple(one.matchers),
        _severity(one.min_severity),
        one.fallback,
        one.destination,
        _DEFINITIONS.get(one.definition, ChannelDefinition.UNKNOWN),
        one.created_by,
        since_epoch(one.update_time),
        _status(one.status) if one.HasField("status") else None,
    )


def _status(one: pb.ChannelStatus) -> ChannelStatus:
    return ChannelStatus(
        _STATES.get(one.state, ChannelHealth.UNKNOWN),
        one.pending,
        one.dead_letters,
        since_epoch(one.last_delivery_time),
        one.last_error,
        _cause(one.last_error_cause),
        since_epoch(one.last_error_time),
        since_epoch(one.resume_time),
        tuple(
            Quota(
                each.limit,
                each.remaining,
                each.period.ToMilliseconds() / 1000,
                since_epoch(each.reset_time),
            )
            for each in one.quotas
        ),
        since_epoch(one.last_test_time),
    )


def _severity(value: int) -> Severity | None:
    return Severity.at(value) if value else None


def _cause(value: int) -> DeliveryCause:
    return DeliveryCause(value) if value in set(DeliveryCause) else DeliveryCause.NONE


def channel_type(one: pb.ChannelType) -> ChannelType:
    """Return a type from its message."""
    return ChannelType(one.type, plain(one.settings_schema))


def dead_letter(one: pb.DeadLetter) -> DeadLetter:
    """Return a dead letter from its message. Raises Unexpected."""
    try:
        id = EntryId.parse(one.id)
    except ValueError as error:
        raise Unexpected(f"the agent named an entry that cannot be: {error}") from error
    return DeadLetter(
        id,
        one.channel,
        tuple(one.fingerprints),
        one.alarm_count,
        since_epoch(one.fail_time),
        one.detail,
        _cause(one.cause),
    )


def test_result(one: notification_pb2.DeliveryAttempt) -> ChannelTestResult:
    """Return the result of a test from its message."""
    result = Result(one.result) if int(one.result) in _RESULTS else Result.RETRY
    return ChannelTestResult(
        result, one.detail, one.duration_ms, _cause(one.cause), one.replica, one.retry_after_ms
    )
