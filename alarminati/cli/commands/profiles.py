"""`alarminati profiles`: the clusters that this person joined."""

from __future__ import annotations

import click

from alarminati.cli.options import target
from alarminati.cli.options.param_types import ListType
from alarminati.cli.output.terminal import headings, json_option, print_json, tell


@click.group(cls=ListType)
def profiles() -> None:
    """List, choose or delete clusters that you joined.

    Without a command, lists. They lie in $XDG_CONFIG_HOME/alarminati, else ~/.config/alarminati.

    \b
    Example:
      alarminati profiles
      alarminati profiles use w-sharing.seoul-1
    """


@profiles.command("list")
@json_option
def list_profiles(as_json: bool) -> None:
    """List profiles; the one in use has a star.

    \b
    Example:
      alarminati profiles list --json
    """
    from alarminati.client.profile import BadProfile

    shelf = target.profiles()
    current = shelf.current_name()
    rows: list[dict[str, object]] = []
    for name in shelf.names():
        row: dict[str, object] = {"name": name, "current": name == current}
        try:
            profile = shelf.get(name)
        except BadProfile as error:
            row |= {"problem": str(error)}
        else:
            row |= {"project": profile.project, "cluster": profile.cluster}
            row |= {"agents": list(profile.agents), "folder": str(profile.folder)}
        rows.append(row)
    if as_json:
        print_json(rows)
    elif rows:
        _show(rows)
    else:
        tell("You have joined no cluster yet: alarminati join")


def _show(rows: list[dict[str, object]]) -> None:
    from alarminati.cli.output.columns import table
    from alarminati.cli.output.rendering import printable

    shown = [headings("", "PROFILE", "PROJECT", "CLUSTER", "AGENTS")]
    for row in rows:
        agents = row.get("agents")
        listed = ", ".join(agents) if isinstance(agents, list) else str(row.get("problem", ""))
        cells = [str(row.get(key, "-")) for key in ("name", "project", "cluster")]
        shown.append(["*" if row["current"] else "", *map(printable, [*cells, listed])])
    for line in table(shown):
        click.echo(line)


@profiles.command()
@click.argument("name")
def use(name: str) -> None:
    """Use a profile from now on.

    \b
    Example:
      alarminati profiles use w-sharing.seoul-1
    """
    profile = target.profiles().use(name)
    tell("{name} is in use: {agents}.", name=profile.name, agents=", ".join(profile.agents))


@profiles.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete a profile with its key.

    The certificate would still be good elsewhere: who had a copy can be kept out by `revoke`.

    \b
    Example:
      alarminati profiles delete w-sharing.seoul-1
    """
    target.profiles().remove(name)
    tell("{name} is deleted from this computer.", name=name)
