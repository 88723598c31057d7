"""View of this agent for tools of Alertmanager, and the silences that they make."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from alarminati import __version__
from alarminati.agent.rpc.silences import MOST, checked
from alarminati.agent.rpc.turns import breathing
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.core.alarms.state import AlarmState
from alarminati.core.delivery.reasons import NotifyReason
from alarminati.core.model.entries import Silence
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.matchers import labels_of
from alarminati.core.model.validation import Invalid
from alarminati.core.routing.muting import Reason
from alarminati.edge.alertmanager_api import Shown
from alarminati.v1 import silence_pb2


class AlertmanagerView:
    """One agent as an Alertmanager. `channels` gives the names of all channels."""

    def __init__(
        self,
        live: LiveReplica,
        project: str,
        cluster: str,
        channels: Callable[[], Sequence[str]],
    ) -> None:
        self._live = live
        self._project, self._cluster = project, cluster
        self._channels = channels
        self._start = wall()

    async def alerts(self, fits: Callable[[Mapping[str, str]], bool], most: int) -> list[Shown]:
        """Return alarms that fire; others have their turn meanwhile."""
        found: list[Shown] = []
        states = list(self._live.replica.book.states(resolved=False))
        for state, late in breathing(states):
            if late:
                await asyncio.sleep(0)
            labels = {name: str(text) for name, text in self._labels(state).items()}
            if fits(self._labels(state)):
                found.append(self._shown(state, labels))
                if len(found) > most:
                    break
        return found

    def _labels(self, state: AlarmState) -> dict[str, str]:
        return labels_of(state.alarm, self._project)

    def _shown(self, state: AlarmState, labels: Mapping[str, str]) -> Shown:
        queries, now = self._live.replica.outbox.queries, wall()
        mutes = queries.mutes(state, now)
        clock = asyncio.get_running_loop().time()
        decisions = queries.decisions(state, clock, now)
        alarm = state.alarm
        return Shown(
            state.fingerprint,
            labels,
            {"summary": alarm.message} | dict(alarm.annotations),
            milliseconds(state.since),
            milliseconds(state.reports[-1].stamp),
            alarm.link,
            [each.channel for each in decisions if each.reason is not NotifyReason.NOT_ROUTED],
            [each.subject for each in mutes if each.reason is Reason.SILENCED],
            [each.subject for each in mutes if each.reason is Reason.INHIBITED],
            [
                each.subject or each.reason.value
                for each in mutes
                if each.reason in (Reason.TIME_INTERVAL, Reason.FLAPPING)
            ],
        )

    def silences(self) -> Iterable[Silence]:
        """Return silences, those that are over included."""
        return self._live.replica.outbox.silences.all()

    async def put_silence(
        self, id: str, matchers: Sequence[str], starts: int, ends: int, comment: str, by: str
    ) -> str:
        """Create or change a silence. Raises Invalid, LookupError, NotAccepted, TooFewReplicas."""
        now = wall()
        silences = self._live.replica.outbox.silences
        before = silences.find(id) if id else None
        if id and before is None:
            raise LookupError(f"no silence {id[:40]!r} is kept here")
        if before is not None and before.end_time <= now:
            before = None  # over: this is a new one
        if before is None and sum(each.end_time > now for each in silences.all()) >= MOST:
            raise Invalid("", f"{MOST} silences are in force; end one first")
        # A start in the past means now: amtool stamps its own clock.
        kept = before is not None and starts == before.start_time
        given = silence_pb2.Silence(
            matchers=matchers,
            start_time_ms=starts if kept else max(starts, now),
            end_time_ms=ends,
            comment=comment,
        )
        made = checked(given, before.id if before else secrets.token_hex(8), before, now, by=by)
        if before is not None:
            made = replace(made, intervals=before.intervals)
        await self._live.write(made)
        return made.id

    async def expire_silence(self, id: str, by: str) -> None:
        """Expire a silence. Raises LookupError, NotAccepted, TooFewReplicas."""
        silence, now = self._live.replica.outbox.silences.find(id), wall()
        if silence is None:
            raise LookupError(f"no silence {id[:40]!r} is kept here")
        if silence.end_time > now:
            ended = replace(silence, end_time=max(now, silence.start_time), created_by=by)
            await self._live.write(ended)

    def receivers(self) -> Sequence[str]:
        """Return the names of the channels."""
        return sorted(self._channels())

    def status(self) -> Mapping[str, Any]:
        """Return name, peers, version and start time."""
        return {
            "name": self._cluster,
            "peers": [(name, "") for name in self._live.replica.linked_names()],
            "version": __version__,
            "start": self._start,
        }
