"""Which agents a command talks to, and how: the options that all such commands share."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from alarminati.client import Client

T = TypeVar("T")

DEFAULT = "127.0.0.1:7443"
PORT = 7443

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+)(?::(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Reach:
    """How to reach a cluster."""

    addresses: tuple[str, ...]
    tls: Path | None
    timeout: float  # seconds that one call may take in all

    @property
    def domain(self) -> str:
        """One name for the same agents in any order."""
        return ",".join(sorted(set(self.addresses)))

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """A client; raises TlsError when the certificates cannot be used."""
        from alarminati.client import Client

        async with Client(self.addresses, self.tls, timeout=self.timeout) as client:
            yield client


def reach_options(timeout: float) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Add --agent, --tls and --timeout to a command; they arrive as `reach`."""

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        @wraps(function)
        def command(agents: tuple[str, ...], tls: Path | None, timeout: float, **others: Any) -> T:
            # Read when gRPC is first imported. What it has to say comes back as errors; its own
            # lines about failed handshakes would stand between ours.
            os.environ.setdefault("GRPC_VERBOSITY", "NONE")
            return function(reach=Reach(_addresses(agents, tls), tls, timeout), **others)

        return _AGENT_OPTION(_TLS_OPTION(_timeout_option(timeout)(command)))

    return decorate


_AGENT_OPTION = click.option(
    "--agent",
    "agents",
    multiple=True,
    metavar="HOST:PORT",
    envvar="ALARMINATI_AGENT",
    show_envvar=True,
    help=f"Agent to ask; repeat, or separate by commas, to survive the loss of one. [{DEFAULT}]",
)
_TLS_OPTION = click.option(
    "--tls",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    envvar="ALARMINATI_TLS",
    show_envvar=True,
    help="Folder with ca.crt, tls.crt and tls.key. Without it only this computer can be asked.",
)


def _timeout_option(seconds: float) -> Callable[[Callable[..., T]], Callable[..., T]]:
    return click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        default=seconds,
        metavar="SECONDS",
        show_default=True,
        help="Give up after so long.",
    )


def _addresses(agents: tuple[str, ...], tls: Path | None) -> tuple[str, ...]:
    given = [one.strip() for text in agents for one in text.split(",") if one.strip()]
    addresses = tuple(_address(text) for text in given or [DEFAULT])
    if tls is None:
        for address in addresses:
            _require_loopback(address)
    return addresses


def _address(text: str) -> str:
    match = _ADDRESS.fullmatch(text)
    if match is None or not 0 < int(match[2] or PORT) < 65536:
        raise click.BadParameter(f"{text!r} is not of the form HOST:PORT", param_hint="'--agent'")
    return f"{match[1]}:{match[2] or PORT}"


def _require_loopback(address: str) -> None:
    from alarminati.wire.credentials import is_loopback

    if not is_loopback(address):
        raise click.UsageError(
            f"{address} is not on this computer, and without certificates only this computer may be"
            " asked; name their folder with --tls"
        )
