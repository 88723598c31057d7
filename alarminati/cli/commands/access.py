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

    from alarminati.client.enrolment import Member, Revoked, Trusted
    from alarminati.core.model.entries import Invitation, Revocation

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
    roles = (role,) if role else PEOPLE
    done = asyncio.run(_revoke(reach, roles, name, comment, undo, include_invited))
    if as_json:
        print_json([_revoked_json(one) for one in done])
    elif undo:
        tell("{name} is let in again.", name=name)
    else:
        _tell_revoked(name, done)


def _tell_revoked(name: str, done: Sequence[Revoked]) -> None:
    ended = sum(one.ended for one in done)
    tell("{name} is let in no more; streams ended here: {ended}.", name=name, ended=ended)
    if all(one.never_seen for one in done):
        tell("No certificate of that name was seen here; is it spelled right?")
    for one in done:
        for other in one.included:
            tell("{role} {name} is let in no more either.", role=other.role, name=other.name)
        if one.cancelled:
            tell("Invitations that nobody can use any more: {count}.", count=one.cancelled)
        for member in one.invited:
            tell(
                "{role} {name} joined by an invitation of {by} and is still let in.",
                role=member.role,
                name=member.name,
                by=member.by,
            )
        if one.invited:
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


async def _revoke(
    reach: Target, roles: Sequence[str], name: str, comment: str, undo: bool, include_invited: bool
) -> list[Revoked]:
    async with reach.client() as client:
        if undo:
            in_force = (await client.trust.trusted()).revocations
            roles = [one.role for one in in_force if one.name == name and one.role in roles]
            if not roles:
                raise Failure(translated("{name} is not revoked.", name=name), Exit.NOT_FOUND)
        # The most powerful role first, should the connection break in between.
        order = [str(role) for role in (Role.OPERATOR, Role.AGENT, Role.VIEWER, Role.REPORTER)]
        return [
            await client.trust.revoke(
                role, name, comment, lift=undo, include_invited=include_invited
            )
            for role in sorted(roles, key=order.index)
        ]


@click.group(cls=ListType)
def access() -> None:
    """List who is revoked and who is invited.

    Without a command, lists.

    \b
    Example:
      alarminati access
      alarminati access cancel-invitation 5f0c2a9100b1d2e3
    """


@access.command("list")
@json_option
@reach_options(timeout=5.0)
def list_access(reach: Target, as_json: bool) -> None:
    """List revocations in force, invitations that may still be used, and who joined by one.

    \b
    Example:
      alarminati access list --json
    """
    found = asyncio.run(_trusted(reach))
    if as_json:
        print_json(
            {
                "revocations": [_revocation_json(one) for one in found.revocations],
                "invitations": [_invitation_json(one) for one in found.invitations],
                "members": [_member_json(one) for one in found.members],
            }
        )
        return
    _show(found)


async def _trusted(reach: Target) -> Trusted:
    async with reach.client() as client:
        return await client.trust.trusted()


def _show(found: Trusted) -> None:
    from alarminati.cli.output.columns import table
    from alarminati.cli.output.rendering import moment, printable

    if found.revocations:
        rows = [headings("REVOKED", "ROLE", "BY", "COMMENT")]
        for one in found.revocations:
            rows.append([one.name, one.role, one.created_by or "-", printable(one.comment) or "-"])
        for line in table(rows):
            click.echo(line)
    if found.invitations:
        rows = [headings("INVITATION", "ROLE", "NAME", "UNTIL", "BY")]
        for it in found.invitations:
            rows.append([it.id, it.role, it.name, moment(it.end_time), it.created_by])
        for line in table(rows):
            click.echo(line)
    members = [one for one in found.members if not one.revoked]
    if members:
        rows = [headings("JOINED", "ROLE", "BY", "WHEN")]
        rows += [[one.name, one.role, one.by, moment(one.time)] for one in members]
        for line in table(rows):
            click.echo(line)
    if not found.revocations and not found.invitations and not members:
        tell("Nobody is revoked and nobody is invited.")


@access.command("cancel-invitation")
@click.argument("id")
@reach_options(timeout=5.0)
def cancel_invitation(reach: Target, id: str) -> None:
    """Take back an invitation that was not used yet.

    \b
    Example:
      alarminati access cancel-invitation 5f0c2a9100b1d2e3
    """
    asyncio.run(_cancel_invitation(reach, id))
    tell("Nobody can join with invitation {id} any more.", id=id)


async def _cancel_invitation(reach: Target, id: str) -> None:
    async with reach.client() as client:
        await client.trust.withdraw(id)


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
        print_json({"folder": str(reach.tls), "not_after": until.isoformat()})
    else:
        tell("{folder}: good until {day}.", folder=reach.tls, day=f"{until:%Y-%m-%d}")


async def _renew(reach: Target, folder: Path) -> datetime:
    from alarminati.pki.renewing import renew as renew_folder
    from alarminati.wire.credentials import Tls

    async with reach.client(Tls.load(folder)) as client:
        return await renew_folder(folder, client.trust.renew)


def _revocation_json(one: Revocation) -> dict[str, object]:
    return {
        "role": one.role,
        "name": one.name,
        "by": one.created_by or None,
        "comment": one.comment,
        "lifted": one.undone,
    }


def _revoked_json(one: Revoked) -> dict[str, object]:
    return _revocation_json(one.revocation) | {
        "ended": one.ended,
        "included": [_revocation_json(each) for each in one.included],
        "invited": [_member_json(each) for each in one.invited],
        "cancelled_invitations": one.cancelled,
        "never_seen": one.never_seen,
    }


def _member_json(one: Member) -> dict[str, object]:
    from alarminati.cli.output.rendering import iso

    return {
        "invitation": one.invitation,
        "role": one.role,
        "name": one.name,
        "by": one.by,
        "joined": iso(one.time),
        "days": one.days,
        "revoked": one.revoked,
    }


def _invitation_json(one: Invitation) -> dict[str, object]:
    from alarminati.cli.output.rendering import iso

    return {
        "id": one.id,
        "role": one.role,
        "name": one.name,
        "ends": iso(one.end_time),
        "days": one.validity_days,
        "by": one.created_by,
    }
