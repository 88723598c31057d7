"""A relay as a process of its own that kills itself with SIGKILL at a step of its disk work."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from alarminati.config.relay import load_relay
from alarminati.relay_server.app import Ports, run


def main(config: Path, kill_at: int) -> None:
    """Run; `kill_at` is the number of the step that is the last, 0 for none."""
    steps = 0

    def step(name: str) -> None:
        nonlocal steps
        steps += 1
        if steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def ready(ports: Ports) -> None:
        print(ports.http, *ports.pull.values(), flush=True)

    def never() -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()

    asyncio.run(run(load_relay(config), never, ready=ready, step=step))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
