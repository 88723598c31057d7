"""`alarminati status`, for people and for programs."""

from __future__ import annotations

from alarminati.v1 import cluster_service_pb2 as cluster
from alarminati.wire.roles import identity_to_proto
from alarminati.wire.timestamps import timestamp
from tests.cli.conftest import Run, StartAgents


async def test_status(start_agents: StartAgents, run: Run) -> None:
    agents = await start_agents(2)
    ended = await run("status", "--json", "--agent", agents[0].address)
    assert ended.json == {
        "project": "w-sharing",
        "cluster": "seoul-1",
        "replica": "a",
        "master": "a",
        "epoch": 7,
        "master_unreachable": False,
        "health": "ok",
        "version": "0.1.0",
        "replicas": [
            {"name": "a", "role": "master", "connected": True, "address": None, "version": None},
            {"name": "b", "role": "standby", "connected": True, "address": None, "version": None},
        ],
        "unreachable_peers": [],
        "journal": {"entries": 0, "bytes": 4096},
        "outbox": {"pending": 2, "dead_letters": 1},
        "alarms": None,
        "queues": [],
        "config": None,
        "certificate_expire_time": None,
        "caller": None,
        "start_time": None,
    }
    told = (await run("status", "--agent", agents[0].address)).out
    assert told == (
        "seoul-1 (w-sharing), asked a, version 0.1.0\n"
        "master: a, epoch 7\n"
        "REPLICA  ROLE     CONNECTED  ADDRESS  VERSION\n"
        "a        master   yes        -        -\n"
        "b        standby  yes        -        -\n"
        "journal: 0 entries, 4096 bytes\n"
        "outbox: 2 to send, 1 dead\n"
    )


STANDING = cluster.GetClusterResponse(
    queues=[
        cluster.Queue(name="jobs", type="nats", connected=True, lag=3, accepted_count=9),
        cluster.Queue(name="edge-1", type="relay", last_error="refused"),
    ],
    alarms=cluster.AlarmSummary(
        firing=[
            cluster.SeverityCount(severity="SEVERITY_CRITICAL", count=1),  # type: ignore[arg-type]
            cluster.SeverityCount(severity="SEVERITY_INFO", count=2),  # type: ignore[arg-type]
        ],
        firing_limit=200000,
        active_silences=1,
    ),
    config=cluster.ConfigStatus(
        last_error="agent.yaml: routes: is empty",
        load_time=timestamp(1_700_000_000_000),
        restart_required=True,
    ),
    caller=identity_to_proto("operator", "minji"),
    start_time=timestamp(1_700_000_000_000),
)


async def test_status_says_what_fires_what_is_in_use_and_who_asks(
    start_agents: StartAgents, run: Run
) -> None:
    (agent,) = await start_agents(1)
    agent.script.standing = STANDING
    seen = (await run("status", "--json", "--agent", agent.address)).json
    assert seen["alarms"] == {
        "firing": [{"severity": "CRITICAL", "count": 1}, {"severity": "INFO", "count": 2}],
        "firing_limit": 200000,
        "active_silences": 1,
    }
    assert seen["queues"][0] == {
        "name": "jobs",
        "type": "nats",
        "connected": True,
        "lag": 3,
        "oldest_age_seconds": None,
        "accepted_count": 9,
        "dead_count": 0,
        "last_error": None,
    }
    assert seen["config"] == {
        "last_error": "agent.yaml: routes: is empty",
        "load_time": "2023-11-14T22:13:20.000Z",
        "restart_required": True,
    }
    assert seen["caller"] == {"role": "operator", "name": "minji"}
    assert seen["start_time"] == "2023-11-14T22:13:20.000Z"
    told = (await run("status", "--agent", agent.address)).out
    for line in (
        "alarms: 3 of at most 200000 fire, active silences: 1\n  CRITICAL 1, INFO 2\n",
        "queue jobs (nats): 3 wait, 9 taken, 0 set aside\n",
        "! Queue edge-1 (relay) is not connected: refused.\n",
        "! a cannot use its configuration and keeps the last good one: "
        "agent.yaml: routes: is empty\n",
        "! a uses a part of its configuration only after a restart.\n",
        "you are: operator minji\n",
    ):
        assert line in told


async def test_status_names_who_is_not_reached(start_agents: StartAgents, run: Run) -> None:
    (agent,) = await start_agents(1)
    agent.script.missed = [
        cluster.Peer(
            address="10.0.0.9:7443",
            discovery=cluster.Peer.DISCOVERY_STATIC,
            problem=cluster.Peer.PROBLEM_UNREACHABLE,
            last_error="no answer",
        ),
        cluster.Peer(
            address="10.0.0.8:7443",
            discovery=cluster.Peer.DISCOVERY_DNS,
            problem=cluster.Peer.PROBLEM_NAME_TAKEN,
            last_seen_time=timestamp(1_700_000_000_000),
            name="a~k3f9a2bc",
        ),
    ]
    ended = await run("status", "--json", "--agent", agent.address)
    assert ended.json["unreachable_peers"] == [
        {
            "address": "10.0.0.9:7443",
            "discovery": "static",
            "problem": "unreachable",
            "last_error": "no answer",
            "last_seen_time": None,
            "name": None,
        },
        {
            "address": "10.0.0.8:7443",
            "discovery": "dns",
            "problem": "name_taken",
            "last_error": None,
            "last_seen_time": "2023-11-14T22:13:20.000Z",
            "name": "a~k3f9a2bc",
        },
    ]
    told = (await run("status", "--agent", agent.address)).out
    assert "! Nobody was ever reached at 10.0.0.9:7443: no answer." in told
    assert "! The replica at 10.0.0.8:7443, a~k3f9a2bc, was given the same name as a." in told
