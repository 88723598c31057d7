"""The story the demo tells, step by step. A step counts only when agents and sink confirm it.

Nothing here is printed: what happens is told as events, and a step that does not come true raises
`Untrue`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeAlias, TypeVar

from alarminati.client import Alarm, AlarminatiError, DeliveryAttempt, Result, Severity, alarm
from alarminati.demo.stage import CHECK, LOOK, NAMES, Message, Ports, Stage
from alarminati.wire.background import awaited

T = TypeVar("T")

FIRST = alarm("[WS-DB] Disk is full", Severity.CRITICAL, labels={"host": "db-1"})
CHECKED = f"[{CHECK.upper()}] Health check failed"
ORPHAN = alarm("[WS-PAY] Payments time out", Severity.ERROR, labels={"service": "ws-pay"})
PATIENCE = 20.0  # seconds for one step


class Step(Enum):
    """What is being done."""

    OPEN = auto()
    ELECT = auto()
    REPORT = auto()
    BREAK = auto()
    MEND = auto()
    KILL = auto()
    RETURN = auto()
    COUNT = auto()


class Untrue(Exception):
    """The step begun last did not come true.

    Something `ended`, or `problem` says what was wrong; with neither it took too long.
    """

    def __init__(self, *, ended: str = "", problem: str = "") -> None:
        super().__init__(ended or problem or "too late")
        self.ended = ended
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Begun:
    """A step begins. `replica` is whom it is about, if one."""

    step: Step
    replica: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything runs."""

    agents: tuple[tuple[str, int, Ports], ...]  # name, process number, where it listens


@dataclass(frozen=True, slots=True)
class Elected:
    """These agree on who is master, `seconds` after the step began."""

    master: str
    standbys: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """An alarm is safe on so many replicas."""

    id: str
    replicas: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Received:
    """The sink got a message; `replica` sent it, empty when nobody was asked."""

    body: bytes
    seconds: float = 0.0
    replica: str = ""


@dataclass(frozen=True, slots=True)
class Followable:
    """The agents are worth following from another terminal now."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A killed agent is back as a standby and holds what it missed."""

    name: str
    master: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Counted:
    """All agents say that nothing is left to send; `twice` were sent once more by a new master."""

    alarms: int
    messages: int
    twice: int


@dataclass(frozen=True, slots=True)
class Gone:
    """A process has ended that nobody here killed."""

    name: str


Event: TypeAlias = (
    Begun | Opened | Elected | Accepted | Received | Followable | Returned | Counted | Gone
)


async def story(stage: Stage) -> AsyncGenerator[Event, None]:
    """All of it, once. Raises Untrue."""
    began = time.monotonic()
    yield Begun(Step.OPEN)
    await _perform(stage, stage.open())
    children = stage.crew.children
    yield Opened(tuple((name, children[name].pid, stage.ports[name]) for name in NAMES))
    yield Begun(Step.ELECT)
    master = await _perform(stage, _agree(stage, NAMES))
    yield _elected(master, NAMES, began)
    async for event in _report(stage, next(name for name in NAMES if name != master)):
        yield event
    yield Followable()
    async for event in _watch(stage):
        yield event
    async for event in _kill(stage, master):
        yield event
    async for event in _return(stage, master):
        yield event
    yield Begun(Step.COUNT)
    yield await _perform(stage, _count(stage))


async def _perform(stage: Stage, work: Coroutine[Any, Any, T]) -> T:
    """Do `work` unless something that ought to run ends. Raises Untrue."""
    doing = awaited(work)
    try:
        async with asyncio.timeout(PATIENCE):
            return await _unless_ended(stage, doing)
    except TimeoutError:
        raise Untrue() from None
    except (AlarminatiError, OSError, EOFError) as error:
        raise Untrue(problem=str(error)) from error
    finally:
        doing.cancel()
        await asyncio.wait({doing})


async def _unless_ended(stage: Stage, doing: asyncio.Task[T]) -> T:
    while not doing.done():
        ended = awaited(stage.crew.first_end())
        try:
            # Whom we wait for changes with whom we start: hence the short waits.
            await asyncio.wait({doing, ended}, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
            if ended.done() and not doing.done():
                raise Untrue(ended=ended.result())
        finally:
            ended.cancel()
            await asyncio.wait({ended})
    return doing.result()


def _elected(master: str, names: Sequence[str], began: float) -> Elected:
    standbys = tuple(name for name in names if name != master)
    return Elected(master, standbys, time.monotonic() - began)


async def _agree(stage: Stage, names: Sequence[str]) -> str:
    """Wait until these agents name the same master among them, and it hears them all."""
    while True:
        with suppress(AlarminatiError):  # one that has no answer yet
            said = await stage.masters(names)
            named = {master for master, _ in said}
            heard = frozenset[str]().union(*(connected for _, connected in said))
            if len(named) == 1 and named <= set(names) <= heard:
                return named.pop()
        await asyncio.sleep(LOOK)


async def _report(stage: Stage, via: str) -> AsyncGenerator[Event, None]:
    """An alarm handed to a standby comes out at the channel."""
    yield Begun(Step.REPORT, via)
    began = time.monotonic()
    receipt = await _perform(stage, stage.clients[via].report(FIRST))
    yield Accepted(str(receipt.id), receipt.replicas, time.monotonic() - began)
    if receipt.replicas < 2:
        raise Untrue(problem=f"safe on {receipt.replicas} replica only")
    yield await _perform(stage, _received(stage, FIRST, began))


async def _watch(stage: Stage) -> AsyncGenerator[Event, None]:
    """The health check of a broken application makes an alarm, and ends it when it is well."""
    sick = Alarm(CHECKED, Severity.CRITICAL, 0, key=f"check:{CHECK}")
    well = Alarm(CHECKED, Severity.CRITICAL, 0, resolved=True, key=f"check:{CHECK}")
    for step, order, told in ((Step.BREAK, "break", sick), (Step.MEND, "mend", well)):
        yield Begun(step)
        began = time.monotonic()
        await _perform(stage, stage.order_app(order))
        yield await _perform(stage, _received(stage, told, began))


async def _kill(stage: Stage, master: str) -> AsyncGenerator[Event, None]:
    """With the master killed, an alarm is accepted all the same, and the next one delivers it."""
    yield Begun(Step.KILL, master)
    await stage.crew.kill(master)
    began = time.monotonic()
    others = tuple(name for name in NAMES if name != master)
    receipt = await _perform(stage, stage.everyone.report(ORPHAN))
    yield Accepted(str(receipt.id), receipt.replicas, time.monotonic() - began)
    received = await _perform(stage, _received(stage, ORPHAN, began))
    successor = await _perform(stage, _agree(stage, others))
    if received.replica != successor:
        raise Untrue(problem=f"{received.replica} sent it, {successor} is master")
    yield _elected(successor, others, began)
    yield received


async def _return(stage: Stage, name: str) -> AsyncGenerator[Event, None]:
    """The killed one comes back, follows the new master and gets what it missed."""
    yield Begun(Step.RETURN, name)
    began = time.monotonic()
    await _perform(stage, stage.start_agent(name))
    master = await _perform(stage, _agree(stage, NAMES))
    if master == name:
        raise Untrue(problem=f"{name} took over from a master that was well")
    await _perform(stage, _delivered_by(stage, ORPHAN, (name,)))
    yield Returned(name, master, time.monotonic() - began)


async def _received(stage: Stage, told: Alarm, began: float) -> Received:
    """Wait until the sink has this and an agent says who delivered it."""
    message: Message = await stage.message(told.message, resolved=told.resolved)
    replica = await _delivered_by(stage, told, NAMES)
    return Received(message.body, message.at - began, replica)


async def _delivered_by(stage: Stage, told: Alarm, names: Sequence[str]) -> str:
    """Wait until one of these agents knows the delivery of an alarm in this state; who sent it."""
    while True:
        for name in names:
            if name in stage.crew.children and (sender := await _sender(stage, name, told)):
                return sender
        await asyncio.sleep(LOOK)


async def _sender(stage: Stage, name: str, told: Alarm) -> str:
    """Which replica delivered it as far as this agent knows; empty: none."""
    client = stage.clients[name]
    known = await client.list(include_resolved=True)
    ids = [status.id for status in known if status.alarm.message == told.message]
    records = (await client.get(str(ids[0]))).records if ids else ()
    senders = [
        record.body.replica
        for record in records
        if isinstance(record.body, DeliveryAttempt) and record.body.result is Result.DELIVERED
    ]
    # The first delivery told that it fires, the second that it is over.
    return senders[told.resolved] if len(senders) > told.resolved else ""


async def _count(stage: Stage) -> Counted:
    """Wait until all agents have nothing left to send, then look at what the sink has got."""
    while True:
        said = [await stage.clients[name].cluster() for name in NAMES]
        if any(one.dead_letters for one in said):
            raise Untrue(problem="an alarm is in the dead letters")
        if not any(one.pending for one in said):
            break
        await asyncio.sleep(LOOK)
    told = [(FIRST.message, False), (CHECKED, False), (CHECKED, True), (ORPHAN.message, False)]
    times = [len(stage.told(words, resolved=resolved)) for words, resolved in told]
    if not all(1 <= count <= 2 for count in times):
        raise Untrue(problem=f"the sink got them {times} times")
    return Counted(3, sum(times), sum(count - 1 for count in times))


async def encore(stage: Stage) -> AsyncGenerator[Event, None]:
    """What happens from now on: messages as they come, agents that end, masters that follow."""
    seen = len(stage.messages)
    while stage.crew.children:
        for message in stage.messages[seen:]:
            seen += 1
            yield Received(message.body)
        ended = awaited(stage.crew.first_end())
        news = awaited(_more(stage, seen))
        try:
            await asyncio.wait({ended, news}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                continue
            name = ended.result()
        finally:
            for task in (ended, news):
                task.cancel()
            await asyncio.wait({ended, news})
        yield Gone(name)
        del stage.crew.children[name]
        left = tuple(one for one in NAMES if one in stage.crew.children)
        if name in NAMES and left:
            began = time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    yield _elected(await _agree(stage, left), left, began)


async def _more(stage: Stage, than: int) -> None:
    async with stage.news:
        await stage.news.wait_for(lambda: len(stage.messages) > than)
