"""Tasks and timers in the background: none may die unseen.

asyncio keeps quiet about a task that failed until somebody asks, so work that nobody awaits just
stops. All of it is begun here (`tests/house` sees to that), in one of three ways:

- `begin`: the program relies on it. What it raises is told to the loop's exception handler, marked
  as `FATAL`; an agent ends then, so that it is started anew.
- `attend`: it serves one client, peer or question. What it raises is an error in the log, and the
  others go on: nobody outside may end a program by what he says.
- `awaited`: whoever began it looks at what becomes of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast

FATAL: Final = "alarminati_fatal"
"""Key in what an exception handler is told: the program cannot go on without what failed."""

T = TypeVar("T")
P = ParamSpec("P")
Owner = TypeVar("Owner")

log = logging.getLogger(__name__)


def begin(work: Coroutine[Any, Any, T], what: str) -> asyncio.Task[T]:
    """Run work that the program relies on; `what` it is begins a sentence."""
    task = asyncio.get_running_loop().create_task(work, name=what)
    task.add_done_callback(partial(_require, what))
    return task


def attend(work: Coroutine[Any, Any, T], what: str) -> asyncio.Task[T]:
    """Run work for one client, peer or question; `what` it is begins a sentence."""
    task = asyncio.get_running_loop().create_task(work, name=what)
    task.add_done_callback(partial(_note, what))
    return task


def awaited(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Run work whose result or exception the caller takes."""
    return asyncio.get_running_loop().create_task(work)


def call_at(when: float, what: Callable[P, object], *args: P.args, **kwargs: P.kwargs
            ) -> asyncio.TimerHandle:  # fmt: skip
    """As the loop's; what it raises is fatal."""
    return asyncio.get_running_loop().call_at(when, partial(_guarded, what, args, kwargs))


def call_later(delay: float, what: Callable[P, object], *args: P.args, **kwargs: P.kwargs
               ) -> asyncio.TimerHandle:  # fmt: skip
    """As the loop's; what it raises is fatal."""
    return asyncio.get_running_loop().call_later(delay, partial(_guarded, what, args, kwargs))


def when_done(future: asyncio.Future[T], what: Callable[[asyncio.Future[T]], object]) -> None:
    """Call `what` with the future once it is done; what that raises is fatal."""
    future.add_done_callback(lambda done: _guarded(what, (done,), {}))


def whole(
    method: Callable[Concatenate[Owner, P], T],
) -> Callable[Concatenate[Owner, P], T]:
    """Make what a method raises fatal, whoever called it: what it changes may be half changed."""

    @wraps(method)
    def guarded(self: Owner, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            fail(f"{type(self).__name__}.{method.__name__}", error)
            raise

    return cast("Callable[Concatenate[Owner, P], T]", guarded)


def fail(what: str, error: BaseException) -> None:
    """Tell the owner of the loop that the program cannot go on."""
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
    """Where it was raised, on lines of their own, without a word of what it says."""
    import traceback

    return "\n" + "".join(traceback.format_tb(error.__traceback__)).rstrip()
