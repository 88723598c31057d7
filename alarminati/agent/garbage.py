"""Garbage collector of an agent: off while the journal is folded, seldom afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Do without it in the block: what is folded stays, and a search took a sixth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def collect_seldom() -> None:
    """Search less, and less often.

    In a storm it searched all there is every few seconds, for half a second. What is there now
    stays, and most of what comes is no cycle.
    """
    gc.freeze()
    gc.set_threshold(10_000, 10, 50)
