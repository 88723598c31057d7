"""Choice of the discovery by the configuration; only its module is imported."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from alarminati.agent.mesh.discovery.candidates import Discovery, LocalPeer
from alarminati.agent.mesh.discovery.pace import Pace
from alarminati.agent.mesh.discovery.static import CombinedDiscovery, StaticPeers
from alarminati.config import Address, AgentConfig


def discovery_of(config: AgentConfig, port: int, dice: Random) -> Discovery:
    """Return the discovery of an agent whose gRPC port is `port`."""
    here = config.advertise or Address(config.listen.grpc.host, port)
    return discover(
        config.discovery.mode,
        LocalPeer(config.cluster, config.name, str(here)),
        peers=[str(peer) for peer in config.discovery.peers],
        service=str(config.discovery.service or ""),
        dice=dice,
    )


def discover(
    mode: str, me: LocalPeer, *, peers: Sequence[str] = (), service: str = "", dice: Random
) -> Discovery:
    """Return the discovery of the configuration: `mode` is static, zeroconf, dns or none.

    `service` is host:port, or a name that begins with "_" to look up SRV records. Raises
    ValueError for another mode.
    """
    # Host names for our own address cannot be known here; the election distinguishes us by name.
    peers = [peer for peer in peers if peer != me.address]
    match mode:
        case "static" | "none":
            return StaticPeers(peers)
        case "dns":
            from alarminati.agent.mesh.discovery.dns import Dns

            return _with(peers, Dns(service, Pace(dice)))
        case "zeroconf":
            from alarminati.agent.mesh.discovery.zeroconf import Zeroconf

            return _with(peers, Zeroconf(me, dice))
    raise ValueError(f"discovery mode {mode!r} is not one of static, zeroconf, dns, none")


def _with(peers: Sequence[str], found: Discovery) -> Discovery:
    return CombinedDiscovery(peers, found) if peers else found
