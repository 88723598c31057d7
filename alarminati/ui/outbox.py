"""Acts of the person: done here at once, or sent to clusters and kept until they take them."""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from alarminati.client.errors import AlarminatiError, Overloaded, Unreachable
from alarminati.ui.live import Live
from alarminati.ui.problems import invalid, missing, of_cluster
from alarminati.ui.schema.acts import ActRequest, ActResult, TargetResult
from alarminati.ui.schema.alarms import AlarmRow, PendingAct
from alarminati.ui.schema.common import AlarmKey, Error, Text
from alarminati.ui.schema.events import ActChanged
from alarminati.ui.state import State
from alarminati.ui.store.listing import Listing, Query
from alarminati.ui.store.triage import settle
from alarminati.wire.background import begin

LOCAL: Final = frozenset({"done", "undone", "snooze", "unsnooze", "seen"})
MOST: Final = 100_000
TOLD: Final = 1000
BATCH: Final = 500
UNDO: Final = 10_000
KEPT: Final = 2000
_OPPOSITE: Final = {
    "done": "undone",
    "undone": "done",
    "snooze": "unsnooze",
    "ack": "unack",
    "unack": "ack",
}


class Act(msgspec.Struct):
    """An act with the results of all its targets."""

    request: ActRequest
    time_ms: int
    results: dict[str, TargetResult]

    def told(self) -> ActResult:
        """Return it as pages see it."""
        undo = self.time_ms + UNDO if self.request.kind in _OPPOSITE else 0
        first = list(self.results.values())[:TOLD]
        return ActResult(
            self.request.id, self.request.kind, self.time_ms, first, len(self.results), undo
        )

    @property
    def open(self) -> bool:
        """Return whether something is still to be sent."""
        return any(each.state in ("sending", "queued") for each in self.results.values())


class Outbox:
    """All acts; those that are not through survive a restart."""

    def __init__(self, app: State) -> None:
        self._app = app
        self._acts: dict[str, Act] = {}
        self._order: deque[str] = deque()
        self._busy: set[str] = set()
        rows = app.base.rows("select told from acts where open = 1 order by time")
        for (told,) in rows:
            act = msgspec.json.decode(told, type=Act)
            self._acts[act.request.id] = act
            self._order.append(act.request.id)

    def waiting(self) -> int:
        """Return how many acts are not through."""
        return sum(act.open for act in self._acts.values())

    def acts(self) -> list[ActResult]:
        """Return the acts that are not through, oldest first."""
        return [act.told() for act in self._acts.values() if act.open]

    def mark(self, rows: list[AlarmRow]) -> None:
        """Show in rows what is under way."""
        pending: dict[str, list[PendingAct]] = {}
        for act in self._acts.values():
            recent = self._app.now() - act.time_ms < 60_000
            for key, result in act.results.items():
                if result.state in ("sending", "queued") or (result.state == "refused" and recent):
                    problem = result.error
                    said = Text(problem.ko, problem.en) if problem else None
                    pending.setdefault(key, []).append(
                        PendingAct(act.request.id, act.request.kind, result.state, said)
                    )
        for row in rows if pending else ():
            row.acts = pending.get(_key(row.cluster, row.fingerprint), [])

    # -- doing

    def do(self, request: ActRequest) -> ActResult:
        """Do it, or begin to; the same id again returns the first answer. Raises Problem."""
        if not 0 < len(request.id) <= 64:
            raise invalid("id", "id는 1자에서 64자여야 합니다.", "id needs 1 to 64 characters.")
        if known := self._acts.get(request.id):
            return known.told()
        targets = self._targets(request)
        act = Act(request, self._app.now(), {})
        local = request.kind in LOCAL
        for target in targets:
            state = "ok" if local else "sending"
            if not local and self._app.cluster(target.cluster).calls is None:
                state = "queued"
            if target.fingerprint == "silent" and not local:
                continue
            act.results[_key(target.cluster, target.fingerprint)] = TargetResult(
                target.cluster,
                target.fingerprint,
                state,  # type: ignore[arg-type]
            )
        self._remember(act)
        if local:
            self._locally(act)
        else:
            for id in {target.cluster for target in targets}:
                self._send_soon(act, self._app.cluster(id, writable=True))
        return act.told()

    def _targets(self, request: ActRequest) -> list[AlarmKey]:
        if request.selection is None:
            if not request.targets:
                raise invalid("targets", "대상 알람이 없습니다.", "There is no alarm to act on.")
            for id in {each.cluster for each in request.targets}:
                self._app.cluster(id, writable=request.kind not in LOCAL)
            if any(not each.fingerprint for each in request.targets):
                raise invalid("targets", "식별값이 빈 대상이 있습니다.", "A fingerprint is empty.")
            return request.targets[:MOST]
        selection = request.selection
        query = Query(selection.tab, selection.q, tuple(selection.clusters))

        def read(listing: Listing) -> list[AlarmKey]:
            ids = {no: known.id for no, known in listing.known.items()}
            keys = listing.keys(listing.where(query), MOST)
            return [AlarmKey(ids[no], fingerprint) for no, fingerprint in keys]

        return self._app.listing(read)

    def _remember(self, act: Act) -> None:
        self._acts[act.request.id] = act
        self._order.append(act.request.id)
        while len(self._order) > KEPT:
            oldest = self._order.popleft()
            if self._acts[oldest].open:
                self._order.append(oldest)
                break
            del self._acts[oldest]
        if act.request.kind not in LOCAL:
            self._write(act)

    def _write(self, act: Act) -> None:
        told = msgspec.json.encode(act).decode()
        values = (act.request.id, act.request.kind, act.time_ms, told, int(act.open))
        self._app.base.run("insert or replace into acts values (?, ?, ?, ?, ?)", [values])

    # -- here

    def _locally(self, act: Act) -> None:
        now, kind, until = self._app.now(), act.request.kind, act.request.until_ms
        sets = {
            "done": ("done = changed", ()),
            "undone": ("done = 0", ()),
            "snooze": ("snoozed = ?", (until,)),
            "unsnooze": ("snoozed = 0", ()),
            "seen": ("seen = case when seen = 0 then ? else seen end", (now,)),
        }
        sql, values = sets[kind]
        numbers = {id: live.known.no for id, live in self._app.live.items()}
        keys = [(numbers[each.cluster], each.fingerprint) for each in act.results.values()]
        where = "where cluster = ? and fingerprint = ?"
        self._app.base.run(f"update alarms set {sql} {where}", [(*values, *key) for key in keys])
        settle(self._app.base, now, keys)
        if kind != "seen":
            mine = [(*key, now, kind, until) for key in keys]
            self._app.base.run("insert into mine values (?, ?, ?, ?, ?)", mine)
        for no, print_ in keys:
            self._app.touch(no, [print_])
        if kind == "snooze":
            self._app.look_ahead()

    # -- there

    def wake(self, live: Live) -> None:
        """Send what waits for a cluster that answers again."""
        for act in list(self._acts.values()):
            if act.open:
                self._send_soon(act, live)

    def _send_soon(self, act: Act, live: Live) -> None:
        name = f"{act.request.id} {live.id}"
        if live.calls is None or name in self._busy:
            return
        self._busy.add(name)
        begin(self._send(act, live, name), "sending an act")

    async def _send(self, act: Act, live: Live, name: str) -> None:
        try:
            due = [
                each.fingerprint
                for each in act.results.values()
                if each.cluster == live.id and each.state in ("sending", "queued")
            ]
            for start in range(0, len(due), BATCH):
                await self._send_some(act, live, due[start : start + BATCH], start)
        finally:
            self._busy.discard(name)

    async def _send_some(self, act: Act, live: Live, prints: list[str], start: int) -> None:
        assert live.calls is not None
        asked = act.request
        problem: Error | None = None
        state = "refused"
        try:
            results = await live.calls.act(
                *(asked.kind, prints),
                comment=asked.comment,
                assignee=asked.assignee,
                id=f"{asked.id}-{start}",
            )
        except (Unreachable, Overloaded) as error:
            problem, state = of_cluster(error).error, "queued"
            results = []
        except AlarminatiError as error:
            problem, results = of_cluster(error).error, []
        found = {each.fingerprint: each.state for each in results}
        errors = {each.fingerprint: each.error for each in results}
        for each in prints:
            key = _key(live.id, each)
            if act.results[key].state == "cancelled":
                continue
            act.results[key] = TargetResult(
                live.id,
                each,
                found.get(each, "ok" if problem is None else state),  # type: ignore[arg-type]
                errors.get(each, problem),
            )
        self._changed(act)

    def _changed(self, act: Act) -> None:
        self._write(act)
        self._app.hub.send("act", ActChanged(self._app.hub.next(), act.told()))
        numbers = {id: live.known.no for id, live in self._app.live.items()}
        for each in list(act.results.values())[:TOLD]:
            if each.cluster in numbers:
                self._app.touch(numbers[each.cluster], [each.fingerprint])

    def undo(self, id: str) -> ActResult:
        """Take an act back: cancel what was not sent, and do the opposite of the rest."""
        act = self._acts.get(id)
        if act is None:
            raise missing("그런 작업은", "such act")
        done = []
        for key, each in act.results.items():
            if each.state in ("queued", "sending"):
                act.results[key] = TargetResult(each.cluster, each.fingerprint, "cancelled")
            elif each.state == "ok":
                done.append(AlarmKey(each.cluster, each.fingerprint))
        self._changed(act)
        opposite = _OPPOSITE.get(act.request.kind)
        if done and opposite:
            return self.do(ActRequest(f"{id[:58]}-undo", opposite, done))  # type: ignore[arg-type]
        return act.told()


def _key(cluster: str, fingerprint: str) -> str:
    return f"{cluster}/{fingerprint}"
