"""Servers to examine, each broken as it is told to be, and certificates of all kinds."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.v1 import cluster_service_pb2 as pb
from alarminati.v1 import cluster_service_pb2_grpc as pb_grpc
from alarminati.wire.credentials import Tls, bind
from alarminati.wire.identity import Identity, Role
from alarminati.wire.options import SERVER
from alarminati.wire.status import Problem, abort
from alarminati.wire.timestamps import timestamp

Context = grpc.aio.ServicerContext[Any, Any]


class Practice:
    """An authority with a folder for everybody who is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority.create()

    def files(
        self,
        role: Role = Role.VIEWER,
        cluster: str = "",
        *,
        authority: Authority | None = None,
        days: int = 100,
        ago: int = 0,
    ) -> Path:
        """A folder with a certificate issued so many days ago."""
        out = self.folder / f"f{len(list(self.folder.iterdir()))}"
        now = datetime.now(UTC) - timedelta(days=ago)
        issuer = authority or self.authority
        save_issued(issuer.issue(role, "jane", cluster, days=days, now=now), out)
        return out

    def agent(self, cluster: str = "", **more: Any) -> Tls:
        """What an agent serves with, whether or not it would load it."""
        out = self.files(Role.AGENT, cluster, **more)
        ca, certificate, key = (out / name for name in ("ca.crt", "tls.crt", "tls.key"))
        who = Identity(Role.AGENT, "jane", cluster)
        return Tls(ca.read_bytes(), certificate.read_bytes(), key.read_bytes(), who, 0.0)


class Service(pb_grpc.ClusterServiceServicer):
    """Says of itself what it is told to."""

    def __init__(self, ping: int = 0, **said: Any) -> None:
        self.ping = ping
        self.said: dict[str, Any] = {"master": "a1", "replica": "a1", "cluster": "seoul-1"}
        self.said |= {"time": timestamp(int(time.time() * 1000)), **said}
        self.problem: Problem | None = None
        self.hangs = False

    async def GetCluster(
        self, request: pb.GetClusterRequest, context: Context
    ) -> pb.GetClusterResponse:
        if self.hangs:
            await asyncio.sleep(60)
        if self.problem is not None:
            await abort(context, self.problem)
        return pb.GetClusterResponse(**self.said)

    async def Ping(self, request: pb.PingRequest, context: Context) -> pb.PingResponse:
        return pb.PingResponse(health=self.ping)  # type: ignore[arg-type]


@asynccontextmanager
async def serving(tls: Tls | None, service: Service | None = None) -> AsyncIterator[str]:
    """A gRPC server; gives its address."""
    server = grpc.aio.server(options=SERVER)
    if service is not None:
        pb_grpc.add_ClusterServiceServicer_to_server(service, server)
    port = bind(server, "127.0.0.1:0", (lambda: tls) if tls is not None else None)
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(0)


@contextmanager
def listening(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A TCP server that does this with every connection; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stopped = threading.Event()

        def run() -> None:
            while True:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return
                if stopped.is_set():
                    line.close()
                    return
                with line:
                    try:
                        behave(line)
                    except OSError:
                        continue

        thread = threading.Thread(target=run)
        thread.start()
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield address
        finally:
            stopped.set()
            socket.create_connection(listener.getsockname()).close()  # wakes it
            thread.join()


def expired_twin(authority: Authority) -> bytes:
    """The same authority's certificate, but of long ago."""
    now = x509.load_pem_x509_certificate(authority.certificate)
    key = serialization.load_pem_private_key(authority.key, None)
    old = (
        x509.CertificateBuilder()
        .subject_name(now.subject)
        .issuer_name(now.issuer)
        .public_key(now.public_key())
        .serial_number(7)
        .not_valid_before(now.not_valid_before_utc - timedelta(days=400))
        .not_valid_after(now.not_valid_before_utc - timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())  # type: ignore[arg-type]
    )
    return old.public_bytes(serialization.Encoding.PEM)
