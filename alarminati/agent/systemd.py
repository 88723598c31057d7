"""Words for systemd about this service: it is ready, alive, or stopping.

One datagram each, as in sd_notify(3), to the socket that NOTIFY_SOCKET names. Outside of systemd
nothing is sent. A word that does not get through is lost: no agent fails because of it.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from typing import Final

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
WATCHDOG: Final = "WATCHDOG=1"
SHARE: Final = 0.4  # of the time in which systemd wants to hear of us


class ServiceManager:
    """Service manager that started this process, if it wants to hear of it."""

    def __init__(self, environ: Mapping[str, str], pid: int | None = None) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):  # a name without a file
            self._address = "\0" + self._address[1:]
        ours = environ.get("WATCHDOG_PID", "") in ("", str(pid or os.getpid()))
        microseconds = environ.get("WATCHDOG_USEC", "")
        timeout = int(microseconds) / 1e6 if ours and microseconds.isdecimal() else 0.0
        self.interval = timeout * SHARE if self._address else 0.0  # seconds; 0: no watchdog

    def tell(self, *words: str) -> None:
        """Send words, at once and without waiting."""
        if not self._address.startswith(("/", "\0")):
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(words).encode(), self._address)
        except OSError:
            pass  # its socket is full or gone; the watchdog is told again soon

    async def watch(self) -> None:
        """Say again and again that the loop turns; a stuck one is killed and started anew."""
        while self.interval:
            self.tell(WATCHDOG)
            await asyncio.sleep(self.interval)
