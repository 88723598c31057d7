"""The `alarminati` program: finds the command, runs it, and ends in one documented way.

A command's module is imported when it is called and not before: `--help` and `version` stay quick,
and `report` does not pay for what `agent` needs. Commands document themselves in their docstring,
which ends with an example after a line that holds only \\b, so that its lines stay as they are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from importlib import import_module
from typing import Any

import click

from alarminati import __version__
from alarminati.cli.options.moved import refuse_moved, unknown_command
from alarminati.cli.output.terminal import Exit, explain, korean, translated

# name: (module, object in it, summary)
COMMANDS = {
    "agent": ("agent", "agent", "Run an agent: one replica of a cluster."),
    "report": ("report", "report", "Report an alarm."),
    "tail": ("tail", "tail", "Follow alarms as they come."),
    "list": ("alarms", "list_alarms", "List alarms as they stand."),
    "show": ("alarms", "show", "Show one alarm and what became of it."),
    "ack": ("acts", "ack", "Say that you are on it."),
    "unack": ("acts", "unack", "Say that nobody is on it any longer."),
    "note": ("acts", "note", "Add a note to alarms."),
    "assign": ("acts", "assign", "Name who is to work on alarms."),
    "resolve": ("resolve", "resolve", "End alarms that nobody else ends."),
    "silence": ("silence", "silence", "Keep alarms from being told for a while."),
    "status": ("status", "status", "Show how a cluster is."),
    "silences": ("silence", "silences", "List silences, change and expire them."),
    "channels": ("channels", "channels", "List, register, change, test and delete channels."),
    "dead-letters": (
        "dead_letters",
        "dead_letters",
        "List what channels never took, send it again or discard it.",
    ),
    "explain": (
        "explain",
        "explain",
        "Find out why an alarm was told, or where one would go.",
    ),
    "config": (
        "config",
        "config",
        "Check or import a configuration, or print its schema.",
    ),
    "doctor": ("doctor", "doctor", "Find out why an agent cannot be reached."),
    "invite": ("invite", "invite", "Invite somebody with a text that works once."),
    "join": ("join", "join", "Join a cluster by invitation."),
    "profiles": ("profiles", "profiles", "List, choose or delete clusters that you joined."),
    "revoke": ("access", "revoke", "Let somebody in no more."),
    "access": ("access", "access", "List who is let in, invited or revoked."),
    "renew": ("access", "renew", "Renew your certificate now."),
    "pki": ("pki", "pki", "Certificates for agents and people."),
    "mark": ("mark", "mark", "Mark that something happened, such as a deploy."),
    "marks": ("mark", "marks", "List marks: what happened beside the alarms."),
    "heartbeat": ("heartbeat", "heartbeat", "Say that a job is well, begins, or failed."),
    "heartbeats": ("heartbeat", "heartbeats", "List jobs that must be heard of."),
    "run": ("heartbeat", "run", "Run a command, and report an alarm when it fails."),
    "relay": ("relay", "relay", "Run a relay: a door for clusters without ingress."),
    "spool": ("spool", "spool", "List and send what waits on this computer."),
    "sources": ("sources", "sources", "See what is made of what other tools send."),
    "tokens": ("tokens", "tokens", "Tokens for programs that report by HTTP."),
    "cost": ("cost", "cost", "Estimate traffic and its price, beside an Alertmanager."),
    "top": ("top", "top", "Watch the alarms of all your clusters in the terminal."),
    "stats": ("history", "stats", "Show which alarms came most, and how they were handled."),
    "export": ("history", "export", "Write the alarms of this computer as a file."),
    "import": ("history", "import_", "Take in what another computer exported."),
    "ui": ("ui", "ui", "Open the app: all your clusters on one page."),
    "demo": ("demo", "demo", "See it all work on this computer."),
    "version": ("version", "version", "Print the version."),
    "completion": ("completion", "completion", "Print a script for shell completion."),
}


# Before 8.2 click prints the help itself.
NO_ARGUMENTS: tuple[type[click.UsageError], ...] = tuple(
    getattr(click.exceptions, name)
    for name in ("NoArgsIsHelpError",)
    if hasattr(click.exceptions, name)
)


class _ReaderGone(Exception):
    """Standard output has lost its reader, such as `head`: no failure."""


@contextmanager
def _readers_may_go() -> Iterator[None]:
    """Keep a broken pipe from click, which would end the process with code 1."""
    try:
        yield
    except BrokenPipeError:
        raise _ReaderGone from None


class Program(click.Group):
    """The commands of `COMMANDS`, each loaded when it is called."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Parse the command line; --help prints here."""
        with _readers_may_go():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _readers_may_go():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None when there is no such one."""
        if cmd_name not in COMMANDS:
            return None
        module, name, summary = COMMANDS[cmd_name]
        command = getattr(import_module(f"alarminati.cli.commands.{module}"), name)
        assert isinstance(command, click.Command)
        if korean():
            from alarminati.cli.i18n.help import in_korean

            return in_korean(command, cmd_name, translated(summary))
        _, _, rest = (command.help or "").partition("\n")
        command = copy(command)
        command.help = f"{translated(summary)}\n{rest}"
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant, or say which may have been."""
        refuse_moved(args[0], ctx)
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise unknown_command(args[0], args[0], COMMANDS, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section(translated("Commands")):
            formatter.write_dl(
                [(name, translated(summary)) for name, (_, _, summary) in COMMANDS.items()]
            )


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="alarminati %(version)s")
@click.pass_context
def program(ctx: click.Context) -> None:
    """Alarms for people who run several Kubernetes clusters.

    \b
    Example:
      alarminati demo
      alarminati report "disk is full" --severity CRITICAL --agent 127.0.0.1:7443
    """
    # https://no-color.org
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        ctx.color = False


def _program() -> click.Command:
    """The program in the reader's language."""
    if not korean():
        return program
    from alarminati.cli.i18n.help import in_korean, teach_click

    teach_click()
    return in_korean(program, "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    try:
        ended = _program().main(arguments, prog_name="alarminati", standalone_mode=False)
    except click.Abort:
        return Exit.INTERRUPTED
    except _ReaderGone:
        # What is left in the buffer has no reader either; Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:
        if isinstance(error, NO_ARGUMENTS):
            click.echo(error.format_message(), err=True)
            return Exit.USAGE
        if os.environ.get("ALARMINATI_DEBUG") == "1":
            raise
        sentence, code = explain(error)
        click.echo(f"alarminati: {sentence}", err=True)
        return code
    return ended if isinstance(ended, int) else Exit.OK


if __name__ == "__main__":
    sys.exit(main())
