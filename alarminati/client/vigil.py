"""When to look whether a silent stream still lives.

Streams are silent at rest, and a path that died in silence (a NAT that forgot it, a host without
power) tells nobody. So now and then, and whenever the machine has slept, one Ping is due.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

LEAST_SILENCE: Final = 45.0  # seconds without a sign of life before a stream counts as silent
SLEPT = 20.0  # seconds by which the wall clock runs ahead of the monotonic one after a suspend


class StreamState(Enum):
    """State of a subscription, by the time since an agent was heard."""

    LIVE = "live"
    LATE = "late"
    """A keepalive is overdue."""
    SILENT = "silent"
    """Three keepalives are overdue, and at least 45 s have passed."""


def stream_state(silence: float, interval: float) -> StreamState:
    """Return the state after `silence` seconds, where a sign of life is due each `interval`."""
    if silence < 2 * interval:
        return StreamState.LIVE
    return StreamState.SILENT if silence >= silent_after(interval) else StreamState.LATE


def silent_after(interval: float) -> float:
    """Return the seconds without a sign of life after which a stream counts as silent."""
    return max(3 * interval, LEAST_SILENCE)


class KeepaliveTimer:
    """Says when a probe is due. `interval` in seconds; anything heard puts it off.

    The default of 200 s lies below the 240 to 350 s after which cloud load balancers and NAT
    gateways forget idle connections, and costs about 130 kB a day.
    """

    def __init__(self, now: float, wall: float, interval: float = 200.0) -> None:
        self._interval = interval
        self._heard = now
        self._ahead = wall - now
        self._slept = False

    def heard(self, now: float) -> None:
        """Something arrived."""
        self._heard = now
        self._slept = False

    def due(self, now: float, wall: float) -> bool:
        """Whether to probe; `now` monotonic, `wall` since 1970, both seconds."""
        ahead = wall - now
        if ahead - self._ahead > SLEPT:
            self._slept = True
        self._ahead = ahead
        return self._slept or now - self._heard >= self._interval
