"""`python -m alarminati` is the `alarminati` command, and so is the installed script."""

from __future__ import annotations

import sys


def run() -> int:
    """Run the command of `sys.argv` and return its exit code.

    Ctrl-C ends it in peace from the first moment on, also while its libraries are imported.
    """
    try:
        from alarminati.cli.main import main

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(run())
