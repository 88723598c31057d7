"""A gRPC channel to an agent, with the operator's certificate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import grpc

from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1.alarm_service_pb2_grpc import AlarmServiceStub
from alarminati.wire.credentials import Tls, dial

ANSWERED_LATE = 300.0  # seconds for all batches


def channel(address: str, operator: Path) -> grpc.aio.Channel:
    """As `alarminati.client` opens it."""
    return dial(address, Tls.load(operator))


class Batches:
    """Batches made beforehand, sent on one stream with some of them unanswered."""

    def __init__(self, batches: Sequence[rpc.ReportStreamRequest], ahead: int) -> None:
        self._batches = batches
        self._room = asyncio.Semaphore(ahead)
        self.replicas: list[int] = []
        """How many replicas had each batch when it was answered."""

    async def send(self, on: grpc.aio.Channel) -> float:
        """Send all; the seconds until the last answer. Every batch must have been taken."""
        began = time.monotonic()
        call = AlarmServiceStub(on).ReportStream(self._requests(), timeout=ANSWERED_LATE)
        async for answer in call:
            assert not answer.HasField("refusal"), answer.refusal.message
            self.replicas.append(answer.replicas)
            self._room.release()
        assert len(self.replicas) == len(self._batches)
        return time.monotonic() - began

    async def _requests(self) -> AsyncIterator[rpc.ReportStreamRequest]:
        for batch in self._batches:
            await self._room.acquire()
            yield batch
