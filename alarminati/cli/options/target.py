"""Which agents a command talks to, and how: the options that all such commands share."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from alarminati.client import Client
    from alarminati.client.profile import Profile, Profiles
    from alarminati.wire.credentials import Tls

T = TypeVar("T")

DEFAULT = "127.0.0.1:7443"
PORT = 7443

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+)(?::(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Target:
    """How to reach a cluster."""

    addresses: tuple[str, ...]
    tls: Path | None
    timeout: float  # seconds that one call may take in all
    profile: Profile | None = None  # where addresses and certificate come from; None: from options

    @property
    def domain(self) -> str:
        """One name for the same agents in any order."""
        return ",".join(sorted(set(self.addresses)))

    @asynccontextmanager
    async def client(
        self, tls: Tls | None = None, *, spool: Path | None = None
    ) -> AsyncIterator[Client]:
        """A client, with another certificate if one is given; raises TlsError. It keeps in `spool`
        what it reports and no agent takes.

        The profile's certificate is renewed while the client is used, if it is time.
        """
        from alarminati.client import Client

        known = tls or self.tls
        async with Client(self.addresses, known, timeout=self.timeout, spool=spool) as client:
            if tls is not None or self.tls is None:
                yield client
                return
            from alarminati.cli.commands.renewal import kept_renewed

            ours = self.profile is not None and self.profile.folder == self.tls
            async with kept_renewed(client, self.tls, ours=ours):
                yield client


def reach_options(
    timeout: float, *, instead: str = ""
) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Add --agent, --tls, --profile and --timeout to a command; they arrive as `reach`.

    A profile counts when neither --agent nor --tls says otherwise, or when it is named; then these
    replace its parts. `instead` names a folder option of the command that does in place of --tls.
    """

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        @wraps(function)
        def command(
            agents: tuple[str, ...],
            tls: Path | None,
            profile_name: str | None,
            timeout: float,
            **others: Any,
        ) -> T:
            quiet_grpc()
            reach = _reach(agents, tls, profile_name, timeout, others.get(instead))
            return function(reach=reach, **others)

        return _AGENT_OPTION(_TLS_OPTION(_PROFILE_OPTION(_timeout_option(timeout)(command))))

    return decorate


def quiet_grpc() -> None:
    """Let gRPC print nothing. What it has to say comes back as errors; its own lines about failed
    handshakes would stand between ours. Before gRPC is first imported.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")


def profiles() -> Profiles:
    """The profiles of who runs this."""
    from alarminati.client.profile import Profiles, profiles_folder

    return Profiles(profiles_folder())


def _reach(
    agents: tuple[str, ...],
    tls: Path | None,
    profile_name: str | None,
    timeout: float,
    instead: Path | None,
) -> Target:
    profile = None
    if profile_name:
        profile = profiles().get(profile_name)
    elif not agents and tls is None and instead is None:
        profile = profiles().current()
    if profile is None:
        return Target(addresses(agents, tls or instead), tls, timeout)
    tls = tls or profile.folder
    return Target(addresses(agents or profile.agents, tls), tls, timeout, profile)


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
_PROFILE_OPTION = click.option(
    "--profile",
    "profile_name",
    metavar="NAME",
    envvar="ALARMINATI_PROFILE",
    show_envvar=True,
    help="Cluster that you joined. [the one in use, unless --agent or --tls is given]",
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


def addresses(agents: Iterable[str], tls: Path | None, option: str = "--agent") -> tuple[str, ...]:
    """Addresses as options or profiles give them, checked. Raises click.UsageError."""
    given = [one.strip() for text in agents for one in text.split(",") if one.strip()]
    found = tuple(_address(text, option) for text in given or [DEFAULT])
    if tls is None:
        for address in found:
            _require_loopback(address)
    return found


def _address(text: str, option: str) -> str:
    match = _ADDRESS.fullmatch(text)
    if match is None or not 0 < int(match[2] or PORT) < 65536:
        raise click.BadParameter(f"{text!r} is not of the form HOST:PORT", param_hint=f"'{option}'")
    return f"{match[1]}:{match[2] or PORT}"


def _require_loopback(address: str) -> None:
    from alarminati.wire.credentials import is_loopback

    if not is_loopback(address):
        raise click.UsageError(
            f"{address} is not on this computer, and without certificates only this computer may be"
            " asked; name their folder with --tls"
        )
