"""Background tasks and timers, whose failures are never silent.

asyncio reports the failure of a task only to a caller that asks, so a task that is not awaited
just stops. Every task starts here (`tests/house` checks that), in one of three ways:

- `begin`: the program relies on the task. Its exception goes to the exception handler of the loop,
  marked as `FATAL`; an agent then ends, and is restarted.
- `attend`: the task serves one client, peer or question. Its exception is an error in the log, and
  the others go on: no peer may end a program by what it sends.
- `awaited`: the caller takes the result or exception.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast

FATAL: Final = "alarminati_fatal"
"""Key in the context of an exception handler: the program cannot go on without what failed."""

T = TypeVar("T")
P = ParamSpec("P")
Owner = TypeVar("Owner")

log = logging.getLogger(__name__)


def begin(work: Coroutine[Any, Any, T], what: str) -> asyncio.Task[T]:
    """Run work that the program relies on; its name `what` begins a sentence."""
    task = asyncio.get_running_loop().create_task(work, name=what)
    task.add_done_callback(partial(_require, what))
    return task


def attend(work: Coroutine[Any, Any, T], what: str) -> asyncio.Task[T]:
    """Run work for one client, peer or question; its name `what` begins a sentence."""
    task = asyncio.get_running_loop().create_task(work, name=what)
    task.add_done_callback(partial(_note, what))
    return task


def awaited(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Run work whose result or exception the caller takes."""
    return asyncio.get_running_loop().create_task(work)


def run_in(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Run work in the loop of another thread; block until it returns or raises."""
    return asyncio.run_coroutine_threadsafe(work, loop).result()


def call_at(when: float, what: Callable[P, object], *args: P.args, **kwargs: P.kwargs
            ) -> asyncio.TimerHandle:  # fmt: skip
    """Schedule a callback like the loop's `call_at`; its exception is fatal."""
    return asyncio.get_running_loop().call_at(when, partial(_guarded, what, args, kwargs))


def call_later(delay: float, what: Callable[P, object], *args: P.args, **kwargs: P.kwargs
               ) -> asyncio.TimerHandle:  # fmt: skip
    """Schedule a callback like the loop's `call_later`; its exception is fatal."""
    return asyncio.get_running_loop().call_later(delay, partial(_guarded, what, args, kwargs))


def when_done(future: asyncio.Future[T], what: Callable[[asyncio.Future[T]], object]) -> None:
    """Call `what` with the future once it is done; its exception is fatal."""
    future.add_done_callback(lambda done: _guarded(what, (done,), {}))


def whole(
    method: Callable[Concatenate[Owner, P], T],
) -> Callable[Concatenate[Owner, P], T]:
    """Make exceptions of a method fatal: its changes may be half done."""

    @wraps(method)
    def guarded(self: Owner, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            fail(f"{type(self).__name__}.{method.__name__}", error)
            raise

    return cast("Callable[Concatenate[Owner, P], T]", guarded)


def fail(what: str, error: BaseException) -> None:
    """Report to the owner of the loop that the program cannot go on."""
    told = {"message": f"{what} failed", "exception": error, FATAL: what}
    asyncio.get_running_loop().call_exception_handler(told)


def _guarded(what: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    try:
        what(*args, **kwargs)
    except Exception as error:
        fail(getattr(what, "__qualname__", type(what).__name__), error)


def _require(what: str, task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        fail(what, error)


def _note(what: str, task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        # Without its text, which may hold an address with a token in it.
        log.error("%s failed unexpectedly (%s)%s", what, type(error).__name__, traced(error))


def traced(error: BaseException) -> str:
    """Return where an exception was raised, one line each, without its text."""
    import traceback

    return "\n" + "".join(traceback.format_tb(error.__traceback__)).rstrip()
