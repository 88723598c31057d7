"""G1: whatever was acknowledged before a kill -9 is there afterwards."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.samples import OTHER, entry, everything, opened

ROOT = Path(__file__).resolve().parents[2]

# Appends batches for ever and says, one line each, how far it was told that all is safe.
APPENDER = """
import asyncio, sys
from pathlib import Path
from alarminati.agent.store import Store
from tests.store.samples import OTHER, entries

async def main():
    store = Store.open(Path(sys.argv[1]))
    last = store.cursor().get(OTHER, 0)
    def told(done):
        print(done.result(), flush=True)
    while True:
        waiting = []
        for size in (1, 1, 7, 300, 1):
            waiting.append(store.append(entries(OTHER, last + 1, last + size)))
            waiting[-1].add_done_callback(told)
            last += size
        await waiting[-1]

asyncio.run(main())
"""


def kill_while_appending(folder: Path, lines: int) -> int:
    """How far it was acknowledged when it was killed, some time after so many acknowledgements."""
    appender = subprocess.Popen(
        [sys.executable, "-c", APPENDER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert appender.stdout is not None
    try:
        told = [int(appender.stdout.readline()) for _ in range(lines)]
    finally:
        appender.kill()
        told += [int(line) for line in appender.stdout]  # it was told these, too
        appender.stdout.close()
        assert appender.wait() == -9
    return max(told)


@pytest.mark.parametrize("seed", range(4))
async def test_acknowledged_entries_survive_kill_9(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(2):
        told = kill_while_appending(tmp_path, dice.randint(1, 120))
        async with opened(tmp_path) as store:
            kept = everything(store)
            assert not store.refill_needed
            assert len(kept) == store.position >= told
            assert [one.sequence for one in kept] == list(range(1, len(kept) + 1))
            assert kept[-1] == entry(OTHER, len(kept))
