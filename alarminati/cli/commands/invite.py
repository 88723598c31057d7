"""`alarminati invite`: one text that lets one newcomer in, once."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.param_types import DurationType
from alarminati.cli.options.target import Target, addresses, reach_options
from alarminati.cli.output.terminal import json_option, print_json, translated
from alarminati.wire.identity import MEMBERS, Identity, Role

if TYPE_CHECKING:
    from alarminati.client.access import Invited
    from alarminati.pki.invitations import InvitationText
    from alarminati.wire.credentials import Tls

MINUTES = 10  # that the certificate lasts which --ca makes for itself


@click.command()
@click.option(
    "--role",
    type=click.Choice([str(role) for role in MEMBERS]),
    default="viewer",
    show_default=True,
    help="What the newcomer may do.",
)
@click.option("--name", required=True, help="Name for the certificate, such as work-laptop.")
@click.option(
    "--domain",
    "domains",
    multiple=True,
    metavar="HOST:PORT",
    help="Where the newcomer reaches the agents, repeatable. [as you do]",
)
@click.option(
    "--for",
    "lasts",
    type=DurationType(),
    metavar="TIME",
    help="How long the text is good for. [1h]",
)
@click.option(
    "--days",
    type=click.IntRange(1, 825),
    default=90,
    show_default=True,
    help="How long the certificate is good for. It renews itself.",
)
@click.option(
    "--ca",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with ca.crt and ca.key: invite by these instead of as an operator.",
)
@click.option(
    "--offline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Ask no agent: write certificate and key into one file. Needs --ca.",
)
@click.option("--project", help="With --offline: what your team calls the product. [default]")
@click.option("--comment", default="", help="Why; `alarminati access` shows it.")
@click.option("--qr", is_flag=True, help="Also show the text as a QR code.")
@json_option
@reach_options(timeout=10.0, instead="ca")
def invite(
    reach: Target,
    role: str,
    name: str,
    domains: tuple[str, ...],
    lasts: float | None,
    days: int,
    ca: Path | None,
    offline: Path | None,
    project: str | None,
    comment: str,
    qr: bool,
    as_json: bool,
) -> None:
    """Invite somebody with a text that works once.

    The newcomer types `alarminati join` and pastes it. Until then it is a secret: whoever is first
    with it gets in. Take it back with `alarminati access cancel-invitation ID`.

    --offline writes a file that holds the newcomer's key itself. It is no invitation that could be
    used up: carry it by hand, and delete it after.

    \b
    Example:
      alarminati invite --role viewer --name work-laptop
      alarminati invite --role operator --name jane --domain alarms.example.com --qr
      kubectl --namespace alarminati exec alarminati-agent-0 -- \\
        alarminati invite --ca /etc/alarminati/ca --name work-laptop --domain alarms.example.com
    """
    if offline is not None:
        _check_offline(ca, lasts)
    agents = _domain(domains, reach)
    if offline is not None and ca is not None:
        if project is None:
            hint = translated("The invitation says project default; --project NAME says another.")
            click.echo(hint, err=True)
        made = _offline(ca, role, name, days, agents, project or "default")
        _write_out(made, offline, as_json, qr)
        return
    if project is not None:
        raise click.UsageError("--project goes with --offline; the agents know their own")
    invited = asyncio.run(_invite(reach, role, name, lasts or 0, days, ca, comment))
    _show(invited, _letter(invited, agents), as_json, qr)


def _domain(domains: Sequence[str], reach: Target) -> list[str]:
    """Where the newcomer finds the agents."""
    from alarminati.wire.credentials import is_loopback

    if domains:
        return list(addresses(domains, Path(), "--domain"))
    if all(is_loopback(address) for address in reach.addresses):
        raise click.UsageError(
            f"{reach.addresses[0]} means this computer only; say with --domain HOST:PORT where the"
            " newcomer reaches the agents"
        )
    return list(reach.addresses)


def _check_offline(ca: Path | None, lasts: float | None) -> None:
    if ca is None:
        raise click.UsageError("--offline asks no agent, so it needs the authority: give --ca DIR")
    if lasts is not None:
        raise click.UsageError("--for does not go with --offline: the file is good for --days")


# With an agent.


async def _invite(
    reach: Target, role: str, name: str, lasts: float, days: int, ca: Path | None, comment: str
) -> Invited:
    async with reach.client(_vouched(ca) if ca is not None else None) as client:
        return await client.access.invite(
            role, name, seconds=int(lasts), days=days, comment=comment
        )


def _vouched(ca: Path) -> Tls:
    """An operator's certificate for a few minutes, never on disk.

    Who has the authority's key could make one in any case. The name is another each time, so that
    nobody can be locked out by its being revoked.
    """
    from time import time

    from alarminati.pki.folder import load_authority
    from alarminati.wire.credentials import Tls

    authority = load_authority(ca)
    who = Identity(Role.OPERATOR, f"authority-{os.urandom(4).hex()}", authority.cluster)
    issued = authority.issue(who.role, who.name, days=MINUTES / 1440)
    trusted = (ca / "ca.crt").read_bytes()
    return Tls(trusted, issued.certificate, issued.key, who, time() + MINUTES * 60)


def _letter(invited: Invited, agents: list[str]) -> InvitationText:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    from alarminati.pki.authority import Issued
    from alarminati.pki.invitations import letter

    pem = serialization.Encoding.PEM
    certificate = x509.load_der_x509_certificate(invited.certificate).public_bytes(pem)
    key = serialization.load_der_private_key(invited.private_key, password=None).private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    issued = Issued(invited.authority, certificate, key)
    return letter(issued, agents, invited.project, invited.cluster, complete=False)


def _show(invited: Invited, letter: InvitationText, as_json: bool, qr: bool) -> None:
    from alarminati.cli.output.rendering import iso, moment
    from alarminati.pki.invitations import write

    text, grant = write(letter), invited.grant
    if as_json:
        print_json(
            {
                "invitation_id": grant.invitation_id,
                "identity": {"role": grant.role, "name": grant.name},
                "invitation_expire_time": iso(grant.invitation_expire_time),
                "domain": letter.agents,
                "text": text,
            }
        )
        return
    # Beside the text, so that the text alone goes down a pipe.
    _say(
        translated(
            "{role} {name} may join until {time}, once. On the new computer: alarminati join",
            role=grant.role,
            name=grant.name,
            time=moment(grant.invitation_expire_time),
        )
    )
    click.echo(text)
    if qr:
        _print_qr(text)
    _say(
        translated(
            "Whoever is first with this text gets in. To take it back:"
            " alarminati access cancel-invitation {id}",
            id=grant.invitation_id,
        )
    )


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


def _print_qr(text: str) -> None:
    import segno

    # The lowest level of correction: a screen has no stains, and the code is large as it is.
    made = segno.make_qr(text, error="l")
    halves = (sys.stderr.encoding or "").lower().startswith("utf")  # two rows in one character
    made.terminal(sys.stderr, compact=halves, border=2)


# Without one.


def _offline(
    ca: Path, role: str, name: str, days: int, agents: list[str], project: str
) -> InvitationText:
    from alarminati.pki.authority import default_hosts
    from alarminati.pki.folder import load_authority
    from alarminati.pki.invitations import letter

    authority = load_authority(ca)
    hosts = default_hosts(name) if role == Role.AGENT else ()
    issued = authority.issue(Role(role), name, hosts=hosts, days=days)
    return letter(issued, agents, project, authority.cluster or "default", complete=True)


def _write_out(letter: InvitationText, path: Path, as_json: bool, qr: bool) -> None:
    from alarminati.pki.invitations import write

    text = write(letter)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
    if as_json:
        print_json({"file": str(path), "domain": letter.agents})
        return
    _say(translated("{file} holds certificate and key: carry it by hand.", file=path))
    _say(translated("On the new computer: alarminati join {file}", file=path.name))
    if qr:
        _print_qr(text)
