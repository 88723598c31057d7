"""Supervisor: the first fatal failure ends the agent.

A replica that goes on without one of its parts looks well and does not do its work. One that ends
is replaced by its peers within a second, and restarted by its service manager.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from alarminati.agent.store import StoreError
from alarminati.wire.background import FATAL, traced

AGAIN = 15.0  # seconds

log = logging.getLogger(__name__)


class PartFailed(Exception):
    """A part of the agent failed unexpectedly; the message is for people."""


class Supervisor:
    """Receives every failure that `wire.background` calls fatal."""

    def __init__(self) -> None:
        self.failure: asyncio.Future[PartFailed] = asyncio.get_running_loop().create_future()
        """Done when the agent must end; its result says why, for people."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Receive the failures of this loop within the block."""
        loop = asyncio.get_running_loop()
        before = loop.get_exception_handler()
        loop.set_exception_handler(self._heard)
        try:
            yield
        finally:
            loop.set_exception_handler(before)

    def _heard(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        what, error = context.get(FATAL), context.get("exception")
        if what is None or error is None:
            loop.default_exception_handler(context)
            return
        if isinstance(error, StoreError):
            return  # `Store.failure` reports it, with its sentence
        name = type(error).__name__
        # Without its text, which may hold an address with a token in it.
        log.critical("%s failed unexpectedly (%s)%s", what, name, traced(error))
        if not self.failure.done():
            self.failure.set_result(
                PartFailed(
                    f"{what} failed unexpectedly ({name}), so this agent ends: start it again;"
                    " the log says where it failed"
                )
            )


async def persistent(what: str, work: Callable[[], Awaitable[object]]) -> None:
    """Run work that never ends, and restart it when it fails.

    For listeners on open ports: no peer may end an agent by what it sends.
    """
    while True:
        try:
            await work()
        except Exception as error:
            log.error(
                "%s failed and is restarted (%s)%s", what, type(error).__name__, traced(error)
            )
        await asyncio.sleep(AGAIN)
