"""The whole app: one process a data folder, its parts put together, and a clean end."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alarminati.client.profile import Profiles
from alarminati.ui.app import App
from alarminati.ui.checking import check_later
from alarminati.ui.demonstration import DemoAgents
from alarminati.ui.follow.calls import Translate
from alarminati.ui.follow.following import ProfileFollowers, Renewing
from alarminati.ui.follow.joining import Joining
from alarminati.ui.offline import LOCK
from alarminati.ui.schema.clusters import DemoStatus
from alarminati.ui.schema.common import Text
from alarminati.ui.server.guard import Guard, signing_key
from alarminati.ui.server.pages import Pages
from alarminati.ui.server.serving import DIST, address, listen, serve
from alarminati.ui.store.database import Database
from alarminati.wire.background import awaited, begin
from alarminati.wire.locking import lock
from alarminati.wire.writing import write

PORT_FILE: Final = "ui.port"
TOKENS: Final = "ui.token"
_UNROUTED: Final = ("192.0.2.1", 9)  # RFC 5737: nothing is sent, the kernel only looks for a way
CHECK_AFTER: Final = 3.0
"""Seconds after which files are read whole: the page has its first rows."""
_LOOK: Final = 0.05
_PATIENCE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How the app is to run."""

    folder: Path
    profiles: Profiles
    port: int | None
    renewing: Renewing
    translate: Translate
    opened: Callable[[str, bool], None]
    """Called with the address, and whether another process had the app open already."""
    demo: str = ""
    """Language of the demo to begin with; empty: without it."""


class DemoFailed(Exception):
    """The demo's agents did not start."""

    def __init__(self, problem: Text) -> None:
        super().__init__(problem.en)
        self.problem = problem


def has_route() -> bool:
    """Return whether the operating system knows a way out of this computer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_UNROUTED)
        except OSError:
            return False
    return True


async def run(plan: Plan) -> None:
    """Run until SIGINT or SIGTERM; open the window of the one that runs already, if there is."""
    plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = lock(plan.folder / LOCK)
    if held is None:
        plan.opened(await _ask_for_token(plan.folder), True)
        return
    try:
        await _run(plan)
    finally:
        for name in (PORT_FILE, TOKENS):
            (plan.folder / name).unlink(missing_ok=True)
        os.close(held)


async def _run(plan: Plan) -> None:
    pages = Pages(DIST)
    base = Database(plan.folder / "app.db", check=False)
    app = App(base, build=pages.build, route=has_route)
    followers = ProfileFollowers(
        *(app, plan.folder, plan.profiles),
        renewing=plan.renewing,
        translate=plan.translate,
        check=False,
    )
    app.followers = followers
    app.joining = Joining(plan.profiles, followers).join
    demo = app.demo = DemoAgents(app, followers, plan.profiles)
    sock = listen(_port(plan, base))
    port = sock.getsockname()[1]
    base.keep_setting("port", port)
    guard = Guard(signing_key(plan.folder), port)
    write(plan.folder / PORT_FILE, json.dumps({"port": port}).encode(), 0o600)
    for known in app.directory.clusters.values():
        app.directory.show(known)
    app.start()
    checking: asyncio.Task[None] | None = None
    asking = awaited(_answer_tokens(plan.folder, guard, port))
    try:
        await demo.clear()
        await followers.start()
        if plan.demo:
            _must_run(await demo.start(plan.demo))
        app.tick()
        plan.opened(address(port, guard.token(time.monotonic())), False)
        checking = begin(check_later(app, CHECK_AFTER), "check of files")
        await serve(app, guard, pages, sock)
    finally:
        asking.cancel()
        if checking is not None:
            checking.cancel()
        await demo.stop()
        await app.stop()
        await followers.stop()
        base.close()
        sock.close()


def _must_run(status: DemoStatus) -> None:
    if status.problem is not None:
        raise DemoFailed(status.problem)


def _port(plan: Plan, base: Database) -> int | None:
    """Return the port asked for, or the one of the last time if it is free."""
    if plan.port is not None:
        return plan.port
    last = base.setting("port")
    if isinstance(last, int):
        with suppress(OSError):
            listen(last).close()
            return last
    return None


# A second start wants the window of the first: it leaves a note that only the owner can write, and
# the first answers it with a token.


async def _ask_for_token(folder: Path) -> str:
    """Return the address of the app that runs. Raises TimeoutError."""
    path = folder / TOKENS
    write(path, b"", 0o600)
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with suppress(OSError, ValueError):
            told = json.loads(path.read_bytes())
            path.unlink(missing_ok=True)
            return str(told["address"])
        await asyncio.sleep(_LOOK)
    raise TimeoutError("the app that runs already does not answer")


async def _answer_tokens(folder: Path, guard: Guard, port: int) -> None:
    path = folder / TOKENS
    while True:
        with suppress(OSError):
            if path.exists() and not path.stat().st_size:
                told = json.dumps({"address": address(port, guard.token(time.monotonic()))})
                write(path, told.encode(), 0o600)
        await asyncio.sleep(1.0)
