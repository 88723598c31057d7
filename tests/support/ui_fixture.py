"""The app's server over made-up clusters, for work on the page: no agents, the same routes.

    python -m tests.support.ui_fixture [--port N] [--storm] [--offline] [--empty] [--seed N]

Prints the address to open. Everything follows from the seed and the present time; acts are taken
as a cluster would, and come back as records.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from alarminati.ui.app import App
from alarminati.ui.live import Live
from alarminati.ui.schema.clusters import CompanyChange
from alarminati.ui.server.guard import Guard
from alarminati.ui.server.pages import Pages
from alarminati.ui.server.serving import DIST, address, listen, serve
from alarminati.ui.store.database import Database
from alarminati.ui.store.directory import Known
from alarminati.ui.traffic import count
from alarminati.wire.background import awaited
from tests.support.ui_alarms import MINUTE, MadeCache, Story, day, storm
from tests.support.ui_calls import MadeCalls

CLUSTERS = (
    # project, cluster, company, environment, budget
    ("w-sharing", "seoul-1", "w", "PROD", 2_000_000),
    ("w-sharing", "busan-1", "w", "PROD", 1_000_000),
    ("w-billing", "tokyo-1", "b", "PROD", 1_500_000),
    ("old-shop", "shop-1", "old", "", 0),
)
SILENT = "busan-1"
COMPANIES = {"w": "W 셰어링", "b": "W 빌링", "old": "이전 회사"}


class MadeFollowers:
    """Opens histories; follows nobody."""

    def __init__(self, app: App, folder: Path, *, check: bool = True) -> None:
        self._app = app
        self._check = check
        self._folder = folder

    def open(self, known: Known) -> Live:
        """Open the history of a cluster."""
        live = self._app.add(
            known, interval=self._app.interval_of(known), hosts=[f"{known.name}:1"]
        )
        live.history = MadeCache(self._folder / f"{known.id}.db", check=self._check)
        assert live.history.take()
        live.history.resume()
        live.calls = MadeCalls(self._app, live)
        return live

    async def follow(self, live: Live) -> None:
        """Nothing is to be followed."""

    async def remove(self, live: Live, *, forget: bool) -> None:
        """Close the history."""
        if live.history is not None:
            live.history.close()


def made_app(
    folder: Path, seed: int, *, storms: bool = False, empty: bool = False, size: int = 100
) -> App:
    """Return an app with everything in it; start it within a loop."""
    app = App(Database(folder / "app.db"), build=Pages(DIST).build)
    app.followers = MadeFollowers(app, folder)
    if empty:
        return app
    dice, now = Random(seed), app.now()
    for id, name in COMPANIES.items():
        change = CompanyChange(name, archived=id == "old" or None)
        app.directory.change_company(id, change, now - 90 * 24 * 60 * MINUTE)
    for number, (project, name, company, environment, budget) in enumerate(CLUSTERS):
        known = app.directory.meet(project, name, "")
        known.company, known.environment, known.budget_bytes = company, environment, budget
        known.me, known.role = "minsu", "operator"
        known.agents = [f"alarms-{name}.example.com:7443"]
        known.certificate_end_ms = now + (12 + 80 * number) * 24 * 60 * MINUTE
        app.directory.keep(known)
        live = app.open(known)
        app.directory.show(known)
        story = Story(app, live)
        day(story, dice, now, size=14 if company == "old" else size, old=company == "old")
        if storms and name == "seoul-1":
            storm(story, dice, now)
        for _ in range(3):
            count(app, live, dice.randrange(100_000, 300_000))
        count(app, live, 240_000, keepalive=True)
        live.today_bytes = 460_000
    app.flush()
    return app


def keep_alive(app: App, *, offline: bool = False) -> None:
    """Let all clusters but the silent one be heard of."""
    now = app.clock()
    for live in app.live.values():
        if live.state == "archived":
            continue
        quiet = live.known.name == SILENT or offline
        if quiet and live.heard.heard is None:
            live.hear(now - 720, app.now() - 12 * MINUTE)
        elif not quiet:
            live.hear(now, app.now())


async def run(arguments: argparse.Namespace, folder: Path) -> None:
    """Serve until interrupted."""
    app = made_app(folder, arguments.seed, storms=arguments.storm, empty=arguments.empty)
    keep_alive(app, offline=arguments.offline)
    if arguments.offline:
        app.network.offline = True
    app.start()
    if arguments.storm:
        app.storms.look(app.now(), 12_340, 12_340)
    app.tick()
    sock = listen(arguments.port)
    port = sock.getsockname()[1]
    guard = Guard(b"fixture" * 5, port)
    token = "fixture" if arguments.token == "fixture" else ""
    if token:
        guard.allow(token)
    else:
        token = guard.token(time.monotonic())
    print(address(port, token), flush=True)
    dice = Random(arguments.seed + 1)

    async def living() -> None:
        while True:
            keep_alive(app, offline=arguments.offline)
            await asyncio.sleep(5)
            if arguments.live and app.live:
                live = next(each for each in app.live.values() if each.state == "live")
                Story(app, live).something(dice, app.now())

    task = awaited(living())
    try:
        await serve(app, guard, Pages(DIST), sock)
    finally:
        task.cancel()
        await app.stop()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.ui_fixture")
    parser.add_argument("--port", type=int, default=None)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--storm", action="store_true", help="12,340 alarms")
    parser.add_argument("--offline", action="store_true", help="this computer has no network")
    parser.add_argument("--empty", action="store_true", help="nothing joined yet")
    parser.add_argument("--live", action="store_true", help="an alarm every five seconds")
    parser.add_argument("--token", default="", help="'fixture': the token is that, any time")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            asyncio.run(run(arguments, Path(folder)))
        except KeyboardInterrupt:
            sys.exit(0)


if __name__ == "__main__":
    main()
