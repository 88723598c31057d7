"""Clusters that can invite, and people with homes of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from alarminati.pki.folder import save_authority
from tests.support.cluster import AgentProcess, Cluster


def give_authority(cluster: Cluster, *agents: AgentProcess) -> Path:
    """Let these agents sign; call before they start. Returns the authority's folder."""
    folder = cluster.folder / "ca"
    save_authority(cluster.authority, folder)
    for agent in agents:
        document: dict[str, Any] = msgspec.json.decode(agent.config.read_bytes())
        document["tls"]["ca_key"] = str(folder / "ca.key")
        agent.config.write_bytes(msgspec.json.encode(document))
    return folder


def domain(cluster: Cluster) -> str:
    """All agents, as --agent and --domain take them."""
    return ",".join(agent.grpc for agent in cluster.agents)
