"""`alarminati revoke`, `access` and `renew`: who is let in no more, who may come, who stays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.param_types import ListType
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import (
    Exit,
    Failure,
    headings,
    json_option,
    print_json,
    tell,
    translated,
)
from alarminati.wire.identity import MEMBERS, Role

if TYPE_CHECKING:
    from datetime import datetime

    from alarminati.client import Client
    from alarminati.client.access import AccessGrant, AccessState, RevokedAccess

PEOPLE = tuple(str(role) for role in MEMBERS if role is not Role.AGENT)


@click.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in MEMBERS]),
    help="Only of this role. [all but agent]",
)
@click.option("--comment", default="", help="Why.")
@click.option("--undo", is_flag=True, help="Take a revocation back.")
@click.option(
    "--include-invited",
    is_flag=True,
    help="Also everybody who joined by an invitation of that name, and by theirs, and so on.",
)
@click.option("--yes", is_flag=True, help="Also when it is your own certificate.")
@json_option
@reach_options(timeout=10.0)
def revoke(
    reach: Target,
    name: str,
    role: str | None,
    comment: str,
    undo: bool,
    include_invited: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Let somebody in no more.

    Every certificate of that name is good for nothing from now on, on all replicas and for good,
    and its open streams end within 5 seconds. Invitations of an operator of that name that nobody
    used yet are over; who joined by one is named. For agents --role agent must be said: those that
    share one certificate are all locked out.

    \b
    Example:
      alarminati revoke work-laptop --comment "left the company"
      alarminati revoke work-laptop --undo
      alarminati revoke stolen-laptop --include-invited
    """
    if undo and include_invited:
        raise click.UsageError("--include-invited revokes and --undo takes back; give one of them")
    if not undo and not yes:
        _require_another(reach, role, name)
    if undo:
        restored = asyncio.run(_restore(reach, role, name, comment))
        if as_json:
            print_json({"grants": [grant_json(one) for one in restored]})
        else:
            tell("{name} is let in again.", name=name)
        return
    done, others = asyncio.run(_revoke(reach, role, name, comment, include_invited))
    if as_json:
        print_json(_revoked_json(done, others))
    else:
        _tell_revoked(name, done, others)


def _tell_revoked(name: str, done: RevokedAccess, others: Sequence[AccessGrant]) -> None:
    tell(
        "{name} is let in no more; streams ended here: {ended}.",
        name=name,
        ended=done.ended_streams,
    )
    if done.never_seen:
        tell("No certificate of that name was seen here; is it spelled right?")
    for one in done.grants:
        if one.name != name:
            tell("{role} {name} is let in no more either.", role=one.role, name=one.name)
    if done.cancelled_invitations:
        tell("Invitations that nobody can use any more: {count}.", count=done.cancelled_invitations)
    for one in others:
        tell(
            "{role} {name} joined by an invitation of {by} and is still let in.",
            role=one.role,
            name=one.name,
            by=one.invited_by,
        )
    if others:
        tell("To revoke them, too: alarminati revoke {name} --include-invited", name=name)


def _require_another(reach: Target, role: str | None, name: str) -> None:
    if reach.tls is None:
        return
    from alarminati.wire.credentials import Tls

    me = Tls.load(reach.tls).identity
    if me.name == name and role in (None, me.role):
        raise Failure(
            translated(
                "{name} is you: you would lock yourself out. If that is meant, add --yes.",
                name=me,
            ),
            Exit.USAGE,
        )


async def _restore(reach: Target, role: str | None, name: str, comment: str) -> list[AccessGrant]:
    from alarminati.client.access import AccessState

    refused = (AccessState.REVOKED, AccessState.COMPROMISED)
    async with reach.client() as client:
        roles = {one.role for one in await client.access.list(refused) if one.name == name}
        wanted = sorted(roles & ({role} if role else set(PEOPLE)))
        if not wanted:
            raise Failure(translated("{name} is not revoked.", name=name), Exit.NOT_FOUND)
        return [await client.access.restore(each, name, comment) for each in wanted]


async def _revoke(
    reach: Target, role: str | None, name: str, comment: str, include_invited: bool
) -> tuple[RevokedAccess, list[AccessGrant]]:
    """Revoke; also return who joined by an invitation of theirs and is still let in."""
    async with reach.client() as client:
        done = await client.access.revoke(
            name, role or "", comment, include_invited=include_invited
        )
        return done, await _still_let_in(client, done)


async def _still_let_in(client: Client, done: RevokedAccess) -> list[AccessGrant]:
    from alarminati.client.access import AccessState

    everybody = await client.access.list()
    inviters = [one.name for one in done.grants if one.role == Role.OPERATOR]
    found: list[AccessGrant] = []
    while inviters:
        by = inviters.pop()
        of = [one for one in everybody if one.invited_by == by and one.join_time]
        everybody = [one for one in everybody if one not in of]
        inviters += [one.name for one in of if one.role == Role.OPERATOR]
        found += [one for one in of if one.state is AccessState.ACTIVE]
    return found


@click.group(cls=ListType)
def access() -> None:
    """List who is let in, invited or revoked.

    Without a command, lists.

    \b
    Example:
      alarminati access
      alarminati access cancel-invitation 5f0c2a9100b1d2e3
    """


@access.command("list")
@click.option("--all", "everything", is_flag=True, help="Also invitations that are over.")
@json_option
@reach_options(timeout=5.0)
def list_access(reach: Target, everything: bool, as_json: bool) -> None:
    """List who joined, who may still join, and who is revoked.

    Certificates that were issued without an invitation are listed once they are revoked.

    \b
    Example:
      alarminati access list --json
    """
    found = asyncio.run(_list(reach, everything))
    if as_json:
        print_json([grant_json(one) for one in found])
    else:
        _show(found)


async def _list(reach: Target, everything: bool) -> Sequence[AccessGrant]:
    from alarminati.client.access import AccessState

    over = () if everything else (AccessState.EXPIRED, AccessState.CANCELLED)
    states = [one for one in AccessState if one not in (AccessState.UNKNOWN, *over)]
    async with reach.client() as client:
        return await client.access.list(() if everything else states)


def _show(found: Sequence[AccessGrant]) -> None:
    from alarminati.cli.output.columns import screen, table
    from alarminati.cli.output.rendering import moment, printable

    if not found:
        tell("Nobody is revoked and nobody is invited.")
        return
    rows = [headings("NAME", "ROLE", "STATE", "SINCE", "BY", "UNTIL", "INVITATION", "COMMENT")]
    for one in found:
        since, by, until = _ends(one)
        whom = [printable(one.name), one.role, _state(one.state)]
        when = [moment(since) if since else "-", printable(by) or "-"]
        last = [moment(until) if until else "-", one.invitation_id or "-"]
        rows.append([*whom, *when, *last, printable(one.comment) or "-"])
    for line in table(rows, screen()):
        click.echo(line)


def _ends(one: AccessGrant) -> tuple[int, str, int]:
    """Return since when a grant is in its state, by whom, and until when."""
    if one.revoke_time:
        return one.revoke_time, one.revoked_by, 0
    if one.join_time:
        return one.join_time, one.invited_by, 0
    return one.invite_time, one.invited_by, one.invitation_expire_time


def _state(state: AccessState) -> str:
    from alarminati.client.access import AccessState

    match state:
        case AccessState.INVITED:
            return translated("invited")
        case AccessState.ACTIVE:
            return translated("let in")
        case AccessState.EXPIRED:
            return translated("expired")
        case AccessState.CANCELLED:
            return translated("cancelled")
        case AccessState.REVOKED:
            return translated("revoked")
        case AccessState.COMPROMISED:
            return translated("stolen")
        case AccessState.UNKNOWN:  # of a later version
            return "-"


@access.command("cancel-invitation")
@click.argument("id")
@json_option
@reach_options(timeout=5.0)
def cancel_invitation(reach: Target, id: str, as_json: bool) -> None:
    """Cancel an invitation that was not used yet.

    \b
    Example:
      alarminati access cancel-invitation 5f0c2a9100b1d2e3
    """
    cancelled = asyncio.run(_cancel_invitation(reach, id))
    if as_json:
        print_json(grant_json(cancelled))
    else:
        tell("Nobody can join with invitation {id} any more.", id=id)


async def _cancel_invitation(reach: Target, id: str) -> AccessGrant:
    async with reach.client() as client:
        return await client.access.cancel_invitation(id)


@click.command()
@json_option
@reach_options(timeout=10.0)
def renew(reach: Target, as_json: bool) -> None:
    """Renew your certificate now.

    It renews itself while you use it; this is for when you will not for a long time. The key is
    made anew here, and both change at one moment.

    \b
    Example:
      alarminati renew
      alarminati renew --agent 10.0.0.5:7443 --tls certificates
    """
    if reach.tls is None:
        raise Failure(
            translated("There is no certificate to renew; join first, or name its folder (--tls)."),
            Exit.USAGE,
        )
    until = asyncio.run(_renew(reach, reach.tls))
    if as_json:
        print_json({"folder": str(reach.tls), "certificate_expire_time": until.isoformat()})
    else:
        tell("{folder}: good until {day}.", folder=reach.tls, day=f"{until:%Y-%m-%d}")


async def _renew(reach: Target, folder: Path) -> datetime:
    from alarminati.pki.renewing import renew as renew_folder
    from alarminati.wire.credentials import Tls

    async with reach.client(Tls.load(folder)) as client:
        return await renew_folder(folder, client.access.renew)


def _revoked_json(done: RevokedAccess, others: Sequence[AccessGrant]) -> dict[str, object]:
    return {
        "grants": [grant_json(one) for one in done.grants],
        "ended_streams": done.ended_streams,
        "cancelled_invitations": done.cancelled_invitations,
        "never_seen": done.never_seen,
        "still_let_in": [grant_json(one) for one in others],
    }


def grant_json(one: AccessGrant) -> dict[str, object]:
    """Return a grant as `--json` prints it."""
    from alarminati.cli.output.rendering import iso

    return {
        "identity": {"role": one.role, "name": one.name},
        "state": one.state.value,
        "invitation_id": one.invitation_id or None,
        "invited_by": one.invited_by or None,
        "invite_time": iso(one.invite_time),
        "invitation_expire_time": iso(one.invitation_expire_time),
        "join_time": iso(one.join_time),
        "certificate_expire_time": iso(one.certificate_expire_time),
        "revoked_by": one.revoked_by or None,
        "revoke_time": iso(one.revoke_time),
        "comment": one.comment,
    }
