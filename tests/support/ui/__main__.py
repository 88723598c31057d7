"""Runs the fixture server: python -m tests.support.ui [PORT]; prints its address."""

from __future__ import annotations

import sys

from tests.support.ui.server import FixtureServer

if __name__ == "__main__":
    server = FixtureServer(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    sys.stdout.write(server.url + "\n")
    sys.stdout.flush()
    server.serve_forever()
