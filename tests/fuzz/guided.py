"""One target fed by atheris, which breeds inputs that reach new code; see `tests.fuzz.__main__`.

It is not among the dependencies: only this program needs it, and there are wheels for Linux only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

RSS_MIB = 400  # beyond that a run fails


def main() -> None:
    """Never returns: libFuzzer ends the process, with 0 when nothing was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--one", required=True)
    parser.add_argument("--inputs", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    try:
        atheris: Any = import_module("atheris")
    except ImportError:
        sys.exit("atheris is not installed; try: pip install atheris")
    with atheris.instrument_imports(include=["alarminati"]):
        table: Any = import_module("tests.fuzz.table")
    with tempfile.TemporaryDirectory() as folder, table.opened(options.one) as (target, _):
        for number, seed in enumerate(target.seeds):
            (Path(folder) / str(number)).write_bytes(seed)
        arguments = [
            sys.argv[0],
            f"-runs={options.inputs}",
            f"-seed={options.seed or 1}",
            "-max_len=4096",
            "-timeout=10",
            f"-rss_limit_mb={RSS_MIB}",
            "-print_final_stats=1",
            "-verbosity=0",
            folder,
        ]
        print(f"{options.one}:", flush=True)
        atheris.Setup(arguments, target.feed)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
