"""Measures and prints a table; JSON goes to bench/results/. `python -m bench --help`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import (
    app,
    checks,
    conditions,
    fanout,
    fold,
    ingest,
    latency,
    lists,
    polling,
    replication,
    rest,
    restart,
    start,
    storm,
    wire,
)
from bench.cluster import Certificates
from bench.figure import Figure, table
from bench.setting import Measurement, Setting

MEASUREMENTS: dict[str, Measurement] = {
    "latency": latency.measure,
    "conditions": conditions.measure,
    "start": start.measure,
    "restart": restart.measure,
    "ingest": ingest.measure,
    "fanout": fanout.measure,
    "wire": wire.measure,
    "replication": replication.measure,
    "polling": polling.measure,
    "storm": storm.measure,
    "rest": rest.measure,
    "checks": checks.measure,
    "fold": fold.measure,
    "lists": lists.measure,
    "app": app.measure,
}
RESULTS = Path(__file__).parent / "results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; 1 when a goal was missed and that matters (`--strict`)."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--quick", action="store_true", help="see that it works; not for figures")
    parser.add_argument("--strict", action="store_true", help="fail when a goal is missed")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"no measurement {unknown[0]!r}; there are {', '.join(MEASUREMENTS)}")
    figures = asyncio.run(_measure(options.names or list(MEASUREMENTS), options.quick))
    print(table(figures))
    path = _write(figures, options.quick)
    print(f"\n{path}", file=sys.stderr)
    return int(options.strict and any(figure.missed_by for figure in figures))


async def _measure(names: Sequence[str], quick: bool) -> list[Figure]:
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="alarminati-bench-") as name:
        folder = Path(name)
        setting = Setting(folder, Certificates(folder / "tls"), quick)
        for name in names:
            began = time.monotonic()
            found = await MEASUREMENTS[name](setting)
            figures += found
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return figures


def _write(figures: Sequence[Figure], quick: bool) -> Path:
    RESULTS.mkdir(exist_ok=True)
    moment = time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime())
    document: dict[str, Any] = {
        "time": moment,
        "quick": quick,
        "machine": {
            "processors": os.cpu_count(),
            "system": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(),
        },
        "figures": [figure.as_json() for figure in figures],
    }
    path = RESULTS / f"{moment}.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
