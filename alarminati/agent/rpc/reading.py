"""Calls of AlarmService that read: lists of alarms, one alarm and its history."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any, Final

import grpc

from alarminati.agent.rpc.alarm_status import AlarmViews
from alarminati.agent.rpc.paging import page_size, page_token, read_token
from alarminati.agent.rpc.turns import ROOM, Turns, breathing
from alarminati.agent.runtime import LiveReplica
from alarminati.core.alarms import pages
from alarminati.core.alarms.index import WORST_FIRST, ListOrder, Place
from alarminati.core.alarms.pages import Listing, Page
from alarminati.core.alarms.state import AlarmState
from alarminati.core.model.entries import Alarm, Entry, EntryId
from alarminati.core.model.filter import Filter
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.validation import Invalid
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1.record_pb2 import Record
from alarminati.wire import codec
from alarminati.wire.filters import alarm_filter_from_proto
from alarminati.wire.status import abort, invalid, not_found
from alarminati.wire.timestamps import since_epoch

HISTORY: Final = 1000  # records of one alarm in an answer
STAMP_DIGITS: Final = 20

_Context = grpc.aio.ServicerContext[Any, Any]


class Reading:
    """Reads alarms, in turns with the other calls that do."""

    def __init__(self, live: LiveReplica, views: AlarmViews, turns: Turns, project: str) -> None:
        self._live = live
        self._views = views
        self._turns = turns
        self._project = project

    async def list_alarms(
        self, request: rpc.ListAlarmsRequest, context: _Context
    ) -> rpc.ListAlarmsResponse:
        """Return a page of alarms."""
        try:
            size, listing = page_size(request.page_size), self._listing(request)
            before = _place(read_token(request))
        except Invalid as error:
            await abort(context, invalid(error.field, error.problem))
        look = pages.page(self._live.replica.book, listing, size, before)
        return await self._turns.do(self._page(look, request), context)

    def _listing(self, request: rpc.ListAlarmsRequest) -> Listing:
        """Return what is to be listed. Raises Invalid."""
        asked = alarm_filter_from_proto(request.filter)
        wanted = replace(asked, min_severity=None)
        start, end = since_epoch(request.start_time), since_epoch(request.end_time)
        if start and end and start >= end:
            raise Invalid("end_time", "is not after start_time")
        order = ListOrder.SEVERITY if request.order == rpc.ORDER_SEVERITY else ListOrder.CHANGED

        def fits(state: AlarmState) -> bool:
            return pages.fired_within(state, start, end) and wanted.passes(
                state.alarm, self._project
            )

        every = wanted == Filter() and not (start or end)
        least = asked.min_severity
        return Listing(None if every else fits, request.include_resolved, order, least)

    def _page(
        self, look: Generator[None, None, Page], request: rpc.ListAlarmsRequest
    ) -> Generator[None, None, rpc.ListAlarmsResponse]:
        """Return the answer; a shorter page where alarms are large."""
        page = yield from look
        answer, room, last, more = rpc.ListAlarmsResponse(), ROOM, None, page.more
        answer.total_size = page.total
        for (place, state), late in breathing(page.alarms):
            if late:
                yield
            status = self._views.status(state, unrouted=False)
            room -= status.ByteSize()
            if last is not None and room < 0:
                more = True
                break
            answer.alarms.append(status)
            last = place
        if more and last is not None:
            answer.next_page_token = page_token(request, "{}.{}.{}".format(*last))
        return answer

    async def get_alarm(
        self, request: rpc.GetAlarmRequest, context: _Context
    ) -> rpc.GetAlarmResponse:
        """Return one alarm and its history."""
        state = self.find(request.id)
        if state is None:
            await abort(context, not_found(f"no alarm {request.id!r} is kept here"))
        history = await self._turns.do(self._history(state.fingerprint), context)
        return rpc.GetAlarmResponse(alarm=self._views.status(state), history=history)

    def find(self, name: str) -> AlarmState | None:
        """Return the alarm with that fingerprint, or with a report of that id in the journal."""
        book = self._live.replica.book
        if (state := book.find(name)) is not None:
            return state
        try:
            entry = self._live.store.get(EntryId.parse(name))
        except ValueError:
            return None
        body = entry.body if entry is not None else None
        return book.find(body.fingerprint()) if isinstance(body, Alarm) else None

    def _history(self, fingerprint: str) -> Generator[None, None, list[Record]]:
        """Return the newest records that are kept, oldest first, as many as an answer holds."""
        entries: list[Entry] = []
        for id, late in breathing(self._live.replica.outbox.ledger(fingerprint)):
            if late:
                yield
            entry = self._live.store.get(id)
            entries += [entry] if entry is not None else []
        entries.sort(key=lambda entry: entry.order, reverse=True)
        history: list[Record] = []
        room = ROOM
        for entry, late in breathing(entries[:HISTORY]):
            if late:
                yield
            room -= len(entry.raw)
            if room < 0 and history:
                break
            history.append(self.record(entry))
        return history[::-1]

    def record(self, entry: Entry) -> Record:
        """Return an entry as subscribers get it."""
        record = Record.FromString(codec.public_part(entry.raw))
        record.id, record.time_ms = str(entry.id), milliseconds(entry.stamp)
        if record.HasField("alarm") and not record.alarm.project:
            record.alarm.project = self._project
        return record


def _place(text: str) -> Place | None:
    """Return the place behind which the page begins. Raises Invalid."""
    if not text:
        return None
    rank, _, rest = text.partition(".")
    stamp, _, fingerprint = rest.partition(".")
    if not (_number(rank, 1) < len(WORST_FIRST)):
        raise Invalid("page_token", "is not one that an earlier answer gave")
    return Place(_number(rank, 1), min(_number(stamp, STAMP_DIGITS), 2**64 - 1), fingerprint)


def _number(text: str, digits: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= digits):
        raise Invalid("page_token", "is not one that an earlier answer gave")
    return int(text)


FindAlarm = Callable[[str], AlarmState | None]
"""Finds the alarm with a fingerprint, or with a report of that id."""
