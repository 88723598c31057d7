"""`alarminati agent`: reads the configuration and runs one replica until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import click

from alarminati.cli.extras import require
from alarminati.cli.output.terminal import Exit, Failure
from alarminati.config import AgentConfig, load, options
from alarminati.config.variables import misspelt

FILES = 16_384  # open at once: HTTP, gRPC and health connections, the journal, channels
FORMAT = "%(asctime)s.%(msecs)03d %(levelname)-7s %(message)s"


def _with_options(function: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(list(options())):
        kind = {"number": int}.get(option.kind, str)
        written = ", in YAML or JSON as in the file" if option.kind == "json" else ""
        default = f" Default: {option.default}." if option.default else ""
        function = click.option(
            option.flag,
            option.parameter,
            type=click.Choice(option.choices) if option.choices else kind,
            help=f"{option.help}{written}.{default} [{option.variable}]",
        )(function)
    return function


@click.command()
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    envvar="ALARMINATI_CONFIG",
    help="YAML file. [ALARMINATI_CONFIG]",
)
@click.option("--print-unit", is_flag=True, help="Print a unit for systemd, and end.")
@_with_options
def agent(path: Path | None, print_unit: bool, **flags: object) -> None:
    """Run an agent: one replica of a cluster.

    Every key of the configuration file is also a flag and a variable; a flag counts more than a
    variable, a variable more than the file.

    \b
    Example:
      alarminati agent --config agent.yaml
      alarminati agent --tls-mode insecure --data ./data
    """
    if print_unit:
        click.echo(_unit(path), nl=False)
        return
    require("agent")
    config = load(path, os.environ, flags)
    _set_up_logging(config)
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # handshakes of strangers are no news
    # A commit's thread needs the interpreter for moments; by default it may wait 5 ms for each.
    sys.setswitchinterval(0.001)
    _allow_files(FILES)
    from alarminati.agent.app import run
    from alarminati.wire.credentials import Passing, TlsError

    def again(read: list[Path]) -> AgentConfig:
        return load(path, os.environ, flags, read)

    for sentence in misspelt(os.environ):
        logging.getLogger("alarminati").warning("%s", sentence)
    try:
        asyncio.run(run(config, stopped, again))
    except Passing:
        raise
    except TlsError as error:
        raise Failure(f"tls: {error}", Exit.USAGE) from error


def _unit(config: Path | None) -> str:
    """The unit of this installation, which lies beside the agent's code."""
    text = files("alarminati.agent").joinpath("alarminati.service").read_text(encoding="utf-8")
    program = shutil.which(sys.argv[0]) or str(Path(sys.executable).with_name("alarminati"))
    text = text.replace("/opt/alarminati/bin/alarminati", str(Path(program).absolute()))
    return text.replace("/etc/alarminati/agent.yaml", str(config.absolute())) if config else text


def _allow_files(wanted: int) -> None:
    """Raise the soft limit of open files as far as we may: each connection is one, and the usual
    1024 are fewer than what clients may have open at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def stopped() -> asyncio.Future[None]:
    """Done at SIGTERM or SIGINT, or when its terminal is closed. A second one ends the process.

    Without a terminal SIGHUP asks for the configuration to be read again, see `agent/reload`.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def stop() -> None:
        if done.done():
            os._exit(130)
        logging.getLogger("alarminati").info("stopping")
        done.set_result(None)

    hangup = (signal.SIGHUP,) if sys.stdin is not None and sys.stdin.isatty() else ()
    for number in (signal.SIGTERM, signal.SIGINT, *hangup):
        loop.add_signal_handler(number, stop)
    return done


class _Lines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        import json

        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def _set_up_logging(config: AgentConfig) -> None:
    handler = logging.StreamHandler(sys.stderr)
    lines = config.log.format == "json"
    handler.setFormatter(_Lines() if lines else logging.Formatter(FORMAT, "%Y-%m-%d %H:%M:%S"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("alarminati").setLevel(config.log.level.upper())
