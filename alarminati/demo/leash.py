"""Runs a module as a program that ends when whoever started it does: standard input is the leash.

    python -m alarminati.demo.leash alarminati agent --config a1.yaml

The starter holds the other end of the pipe and never writes. Whatever ends it, kill -9 too, closes
that end, so nothing is left running; it needs nothing of one operating system in particular.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import sys
import threading

_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # which ends at once on Windows


def _hold() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), _KILL)


def main() -> None:
    """Run the module that the first argument names, with the arguments after it."""
    threading.Thread(target=_hold, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
