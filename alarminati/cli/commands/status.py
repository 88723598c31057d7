"""`alarminati status`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import headings, json_option, print_json, tell, translated

if TYPE_CHECKING:
    from alarminati.client import AlarmSummary, ClusterStatus, Peer, QueueStatus, Role


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
                "version": one.version or None,
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
        "alarms": _alarms_json(cluster.alarms),
        "queues": [
            {
                "name": one.name,
                "type": one.type,
                "connected": one.connected,
                "lag": one.lag,
                "oldest_age_seconds": one.oldest_age,
                "accepted_count": one.accepted,
                "dead_count": one.dead,
                "last_error": one.last_error or None,
            }
            for one in cluster.queues
        ],
        "config": cluster.config
        and {
            "last_error": cluster.config.last_error or None,
            "load_time": iso(cluster.config.load_time),
            "restart_required": cluster.config.restart_required,
        },
        "certificate_expire_time": iso(cluster.certificate_expire_time),
        "caller": cluster.caller and {"role": cluster.caller.role, "name": cluster.caller.name},
        "start_time": iso(cluster.start_time),
    }


def _alarms_json(alarms: AlarmSummary | None) -> dict[str, Any] | None:
    if alarms is None:
        return None
    return {
        "firing": [
            {"severity": severity.name, "count": count} for severity, count in alarms.firing
        ],
        "firing_limit": alarms.firing_limit,
        "active_silences": alarms.active_silences,
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
    rows = [headings("REPLICA", "ROLE", "CONNECTED", "ADDRESS", "VERSION")]
    for one in cluster.replicas:
        connected = translated("yes") if one.connected else translated("no")
        more = (one.address or "-", printable(one.version) or "-")
        rows.append([printable(one.name), _role(one.role), connected, *more])
    for line in table(rows):
        click.echo(line)
    for peer in cluster.unreachable_peers:
        click.echo(f"! {_missed(cluster.replica, peer)}")
    tell("journal: {entries} entries, {bytes} bytes", entries=cluster.entries, bytes=cluster.bytes)
    tell(
        "outbox: {pending} to send, {dead} dead", pending=cluster.pending, dead=cluster.dead_letters
    )
    if cluster.alarms:
        _show_alarms(cluster.alarms)
    for queue in cluster.queues:
        _show_queue(queue)
    _show_replica(cluster)


def _show_alarms(alarms: AlarmSummary) -> None:
    tell(
        "alarms: {count} of at most {limit} fire, active silences: {silences}",
        count=alarms.firing_count,
        limit=alarms.firing_limit,
        silences=alarms.active_silences,
    )
    if alarms.firing:
        click.echo(
            "  " + ", ".join(f"{severity.name} {count}" for severity, count in alarms.firing)
        )


def _show_queue(queue: QueueStatus) -> None:
    if queue.connected:
        tell(
            "queue {name} ({type}): {lag} wait, {accepted} taken, {dead} set aside",
            name=queue.name,
            type=queue.type,
            lag="?" if queue.lag is None else queue.lag,
            accepted=queue.accepted,
            dead=queue.dead,
        )
    else:
        tell(
            "! Queue {name} ({type}) is not connected: {reason}.",
            name=queue.name,
            type=queue.type,
            reason=queue.last_error.rstrip(".") or translated("unknown"),
        )


def _show_replica(cluster: ClusterStatus) -> None:
    """Print what only the replica that answers knows of itself."""
    from alarminati.cli.output.rendering import moment

    if config := cluster.config:
        if config.last_error:
            tell(
                "! {replica} cannot use its configuration and keeps the last good one: {reason}",
                replica=cluster.replica,
                reason=config.last_error,
            )
        if config.restart_required:
            tell(
                "! {replica} uses a part of its configuration only after a restart.",
                replica=cluster.replica,
            )
    if cluster.start_time:
        tell("started: {time}", time=moment(cluster.start_time))
    if cluster.certificate_expire_time:
        tell("certificate: until {time}", time=moment(cluster.certificate_expire_time))
    if cluster.caller:
        tell("you are: {role} {name}", role=cluster.caller.role, name=cluster.caller.name)


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
