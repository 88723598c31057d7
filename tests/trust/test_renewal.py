"""Certificates renew themselves before they end, wherever an agent holds the authority's key."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpcore
import msgspec

from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_authority, save_issued
from alarminati.wire.credentials import Tls
from alarminati.wire.identity import Role
from tests.support.cluster import AgentProcess, Cluster
from tests.support.patience import until

DAYS = 30


async def ends(agent: AgentProcess) -> float:
    """When the certificate in use ends, by its metric."""
    url = f"http://{agent.place.host}:{agent.place.ports[2]}/metrics"
    async with httpcore.AsyncConnectionPool() as pool:
        text = (await pool.request("GET", url)).content.decode()
    name = "alarminati_certificate_expiration_timestamp_seconds "
    (line,) = [each for each in text.splitlines() if each.startswith(name)]
    return float(line.split()[1])


def old(cluster: Cluster, agent: AgentProcess, left: float) -> Path:
    """Give an agent a certificate with so many days left."""
    folder = cluster.folder / "tls" / agent.name
    now = datetime.now(UTC) - timedelta(days=DAYS - left)
    issued = cluster.authority.issue(Role.AGENT, agent.name, hosts=["h1"], days=DAYS, now=now)
    save_issued(issued, folder, force=True)
    return folder


def give_key(cluster: Cluster, agent: AgentProcess) -> None:
    """Let an agent sign."""
    save_authority(cluster.authority, cluster.folder / "ca")
    document = msgspec.json.decode(agent.config.read_bytes())
    document["tls"]["ca_key"] = str(cluster.folder / "ca" / "ca.key")
    agent.config.write_bytes(msgspec.json.encode(document))


async def test_agents_fetch_their_next_certificate(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    folders = [old(cluster, agent, left=5) for agent in cluster.agents]
    before = [(folder / "tls.crt").read_bytes() for folder in folders]
    give_key(cluster, cluster.agents[1])
    nearly = time.time() + (DAYS - 1) * 86_400
    async with cluster:
        for agent in cluster.agents:

            async def renewed(which: AgentProcess = agent) -> bool:
                return await ends(which) > nearly

            await until(f"{agent.name} has a new certificate", renewed, 40)
        # What others own was left alone, and what is ours is nobody else's to read.
        assert [(folder / "tls.crt").read_bytes() for folder in folders] == before
        for agent in cluster.agents:
            kept = agent.data / "certificate"
            assert kept.stat().st_mode & 0o077 == 0
            assert (kept / "tls.key").stat().st_mode & 0o077 == 0
            tls = Tls.load(kept)
            assert tls.identity.name == agent.name and tls.identity.role is Role.AGENT
        # It counts after a restart, even when the configured one has run out by then.
        last = cluster.agents[2]
        last.kill()
        old(cluster, last, left=-1)
        last.start()
        await last.ready()
        assert await ends(last) > nearly
        await cluster.agreed()
        await cluster.agents[0].report("all is well")
        assert await cluster.told("all is well") == 1


async def test_nobody_has_the_key_and_nobody_makes_a_noise(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    for agent in cluster.agents:
        old(cluster, agent, left=7)
    async with cluster:
        said = "The certificate of agent/a1 ends on"
        told = await cluster.sink.first(said, 40)
        (alarm,) = [each for each in told.body["alarms"] if each["message"].startswith(said)]
        assert alarm["severity"] == "WARNING"
        assert "docs/rotation.md" in alarm["annotations"]["mend"]
        for agent in cluster.agents:
            assert "could not" not in agent.said and "cannot" not in agent.said
            assert not (agent.data / "certificate").exists()


async def test_an_authority_that_was_replaced_signs_the_next_one(tmp_path: Path) -> None:
    """Both are trusted; the key is the new one's: what is renewed is of the new one."""
    cluster = Cluster(tmp_path)
    old_authority, new = cluster.authority, Authority.create(cluster.cluster)
    folder = old(cluster, cluster.agents[0], left=5)
    for agent in cluster.agents:
        path = cluster.folder / "tls" / agent.name / "ca.crt"
        path.write_bytes(old_authority.certificate + new.certificate)
    cluster.authority = new
    give_key(cluster, cluster.agents[1])
    cluster.authority = old_authority
    async with cluster:
        renewed = cluster.agents[0].data / "certificate" / "tls.crt"
        await until("it has a new certificate", renewed.exists, 40)
        kept = renewed.parent
        (kept / "both.crt").write_bytes(new.certificate)
        tls = Tls.load_files(kept / "both.crt", kept / "tls.crt", kept / "tls.key")
        assert tls.identity.name == "a1"
        assert Tls.load(folder).identity.name == "a1"
        await cluster.agreed()
