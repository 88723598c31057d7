"""Calls: answered by whichever replica can, taken once, and failing in plain words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random

import grpc
import pytest

from alarminati.client import (
    Acknowledgement,
    Alarm,
    BatchReceipt,
    Client,
    DeliveryAttempt,
    EntryId,
    Filter,
    Forbidden,
    Health,
    NotFound,
    Overloaded,
    RecordType,
    Refused,
    Role,
    Severity,
    TlsError,
    TooFewReplicas,
    Unreachable,
    alarm,
)
from alarminati.client.connection import AT_ONCE
from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.credentials import Tls
from alarminati.wire.identity import Role as CertificateRole
from tests.client.agents import NOW, PROJECT, Agent, sample, tell_whole_story
from tests.client.conftest import MakeClient, StartAgents


def stored_alarms(*agents: Agent) -> list[Alarm]:
    return [fact.body for agent in agents for fact in agent.stored if isinstance(fact.body, Alarm)]


async def test_report_returns_a_receipt(start_agents: StartAgents, make_client: MakeClient) -> None:
    (agent,) = await start_agents(1)
    reported = alarm(
        "disk is full",
        Severity.CRITICAL,
        labels={"host": "db-1"},
        annotations={"runbook": "page 4"},
        timestamp=NOW,
        key="disk:db-1",
        link="https://example.com/db-1",
    )
    receipt = await make_client(agent).report(reported)
    (fact,) = agent.stored
    assert (receipt.id, receipt.replicas) == (fact.id, 1)
    assert isinstance(fact.body, Alarm)
    assert receipt.fingerprint == fact.body.fingerprint() == reported.fingerprint()
    assert fact.body.annotations == (("runbook", "page 4"),)


async def test_a_report_fails_over_and_is_taken_once(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    """G1, G3: whatever is broken, as long as one replica lives."""
    a, b, c = await start_agents(3)
    client = make_client(a, b, c)
    await a.stop()
    b.script.stopping = True
    receipt = await client.report(sample(1))
    assert receipt.id == EntryId(c.origin, 1)
    assert len(stored_alarms(a, b, c)) == 1


async def test_a_retried_report_carries_the_same_id(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    a, b = await start_agents(2)
    client = make_client(a, b, timeout=0.5)
    with pytest.raises(TooFewReplicas) as error:
        await client.report(sample(1), min_replicas=3)
    assert a.calls.count("Report") == b.calls.count("Report") == 1  # each has its turn
    (kept,) = stored_alarms(a, b)
    assert kept == sample(1)
    assert error.value.id in ("a0000000-1", "b0000000-1")


async def test_a_frozen_replica_costs_seconds_not_the_report(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    a, b = await start_agents(2)
    a.script.hang = True
    started = time.monotonic()
    for seed in range(4):
        await make_client(a, b, timeout=8, seed=seed).report(sample(seed))
        if "Report" in a.calls:
            break
    assert time.monotonic() - started < 5
    assert a.calls, "the frozen one was asked first by some"


async def test_nobody_there_is_said_in_time(make_client: MakeClient) -> None:
    started = time.monotonic()
    async with Client(["127.0.0.1:1"], timeout=0.5, dice=Random(1)) as client:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1 cannot be reached"):
            await client.report(sample(1))
    assert time.monotonic() - started < 2


async def test_a_dead_channel_is_not_kept(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    """It would sit out pauses of its own, of up to 15 s, when the agent is long back."""
    (agent,) = await start_agents(1)
    client = make_client(agent, timeout=0.3)
    await client.ping()
    await agent.stop()
    with pytest.raises(Unreachable):
        await client.ping()
    assert client._connection._links == {}


async def test_a_connection_that_outlived_its_certificate_is_made_anew(tmp_path: Path) -> None:
    authority = Authority.create()
    for role in (CertificateRole.AGENT, CertificateRole.VIEWER):
        save_issued(authority.issue(role, "x", days=2), tmp_path / role)
    agent = Agent("a", Random(1))
    await agent.start(tls=Tls.load(tmp_path / CertificateRole.AGENT))
    async with Client(
        [agent.address], tmp_path / CertificateRole.VIEWER, waits=(0.01, 0.05)
    ) as client:
        await client.ping()
        agent.script.expired = set(agent.callers)
        renewed = authority.issue(CertificateRole.VIEWER, "x", days=2)
        save_issued(renewed, tmp_path / CertificateRole.VIEWER, force=True)
        await client.ping()
    assert len(agent.callers) == 2
    await agent.stop()


async def test_nobody_anywhere_is_said_of_all() -> None:
    async with Client(["127.0.0.1:1", "127.0.0.1:2"], timeout=0.3, dice=Random(1)) as client:
        with pytest.raises(Unreachable, match=r"^none of 2 agents could be asked: 127\.0\.0\.1"):
            await client.ping()


async def test_an_agent_that_comes_back_is_found(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)
    client = make_client(agent)
    await client.ping()
    await agent.stop()
    report = asyncio.create_task(client.report(sample(1)))
    await asyncio.sleep(0.2)
    assert not report.done()
    await agent.start()
    assert (await asyncio.wait_for(report, 2)).id.sequence == 1


async def test_overload_is_waited_out_or_said(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    """G8: RESOURCE_EXHAUSTED with a hint, kept by the client."""
    a, b = await start_agents(2)
    a.script.overload = b.script.overload = 60.0
    client = make_client(a, b, timeout=2)
    with pytest.raises(Overloaded) as error:
        await client.report(sample(1))
    assert error.value.retry_after == 60.0
    assert (a.calls, b.calls) == (["Report"], ["Report"])
    a.script.overload = b.script.overload = 0.2
    report = asyncio.create_task(client.report(sample(1)))
    await asyncio.sleep(0.1)
    a.script.overload = b.script.overload = None
    await report


async def test_what_is_wrong_is_named(start_agents: StartAgents, make_client: MakeClient) -> None:
    (agent,) = await start_agents(1)
    client = make_client(agent)
    with pytest.raises(Refused) as error:
        await client.report(alarm(""))
    assert error.value.field == "message"
    with pytest.raises(Refused, match="not Unicode"):
        await client.report(alarm("\udcff"))
    with pytest.raises(NotFound):
        await client.get("nosuch-1")


def test_plain_text_to_another_computer_is_refused() -> None:
    """G7."""

    async def ask() -> None:
        async with Client(["192.0.2.1:7443"], timeout=1) as client:
            await client.ping()

    with pytest.raises(TlsError, match="only loopback"):
        asyncio.run(ask())


async def test_lists_every_page(start_agents: StartAgents, make_client: MakeClient) -> None:
    (agent,) = await start_agents(1)
    for n in range(7):
        await agent.add(sample(n, resolved=n % 2 == 1))
    client = make_client(agent)
    assert [one.alarm.message[-1] for one in await client.list()] == ["6", "4", "2", "0"]
    assert len(await client.list(include_resolved=True)) == 7
    assert len(await client.list(include_resolved=True, limit=3)) == 3
    first = (await client.list())[0]
    assert (first.firing, first.start_time, first.report_count, first.id.sequence) == (
        True,
        NOW + 6,
        1,
        7,
    )
    assert first.acknowledgement is None


async def test_shows_the_story(start_agents: StartAgents, make_client: MakeClient) -> None:
    (agent,) = await start_agents(1)
    id = await tell_whole_story(agent)
    story = await make_client(agent).get(str(id))
    assert story.alarm.acknowledgement == Acknowledgement("jane", NOW, "on it")
    assert [type(one.body).__name__ for one in story.records] == [
        "Alarm",
        "Notification",
        "DeliveryAttempt",
        "DeliveryAttempt",
        "Action",
    ]
    assert story.records[0].project == PROJECT
    assert [one.at for one in story.records] == [NOW, NOW + 1, NOW + 2, NOW + 3, NOW + 4]
    outcome = story.records[2].body
    assert isinstance(outcome, DeliveryAttempt)
    assert outcome.detail == "it answered 500"


async def test_acknowledges(start_agents: StartAgents, make_client: MakeClient) -> None:
    (agent,) = await start_agents(1)
    id = await agent.add(sample(1))
    client = make_client(agent)
    (status,) = (await client.acknowledge(str(id), "on it")).alarms
    assert status.acknowledgement == Acknowledgement("anonymous", NOW, "on it")
    over = await agent.add(sample(2, resolved=True))
    with pytest.raises(Refused, match="over"):
        await client.acknowledge(str(over))


async def test_tells_how_the_cluster_is(start_agents: StartAgents, make_client: MakeClient) -> None:
    agents = await start_agents(3)
    client = make_client(*agents)
    status = await client.cluster()
    assert (status.master, status.epoch, status.pending, status.dead_letters) == ("a", 7, 2, 1)
    assert [(one.name, one.role) for one in status.replicas] == [
        ("a", Role.MASTER),
        ("b", Role.STANDBY),
        ("c", Role.STANDBY),
    ]
    assert await client.ping() is Health.OK


async def test_a_test_message_is_sent_once(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    a, b = await start_agents(2)
    await a.stop()
    for seed in range(3):
        trial = await make_client(a, b, seed=seed).test_channel("ops")
        assert (trial.delivered, trial.duration) == (True, 12)
    assert b.calls.count("TestChannel") == 3
    with pytest.raises(NotFound):
        await make_client(b).test_channel("nosuch")


# -- many on a stream


async def batches(count: int, size: int) -> AsyncIterator[Sequence[Alarm]]:
    for n in range(count):
        yield [sample(n * size + m) for m in range(size)]


async def collect(client: Client, source: AsyncIterator[Sequence[Alarm]]) -> list[BatchReceipt]:
    async with asyncio.timeout(30):
        return [receipt async for receipt in client.report_stream(source)]


async def test_a_stream_answers_every_batch_in_order(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)
    receipts = await collect(make_client(agent), batches(100, 5))
    ids = [id for receipt in receipts for id in receipt.ids]
    assert ids == [EntryId(agent.origin, n) for n in range(1, 501)]
    assert stored_alarms(agent) == [sample(n) for n in range(500)]


async def test_a_bad_alarm_refuses_its_batch_only(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)

    async def source() -> AsyncIterator[Sequence[Alarm]]:
        yield [sample(1)]
        yield [sample(2), alarm("")]
        yield [sample(3)]

    good, bad, after = await collect(make_client(agent), source())
    assert (len(good.ids), len(bad.ids), len(after.ids)) == (1, 0, 1)
    assert "message" in bad.refusal
    assert (bad.reason, bad.refused) == ("INVALID_FIELD", (0, 1))
    assert (good.reason, good.refused) == ("", ())
    assert len(agent.stored) == 2


@pytest.mark.parametrize("seed", range(5))
async def test_a_stream_through_cuts_takes_each_once(
    seed: int, start_agents: StartAgents, make_client: MakeClient
) -> None:
    """G1: cut before a batch was taken, or after it was and before the answer."""
    print(f"seed {seed}")
    dice = Random(seed)
    agents = await start_agents(3)
    for agent in agents:
        agent.script.cut = lambda: dice.random() < 0.05
    receipts = await collect(make_client(*agents, seed=seed), batches(120, 3))
    ids = [id for receipt in receipts for id in receipt.ids]
    assert len(ids) == len(set(ids)) == 360
    assert sorted(a.message for a in stored_alarms(*agents)) == sorted(
        sample(n).message for n in range(360)
    )
    assert sum(agent.calls.count("ReportStream") for agent in agents) > 3


async def test_a_stream_gives_up_in_time(make_client: MakeClient) -> None:
    async with Client(["127.0.0.1:1"], timeout=0.5, dice=Random(1)) as client:
        with pytest.raises(Unreachable):
            await collect(client, batches(3, 1))


async def test_a_source_that_fails_is_not_swallowed(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)

    async def source() -> AsyncIterator[Sequence[Alarm]]:
        yield [sample(1)]
        raise RuntimeError("the file ended early")

    with pytest.raises(RuntimeError, match="ended early"):
        await collect(make_client(agent), source())
    assert len(agent.stored) == 1


async def test_filters_travel(start_agents: StartAgents, make_client: MakeClient) -> None:
    (agent,) = await start_agents(1)
    filter = Filter(
        Severity.ERROR, ("w-sharing",), ('host="db-1"',), (RecordType.ALARM,), ("0" * 16,), "disk"
    )
    subscription = make_client(agent).subscribe(filter=filter)
    await anext(subscription)
    await subscription.aclose()
    sent = agent.requests[0].filter
    assert (sent.min_severity, list(sent.projects)) == (40, ["w-sharing"])
    assert (list(sent.matchers), list(sent.types)) == (['host="db-1"'], [1])
    assert (list(sent.fingerprints), sent.text) == (["0" * 16], "disk")


async def test_being_forbidden_is_told_at_once(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    a, b = await start_agents(2)
    for agent in (a, b):
        agent.script.refuse = grpc.StatusCode.PERMISSION_DENIED
    with pytest.raises(Forbidden):
        await make_client(a, b).report(sample(1))
    assert len(a.calls) + len(b.calls) == 1


async def test_g8_a_thousand_calls_at_once_wait_for_their_turn(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    """An agent takes 200 on a connection, and gRPC fails those beyond."""
    (agent,) = await start_agents(1)
    client = make_client(agent)
    answers = await asyncio.gather(*(client.ping() for _ in range(1000)))
    assert len(answers) == 1000


async def test_whoever_waits_for_a_turn_waits_no_longer_than_it_was_to(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)
    client = make_client(agent)
    await client.ping()
    (link,) = client._connection._links.values()
    for _ in range(AT_ONCE):
        await link.turns.acquire()
    client._timeout = 0.2
    with pytest.raises(Unreachable):
        await client.ping()
    for _ in range(AT_ONCE):
        link.turns.release()
    client._timeout = 5.0
    await client.ping()
