"""`alarminati ui`: the app, on this computer, for all clusters that its owner joined."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from alarminati.cli.extras import require
from alarminati.cli.output.terminal import Failure, korean, tell, translated

if TYPE_CHECKING:
    from alarminati.client import Client
    from alarminati.ui.schema.common import Text


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Listen there. [7480 or the next]")
@click.option("--no-browser", is_flag=True, help="Print the address and open nothing.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the histories and the app's settings.",
)
@click.option("--demo", is_flag=True, help="Over three agents of its own with a day of alarms.")
def ui(port: int | None, no_browser: bool, data: Path | None, demo: bool) -> None:
    """Open the app: all your clusters on one page.

    Serves a page on this computer only, for the browser that it opens. Everything that came is
    kept in $ALARMINATI_DATA (else ~/.local/share/alarminati) and can be read without a network. A
    second start opens the window of the first. Ends with Ctrl-C. Needs the extra `ui`: pip install
    'alarminati[ui]'.

    \b
    Example:
      alarminati ui
      alarminati ui --no-browser --port 7490
    """
    require("ui")
    if demo:
        require("agent")
    from alarminati.cli.options.target import quiet_grpc

    quiet_grpc()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    with suppress(KeyboardInterrupt):
        asyncio.run(_run(port, not no_browser, data, demo))


async def _run(port: int | None, browser: bool, data: Path | None, demo: bool) -> None:
    from alarminati.client.history import data_folder
    from alarminati.client.profile import Profiles, profiles_folder
    from alarminati.ui.running import DemoFailed, Plan, run

    with ExitStack() as opened:
        folder, profiles = data or data_folder(), Profiles(profiles_folder())
        if demo:
            root = Path(opened.enter_context(TemporaryDirectory(prefix="alarminati-ui-")))
            tell("Three agents start; the day of alarms comes while you look.")
            folder, profiles = root / "data", Profiles(root / "profiles")

        def show(address: str, already: bool) -> None:
            from alarminati.ui.opening import open_browser

            if already:
                tell("The app runs already.")
            if browser and open_browser(address):
                tell("The app is open in your browser; Ctrl-C ends it.")
            else:
                tell("Open this address within five minutes:")
                click.echo(f"  {address}")

        language = ("ko" if korean() else "en") if demo else ""
        plan = Plan(folder, profiles, port, renewing, sentence, show, language)
        try:
            await run(plan)
        except DemoFailed as error:
            raise Failure(error.problem.ko if korean() else error.problem.en) from error
        except TimeoutError as error:
            raise Failure(str(error)) from error
        except OSError as error:
            if port is None:
                raise
            said = translated("port {port} is taken: {reason}", port=port, reason=error.strerror)
            raise Failure(said) from error


@asynccontextmanager
async def renewing(client: Client, folder: Path) -> AsyncIterator[None]:
    """Keep the certificate of a client renewed."""
    from alarminati.cli.commands.renewal import kept_renewed

    async with kept_renewed(client, folder, ours=True):
        yield


def sentence(sign: str, facts: Mapping[str, Any]) -> Text:
    """Return what the doctor says, in both languages."""
    from alarminati.cli.commands.doctor import SENTENCES
    from alarminati.cli.i18n.korean import TEXTS
    from alarminati.ui.schema.common import Text

    english = SENTENCES[sign]
    return Text(TEXTS[english].format(**facts), english.format(**facts))
