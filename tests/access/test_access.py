"""The table of roles, cell by cell, over real mutual TLS (G7)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pb2 import MethodDescriptorProto
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.reflection import enable_server_reflection

from alarminati.agent.rpc.authorization import ANONYMOUS, TABLE, Authorization, caller, judge
from alarminati.mesh.v1 import mesh_service_pb2
from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.v1 import (
    access_service_pb2,
    alarm_service_pb2,
    channel_service_pb2,
    cluster_service_pb2,
    mark_service_pb2,
    monitor_service_pb2,
    silence_service_pb2,
)
from alarminati.wire import status
from alarminati.wire.credentials import Tls, bind, dial
from alarminati.wire.identity import Identity, Role
from alarminati.wire.options import SERVER

FILES = (
    access_service_pb2,
    alarm_service_pb2,
    channel_service_pb2,
    cluster_service_pb2,
    mark_service_pb2,
    health_pb2,
    mesh_service_pb2,
    monitor_service_pb2,
    reflection_pb2,
    silence_service_pb2,
)
CLUSTER = "seoul-1"

# Written out once more, as people are told it, so that a slip in the table shows.
MAY = {
    "Report": "reporter operator",
    "ReportStream": "reporter operator",
    "Subscribe": "viewer operator",
    "ListAlarms": "viewer operator",
    "GetAlarm": "viewer operator",
    "Explain": "viewer operator",
    "CreateMark": "reporter operator",
    "ListMarks": "viewer operator",
    "Acknowledge": "operator",
    "Unacknowledge": "operator",
    "AddNote": "operator",
    "Assign": "operator",
    "Resolve": "operator",
    "CreateSilence": "operator",
    "UpdateSilence": "operator",
    "ExpireSilence": "operator",
    "GetSilence": "viewer operator",
    "PreviewSilence": "viewer operator",
    "ListSilences": "viewer operator",
    "ListChannels": "viewer operator agent",
    "GetChannel": "viewer operator",
    "CreateChannel": "operator",
    "UpdateChannel": "operator",
    "DeleteChannel": "operator",
    "TestChannel": "operator",
    "ListChannelTypes": "viewer operator",
    "ListDeadLetters": "viewer operator",
    "ResendDeadLetters": "operator",
    "DiscardDeadLetters": "operator",
    "ListHeartbeats": "viewer operator",
    "SendHeartbeat": "reporter operator",
    "Exchange": "agent",
    "Replicate": "agent",
    "CreateInvitation": "operator",
    "CancelInvitation": "operator",
    "Join": "invitee",
    "RevokeAccess": "operator",
    "RestoreAccess": "operator",
    "ListAccess": "operator",
}
EVERYBODY = "agent reporter viewer operator"


def methods() -> Iterator[tuple[str, MethodDescriptorProto]]:
    """Every RPC we serve, by full name."""
    for module in FILES:
        described = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(described)
        for service in described.service:
            for method in service.method:
                yield f"/{described.package}.{service.name}/{method.name}", method


METHODS = dict(methods())
UNLISTED = "/alarminati.v1.AlarmService/Forgotten"


def test_every_rpc_has_a_row_and_every_row_an_rpc() -> None:
    extra = {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"}
    assert set(TABLE) == set(METHODS) | extra


async def _echo(request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
    return str(caller()).encode()


async def _gathered(
    requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext[bytes, bytes]
) -> bytes:
    return str(caller()).encode()


async def _stream(
    request: Any, context: grpc.aio.ServicerContext[bytes, bytes]
) -> AsyncIterator[bytes]:
    for _ in range(2):
        yield str(caller()).encode()


async def _written(request: Any, context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
    for _ in range(2):
        await context.write(str(caller()).encode())


def handler(method: MethodDescriptorProto) -> grpc.RpcMethodHandler[Any, Any]:
    """A dummy of the right shape that answers with who called."""
    match method.client_streaming, method.server_streaming:
        case False, False:
            return grpc.unary_unary_rpc_method_handler(_echo)
        case True, False:
            return grpc.stream_unary_rpc_method_handler(_gathered)
        case False, True:
            # Both ways in which a stream may be answered.
            behaviour = _written if method.name == "Watch" else _stream
            return grpc.unary_stream_rpc_method_handler(behaviour)
        case _:
            return grpc.stream_stream_rpc_method_handler(_stream)


def serve(access: Authorization) -> grpc.aio.Server:
    """A server with a dummy for every RPC, and one RPC without a row."""
    server = grpc.aio.server(options=SERVER, interceptors=[access])
    for path, method in [*METHODS.items(), (UNLISTED, MethodDescriptorProto(name="Forgotten"))]:
        service, name = path[1:].split("/")
        answer = grpc.method_handlers_generic_handler(service, {name: handler(method)})
        server.add_generic_rpc_handlers((answer,))
    return server


async def call(channel: grpc.aio.Channel, path: str) -> bytes:
    """Call an RPC of any shape; the first answer.

    Nothing is sent on a stream: the dummies do not read, and gRPC takes a send into a call that has
    ended for an error of its own, instead of the status.
    """
    method = METHODS.get(path, MethodDescriptorProto())
    match method.client_streaming, method.server_streaming:
        case False, False:
            plain: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(path)
            return await plain(b"", timeout=5)
        case True, False:
            gather: grpc.aio.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(path)
            return await gather(iter(()), timeout=5)
        case False, True:
            one: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(path)
            answers = [answer async for answer in one(b"", timeout=5)]
        case _:
            many: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(path)
            answers = [answer async for answer in many(iter(()), timeout=5)]
    assert len(answers) == 2
    return answers[0]


async def refusal(channel: grpc.aio.Channel, path: str) -> status.Problem:
    """Why a call is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call(channel, path)
    return status.read(refused.value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates: one for each role, of one cluster and of any."""
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority.create()
    for role in Role:
        for cluster in ("", CLUSTER, "busan-1"):
            issued = authority.issue(role, "x", cluster, days=2)
            save_issued(issued, folder / f"{role}-{cluster}")
    return folder


@pytest.fixture
async def port(folder: Path) -> AsyncIterator[int]:
    server = serve(Authorization(CLUSTER))
    tls = Tls.load(folder / f"agent-{CLUSTER}")
    port = bind(server, "127.0.0.1:0", lambda: tls)
    await server.start()
    yield port
    await server.stop(0)


@pytest.mark.parametrize("cluster", ["", CLUSTER])
@pytest.mark.parametrize("role", list(Role))
async def test_each_cell_of_the_table(role: Role, cluster: str, port: int, folder: Path) -> None:
    tls = Tls.load(folder / f"{role}-{cluster}")
    async with dial(f"127.0.0.1:{port}", tls, CLUSTER) as channel:
        for path, method in METHODS.items():
            needed = MAY.get(method.name, EVERYBODY).split()
            if role in needed:
                assert await call(channel, path) == f"{role} x".encode(), path
                continue
            problem = await refusal(channel, path)
            assert problem.code is grpc.StatusCode.PERMISSION_DENIED, path
            assert problem.reason == "ROLE_REQUIRED"
            wanted = " or ".join(sorted(needed))
            assert problem.message == f"{method.name} needs role {wanted}; this is {role} x"
            assert dict(problem.facts) == {"needed": wanted}


@pytest.mark.parametrize("role", list(Role))
async def test_a_certificate_of_another_cluster_opens_nothing(
    role: Role, port: int, folder: Path
) -> None:
    async with dial(f"127.0.0.1:{port}", Tls.load(folder / f"{role}-busan-1")) as channel:
        for path in METHODS:
            problem = await refusal(channel, path)
            assert problem.code is grpc.StatusCode.PERMISSION_DENIED, path
            assert problem.reason == "WRONG_CLUSTER"


async def test_g7_who_has_expired_calls_nothing_over_whatever_is_open(folder: Path) -> None:
    """TLS looks at a certificate once: not on a connection that is kept, nor on one resumed."""
    at = [time.time()]
    server = serve(Authorization(CLUSTER, clock=lambda: at[0]))
    own, viewer = (Tls.load(folder / f"{role}-{CLUSTER}") for role in (Role.AGENT, Role.VIEWER))
    port = bind(server, "127.0.0.1:0", lambda: own)
    await server.start()
    path = "/alarminati.v1.AlarmService/ListAlarms"
    address = f"127.0.0.1:{port}"
    async with dial(address, viewer) as kept, dial(address, own) as link:
        at[0] = viewer.not_after - 1
        assert await call(kept, path)
        at[0] = viewer.not_after + 1
        async with dial(address, viewer) as resumed:
            for channel in (kept, resumed):
                problem = await refusal(channel, path)
                assert (problem.code, problem.reason) == (
                    grpc.StatusCode.UNAUTHENTICATED,
                    "CERTIFICATE_EXPIRED",
                )
        # A link between replicas outlives the certificate that it was made with.
        assert await call(link, "/alarminati.mesh.v1.MeshService/Exchange")
    await server.stop(0)


async def test_what_is_not_in_the_table_is_refused_even_to_operators(
    port: int, folder: Path
) -> None:
    async with dial(f"127.0.0.1:{port}", Tls.load(folder / "operator-")) as channel:
        assert (await refusal(channel, UNLISTED)).reason == "ROLE_REQUIRED"
        # By this clients find out that they must ask in an older way.
        nothing = await refusal(channel, "/alarminati.v1.AlarmService/Unheard")
        assert nothing.code is grpc.StatusCode.UNIMPLEMENTED


async def test_without_tls_everybody_may_do_everything_in_the_table() -> None:
    server = serve(Authorization(CLUSTER, insecure=True))
    port = bind(server, "127.0.0.1:0", None)
    await server.start()
    async with dial(f"127.0.0.1:{port}", None) as channel:
        for path in METHODS:
            assert await call(channel, path) == str(ANONYMOUS).encode(), path
        assert (await refusal(channel, UNLISTED)).reason == "ROLE_REQUIRED"
    await server.stop(0)


async def test_the_real_health_and_reflection_work_behind_it(folder: Path) -> None:
    server = grpc.aio.server(options=SERVER, interceptors=[Authorization(CLUSTER)])
    health_pb2_grpc.add_HealthServicer_to_server(health_aio.HealthServicer(), server)
    enable_server_reflection(["grpc.health.v1.Health"], server)
    tls = Tls.load(folder / "agent-")
    port = bind(server, "127.0.0.1:0", lambda: tls)
    await server.start()
    async with dial(f"127.0.0.1:{port}", Tls.load(folder / "viewer-")) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=5)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=5)
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        watch.cancel()
        make: Any = reflection_pb2_grpc.ServerReflectionStub  # typed for synchronous channels
        reflection = make(channel)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        answers = [one async for one in reflection.ServerReflectionInfo(iter([asked]), timeout=5)]
        assert [it.name for it in answers[0].list_services_response.service] == [
            "grpc.health.v1.Health"
        ]
    await server.stop(0)


def test_a_certificate_without_identity_is_nobody() -> None:
    problem = judge("/alarminati.v1.ClusterService/Ping", None, CLUSTER)
    assert problem is not None
    assert problem.code is grpc.StatusCode.UNAUTHENTICATED


def test_only_the_one_anonymous_is_above_the_table() -> None:
    pretender = Identity(Role.OPERATOR, "anonymous")
    assert judge("/alarminati.mesh.v1.MeshService/Replicate", pretender, CLUSTER) is not None
    assert judge("/alarminati.mesh.v1.MeshService/Replicate", ANONYMOUS, CLUSTER) is None
