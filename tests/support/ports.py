"""Ports for processes that are started again on the same one."""

from __future__ import annotations

import os
import random
import socket

# Below the range from which systems take ports for outgoing connections (32768 on Linux), so that
# none of those takes a port while its process is down.
LOWEST, HIGHEST = 20_000, 32_000

_dice = random.Random(os.getpid())
_given: set[int] = set()


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on and that was not given out before."""
    while True:
        port = _dice.randrange(LOWEST, HIGHEST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port
