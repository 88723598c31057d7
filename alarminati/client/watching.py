"""Notices that the other end of a silent stream is gone, and ends the stream."""

from __future__ import annotations

import asyncio
import time
from math import inf
from typing import Final

import grpc

from alarminati.client.connection import LOST, Link
from alarminati.client.vigil import KeepaliveTimer, silent_after
from alarminati.v1 import subscription_pb2 as service
from alarminati.wire.background import begin

_TICK: Final = 5.0  # seconds between looks at the clock, at most; costs no traffic
_FIRST: Final = 5.0  # seconds for a connection and the first answer, which comes at once
_PROBE: Final = 10.0  # seconds an agent gets to answer a Ping before its streams count as dead

Call = grpc.aio.UnaryStreamCall[service.SubscribeRequest, service.SubscribeResponse]


class StreamKeepalive:
    """Watches one stream from its start to its end."""

    def __init__(self, call: Call, link: Link, interval: float) -> None:
        """`interval`: seconds of silence after which an agent without keepalives is asked whether
        it lives."""
        self.silent = False
        """True: nobody answers there, and the stream was cancelled for it."""
        self._call = call
        self._link = link
        self._clock = asyncio.get_running_loop().time
        self._interval = interval
        self._limit = inf
        self._heard = self._clock()
        self._vigil = KeepaliveTimer(self._heard, time.time(), interval)
        self._answered = asyncio.Event()
        self._task: asyncio.Task[None] | None = begin(self._run(), "watching over a stream")

    def heard(self) -> None:
        """Something arrived on the stream."""
        self._answered.set()
        self._heard = self._clock()
        self._vigil.heard(self._heard)

    def granted(self, interval: float) -> None:
        """The agent sends keepalives: no longer ask it, but after this machine has slept."""
        self._limit = silent_after(interval)
        self._interval = self._limit
        self._vigil = KeepaliveTimer(self._clock(), time.time(), inf)

    def stop(self) -> None:
        """The stream has ended."""
        if self._task is not None:
            self._task.cancel()
            self._task = None  # they would hold each other, and with them the connection

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(min(_FIRST, self._interval)):
                await self._answered.wait()
            while True:
                await asyncio.sleep(min(_TICK, self._interval / 4))
                if self._clock() - self._heard >= self._limit:
                    break
                if self._vigil.due(self._clock(), time.time()) and not await self._alive():
                    break
        except TimeoutError:
            pass  # not even a first answer
        self.silent = True
        self._call.cancel()

    async def _alive(self) -> bool:
        from alarminati.v1.cluster_service_pb2 import PingRequest

        try:
            await self._link.cluster.Ping(PingRequest(), timeout=min(_PROBE, self._interval))
        except grpc.aio.AioRpcError as error:
            if error.code() in LOST:
                return False
        self._vigil.heard(self._clock())
        return True
