"""`alarminati heartbeat`, `heartbeats` and `run`: jobs that must be heard of."""

from __future__ import annotations

import asyncio
import shlex
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import click

from alarminati.cli.options.param_types import ListType
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import (
    explain,
    headings,
    json_option,
    print_json,
    tell,
    translated,
)
from alarminati.wire.background import begin

if TYPE_CHECKING:
    from alarminati.client import HeartbeatStatus

LINES = 20  # of a command's output that are reported when it fails


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--start", "how", flag_value="start", help="The job begins.")
@click.option("--fail", "how", flag_value="failure", help="The job failed.")
@click.option("--comment", default="", metavar="TEXT", help="The last words of the job.")
@reach_options(timeout=10.0)
def heartbeat(reach: Target, name: str, how: str | None, comment: str) -> None:
    """Say that a job is well, begins, or failed.

    NAME is one of `heartbeats` of the agents' configuration. An alarm fires when the job is not
    heard of in time.

    \b
    Example:
      alarminati heartbeat backup
      alarminati heartbeat backup --fail --comment "no space left"
    """
    asyncio.run(_send(reach, name, how or "success", comment))


@click.group(cls=ListType)
def heartbeats() -> None:
    """List jobs that must be heard of.

    \b
    Example:
      alarminati heartbeats
    """


@heartbeats.command("list")
@json_option
@reach_options(timeout=5.0)
def list_heartbeats(reach: Target, as_json: bool) -> None:
    """List heartbeats: how each stands, and when it is due.

    \b
    Example:
      alarminati heartbeats list --json
    """
    from alarminati.cli.output.columns import table
    from alarminati.cli.output.rendering import iso, moment, printable

    found = asyncio.run(_list(reach))
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "state": one.state,
                    "interval_seconds": one.interval,
                    "grace_seconds": one.grace,
                    "last_time": iso(one.last),
                    "due_time": iso(one.due),
                    "missed_count": one.missed,
                    "last_duration_seconds": one.duration,
                }
                for one in found
            ]
        )
        return
    rows = [headings("NAME", "STATE", "LAST", "DUE", "MISSED")]
    for one in found:
        last, due = (moment(one.last) if one.last else "-"), (moment(one.due) if one.due else "-")
        rows.append([printable(one.name), one.state.upper(), last, due, str(one.missed)])
    for line in table(rows) if found else ():
        click.echo(line)
    if not found:
        tell("There are no heartbeats in the configuration.")


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--name", default="", metavar="NAME", help="Of the alarm. Default: the command.")
@click.option(
    "--heartbeat", "beat", default="", metavar="NAME", help="Signal this heartbeat instead."
)
@click.option("--severity", default="ERROR", show_default=True, help="Of the alarm.")
@click.option(
    "--overrun", default=0.0, metavar="SECONDS", help="An alarm when it runs longer; it goes on."
)
@click.argument("command", nargs=-1, required=True, metavar="-- COMMAND...")
@reach_options(timeout=10.0)
def run(
    reach: Target, name: str, beat: str, severity: str, overrun: float, command: tuple[str, ...]
) -> int:
    """Run a command, and report an alarm when it fails.

    The alarm has the last lines of its output and is over when the command next ends well. Output
    and exit code are those of the command, also when no agent can be reached.

    \b
    Example:
      alarminati run --name backup -- pg_dump -f /backup/shop.sql shop
      alarminati run --heartbeat backup -- /usr/local/bin/backup
    """
    from alarminati.core.model.validation import Invalid, parse_severity

    try:
        parse_severity(severity)
    except Invalid as error:
        raise click.BadParameter(error.problem, param_hint="--severity") from None
    return asyncio.run(_Run(reach, name, beat, severity, overrun, command).go())


class _Run:
    """One command, and what is reported about it."""

    def __init__(
        self,
        reach: Target,
        name: str,
        beat: str,
        severity: str,
        overrun: float,
        command: Sequence[str],
    ) -> None:
        self._reach = reach
        self._name = name or shlex.join(command)[:200]
        self._beat = beat
        self._severity = severity
        self._overrun = overrun
        self._command = command
        self._lines: deque[str] = deque(maxlen=LINES)

    async def go(self) -> int:
        """Run it, and return its exit code."""
        if self._beat:
            await self._safely(_send(self._reach, self._beat, "start", ""))
        code = await self._ended()
        words = "\n".join(self._lines)
        if self._beat:
            how = "failure" if code else "success"
            said = f"it ended with {code}\n{words}" if code else ""
            await self._safely(_send(self._reach, self._beat, how, said[-1000:]))
        elif code:
            await self._safely(self._report(f"[{self._name}] failed with {code}", words))
        else:
            await self._safely(self._report(f"[{self._name}] ended well", "", resolved=True))
        return code

    async def _ended(self) -> int:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
        except FileNotFoundError:
            return self._never(translated("there is no command {name}", name=self._command[0]), 127)
        except OSError as error:
            return self._never(f"{self._command[0]}: {error.strerror}", 126)
        assert process.stdout is not None and process.stderr is not None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, process.send_signal, number)
        pumps = asyncio.gather(
            self._pump(process.stdout, sys.stdout.buffer),
            self._pump(process.stderr, sys.stderr.buffer),
        )
        late = begin(self._watch(), "watching how long it runs") if self._overrun else None
        await pumps
        code = await process.wait()
        if late is not None:
            late.cancel()
        return code if code >= 0 else 128 - code

    def _never(self, sentence: str, code: int) -> int:
        click.echo(f"alarminati: {sentence}", err=True)
        self._lines.append(sentence)
        return code

    async def _watch(self) -> None:
        await asyncio.sleep(self._overrun)
        message = f"[{self._name}] runs longer than {self._overrun:g} s"
        await self._safely(self._report(message, "\n".join(self._lines)))

    async def _pump(self, stream: asyncio.StreamReader, to: IO[bytes]) -> None:
        rest = b""
        while piece := await stream.read(65_536):
            to.write(piece)
            to.flush()
            *lines, rest = (rest + piece).split(b"\n")
            self._lines.extend(
                line.decode(errors="replace")[:500] for line in lines if line.strip()
            )
            rest = rest[-65_536:]
        if rest.strip():
            self._lines.append(rest.decode(errors="replace")[:500])

    async def _report(self, message: str, words: str, *, resolved: bool = False) -> None:
        from alarminati.core.model.entries import Alarm
        from alarminati.core.model.validation import parse_severity

        alarm = Alarm(
            message,
            parse_severity(self._severity),
            time.time_ns() // 1_000_000,
            resolved,
            (("job", self._name),),
            key=f"run:{self._name}",
            annotations=(("output", words),) if words else (),
        )
        async with self._reach.client() as client:
            await client.report(alarm)

    async def _safely(self, work: object) -> None:
        """Do what is no part of the job: a cluster that is away must not fail it."""
        try:
            await work  # type: ignore[misc]
        except Exception as error:
            click.echo(f"alarminati: {explain(error)[0]}", err=True)


async def _send(reach: Target, name: str, how: str, comment: str) -> None:
    async with reach.client() as client:
        await client.send_heartbeat(name, how, comment)


async def _list(reach: Target) -> Sequence[HeartbeatStatus]:
    async with reach.client() as client:
        return await client.heartbeats()
