"""`alarminati top`: the app without its page, for who stays in the terminal."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from alarminati.cli.commands.history import data_option
from alarminati.cli.output.terminal import Exit, Failure, translated

if TYPE_CHECKING:
    from alarminati.ui.app import App

LOOK: Final = 0.5
AGES: Final = 20.0
"""Seconds after which a screen without news is drawn again, for its ages."""
_PATIENCE: Final = 5.0
_ROWS: Final = 500
_ENTER: Final = "\x1b[?1049h\x1b[?25l"  # xterm: alternate screen, no cursor
_LEAVE: Final = "\x1b[?25h\x1b[?1049l"
_HOME: Final = "\x1b[H"
_LINE_END: Final = "\x1b[K"
_SCREEN_END: Final = "\x1b[J"


@click.command()
@click.option("--search", default="", metavar="TEXT", help="Only alarms with these words.")
@click.option(
    "--tab",
    type=click.Choice(["todo", "firing", "acknowledged", "muted", "resolved", "all"]),
    default="todo",
    show_default=True,
    help="Alarms of this tab of the app.",
)
@click.option("--once", is_flag=True, help="Print what there is, and end.")
@data_option
def top(search: str, tab: str, once: bool, data: Path | None) -> None:
    """Watch the alarms of all your clusters in the terminal.

    The worst severity first, then the newest change. Follows every cluster that you joined and
    keeps what comes, as `alarminati ui` does; both may run. Ends with Ctrl-C. Where standard
    output is no terminal it prints once.

    \b
    Example:
      alarminati top
      alarminati top --tab firing --search redis --once
    """
    from alarminati.cli.options.target import quiet_grpc

    quiet_grpc()
    with suppress(KeyboardInterrupt):
        asyncio.run(_top(search, tab, once or not sys.stdout.isatty(), data))


async def _top(search: str, tab: str, once: bool, data: Path | None) -> None:
    from alarminati.cli.commands.ui import renewing, sentence
    from alarminati.client.history import data_folder
    from alarminati.client.profile import Profiles, profiles_folder
    from alarminati.ui.app import App
    from alarminati.ui.follow.following import ProfileFollowers
    from alarminati.ui.store.database import Database

    profiles, folder = Profiles(profiles_folder()), data or data_folder()
    if not profiles.names():
        raise Failure(translated("You joined no cluster yet: alarminati join"), Exit.NOT_FOUND)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    app = App(Database(folder / "app.db"))
    app.followers = followers = ProfileFollowers(
        app, folder, profiles, renewing=renewing, translate=sentence
    )
    app.start()
    try:
        await followers.start()
        if once:
            await _settled(app)
            for line in lines(app, search, tab, shutil.get_terminal_size((0, 0)).columns, 0):
                click.echo(line)
        else:
            await _watch(app, search, tab)
    finally:
        await app.stop()
        await followers.stop()
        app.base.close()


async def _settled(app: App) -> None:
    """Wait until all clusters were heard, or for a while."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        app.tick()
        if all(live.state not in ("connecting", "unknown") for live in app.live.values()):
            break
        await asyncio.sleep(0.1)


async def _watch(app: App, search: str, tab: str) -> None:
    with _screen():
        shown = (0, 0.0, shutil.get_terminal_size())
        while True:
            size, now = shutil.get_terminal_size(), time.monotonic()
            if app.hub.seq != shown[0] or now - shown[1] > AGES or size != shown[2]:
                shown = (app.hub.seq, now, size)
                told = lines(app, search, tab, size.columns, size.lines)
                text = "\n".join(line + _LINE_END for line in told)
                click.echo(_HOME + text + _SCREEN_END, nl=False)
            await asyncio.sleep(LOOK)


@contextmanager
def _screen() -> Iterator[None]:
    click.echo(_ENTER, nl=False)
    try:
        yield
    finally:
        click.echo(_LEAVE, nl=False)


def lines(app: App, search: str, tab: str, width: int, height: int) -> list[str]:
    """Return a screen of what the app knows now."""
    from alarminati.cli.output.screen import frame
    from alarminati.ui.state import silent_rows
    from alarminati.ui.store.listing import Query
    from alarminati.ui.summary import summary

    query = Query(tab=tab, q=search, limit=min(height, _ROWS) if height else _ROWS)
    found = app.listing(lambda listing: listing.answer(query))
    rows = found.rows
    if not search and tab in ("todo", "firing", "all"):
        silent = silent_rows(app)
        rows, found.total = [*silent, *rows], found.total + len(silent)
    return frame(summary(app, 0), rows, found.total, width, height)
