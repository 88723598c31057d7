"""`alarminati join`: from an invitation to a profile, so that `alarminati tail` works next."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.target import profiles, quiet_grpc
from alarminati.cli.output.terminal import Exit, Failure, json_option, print_json, tell, translated

if TYPE_CHECKING:
    from alarminati.client.profile import Profile, Profiles
    from alarminati.pki.authority import Issued
    from alarminati.pki.invitations import InvitationText
    from alarminati.pki.reading import CertificateInfo

LONGEST = 64 * 1024  # characters that are read of a file or from standard input
LONGEST_NAME = 256  # characters of what is repeated as the name of a file; an invitation is longer


@dataclass(frozen=True, slots=True)
class _Fetched:
    """What joining brought."""

    issued: Issued
    project: str
    cluster: str


@click.command()
@click.argument("text", required=False)
@click.option("--profile", "name", metavar="NAME", help="Name it so. [PROJECT.CLUSTER]")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Only put ca.crt, tls.crt and tls.key there, as for an agent.",
)
@click.option("--host", "hosts", multiple=True, help="Host name of an agent, repeatable.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=15.0,
    metavar="SECONDS",
    show_default=True,
    help="Give up after so long.",
)
@json_option
def join(
    text: str | None,
    name: str | None,
    out: Path | None,
    hosts: tuple[str, ...],
    timeout: float,
    as_json: bool,
) -> None:
    """Join a cluster by invitation.

    TEXT is the text, the file that holds it, or - for standard input; without it, you are asked to
    paste it, which keeps it out of the shell's history. The key is made here and stays here. What
    you join becomes the profile in use: `alarminati tail` works next.

    \b
    Example:
      alarminati join
      alarminati join - < invitation.txt
      alarminati join work-laptop.invite --profile work
      alarminati join - --out /etc/alarminati/tls < agent.txt
    """
    quiet_grpc()
    from alarminati.pki.invitations import read

    if out is not None and name is not None:
        raise click.UsageError("--out makes no profile, so it does not go with --profile")
    said = _text(text)
    if not said.strip():
        raise Failure(translated("No invitation was given."), Exit.USAGE)
    letter = read(said)
    if out is not None:
        _into_folder(letter, out, hosts, timeout, as_json)
    else:
        _into_profile(letter, name, hosts, timeout, as_json)


def _text(given: str | None) -> str:
    from alarminati.pki.invitations import MARK

    if given is None:
        if sys.stdin.isatty():
            click.echo(translated("Paste the invitation and press Enter:"), err=True)
        return sys.stdin.readline(LONGEST)
    if given == "-":
        return sys.stdin.read(LONGEST)
    if MARK not in given:
        # No file, then: it is judged as a text, and not quoted as a path would be.
        with (
            suppress(OSError, ValueError),
            Path(given).open(encoding="utf-8", errors="replace") as file,
        ):
            return file.read(LONGEST)
        if len(given) < LONGEST_NAME and given.isprintable():
            raise Failure(
                translated(
                    "there is no file {given} that can be read, and an invitation would begin"
                    " with {mark}",
                    given=given,
                    mark=MARK,
                ),
                Exit.USAGE,
            )
    return given


# Into a profile.


def _into_profile(
    letter: InvitationText, name: str | None, hosts: tuple[str, ...], timeout: float, as_json: bool
) -> None:
    from alarminati.client.profile import profile_name
    from alarminati.pki.folder import replace_issued
    from alarminati.pki.renewing import check_issued

    shelf, id = profiles(), _id(letter)
    known = _redeemed(shelf, id)
    if known is not None:
        shelf.use(known.name)
        _tell(known, as_json)
        return
    shelf.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    pending = shelf.root / f".joining-{id}"
    fetched = _fetch(letter, pending, hosts, timeout)
    check_issued(fetched.issued)
    name = name or profile_name(fetched.project, fetched.cluster)
    replace_issued(fetched.issued, shelf.folder(name))
    profile = shelf.keep(
        name,
        agents=letter.agents,
        project=fetched.project,
        cluster=fetched.cluster,
        invitation=id,
    )
    shelf.use(name)
    shutil.rmtree(pending, ignore_errors=True)
    _tell(profile, as_json, complete=letter.complete)


def _redeemed(shelf: Profiles, id: str) -> Profile | None:
    """The profile that this invitation became."""
    from alarminati.client import AlarminatiError

    for name in shelf.names():
        with suppress(AlarminatiError):  # one that cannot be read is not it
            if (profile := shelf.get(name)).invitation == id:
                return profile
    return None


def _tell(profile: Profile, as_json: bool, *, complete: bool = False) -> None:
    from alarminati.pki.reading import read

    shown = read(profile.folder / "tls.crt")[0]
    if as_json:
        print_json(
            {
                "profile": profile.name,
                "folder": str(profile.folder),
                "role": shown.role,
                "name": shown.name,
                "project": profile.project,
                "cluster": profile.cluster,
                "agents": list(profile.agents),
                "not_after": shown.not_after.isoformat(),
            }
        )
        return
    tell(
        "You are {role} {name} in {project}, cluster {cluster}, until {day}.",
        role=shown.role,
        name=shown.name,
        project=profile.project,
        cluster=profile.cluster,
        day=f"{shown.not_after:%Y-%m-%d}",
    )
    if complete:
        tell(
            "Your certificate and key lie in {folder}. Delete the file you joined with: it has the"
            " key, too.",
            folder=profile.folder,
        )
    else:
        tell("The invitation is used up. Your key lies in {folder}.", folder=profile.folder)
    if shown.role in ("viewer", "operator"):
        tell("Next: alarminati tail")


# Into a folder.


def _into_folder(
    letter: InvitationText, out: Path, hosts: tuple[str, ...], timeout: float, as_json: bool
) -> None:
    from alarminati.pki.authority import LOCAL_HOSTS
    from alarminati.pki.folder import ISSUED_FILES, save_issued
    from alarminati.pki.renewing import check_issued

    there = [name for name in ISSUED_FILES if (out / name).exists()]
    if there:  # before the invitation is used up
        raise Failure(
            translated("{file} exists already; choose another folder", file=out / there[0])
        )
    pending = out / f".joining-{_id(letter)}"
    fetched = _fetch(letter, pending, hosts or LOCAL_HOSTS, timeout)
    shown = check_issued(fetched.issued)
    save_issued(fetched.issued, out)
    shutil.rmtree(pending, ignore_errors=True)
    _tell_folder(out, shown, fetched, as_json)


def _tell_folder(out: Path, shown: CertificateInfo, fetched: _Fetched, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "folder": str(out),
                "role": shown.role,
                "name": shown.name,
                "project": fetched.project,
                "cluster": fetched.cluster,
                "not_after": shown.not_after.isoformat(),
            }
        )
        return
    tell(
        "{folder}: {role} {name}, good for cluster {cluster}, until {day}.",
        folder=out,
        role=shown.role,
        name=shown.name,
        cluster=fetched.cluster,
        day=f"{shown.not_after:%Y-%m-%d}",
    )


# Fetching.


def _id(letter: InvitationText) -> str:
    """Under which a key made for this invitation is found again."""
    from hashlib import sha256

    return sha256(letter.certificate).hexdigest()[:16]


def _fetch(
    letter: InvitationText, pending: Path, hosts: tuple[str, ...], timeout: float
) -> _Fetched:
    issued = letter.issued()
    shown = _require_in_time(issued)
    if letter.complete:
        return _Fetched(issued, letter.project, letter.cluster)
    from alarminati.pki.requests import make_request

    if shown.role != "invitee":
        raise Failure(translated("This is no invitation to join with."), Exit.REFUSED)
    # The key is kept first: should the answer be lost, the same key may ask again.
    asking = make_request(hosts, _pending_key(pending))
    from alarminati.client import Forbidden

    try:
        return asyncio.run(_redeem(letter, issued, asking.request, asking.key, timeout))
    except Forbidden:
        shutil.rmtree(pending, ignore_errors=True)  # this key will never get in
        raise


def _require_in_time(issued: Issued) -> CertificateInfo:
    from alarminati.cli.output.rendering import moment
    from alarminati.pki.reading import read_pem

    shown = read_pem(issued.certificate, "the invitation")[0]
    now = time.time()
    if now > shown.not_after.timestamp():
        ended = moment(int(shown.not_after.timestamp() * 1000))
        raise Failure(
            translated("The invitation was good until {time}; ask for a new one.", time=ended),
            Exit.REFUSED,
        )
    if now < shown.not_before.timestamp():
        clock = moment(int(now * 1000))
        raise Failure(
            translated("This computer's clock says {time}, which is too early.", time=clock)
        )
    return shown


def _pending_key(pending: Path) -> bytes:
    from alarminati.pki.folder import save_key
    from alarminati.pki.requests import make_request

    path = pending / "tls.key"
    if not path.exists():
        save_key(make_request().key, path)
    return path.read_bytes()


async def _redeem(
    letter: InvitationText, issued: Issued, request: bytes, key: bytes, timeout: float
) -> _Fetched:
    from alarminati.client import Client
    from alarminati.pki.authority import Issued
    from alarminati.pki.reading import read_pem
    from alarminati.wire.credentials import Tls
    from alarminati.wire.identity import Identity, Role

    shown = read_pem(issued.certificate, "the invitation")[0]
    who = Identity(Role.INVITEE, shown.name, shown.cluster)
    tls = Tls(issued.ca, issued.certificate, issued.key, who, shown.not_after.timestamp())
    async with Client(letter.agents, tls, timeout=timeout) as client:
        welcome = await client.access.join(request)
    return _Fetched(
        Issued(welcome.authority, welcome.certificate, key), welcome.project, welcome.cluster
    )
