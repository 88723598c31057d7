"""`python -m alarminati` is the `alarminati` command."""

from __future__ import annotations

import sys

from alarminati.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
