"""Waiting for conditions instead of sleeping."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

LOOK = 0.02  # seconds between two looks

_T = TypeVar("_T")


@overload
async def until(what: str, met: Callable[[], Awaitable[_T]], within: float = ...) -> _T: ...


@overload
async def until(what: str, met: Callable[[], _T], within: float = ...) -> _T: ...


async def until(what: str, met: Callable[[], Any], within: float = 15.0) -> Any:
    """The first value of `met` that is true. Raises AssertionError after `within` seconds."""
    end = time.monotonic() + within
    while True:
        found = met()
        value = await found if inspect.isawaitable(found) else found
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"not within {within:g} s: {what} (last seen: {value!r})")
        await asyncio.sleep(LOOK)
