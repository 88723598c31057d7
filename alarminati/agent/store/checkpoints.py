"""Checkpoints in the journal: written now and then, read at the start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec

from alarminati.core.journal.checkpoint import Checkpoint, CheckpointMaker
from alarminati.core.model.entries import EntryId

NAME = "checkpoint"
STEP = 500  # headers looked at without a pause: about half a millisecond

Headers = Callable[[int, int], list[tuple[int, EntryId, int]]]


async def make(headers: Headers, maker: CheckpointMaker) -> Checkpoint | None:
    """Return the checkpoint of a journal, looking at it a little at a time."""
    position = 0
    while (found := headers(position, STEP)) and maker.look(found):
        position = found[-1][0]
        await asyncio.sleep(0)
    return maker.made()


def encode(checkpoint: Checkpoint) -> str:
    """Return the value of its fact. Positions are runs: steps from the one before, and lengths."""
    runs: list[int] = []
    last = -1
    for before, place in pairwise((-1, *checkpoint.alive)):
        if runs and place == before + 1:
            runs[-1] += 1
        else:
            runs += (place - last, 1)
        last = place
    fields = (checkpoint.position, checkpoint.stamp, checkpoint.used, checkpoint.configured, runs)
    return msgspec.json.encode(fields).decode()


def decode(value: str) -> Checkpoint | None:
    """Return what `encode` wrote; None for anything else, so that the start leaves out nothing."""
    try:
        found = msgspec.json.decode(value, type=tuple[int, int, list[str], list[str], list[int]])
    except (msgspec.DecodeError, UnicodeError):
        return None
    position, stamp, used, configured, runs = found
    alive: list[int] = []
    last = -1
    for step, length in zip(runs[::2], runs[1::2], strict=False):
        alive += range(last + step, last + step + length)
        last = alive[-1] if alive else last
    if len(runs) % 2 or min(runs, default=1) < 1 or (alive and alive[-1] > position):
        return None
    return Checkpoint(position, stamp, tuple(used), tuple(configured), tuple(alive))


def pages(checkpoint: Checkpoint, size: int) -> list[tuple[int, ...]]:
    """Return the positions that are kept, in pieces of that size."""
    alive: Any = tuple(checkpoint.alive)
    return [alive[at : at + size] for at in range(0, len(alive), size)]
