"""One follower as the app is one: `python -m bench.follower ADDRESS OPERATOR CACHE HOW-MANY`.

Says "caught up" once it is, and prints how many alarms it holds; then "seen" after HOW-MANY more.
It asks for keepalives every 5 s, the shortest interval there is.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from alarminati.client import Cache, CaughtUp, Client, Record, cache_path


async def main(address: str, operator: str, folder: str, more: str) -> None:
    """Follow."""
    left, held, live = int(more), 0, False
    async with Client([address], tls=Path(operator)) as client:
        with Cache(cache_path(Path(folder), "bench")) as cache:
            async for event in client.subscribe(cache, keepalive_interval=5.0):
                if isinstance(event, CaughtUp) and not live:
                    live = True
                    print(f"caught up {held}", flush=True)
                elif isinstance(event, Record) and live:
                    left -= 1
                    if not left:
                        print("seen", flush=True)  # the measurement ends us
                elif isinstance(event, Record):
                    held += 1


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
