"""The program and real agents, some of which hold the authority's key."""

from __future__ import annotations

from tests.cli.conftest import Ended, Run, environ, run

__all__ = ["Ended", "Run", "environ", "run"]
