"""In with one command, out with one command, over real agents and with the real program (G7)."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from alarminati.client import Client, Forbidden, Refused
from alarminati.pki.authority import Issued
from alarminati.pki.invitations import read
from alarminati.pki.reading import read_pem
from alarminati.pki.renewing import check_issued
from alarminati.pki.requests import make_request
from alarminati.v1 import alarm_service_pb2, alarm_service_pb2_grpc, subscription_pb2
from alarminati.wire import status
from alarminati.wire.credentials import Tls, dial
from alarminati.wire.identity import Identity, Role
from tests.support.cluster import AgentProcess, Cluster, Place
from tests.support.patience import until
from tests.support.process import Process
from tests.trust.conftest import Run
from tests.trust.enrolling import domain, give_authority


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """Three agents; the last holds no authority's key."""
    made = Cluster(tmp_path)
    give_authority(made, *made.agents[:2])
    async with made:
        yield made


def as_operator(cluster: Cluster) -> tuple[str, ...]:
    return ("--agent", domain(cluster), "--tls", str(cluster.tls))


async def invited(run: Run, cluster: Cluster, *options: str) -> str:
    """The text of an invitation."""
    command = ("invite", "--domain", domain(cluster), *as_operator(cluster), *options)
    ended = await run(*command)
    assert ended.code == 0, ended.err
    assert ended.out.startswith("alarminati-invite:") and ended.out.count("\n") == 1
    return ended.out.strip()


def home(cluster: Cluster, name: str) -> dict[str, str]:
    folder = cluster.folder / f"home-{name}"
    folder.mkdir(exist_ok=True)
    return {"HOME": str(folder), "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": ""}


async def test_a_newcomer_comes_in_with_one_command(run: Run, cluster: Cluster) -> None:
    await cluster.agents[0].report("disk is full")
    text = await invited(run, cluster, "--name", "work-laptop")
    laptop = home(cluster, "laptop")
    joined = await run("join", input=text + "\n", **laptop)
    assert (joined.code, joined.err) == (0, "")
    assert "You are viewer work-laptop in w-sharing" in joined.out
    for folder in (Path(laptop["HOME"]) / ".config/alarminati").glob("**/"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    listed = await run("list", "--json", **laptop)
    assert [alarm["message"] for alarm in listed.json] == ["disk is full"]
    name = f"w-sharing.{cluster.cluster}"
    profiles = (await run("profiles", "list", "--json", **laptop)).json
    assert [(one["name"], one["current"]) for one in profiles] == [(name, True)]
    # Once more with the same text, and from a shell's argument: nothing happens, nothing breaks.
    again = await run("join", text, **laptop)
    assert again.code == 0
    # Somebody else comes too late, and learns what that may mean.
    other = await run("join", "-", input=text, **home(cluster, "other"))
    assert other.code == 4
    assert "used up" in other.err and "revoke" in other.err
    # A viewer reads and does not invite, acknowledge or revoke.
    refused = await run("invite", "--name", "x", "--domain", "h", **laptop)
    assert refused.code == 4 and "needs role operator" in refused.err
    assert (await run("revoke", "me", **laptop)).code == 4
    # Its certificate renews, and it is another one with another key.
    folder = Path(laptop["HOME"]) / ".config/alarminati" / name
    before = [(folder / file).read_bytes() for file in ("tls.crt", "tls.key")]
    assert (await run("renew", **laptop)).code == 0
    after = [(folder / file).read_bytes() for file in ("tls.crt", "tls.key")]
    assert before[0] != after[0] and before[1] != after[1]
    assert (await run("list", **laptop)).code == 0
    # It leaves.
    assert (await run("profiles", "delete", name, **laptop)).code == 0
    assert not folder.exists()
    assert (await run("profiles", "list", "--json", **laptop)).json == []


async def test_an_invitation_that_is_over_withdrawn_or_mangled_lets_nobody_in(
    run: Run, cluster: Cluster
) -> None:
    laptop = home(cluster, "laptop")
    text = await invited(run, cluster, "--name", "laptop")
    for mangled in (text[:-9], text[:60] + "x" + text[60:], text[9:]):
        ended = await run("join", mangled, **laptop)
        assert ended.code == 1 and text[40:60] not in ended.err
        assert "mangled" in ended.err or "not an invitation" in ended.err
    operator = as_operator(cluster)

    async def invitations() -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = (await run("access", "list", "--json", *operator)).json
        return listed

    # Whichever replica is asked: it learns of it within moments, not before it is answered.
    (one,) = await until("the invitation is listed", invitations)
    assert one["identity"] == {"role": "viewer", "name": "laptop"}
    assert (one["state"], one["invited_by"]) == ("invited", "tester")
    cancelled = await run("access", "cancel-invitation", one["invitation_id"], "--json", *operator)
    assert cancelled.json["state"] == "cancelled"
    ended = await run("join", "-", input=text, **laptop)
    assert ended.code == 4 and "withdrawn" in ended.err
    assert (await run("access", "cancel-invitation", "0" * 16, *operator)).code == 5
    short = await run("invite", "--name", "x", "--for", "30s", "--domain", "h", *operator)
    assert short.code == 4 and "between 60 and 604800" in short.err

    async def none_left() -> bool:
        return not await invitations()

    await until("it is listed no more", none_left)


async def test_agents_join_too_and_files_do_where_no_agent_is(run: Run, cluster: Cluster) -> None:
    picture = ("invite", "--name", "a9", "--domain", domain(cluster), "--qr")
    drawn = await run(*picture, *as_operator(cluster))
    assert drawn.out.count("\n") == 1, "the text alone goes down a pipe"
    assert drawn.err.count("▄") > 500
    text = await invited(run, cluster, "--name", "a9", "--role", "agent")
    out = cluster.folder / "a9-tls"
    joined = await run("join", "-", "--out", str(out), "--host", "a9.example.com", input=text)
    assert joined.code == 0, joined.err
    tls = Tls.load(out)
    tls.require_agent(cluster.cluster)
    (shown,) = (await run("pki", "show", str(out / "tls.crt"), "--json")).json
    assert shown["hosts"] == ["a9.example.com"]
    renewed = await run("renew", "--tls", str(out), "--agent", cluster.agents[0].grpc)
    assert renewed.code == 0
    (shown,) = (await run("pki", "show", str(out / "tls.crt"), "--json")).json
    assert (shown["role"], shown["name"], shown["hosts"]) == ("agent", "a9", ["a9.example.com"])

    ca, file = str(cluster.folder / "ca"), cluster.folder / "jane.invite"
    made = ("invite", "--ca", ca, "--name", "jane", "--role", "operator")
    written = await run(*made, "--domain", domain(cluster), "--offline", str(file))
    assert written.code == 0 and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (await run(*made, "--domain", "h", "--offline", str(file))).code == 1, "not overwritten"
    jane = home(cluster, "jane")
    assert (await run("join", str(file), "--profile", "work", **jane)).code == 0
    assert (await run("access", **jane)).code == 0, "an operator"
    # Who holds the authority's key needs no certificate of his own.
    by_key = await run(*made, "--agent", cluster.agents[0].grpc, "--domain", "h:1", "--json")
    assert by_key.code == 0 and by_key.json["domain"] == ["h:1"]


async def test_an_agent_without_the_key_says_so(run: Run, cluster: Cluster) -> None:
    keyless = ("--agent", cluster.agents[2].grpc, "--tls", str(cluster.tls))
    ended = await run("invite", "--name", "x", "--domain", "h", *keyless)
    assert ended.code == 4
    assert "tls.ca_key" in ended.err
    # What it advises is not what was just done, with the authority's folder at hand.
    vouched = ("--agent", cluster.agents[2].grpc, "--ca", str(cluster.folder / "ca"))
    ended = await run("invite", "--name", "x", "--domain", "h", *vouched)
    assert ended.code == 4
    assert "set tls.ca_key on one agent" in ended.err and "--offline FILE --ca DIR" in ended.err
    assert (await run("access", "list", "--json", *keyless)).json == []


class Watcher:
    """A viewer with every kind of stream open at one agent."""

    def __init__(self, agent: AgentProcess, tls: Path) -> None:
        self._channel = dial(agent.grpc, Tls.load(tls))
        alarms: Any = alarm_service_pb2_grpc.AlarmServiceStub(self._channel)
        health: Any = health_pb2_grpc.HealthStub(self._channel)
        reflect: Any = reflection_pb2_grpc.ServerReflectionStub  # typed for synchronous channels
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        self._calls: list[Any] = [
            alarms.Subscribe(subscription_pb2.SubscribeRequest()),
            health.Watch(health_pb2.HealthCheckRequest()),
            reflect(self._channel).ServerReflectionInfo(),
        ]
        self._asked = asked

    async def opened(self) -> None:
        """Wait until each has given a first answer."""
        await self._calls[2].write(self._asked)
        for call in self._calls:
            assert await call.read()

    async def ended(self) -> list[status.Problem]:
        """How each ended."""
        return await asyncio.gather(*(self._end(call) for call in self._calls))

    async def _end(self, call: Any) -> status.Problem:
        try:
            while await call.read() is not grpc.aio.EOF:
                continue
            raise AssertionError(f"ended with {await call.code()}, and not by an error")
        except grpc.aio.AioRpcError as error:
            return status.read(error)

    async def close(self) -> None:
        await self._channel.close()


async def test_g7_revoking_ends_open_streams_everywhere_and_survives_restarts(
    run: Run, cluster: Cluster
) -> None:
    tls = cluster.certificate(Role.VIEWER, "work-laptop")
    watchers = [Watcher(agent, tls) for agent in cluster.agents]
    for watcher in watchers:
        await watcher.opened()
    at = cluster.agents[0].grpc
    revoked = await run("revoke", "work-laptop", "--agent", at, "--tls", str(cluster.tls))
    assert revoked.code == 0, revoked.err
    async with asyncio.timeout(5):
        ends = await asyncio.gather(*(watcher.ended() for watcher in watchers))
    assert {end.reason for each in ends for end in each} == {"ACCESS_REVOKED"}
    assert {end.code for each in ends for end in each} == {grpc.StatusCode.PERMISSION_DENIED}
    for watcher in watchers:
        await watcher.close()
    for agent in cluster.agents:
        agent.kill()
    for agent in cluster.agents:
        agent.start()
    # From the first answer on, whenever that comes.
    for agent in cluster.agents:
        said = await until("it answers", partial(_listing, agent, tls))
        assert said == "ACCESS_REVOKED", agent.name
    await cluster.agreed()
    lifted = await run("revoke", "work-laptop", "--undo", *as_operator(cluster))
    assert lifted.code == 0, lifted.err
    for agent in cluster.agents:
        await until("it lists", partial(_lists, agent, tls))


async def _listing(agent: AgentProcess, tls: Path) -> str:
    """How an agent answers who wants to list; empty: not at all."""
    async with dial(agent.grpc, Tls.load(tls)) as channel:
        stub: Any = alarm_service_pb2_grpc.AlarmServiceStub(channel)
        try:
            await stub.ListAlarms(alarm_service_pb2.ListAlarmsRequest(), timeout=5)
        except grpc.aio.AioRpcError as error:
            if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                return ""
            return status.read(error).reason
    return "listed"


async def _lists(agent: AgentProcess, tls: Path) -> bool:
    return await _listing(agent, tls) == "listed"


async def test_a_text_that_two_computers_used_is_found_out(run: Run, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, [Place(), Place()])
    give_authority(cluster, *cluster.agents)
    async with cluster:
        text = await invited(run, cluster, "--name", "work-laptop")
        await cluster.settled()
        first, second = cluster.agents
        owner, thief = home(cluster, "owner"), home(cluster, "thief")
        # Each replica alone lets in who comes: accepting never waits for another.
        second.kill()
        assert (await run("join", text, **owner)).code == 0
        first.kill()
        second.start()
        await second.ready()
        assert (await run("join", text, **thief)).code == 0
        first.start()
        await first.ready()
        await cluster.agreed()
        for person in (owner, thief):
            await until("it is let in no more", partial(_refused, run, person))
        await cluster.sink.first("its text was stolen")
        listed = (await run("list", "--json", *as_operator(cluster))).json
        assert [alarm["key"].partition(":")[0] for alarm in listed] == ["trust"]
        # Nor under the same name, which would let both in again.
        again = await run("invite", "--name", "work-laptop", "--domain", "h", *as_operator(cluster))
        assert again.code == 4 and "choose another name" in again.err


async def _refused(run: Run, person: dict[str, str]) -> bool:
    return (await run("list", **person)).code == 4


async def test_no_key_travels_and_none_is_logged(run: Run, cluster: Cluster) -> None:
    text = await invited(run, cluster, "--name", "work-laptop")
    laptop = home(cluster, "laptop")
    assert (await run("join", "-", input=text, **laptop)).code == 0
    journals = b"".join(
        path.read_bytes()
        for agent in cluster.agents
        for path in agent.data.rglob("*")
        if path.is_file()
    )
    said = "".join(agent.said for agent in cluster.agents)
    assert text[30:60] not in said and "PRIVATE" not in said
    assert b"PRIVATE KEY" not in journals and text[30:60].encode() not in journals
    assert b"work-laptop" in journals
    assert json.dumps(text) not in said


@pytest.mark.parametrize("which", ["standby", "master"])
async def test_g7_a_revoked_agent_gets_nothing_more_and_leads_nobody(
    run: Run, cluster: Cluster, which: str
) -> None:
    master, standby = await cluster.agreed(), (await cluster.standbys())[0]
    out, asked = (standby, master) if which == "standby" else (master, standby)
    others = [agent for agent in cluster.agents if agent is not out]
    revoke = ("revoke", out.name, "--role", "agent", "--tls", str(cluster.tls), "--agent")
    own = await run(*revoke, out.grpc)
    assert own.code == 4 and "ask another one" in own.err
    assert (await run(*revoke, asked.grpc)).code == 0

    async def led_by_one_of_them() -> str:
        said = [await cluster.standing(agent) for agent in others]
        masters = {each.master for each in said}
        agreed = len(masters) == 1 and not any(each.master_unreachable for each in said)
        return masters.pop() if agreed and masters != {out.name} else ""

    await until("the others agree on one of them", led_by_one_of_them)
    await others[0].report("after it was revoked")
    await cluster.sink.first("after it was revoked")
    told = (await run("list", "--json", "--agent", out.grpc, "--tls", str(cluster.tls))).json
    assert [alarm["message"] for alarm in told] == []
    assert await led_by_one_of_them()


async def test_g7_an_invitation_is_good_for_one_key_and_one_call(
    run: Run, cluster: Cluster
) -> None:
    issued = read(await invited(run, cluster, "--name", "laptop")).issued()
    (shown,) = read_pem(issued.certificate, "the invitation")
    who = Identity(Role.INVITEE, shown.name, shown.cluster)
    tls = Tls(issued.ca, issued.certificate, issued.key, who, shown.not_after.timestamp())
    mine, other = make_request(), make_request()
    async with Client(domain(cluster).split(","), tls) as client:
        for call in (client.cluster, client.ping, client.list, client.access.list):
            with pytest.raises(Forbidden, match="this is invitee"):
                await call()
        with pytest.raises(Forbidden, match="this is invitee"):
            await client.access.renew(mine.request)
        first = await client.access.join(mine.request)
        # The answer was lost on its way, say: asked again, by any replica that can sign.
        for agent in cluster.agents[:2]:
            async with Client([agent.grpc], tls) as one:
                again = await one.access.join(mine.request)
                check_issued(Issued(again.authority, again.certificate, mine.key))
                with pytest.raises(Forbidden, match="used up"):
                    await one.access.join(other.request)
        with pytest.raises(Refused, match="PKCS"):
            await client.access.join(b"nonsense")
    (member,) = read_pem(first.certificate, "the answer")
    assert (member.role, member.name, member.cluster) == ("viewer", "laptop", cluster.cluster)
    lasts = member.not_after - datetime.now(UTC)
    assert timedelta(days=89) < lasts < timedelta(days=90, seconds=1)


async def test_tail_ends_with_a_word_when_its_owner_is_revoked(run: Run, cluster: Cluster) -> None:
    text = await invited(run, cluster, "--name", "laptop")
    laptop = home(cluster, "laptop")
    assert (await run("join", "-", input=text, **laptop)).code == 0
    command = [sys.executable, "-m", "alarminati", "tail", "--no-cache"]
    tail = Process(command, cluster.folder / "tail.log", laptop | {"LC_ALL": "C.UTF-8"})
    tail.start()
    try:
        await cluster.agents[0].report("still here")
        await until("it is told", lambda: "still here" in tail.said)
        assert (await run("revoke", "laptop", *as_operator(cluster))).code == 0
        await until("it has ended", lambda: not tail.running, 5)
        assert tail.wait() == 4
        assert "the certificates of viewer laptop are revoked" in tail.said
    finally:
        tail.kill()
