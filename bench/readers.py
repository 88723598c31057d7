"""Many followers in one process: `python -m bench.readers ADDRESS OPERATOR HOW-MANY MARK`.

Says "ready" once all have caught up, then reads until each has seen MARK, and prints for each when
its alarms came (monotonic seconds, the same clock for every process).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import grpc

from alarminati.v1 import subscription_pb2 as rpc
from bench.grpc_client import channel


class Reader:
    """One follower with a connection of its own. It keeps the bytes and reads them afterwards."""

    def __init__(self, address: str, operator: Path, mark: bytes) -> None:
        self._channel = channel(address, operator)
        self._mark = mark
        self._answers: list[tuple[float, bytes]] = []
        self.caught_up = asyncio.Event()

    async def read(self) -> None:
        """Until the mark."""
        subscribe: grpc.aio.UnaryStreamMultiCallable[rpc.SubscribeRequest, bytes]
        subscribe = self._channel.unary_stream(
            "/alarminati.v1.AlarmService/Subscribe", rpc.SubscribeRequest.SerializeToString
        )
        async for answer in subscribe(
            rpc.SubscribeRequest(from_now=True, encoding=rpc.RECORD_ENCODING_COMPACT)
        ):
            if not self.caught_up.is_set() and rpc.SubscribeResponse.FromString(answer).caught_up:
                self.caught_up.set()
                continue
            self._answers.append((time.monotonic(), answer))
            if self._mark in answer:
                break
        await self._channel.close()

    def moments(self) -> list[float]:
        """Return when each alarm came."""
        told = ((at, rpc.SubscribeResponse.FromString(answer)) for at, answer in self._answers)
        return [at for at, answer in told for _ in answer.records]


async def main(address: str, operator: str, many: str, mark: str) -> None:
    """Follow."""
    readers = [Reader(address, Path(operator), mark.encode()) for _ in range(int(many))]
    reading = [asyncio.create_task(reader.read()) for reader in readers]
    for reader in readers:
        await reader.caught_up.wait()
    print("ready", flush=True)
    await asyncio.gather(*reading)
    print(json.dumps([reader.moments() for reader in readers]), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
