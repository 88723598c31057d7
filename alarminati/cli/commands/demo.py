"""`alarminati demo`: tells the demo's story as it happens, then stays up to be played with."""

from __future__ import annotations

import asyncio
import shlex
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent
from typing import TYPE_CHECKING

import click

from alarminati.cli.extras import require
from alarminati.cli.output.terminal import Failure, korean, tell, translated

if TYPE_CHECKING:
    from alarminati.demo.stage import Stage
    from alarminati.demo.story import Event, Opened, Received, Step, Untrue

LOG_LINES = 12  # of each process, when a step fails


@click.command()
@click.option("--once", is_flag=True, help="Tell the story and end; fails when a step does.")
def demo(once: bool) -> None:
    """See it all work on this computer.

    Three agents with certificates of their own, a sample application that they watch, and a
    stand-in for Slack. An alarm is reported and delivered, the application breaks and is mended,
    the master is killed, the next one delivers. Then it stays up until Ctrl-C.

    Listens on loopback at free ports, and leaves nothing behind.

    \b
    Example:
      alarminati demo
      alarminati demo --once
    """
    require("agent")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # what alarms say may not fit the terminal
    with TemporaryDirectory(prefix="alarminati-demo-", ignore_cleanup_errors=True) as folder:
        asyncio.run(_show(Path(folder), once))


async def _show(folder: Path, once: bool) -> None:
    from alarminati.demo.stage import staged
    from alarminati.demo.story import encore, story

    told = False
    try:
        async with (
            _ended_by(signal.SIGTERM, signal.SIGHUP),
            staged(folder, "ko" if korean() else "en") as stage,
        ):
            _introduce(stage)
            await _tell(stage, story(stage))
            told = True
            if not once:
                _invite(stage)
                await _tell(stage, encore(stage))
                raise Failure(translated("Everything has ended, though nobody asked for it."))
    except asyncio.CancelledError:
        if not told:
            raise click.Abort from None
        click.echo()
    tell("All of it has ended, and its folder is gone.")


async def _tell(stage: Stage, events: AsyncGenerator[Event, None]) -> None:
    from alarminati.demo.story import Begun, Untrue

    headline = ""
    async with aclosing(events):
        try:
            async for event in events:
                if isinstance(event, Begun):
                    headline = _headline(event.step, event.replica)
                    click.secho(f"\n{headline}", bold=True)
                else:
                    _narrate(stage, event)
        except Untrue as error:
            raise _failure(stage, headline, error) from error


@asynccontextmanager
async def _ended_by(*signals: signal.Signals) -> AsyncIterator[None]:
    """Let these signals do what Ctrl-C does."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    for number in signals:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _introduce(stage: Stage) -> None:
    click.secho("Alarminati", bold=True)
    tell("Three agents on this computer, an application they watch, and a stand-in for Slack.")
    if not stage.zeroconf:
        tell("Multicast does not work here, so the agents are told each other's addresses.")


def _narrate(stage: Stage, event: Event) -> None:
    from alarminati.demo import story

    match event:
        case story.Opened():
            _opened(event)
        case story.Elected(master, standbys, seconds):
            _elected(master, standbys, seconds)
        case story.Accepted(_, replicas, seconds):
            _accepted(replicas, seconds)
        case story.Received():
            _received(event)
        case story.Followable():
            _follow(stage)
        case story.Returned(name, master, seconds):
            _returned(name, master, seconds)
        case story.Counted(alarms, messages, twice):
            _counted(alarms, messages, twice)
        case story.Gone(name):
            tell("{name} has ended.", name=name)


def _headline(step: Step, replica: str) -> str:
    match step.name:
        case "OPEN":
            return translated("Certificates are made and the agents start.")
        case "ELECT":
            return translated("They find each other and elect a master.")
        case "REPORT":
            return translated("An alarm is reported to {name}, a standby.", name=replica)
        case "BREAK":
            return translated("The application breaks; the master checks its health every second.")
        case "MEND":
            return translated("The application is mended.")
        case "KILL":
            return translated(
                "The master {name} is killed with kill -9, and an alarm is reported.", name=replica
            )
        case "RETURN":
            return translated("{name} is started again.", name=replica)
        case _:
            return translated("Has everything been delivered?")


def _opened(event: Opened) -> None:
    for name, pid, ports in event.agents:
        address = f"gRPC 127.0.0.1:{ports.grpc}  HTTP 127.0.0.1:{ports.http}"
        click.echo("  " + translated("{name}  process {pid}  {address}", name=name,
                                     address=address, pid=pid))  # fmt: skip


def _elected(master: str, standbys: tuple[str, ...], seconds: float) -> None:
    after = f"{seconds:.1f}"
    if standbys:
        others = ", ".join(standbys)
        line = translated(
            "{master} is master after {seconds} s; standing by: {others}",
            master=master,
            others=others,
            seconds=after,
        )
    else:
        line = translated(
            "{master} is master after {seconds} s, and alone", master=master, seconds=after
        )
    click.echo(f"  {line}")


def _accepted(replicas: int, seconds: float) -> None:
    line = translated(
        "accepted after {ms} ms, copies on disk: {replicas}",
        ms=round(seconds * 1000),
        replicas=replicas,
    )
    click.echo(f"  {line}")


def _received(event: Received) -> None:
    from alarminati.demo.show import pretty

    if not event.replica:
        click.echo()
    else:
        line = translated(
            "delivered by {replica} after {seconds} s:",
            replica=event.replica,
            seconds=f"{event.seconds:.2f}",
        )
        click.echo(f"  {line}")
    click.echo(indent(pretty(event.body), "    "))


def _follow(stage: Stage) -> None:
    click.echo()
    tell("To follow along in another terminal:")
    click.echo(f"  {stage.tail_line()}")


def _returned(name: str, master: str, seconds: float) -> None:
    line = translated(
        "{name} stands by under {master} and has what it missed, after {seconds} s",
        name=name,
        master=master,
        seconds=f"{seconds:.1f}",
    )
    click.echo(f"  {line}")


def _counted(alarms: int, messages: int, twice: int) -> None:
    line = translated(
        "yes: {alarms} alarms, {messages} messages, none lost, nothing left to send",
        alarms=alarms,
        messages=messages,
    )
    click.echo(f"  {line}")
    if twice:
        line = translated("{twice} came twice, as may happen when a master dies", twice=twice)
        click.echo(f"  {line}")


def _invite(stage: Stage) -> None:
    http = stage.ports[min(stage.ports)].http
    click.echo()
    click.secho(translated("Your turn: what the channel gets is shown here. Ctrl-C ends it."),
                bold=True)  # fmt: skip
    tell("In another terminal:")
    click.echo(f"  . {shlex.quote(str(stage.folder / 'env'))}")
    for line in (
        "alarminati tail",
        'alarminati report "the office is too warm" --severity WARNING',
        "alarminati list",
        "alarminati status",
        f"curl http://127.0.0.1:{http}/v1/alarms -H 'Content-Type: application/json'"
        """ -d '{"message":"the cake is gone","severity":"INFO"}'""",
        f"curl -X POST {stage.app}/break",
        f"curl -X POST {stage.app}/mend",
    ):
        click.echo(f"  {line}")
    tell("Or kill an agent:")
    for name in sorted(stage.ports):
        click.echo(f"  kill -9 {stage.crew.children[name].pid}  # {name}, {stage.address(name)}")


def _failure(stage: Stage, step: str, error: Untrue) -> Failure:
    """The sentence for a step that did not come true; what the processes logged goes before it."""
    from alarminati.demo.story import PATIENCE

    for log in sorted(stage.folder.glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
        if lines:
            click.echo(f"\n{log.stem}:\n" + indent("\n".join(lines), "  "), err=True)
    click.echo(err=True)
    if error.ended:
        why = translated("{name} has ended", name=error.ended)
    else:
        why = error.problem or translated(
            "it was not so after {seconds} s", seconds=f"{PATIENCE:g}"
        )
    return Failure(translated("this did not come true: {step} ({why})", step=step, why=why))
