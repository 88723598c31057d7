"""Timestamps of the protos, from and to the milliseconds that everything else counts in."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp


def timestamp(milliseconds: int) -> Timestamp:
    """The moment so many milliseconds since 1970 UTC."""
    seconds, rest = divmod(milliseconds, 1000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000_000)


def since_epoch(moment: Timestamp) -> int:
    """Milliseconds since 1970 UTC; 0 when it is not set."""
    return moment.seconds * 1000 + moment.nanos // 1_000_000
