"""Runs the laboratory: `python -m tests.laboratory --seconds 1800 --seed 7`.

Prints what was done and seen, and each guarantee that was broken; the history goes to
build/laboratory/SEED.json. Needs root, nft and a C compiler.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.laboratory.checker import repeats, violations
from tests.laboratory.history import History
from tests.laboratory.run import Laboratory, kinds_of

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run once; 1 when a guarantee was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.laboratory", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800.0, help="how long troubles come")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--kinds", default="", help="troubles to choose from, comma-separated")
    options = parser.parse_args()
    try:
        kinds = kinds_of(options.kinds)
    except ValueError as error:
        parser.error(str(error))
    print(f"seed {options.seed}, {options.seconds:g} s of troubles", flush=True)
    with tempfile.TemporaryDirectory(prefix="alarminati-laboratory-") as folder:
        laboratory = Laboratory(Path(folder), options.seed, kinds)
        try:
            asyncio.run(laboratory.run(options.seconds))
        finally:
            path = ROOT / f"build/laboratory/{options.seed}.json"
            laboratory.history.write(path)
    return report(laboratory.history, path)


def report(history: History, path: Path) -> int:
    """Print the table and what was broken."""
    answered = [each for each in history.reports if each.answered]
    alone = sum(each.copies == 1 for each in answered)
    print(f"reported {len(history.reports)}, acknowledged {len(answered)} ({alone} by one replica)")
    print(f"told {len({each.message for each in history.deliveries})}, repeats {repeats(history)}")
    print(f"seen by followers {len(history.sights)}, looks {len(history.looks)}")
    for kind, count in sorted(Counter(each.kind for each in history.troubles).items()):
        print(f"  {count:4} x {kind}")
    broken = violations(history)
    for sentence in broken[:50]:
        print(sentence)
    print(f"{len(broken)} violations; the history is in {path}")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
