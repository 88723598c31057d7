"""Feeds every target its share of a million inputs: `make fuzz`, `python -m tests.fuzz --help`.

Each target runs in a process of its own. It fails when an exception that nobody documents comes
out, or when memory grows: what is left after half of the inputs must do for the other half.
With `--guided` inputs are bred by coverage (needs `pip install atheris`), for as many targets as
that is possible.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.mutation import Mutator
from tests.fuzz.shapes import Feed
from tests.fuzz.table import DOORS, opened, shares

SLACK = 8 * 2**20  # bytes; allocators, caches of expressions
KEPT = 4096  # bytes for an input that became an entry and stays in memory
FINDINGS = Path("fuzz-findings")


def main() -> int:
    """1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", help="targets; default: all")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="for all targets together")
    parser.add_argument("--seed", type=int, help="as printed by the run that is to be repeated")
    parser.add_argument("--guided", action="store_true", help="by coverage, with atheris")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    seed = secrets.randbits(31) if options.seed is None else options.seed
    if options.one:
        return _feed(options.one, options.inputs, seed)
    parts = shares()
    names = options.names or list(parts)
    if unknown := [name for name in names if name not in parts]:
        parser.error(f"no target {unknown[0]!r}; there are: {', '.join(parts)}")
    print(f"seed {seed}", flush=True)
    whole = sum(parts[name] for name in names)
    failed = [
        name
        for name in names
        if _child(name, max(1, round(options.inputs * parts[name] / whole)), seed, options.guided)
    ]
    print(f"found something in: {', '.join(failed)}" if failed else "nothing found")
    return int(bool(failed))


def _child(name: str, inputs: int, seed: int, guided: bool) -> int:
    module = "tests.fuzz.guided" if guided and name not in DOORS else "tests.fuzz"
    command = [sys.executable, "-m", module, "--one", name]
    command += ["--inputs", str(inputs), "--seed", str(seed)]
    return subprocess.run(command, check=False).returncode


def memory() -> int:
    """Resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _feed(name: str, inputs: int, seed: int) -> int:
    """One target in this process."""
    began = time.monotonic()
    with opened(name) as (target, kept):
        mutator = Mutator(target.seeds, random.Random(f"{seed} {name}"))
        if not _half(name, target.feed, mutator, inputs // 2):
            return 1
        before, held = memory(), kept()
        if not _half(name, target.feed, mutator, inputs - inputs // 2):
            return 1
        grown, allowed = memory() - before, SLACK + KEPT * (kept() - held)
    took = time.monotonic() - began
    print(
        f"{name:24} {inputs:9,} inputs {inputs / took:9,.0f} a second"
        f"  memory {before / 2**20:6.1f} MiB, {grown / 2**20:+.1f}",
        flush=True,
    )
    if grown > allowed:
        print(f"{name}: memory grew by {grown:,} bytes; {allowed:,} were allowed", file=sys.stderr)
    return int(grown > allowed)


def _half(name: str, feed: Feed, mutator: Mutator, inputs: int) -> bool:
    make: Callable[[], bytes] = mutator.make
    for _ in range(inputs):
        data = make()
        try:
            feed(data)
        except Exception:
            _found(name, data)
            return False
    return True


def _found(name: str, data: bytes) -> None:
    """Keep the input and say what it did."""
    FINDINGS.mkdir(exist_ok=True)
    path = FINDINGS / f"{name.replace(' ', '-')}-{secrets.token_hex(4)}"
    path.write_bytes(data)
    traceback.print_exc()
    print(f"{name}: input kept in {path}: {data[:200]!r}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
