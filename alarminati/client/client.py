"""The client: everything a program can ask of a cluster, at whichever replica answers."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Self

from alarminati.client import messages
from alarminati.client.access import Access
from alarminati.client.answers import (
    ActedAlarms,
    AlarmHistory,
    AlarmStatus,
    BatchReceipt,
    ClusterStatus,
    Health,
    HeartbeatStatus,
    Receipt,
    ResolvedAlarms,
)
from alarminati.client.channel_calls import ChannelCalls
from alarminati.client.connection import Connection
from alarminati.client.explanations import Explanation, explanation
from alarminati.client.mark_calls import MarkCalls
from alarminati.client.reporting import Reporting, new_request_id
from alarminati.client.rotation import Rotation
from alarminati.client.silence_calls import SilenceCalls
from alarminati.client.subscription import Start, Subscription
from alarminati.core.alarms.index import ListOrder
from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.model.filter import Filter
from alarminati.v1 import alarm_service_pb2 as service
from alarminati.v1 import cluster_service_pb2 as cluster
from alarminati.v1 import explanation_pb2
from alarminati.v1 import monitor_service_pb2 as monitors
from alarminati.wire.timestamps import timestamp

if TYPE_CHECKING:
    from alarminati.client.cache import Cache
    from alarminati.client.spooling import Flushed, SenderSpool
    from alarminati.wire.credentials import Tls

_PAGE = 500  # alarms


def alarm(
    message: str,
    severity: Severity = Severity.WARNING,
    *,
    resolved: bool = False,
    labels: Mapping[str, str] | None = None,
    timestamp: int = 0,
    project: str = "",
    key: str = "",
    annotations: Mapping[str, str] | None = None,
    link: str = "",
    ttl: int = 0,
) -> Alarm:
    """An alarm to report. Only the message is needed; limits are in alarm.proto.

    `timestamp` is milliseconds since 1970 UTC, 0 meaning now. `project` is the cluster's own when
    empty. Reports with equal `key` are the same alarm; without one, project, message and labels
    decide that, so a resolved report must repeat them. With `ttl` the alarm is over by itself
    unless it is reported again within so many seconds.
    """
    return Alarm(
        message,
        severity,
        timestamp,
        resolved,
        tuple(sorted((labels or {}).items())),
        project,
        key,
        tuple(sorted((annotations or {}).items())),
        link,
        ttl=ttl,
    )


class Client(SilenceCalls, ChannelCalls, MarkCalls):
    """Talks to one cluster, over whichever of its replicas answers. An async context manager.

        async with Client(["10.0.0.5:7443", "10.0.0.6:7443"], tls=Path("certificates")) as client:
            await client.report(alarm("disk is full", Severity.CRITICAL))

    Every method raises AlarminatiError's children, and has given up after `timeout` seconds in all,
    in which it asks every replica.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        tls: Path | Tls | None = None,
        *,
        timeout: float = 10.0,
        waits: tuple[float, float] = (0.2, 15.0),
        dice: Random | None = None,
        spool: Path | None = None,
    ) -> None:
        """Nothing is connected before it is needed.

        `addresses` are host:port of replicas; one is enough, more survive its loss. `tls` is a
        folder with ca.crt, tls.crt and tls.key, or what was read of one; without it only this
        computer may be addressed.
        `waits`: seconds of the first and the longest pause between rounds over all addresses.
        `spool` is a folder where `report` keeps alarms that no agent takes; they are sent later.
        Raises TlsError, ValueError without an address.
        """
        self._timeout = timeout
        dice = dice or Random()
        first, most = waits
        rotation = Rotation(addresses, dice, first=first, most=most)
        self._connection = Connection(tls, rotation, dice)
        self.access = Access(self._connection, timeout)
        self._spool: SenderSpool | None = None
        if spool is not None:
            from alarminati.client.spooling import SenderSpool

            wall = lambda: time.time_ns() // 1_000_000  # noqa: E731
            self._spool = SenderSpool(spool, self._report, wall, timeout)

    @property
    def certificate(self) -> Tls | None:
        """What is shown on the next connection; None without TLS.

        A folder is looked at again for each: new files are used, broken ones are not. Calls and
        subscriptions under way go on over the connections they have.
        """
        return self._connection.tls

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; calls and subscriptions under way end."""
        if self._spool is not None:
            await self._spool.close()
        await self._connection.close()

    # -- reporting

    async def report(self, alarm: Alarm, *, request_id: str = "", min_replicas: int = 0) -> Receipt:
        """Hand in one alarm; returns once it is safe. It is taken once, however often this retries.

        `request_id` (made up when empty) makes calling again safe too; another alarm under the same
        id is Refused. `min_replicas` asks for that
        many copies, or TooFewReplicas is raised; the alarm is kept then too. With a spool, an alarm
        that no agent takes is kept on disk: its receipt has 0 replicas and no fingerprint.
        """
        request = service.ReportRequest(
            alarm=messages.alarm_message(alarm),
            request_id=request_id or new_request_id(),
            min_replicas=min_replicas,
        )
        return await (self._spool.report(request) if self._spool else self._report(request))

    async def _report(self, request: service.ReportRequest) -> Receipt:
        answer = await self._connection.call(
            lambda link: link.alarms.Report, request, timeout=self._timeout
        )
        return messages.receipt(answer)

    async def flush_spool(self) -> Flushed:
        """Send the alarms in the spool now. Raises SpoolProblem, ValueError without a spool."""
        if self._spool is None:
            raise ValueError("the client has no spool; give it a folder: Client(spool=...)")
        return await self._spool.flush()

    def report_stream(
        self, batches: AsyncIterable[Sequence[Alarm]], *, min_replicas: int = 0
    ) -> AsyncGenerator[BatchReceipt, None]:
        """Hand in many: batches of 1 to 1000 alarms, answered in order, each taken once.

        Batches are taken from the iterator as answers come, 32 ahead. A bad alarm refuses its batch
        and no other. `min_replicas` is as in `report`, for each batch: when it is not met,
        TooFewReplicas ends it all. Raises Unreachable or Overloaded when nothing was answered for
        `timeout` seconds of trying; what has no receipt by then may or may not have been taken.
        """
        return Reporting(self._connection, batches, self._timeout, min_replicas).run()

    # -- following

    def subscribe(
        self,
        cache: Cache | None = None,
        *,
        filter: Filter | None = None,
        after: int = 0,
        cursor: bytes = b"",
        from_now: bool = False,
        newest: int = 0,
        since_time: int = 0,
        keepalive_interval: float | None = 15.0,
        keepalive_after: float = 200.0,
    ) -> Subscription:
        """Follow the journal: an endless asynchronous iterator of events, each record once.

        With a `cache`, what it holds after the record received as `after` comes first, then what
        the agents have beyond it; its filter is used. Without one, `filter` says what to see, and
        following goes on from `cursor` (see Subscription.cursor), or starts with the oldest record
        kept, with later ones only (`from_now`), with the `newest` so many, or with those stored
        since `since_time`, milliseconds since 1970 UTC.

        An agent sends a sign of life every `keepalive_interval` seconds, 5 to 300 (None: never);
        after three without one, and 45 s, the stream goes on with another. `keepalive_after`:
        seconds of silence after which an agent that sends none is asked whether it lives.
        """
        if cache is not None:
            filter = filter or cache.filter
        return Subscription(
            self._connection,
            filter=filter or Filter(),
            cache=cache,
            after=after,
            cursor=cursor,
            start=Start(from_now, newest, since_time),
            keepalive_interval=keepalive_interval,
            keepalive_after=keepalive_after,
        )

    # -- asking

    async def list(
        self,
        *,
        filter: Filter | None = None,
        include_resolved: bool = False,
        limit: int = 1000,
        order: ListOrder = ListOrder.CHANGED,
        start_time: int = 0,
        end_time: int = 0,
    ) -> list[AlarmStatus]:
        """Return at most `limit` alarms as they stand.

        `start_time` and `end_time` are milliseconds since 1970 UTC: only alarms that fired between
        them are listed. 0 leaves that side open.
        """
        found: list[AlarmStatus] = []
        token = ""
        while len(found) < limit:
            request = service.ListAlarmsRequest(
                page_size=min(_PAGE, limit - len(found)),
                page_token=token,
                filter=messages.filter_message(filter or Filter()),
                include_resolved=include_resolved,
                start_time=timestamp(start_time) if start_time else None,
                end_time=timestamp(end_time) if end_time else None,
                order=order.value,  # type: ignore[arg-type]
            )
            answer = await self._connection.call(
                lambda link: link.alarms.ListAlarms, request, timeout=self._timeout
            )
            found += [messages.alarm_status(status) for status in answer.alarms]
            token = answer.next_page_token
            if not token:
                break
        return found[:limit]

    async def get(self, id: str) -> AlarmHistory:
        """One alarm, by its id or fingerprint, and what became of it. Raises NotFound."""
        answer = await self._connection.call(
            lambda link: link.alarms.GetAlarm,
            service.GetAlarmRequest(id=id),
            timeout=self._timeout,
        )
        return messages.history(answer)

    async def explain(self, id: str) -> Explanation:
        """Return why an alarm is told to channels, or is not. Raises NotFound."""
        return await self._explain(explanation_pb2.ExplainRequest(id=id))

    async def explain_new(self, alarm: Alarm, *, at: int = 0) -> Explanation:
        """Return what would become of an alarm that begins at a time (milliseconds; 0: now).

        Raises Refused.
        """
        request = explanation_pb2.ExplainRequest(alarm=messages.alarm_message(alarm))
        if at:
            request.time.CopyFrom(timestamp(at))
        return await self._explain(request)

    async def _explain(self, request: explanation_pb2.ExplainRequest) -> Explanation:
        answer = await self._connection.call(
            lambda link: link.alarms.Explain, request, timeout=self._timeout
        )
        return explanation(answer)

    async def acknowledge(
        self, ids: str | Sequence[str], comment: str = "", *, request_id: str = ""
    ) -> ActedAlarms:
        """Say that you work on alarms: up to 1000, by id or fingerprint.

        What does not fire is skipped. Raises NotFound or Refused when none of them fires.
        """
        request = service.AcknowledgeRequest(
            ids=_listed(ids), comment=comment, request_id=request_id or new_request_id()
        )
        answer = await self._connection.call(
            lambda link: link.alarms.Acknowledge, request, timeout=self._timeout
        )
        return messages.acted_alarms(answer)

    async def unacknowledge(
        self, ids: str | Sequence[str], comment: str = "", *, request_id: str = ""
    ) -> ActedAlarms:
        """Take acknowledgements back, so that reminders and escalation go on. Raises as above."""
        request = service.UnacknowledgeRequest(
            ids=_listed(ids), comment=comment, request_id=request_id or new_request_id()
        )
        answer = await self._connection.call(
            lambda link: link.alarms.Unacknowledge, request, timeout=self._timeout
        )
        return messages.acted_alarms(answer)

    async def add_note(
        self, ids: str | Sequence[str], comment: str, *, request_id: str = ""
    ) -> ActedAlarms:
        """Add a note to alarms, also to resolved ones. Raises NotFound, Refused."""
        request = service.AddNoteRequest(
            ids=_listed(ids), comment=comment, request_id=request_id or new_request_id()
        )
        answer = await self._connection.call(
            lambda link: link.alarms.AddNote, request, timeout=self._timeout
        )
        return messages.acted_alarms(answer)

    async def assign(
        self, ids: str | Sequence[str], assignee: str, comment: str = "", *, request_id: str = ""
    ) -> ActedAlarms:
        """Name who is to work on alarms; an empty `assignee` is nobody. Raises as `acknowledge`."""
        request = service.AssignRequest(
            ids=_listed(ids),
            comment=comment,
            request_id=request_id or new_request_id(),
            assignee=assignee,
        )
        answer = await self._connection.call(
            lambda link: link.alarms.Assign, request, timeout=self._timeout
        )
        return messages.acted_alarms(answer)

    async def resolve(
        self,
        ids: Sequence[str] = (),
        *,
        filter: Filter | None = None,
        comment: str = "",
        validate_only: bool = False,
    ) -> ResolvedAlarms:
        """End alarms that nobody else ends: those of up to 1000 ids, or all that fit `filter`.

        With `validate_only` nothing is ended. Raises NotFound or Refused when no id fires.
        """
        request = service.ResolveRequest(ids=ids, comment=comment, validate_only=validate_only)
        if filter is not None:
            request.filter.CopyFrom(messages.filter_message(filter))
        answer = await self._connection.call(
            lambda link: link.alarms.Resolve, request, timeout=self._timeout
        )
        return messages.resolved_alarms(answer)

    # -- heartbeats

    async def heartbeats(self) -> Sequence[HeartbeatStatus]:
        """Return the jobs that must be heard of, by name."""
        found: list[HeartbeatStatus] = []
        token = ""
        while True:
            request = monitors.ListHeartbeatsRequest(page_size=_PAGE, page_token=token)
            answer = await self._connection.call(
                lambda link: link.monitors.ListHeartbeats, request, timeout=self._timeout
            )
            found += map(messages.heartbeat, answer.heartbeats)
            token = answer.next_page_token
            if not token:
                return found

    async def send_heartbeat(self, name: str, how: str = "success", comment: str = "") -> None:
        """Say that a job is well ("success"), begins ("start") or failed ("failure").

        Raises NotFound.
        """
        request = monitors.SendHeartbeatRequest(
            name=name, signal=messages.SIGNALS[how], comment=comment
        )
        await self._connection.call(
            lambda link: link.monitors.SendHeartbeat, request, timeout=self._timeout
        )

    # -- the cluster

    async def cluster(self) -> ClusterStatus:
        """Who is there, who is master, how much is kept."""
        answer = await self._connection.call(
            lambda link: link.cluster.GetCluster,
            cluster.GetClusterRequest(),
            timeout=self._timeout,
        )
        return messages.cluster_status(answer)

    async def ping(self) -> Health:
        """How the replica in use is, for as little traffic as can be."""
        answer = await self._connection.call(
            lambda link: link.cluster.Ping, cluster.PingRequest(), timeout=self._timeout
        )
        return messages.health(answer)


def _listed(ids: str | Sequence[str]) -> Sequence[str]:
    return [ids] if isinstance(ids, str) else ids
