"""`alarminati status`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import headings, json_option, print_json, tell, translated

if TYPE_CHECKING:
    from alarminati.client import ClusterStatus, Peer, Role


@click.command()
@json_option
@reach_options(timeout=5.0)
def status(reach: Target, as_json: bool) -> None:
    """Show how a cluster is.

    As the replica that answers sees it.

    \b
    Example:
      alarminati status --agent 10.0.0.5:7443 --tls certificates
      alarminati status --json
    """
    cluster = asyncio.run(_ask(reach))
    if as_json:
        print_json(_json(cluster))
    else:
        _show(cluster)


async def _ask(reach: Target) -> ClusterStatus:
    async with reach.client() as client:
        return await client.cluster()


def _json(cluster: ClusterStatus) -> dict[str, Any]:
    from alarminati.cli.output.rendering import iso

    return {
        "project": cluster.project,
        "cluster": cluster.cluster,
        "replica": cluster.replica,
        "master": cluster.master or None,
        "epoch": cluster.epoch,
        "master_unreachable": cluster.master_unreachable,
        "health": cluster.health.name.lower(),
        "version": cluster.version,
        "replicas": [
            {
                "name": one.name,
                "role": one.role.value,
                "connected": one.connected,
                "address": one.address or None,
            }
            for one in cluster.replicas
        ],
        "unreachable_peers": [
            {
                "address": one.address or None,
                "discovery": one.discovery or None,
                "problem": one.problem.value,
                "last_error": one.last_error or None,
                "last_seen_time": iso(one.last_seen_time),
                "name": one.name or None,
            }
            for one in cluster.unreachable_peers
        ],
        "journal": {"entries": cluster.entries, "bytes": cluster.bytes},
        "outbox": {"pending": cluster.pending, "dead_letters": cluster.dead_letters},
    }


def _show(cluster: ClusterStatus) -> None:
    from alarminati.cli.output.columns import table
    from alarminati.cli.output.rendering import printable

    tell(
        "{cluster} ({project}), asked {replica}, version {version}",
        cluster=cluster.cluster,
        project=cluster.project,
        replica=cluster.replica,
        version=cluster.version,
    )
    if cluster.master:
        tell("master: {master}, epoch {epoch}", master=cluster.master, epoch=cluster.epoch)
    else:
        tell("There is no master at the moment; alarms are taken and wait.")
    if cluster.master_unreachable:
        tell("{replica} is cut off from the master and delivers nothing.", replica=cluster.replica)
    _show_health(cluster.health.name, cluster.replica)
    rows = [headings("REPLICA", "ROLE", "CONNECTED", "ADDRESS")]
    for one in cluster.replicas:
        connected = translated("yes") if one.connected else translated("no")
        rows.append([printable(one.name), _role(one.role), connected, one.address or "-"])
    for line in table(rows):
        click.echo(line)
    for peer in cluster.unreachable_peers:
        click.echo(f"! {_missed(cluster.replica, peer)}")
    tell("journal: {entries} entries, {bytes} bytes", entries=cluster.entries, bytes=cluster.bytes)
    tell(
        "outbox: {pending} to send, {dead} dead", pending=cluster.pending, dead=cluster.dead_letters
    )


def _role(role: Role) -> str:
    match role.value:
        case "master":
            return translated("master")
        case "standby":
            return translated("standby")
        case _:
            return translated("unknown")


def _missed(replica: str, peer: Peer) -> str:
    from alarminati.cli.commands.doctor import SENTENCES
    from alarminati.client import PeerProblem

    known = peer.problem is not PeerProblem.UNKNOWN
    sign = f"peer_{peer.problem.value}" if known else "peer_unreachable"
    if sign == "peer_unreachable" and not peer.address:
        sign = "peer_nobody"
    elif sign == "peer_unreachable" and peer.last_seen_time:
        sign = "peer_gone"
    facts = {"address": peer.address, "name": peer.name, "reason": peer.last_error}
    return translated(SENTENCES[sign], replica=replica, **facts)


def _show_health(health: str, replica: str) -> None:
    """Of how else it may be other lines speak."""
    if health == "STORAGE_FULL":
        tell("{replica} has no room on its disk and refuses alarms.", replica=replica)
    elif health == "LOADING":
        tell(
            "{replica} still reads its journal: it takes alarms and delivers nothing yet.",
            replica=replica,
        )
    elif health == "STALLED":
        tell(
            "{replica} stands still: its disk does not answer, or a delivery does not end.",
            replica=replica,
        )
