"""Requests made to be read in two ways, without end, forged, and sent again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time

import pytest

from alarminati.channels.webhook import sign
from tests.attacks.conftest import SECRET, TOKEN
from tests.attacks.raw import ask, close, statuses
from tests.support.cluster import AgentProcess, Cluster

MEBI = 2**20
FLAT = 24 * MEBI  # what an agent may keep after it was sent far more
AUTH = f"authorization: Bearer {TOKEN}\r\n".encode()
POST = b"POST /v1/alarms HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" + AUTH
HIDDEN = POST + b'content-length: 21\r\n\r\n{"message":"smuggled"}'
LAST = b"GET /h HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"

SMUGGLING = {
    "length and chunks": b"content-length: %d\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"transfer-encoding: chunked\r\ncontent-length: %d\r\n\r\n0\r\n\r\n",
    "two lengths": b"content-length: 0\r\ncontent-length: %d\r\n\r\n",
    "a list of lengths": b"content-length: 0, %d\r\n\r\n",
    "a length with a sign": b"content-length: +%d\r\n\r\n",
    "a length in hex": b"content-length: 0x%x\r\n\r\n",
    "a length after a blank": b"content-length : %d\r\n\r\n",
    "chunks after a tab": b"transfer-encoding:\tchunked\r\ncontent-length: %d\r\n\r\n0\r\n\r\n",
    "chunks in other words": b"transfer-encoding: xchunked\r\ncontent-length: %d\r\n\r\n0\r\n\r\n",
    "chunks twice": b"transfer-encoding: chunked, identity\r\ncontent-length: %d\r\n\r\n0\r\n\r\n",
    "a bare line feed": b"x: y\ncontent-length: %d\r\n\r\n",
    "a bare carriage return": b"x: y\rcontent-length: %d\r\n\r\n",
    "a folded header": b"x: y\r\n content-length: %d\r\n\r\n",
    "a zero byte": b"x: \0\r\ncontent-length: %d\r\n\r\n",
    "a chunk with a bare line feed": b"transfer-encoding: chunked\r\nx-%d: y\r\n\r\n0\n\n",
    "a chunk with a sign": b"transfer-encoding: chunked\r\nx-%d: y\r\n\r\n-0\r\n\r\n",
    "a chunk longer than it says": b"transfer-encoding: chunked\r\nx-%d: y\r\n\r\n1\r\nab\r\n",
}


@pytest.mark.parametrize("shape", SMUGGLING)
async def test_g7_what_may_be_read_in_two_ways_is_not_read(
    target: AgentProcess, shape: str
) -> None:
    """One 400 and the end of the connection; what was hidden behind it is never a request."""
    said = await ask(target, POST + SMUGGLING[shape] % len(HIDDEN) + HIDDEN + LAST)
    assert statuses(said) == [400], said
    assert b"connection: close" in said


async def test_g7_a_token_counts_for_its_own_request_only(target: AgentProcess) -> None:
    """Who comes later on the same connection is asked again."""
    bare = POST.replace(AUTH, b"")
    said = await ask(
        target, POST + b"content-length: 1\r\n\r\n1", bare + b"content-length: 1\r\n\r\n"
    )
    assert statuses(said) == [400, 401]


@pytest.mark.parametrize(
    "header",
    [AUTH + AUTH, AUTH.replace(b"alm_", b"alm_x"), b"authorization: \0\r\n"],
    ids=["twice", "another", "zero"],
)
async def test_g7_tokens_that_are_none(target: AgentProcess, header: bytes) -> None:
    bare = POST.replace(AUTH, header)
    said = await ask(target, bare + b"content-length: 15\r\n\r\n" + b'{"message":"m"}')
    assert statuses(said) in ([401], [400])


async def test_g8_heads_and_bodies_without_end_leave_memory_flat(target: AgentProcess) -> None:
    before = target.memory
    piece = b"x" * 65_536
    chunk = b"10000\r\n" + piece + b"\r\n"
    endless = {
        431: (b"GET /" + piece, *[piece] * 400),
        413: (POST + b"transfer-encoding: chunked\r\n\r\n", *[chunk] * 400),
        401: (POST.replace(AUTH, b"") + b"transfer-encoding: chunked\r\n\r\n", *[chunk] * 400),
    }
    for _ in range(5):
        for status, pieces in endless.items():
            # A client that goes on writing may be reset before it reads why.
            assert statuses(await ask(target, *pieces)) in ([status], [])
    assert target.memory - before < FLAT


FORGED = 10_000


async def bombard(agent: AgentProcess, requests: list[bytes], connections: int = 8) -> list[int]:
    """Send them over warm connections, each next one after its answer; the statuses."""

    async def one(share: list[bytes]) -> list[int]:
        heard: list[int] = []
        while len(heard) < len(share):  # refused ones end their connection
            reader, writer = await asyncio.open_connection(agent.place.host, agent.place.ports[1])
            for request in share[len(heard) :]:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                await reader.readexactly(size)
                heard.append(int(head.split()[1]))
                if b"connection: close" in head:
                    break
            await close(writer)
        return heard

    shares = [requests[place::connections] for place in range(connections)]
    return [status for heard in await asyncio.gather(*map(one, shares)) for status in heard]


def webhook(signature: str, body: bytes) -> bytes:
    head = "POST /webhooks/alertmanager HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    head += f"x-alarminati-signature: {signature}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def test_g7_ten_thousand_forged_webhooks_are_ten_thousand_refusals(
    target: AgentProcess,
) -> None:
    """Wrong secrets, changed bodies, old and future times, and none at all."""
    body = json.dumps(
        {"alerts": [{"labels": {"alertname": "forged"}, "status": "firing"}]}
    ).encode()
    now = int(time.time())
    good = sign(SECRET, now, body)
    shapes = [
        webhook(sign("a secret of somebody else", now, body), body),
        webhook(good, body.replace(b"forged", b"f0rged")),
        webhook(sign(SECRET, now - 3600, body), body),
        webhook(sign(SECRET, now + 3600, body), body),
        webhook(good.replace(f"t={now}", f"t={now + 1}"), body),
        webhook(f"t={now},v1={hmac.new(b'', body, hashlib.sha256).hexdigest()}", body),
        webhook(f"t={now},v1=", body),
        webhook(f"t={now},v1={'0' * 64}", body),
    ]
    before = target.memory
    start = time.perf_counter()
    heard = await bombard(target, [shapes[n % len(shapes)] for n in range(FORGED)])
    print(f"{FORGED} forged webhooks in {time.perf_counter() - start:.1f} s")
    assert heard == [401] * FORGED
    assert target.memory - before < FLAT


async def test_g7_ten_thousand_replays_are_one_report(fortress: Cluster) -> None:
    """To both replicas, also with other ids in the headers: each is told what the first was."""
    agent, other = fortress.agents
    alert = {"labels": {"alertname": "replayed"}, "status": "firing"}
    body = json.dumps({"alerts": [alert]}).encode()
    request = webhook(sign(SECRET, int(time.time()), body), body)
    assert await bombard(agent, [request]) == [200]
    await fortress.settled()
    before = await fortress.standing(agent)
    start = time.perf_counter()
    spiced = [request.replace(b"host: x", b"host: x\r\nidempotency-key: %d" % n) for n in range(4)]
    requests = [(request, *spiced)[n % 5] for n in range(FORGED // 2)]
    heard = await asyncio.gather(*(bombard(each, requests) for each in (agent, other)))
    print(f"{FORGED} replays in {time.perf_counter() - start:.1f} s")
    assert heard == [[200] * (FORGED // 2)] * 2
    await fortress.settled()
    assert (await fortress.standing(agent)).journal.cursor == before.journal.cursor
    assert len(fortress.sink.delivered("replayed")) == 1
