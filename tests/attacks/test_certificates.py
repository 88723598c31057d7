"""Strangers, people of other clusters, and people who may do less than they try (G7)."""

from __future__ import annotations

import socket
import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from alarminati.agent.rpc.authorization import TABLE
from alarminati.core.model.entries import Alarm, Severity
from alarminati.mesh.v1 import mesh_service_pb2
from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.v1 import alarm_pb2
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.wire import codec, status
from alarminati.wire.credentials import Tls
from alarminati.wire.identity import AGENT_NAME, Role
from tests.support.cluster import AgentProcess, Cluster

PING = "/alarminati.v1.ClusterService/Ping"
REPORT = "/alarminati.v1.AlarmService/Report"
LINK = "/alarminati.mesh.v1.MeshService/Replicate"
TALK = "/alarminati.mesh.v1.MeshService/Exchange"
ALARM = rpc.ReportRequest(alarm=alarm_pb2.Alarm(message="forged")).SerializeToString()
WORD = mesh_service_pb2.ExchangeRequest(
    message=mesh_service_pb2.ElectionMessage(
        kind=mesh_service_pb2.ElectionMessage.KIND_COORDINATOR,
        name="mallory",
        rank=2**63,
        epoch=2**40,
    )
).SerializeToString()


def forged_link() -> bytes:
    """A standby's first frame, which asks for everything and brings an alarm nobody reported."""
    body = codec.encode(Alarm("forged", Severity.CRITICAL, 1_758_166_920_000))
    frame = mesh_service_pb2.Frame(
        handshake=mesh_service_pb2.Handshake(name="mallory", origin="mallory0"),
        origins=[mesh_service_pb2.OriginExtent(index=1, origin="mallory0", sequence=1)],
        entries=[mesh_service_pb2.ReplicatedEntry(origin=1, sequence=1, stamp=1 << 16, entry=body)],
        caught_up=True,
    )
    return mesh_service_pb2.ReplicateRequest(frame=frame).SerializeToString()


def open_channel(agent: AgentProcess, ca: bytes, pair: tuple[bytes, bytes] | None) -> Any:
    """A channel with whatever certificate, valid or not; our own `Tls` refuses to load bad ones."""
    certificate, key = pair or (None, None)
    credentials = grpc.ssl_channel_credentials(ca, key, certificate)
    options = [("grpc.ssl_target_name_override", AGENT_NAME)]
    return grpc.aio.secure_channel(agent.grpc, credentials, options)


async def call(channel: Any, path: str, message: bytes) -> list[bytes]:
    """Call an RPC of any shape with one message; on the wire all look alike.

    The message goes along with the call: writing to a stream that was refused meanwhile is an error
    of its own.
    """
    stream = channel.unary_stream(path)(message, timeout=20)
    return [answer async for answer in stream]


async def refused(channel: Any, path: str, message: bytes) -> grpc.aio.AioRpcError:
    """Why it is refused; an answer of any kind fails the test."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(channel, path, message)
    return caught.value


def issued(
    authority: Authority, role: Role = Role.OPERATOR, *, days: int = 1, ago: float = 0.0
) -> tuple[bytes, bytes]:
    """Certificate and key, made `ago` days ago."""
    now = datetime.now(UTC) - timedelta(days=ago)
    made = authority.issue(role, "mallory", days=days, now=now)
    return made.certificate, made.key


@pytest.mark.parametrize(
    "who", ["nobody", "wrong authority", "expired", "not yet valid", "self-signed"]
)
async def test_g7_who_is_not_vouched_for_gets_no_answer(
    fortress: Cluster, target: AgentProcess, who: str
) -> None:
    ours = fortress.authority
    stranger = Authority.create(fortress.cluster)
    pair = {
        "nobody": None,
        "wrong authority": issued(stranger),
        "expired": issued(ours, ago=3),
        "not yet valid": issued(ours, ago=-3),
        "self-signed": (stranger.certificate, stranger.key),
    }[who]
    async with open_channel(target, ours.certificate, pair) as channel:
        for path, message in ((PING, b""), (REPORT, ALARM), (TALK, WORD), (LINK, b"")):
            assert (await refused(channel, path, message)).code() is grpc.StatusCode.UNAVAILABLE
    async with open_channel(target, ours.certificate, issued(ours)) as channel:
        assert await call(channel, PING, b"") != [], "the same with a good certificate works"


async def test_g7_without_tls_there_is_nothing(target: AgentProcess) -> None:
    async with grpc.aio.insecure_channel(target.grpc) as channel:
        assert (await refused(channel, REPORT, ALARM)).code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_g7_old_tls_is_not_spoken(
    fortress: Cluster, target: AgentProcess, version: ssl.TLSVersion
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=fortress.authority.certificate.decode())
    context.check_hostname = False
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    host, _, port = target.grpc.rpartition(":")
    with (
        socket.create_connection((host, int(port)), timeout=3) as sock,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(sock)


@pytest.mark.parametrize("role", list(Role))
async def test_g7_another_clusters_certificate_of_the_same_authority_opens_nothing(
    fortress: Cluster, target: AgentProcess, tmp_path: Path, role: Role
) -> None:
    """An authority for any number of clusters: here it is ours with the cluster left out."""
    wide = Authority.load(fortress.authority.certificate, fortress.authority.key)
    wide.cluster = ""
    made = wide.issue(role, "mallory", "busan-1", days=1)
    save_issued(made, tmp_path / "tls")
    Tls.load(tmp_path / "tls")
    pair = (made.certificate, made.key)
    async with open_channel(target, fortress.authority.certificate, pair) as channel:
        for path in TABLE:
            error = await refused(channel, path, b"")
            problem = status.read(error)
            assert (problem.code, problem.reason) == (
                grpc.StatusCode.PERMISSION_DENIED,
                "WRONG_CLUSTER",
            ), path


@pytest.mark.parametrize("role", list(Role))
async def test_g7_each_may_call_what_the_table_says_and_no_more(
    fortress: Cluster, target: AgentProcess, role: Role
) -> None:
    """Viewers at operators' calls, reporters reading, and everybody but agents at the mesh, on an
    agent as it is; `tests/access` has the table itself."""
    tried = 0
    pair = issued(fortress.authority, role)
    async with open_channel(target, fortress.authority.certificate, pair) as channel:
        for path, roles in TABLE.items():
            if role in roles:
                continue
            for message in (b"", ALARM, WORD, b"\xff\xff\xff"):
                problem = status.read(await refused(channel, path, message))
                assert problem.code is grpc.StatusCode.PERMISSION_DENIED, path
                assert problem.reason == "ROLE_REQUIRED", path
                tried += 1
    assert tried >= 8


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REPORTER, Role.OPERATOR])
async def test_g7_a_hostile_replica_neither_reads_nor_writes_the_journal(
    fortress: Cluster, target: AgentProcess, role: Role
) -> None:
    """It links itself as a standby would, with entries to inject, and hears nothing."""
    before = await fortress.standing(target)
    pair = issued(fortress.authority, role)
    async with open_channel(target, fortress.authority.certificate, pair) as channel:
        error = await refused(channel, LINK, forged_link())
        assert error.code() is grpc.StatusCode.PERMISSION_DENIED
        error = await refused(channel, TALK, WORD)
        assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    after = await fortress.standing(target)
    assert (after.master, after.epoch) == (before.master, before.epoch)
    assert "mallory" not in str(after)
