"""Forged announcements on the network cost a refused handshake each, and no data ever (G7, G8)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from uuid import uuid4

from alarminati.agent.app import Agent
from alarminati.agent.mesh.discovery.candidates import LocalPeer
from alarminati.agent.mesh.discovery.zeroconf import MOST, Announced, Zeroconf
from alarminati.agent.store import Store
from alarminati.agent.tls.certificates import Certificates
from alarminati.config import load
from alarminati.core.model.entries import Alarm, Severity
from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.identity import Role
from tests.support.patience import until

SECRET = "the database of w-sharing is on fire"
HANDSHAKE = 0x16  # type of a TLS record, RFC 8446, section 5.1


class Attacker:
    """A server that keeps every byte it is sent, deciphered where it could be."""

    def __init__(self, context: ssl.SSLContext | None, greeting: bytes = b"") -> None:
        self.raw: list[bytes] = []
        self.read: list[bytes] = []
        self.visits = 0
        self.let_in = 0  # handshakes that came to an end
        self.port = 0
        self._context = context
        self._greeting = greeting

    async def __aenter__(self) -> Attacker:
        self._server = await asyncio.start_server(self._visited, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        writer.write(self._greeting)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._context.wrap_bio(incoming, outgoing, True) if self._context else None
        finished = False
        try:
            async with asyncio.timeout(5):
                while said := await reader.read(65536):
                    self.raw.append(said)
                    incoming.write(said)
                    if tls is None:
                        continue
                    try:
                        if not finished:
                            tls.do_handshake()
                            finished = True
                            self.let_in += 1
                        self.read.append(tls.read(65536))
                    except ssl.SSLWantReadError:
                        continue
                    finally:
                        writer.write(outgoing.read())
        except (TimeoutError, OSError):
            pass
        finally:
            writer.close()


def posing(folder: Path, authority: Authority, role: Role, cluster: str) -> ssl.SSLContext:
    """TLS with a certificate that the attacker came by; everybody is let in."""
    out = folder / uuid4().hex
    save_issued(authority.issue(role, "a2", cluster, days=2), out)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(out / "tls.crt", out / "tls.key")
    context.set_alpn_protocols(["h2"])
    return context


@asynccontextmanager
async def agent(
    folder: Path, authority: Authority, cluster: str, name: str
) -> AsyncIterator[Agent]:
    """A real agent that looks for others by multicast on loopback."""
    tls = folder / f"{name}-tls"
    save_issued(authority.issue(Role.AGENT, name, cluster, days=2), tls)
    flags: dict[str, object] = {f"listen_{door}": "off" for door in ("http", "health")}
    flags |= {"listen_grpc": "127.0.0.1:0", "discovery_mode": "zeroconf", "name": name}
    flags |= {"tls": str(tls), "data": str(folder / name), "cluster": cluster}
    config = load(None, {}, flags)
    assert config.tls.files is not None
    store = Store.open(config.data)
    try:
        made = Agent(config, store, Certificates(config.tls.files, config.data, cluster))
        async with made.running():
            yield made
    finally:
        await store.close()


@asynccontextmanager
async def forged(cluster: str, name: str, port: int) -> AsyncIterator[None]:
    """An announcement that anybody on the network can make."""
    liar = Zeroconf(LocalPeer(cluster, name, f"127.0.0.1:{port}"), Random(port))
    task = asyncio.create_task(liar.run(lambda found: None))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_g7_forged_announcements_get_no_data(tmp_path: Path) -> None:
    cluster = f"c-{uuid4().hex[:8]}"
    authority, stranger = Authority.create(), Authority.create()
    attackers = {
        "listens only": Attacker(None),
        "speaks HTTP/2 without TLS": Attacker(None, b"\0\0\0\4\0\0\0\0\0"),
        "another authority": Attacker(posing(tmp_path, stranger, Role.AGENT, cluster)),
        "an agent of another cluster": Attacker(posing(tmp_path, authority, Role.AGENT, "x-1")),
        "a viewer of this cluster": Attacker(posing(tmp_path, authority, Role.VIEWER, cluster)),
    }
    async with AsyncExitStack() as stack:
        for number, attacker in enumerate(attackers.values()):
            await stack.enter_async_context(attacker)
            await stack.enter_async_context(forged(cluster, f"evil{number}", attacker.port))
        honest = [
            await stack.enter_async_context(agent(tmp_path, authority, cluster, name))
            for name in ("a1", "a2")
        ]
        await until("all are visited", lambda: all(each.visits for each in attackers.values()))
        alarm = Alarm(SECRET, Severity.CRITICAL, 1_790_000_000_000)
        await until("they are linked", lambda: all(each.replica.linked_names() for each in honest))
        receipt = await honest[0].live.accept([alarm])
        assert receipt.replicas == 2
        await until(
            "visited again", lambda: all(each.visits > 1 for each in attackers.values()), 30
        )
    for who, attacker in attackers.items():
        # gRPC looks at the name when the handshake is over, and hangs up then.
        assert attacker.let_in == 0 or who == "an agent of another cluster"
        assert not b"".join(attacker.read), who
        sent = b"".join(attacker.raw)
        assert SECRET.encode() not in sent and b"PRI * HTTP/2" not in sent, who
        assert all(said[0] in (HANDSHAKE, 0x15, 0x14) for said in attacker.raw), who


def test_g8_a_flood_of_announcements_is_bounded() -> None:
    announced = Announced()
    announced.change("honest", frozenset({"10.0.0.2:7443"}))
    for number in range(1000):
        announced.change(f"evil{number}", frozenset({f"10.0.1.1:{number + 1}"}))
    assert len(announced.addresses) == MOST and "10.0.0.2:7443" in announced.addresses
    assert announced.change("honest", frozenset({"10.0.0.2:7444"}))  # those heard may move
    assert "10.0.0.2:7444" in announced.addresses and "10.0.0.2:7443" not in announced.addresses
    assert not announced.change("late", frozenset({"10.0.0.3:7443"}))
    assert announced.change("evil1", frozenset())
    assert announced.change("late", frozenset({"10.0.0.3:7443"}))  # there is room again
