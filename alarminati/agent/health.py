"""Health port: plain gRPC health for kubelets, /h, /healthz and /metrics for all others.

grpc.aio speaks no HTTP/1.1, so the gRPC half listens on a free port of loopback and gets
connections that start like HTTP/2. It has a server of its own: only health is served without TLS.
"""

from __future__ import annotations

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import aio

from alarminati.edge.exchange import Request, Response, refusal
from alarminati.edge.health import Health, Pages
from alarminati.edge.nearness import is_rebound
from alarminati.edge.server import EdgeServer
from alarminati.wire.options import SERVER


class HealthPort:
    """Answers on one port. `servicer` is the one of the main server, so both say the same."""

    def __init__(
        self,
        host: str,
        port: int,
        health: Health,
        servicer: aio.HealthServicer,
        reports: int = 0,
    ) -> None:
        """Take `reports`, the port at which alarms are accepted by HTTP; 0: none."""
        self._host = host
        self._wanted = port
        self._health = health
        self._servicer = servicer
        self._reports = reports
        self._grpc: grpc.aio.Server | None = None
        self._edge: EdgeServer | None = None

    @property
    def port(self) -> int:
        """Return the port it listens on, once it is started."""
        return self._edge.port if self._edge else self._wanted

    async def start(self) -> None:
        """Start to listen. Raises CannotListen."""
        self._grpc = grpc.aio.server(options=SERVER)
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, self._grpc)
        inner = self._grpc.add_insecure_port("127.0.0.1:0")
        await self._grpc.start()
        self._pages = Pages(self._health.pages, elsewhere=self._elsewhere)
        self._edge = EdgeServer(self._answer, self._host, self._wanted, http2=inner)
        try:
            await self._edge.start()
        except BaseException:
            await self.stop(grace=0)
            raise

    async def _answer(self, request: Request) -> Response:
        if request.path == "/metrics" and is_rebound(request):
            # A web page whose name resolves to us (DNS rebinding); scrapers use the address.
            problem = "figures are not for web pages; ask for them by address, or as localhost"
            return refusal(403, problem, "host")
        return await self._pages(request)

    def _elsewhere(self, path: str) -> str:
        if not self._reports:
            return "this is the port for health, and alarms are taken by gRPC only (listen.http)"
        return f"this is the port for health; POST alarms to /v1/alarms on port {self._reports}"

    async def stop(self, grace: float = 1.0) -> None:
        """Stop, after at most `grace` seconds."""
        if self._edge is not None:
            await self._edge.stop(grace)
        if self._grpc is not None:
            await self._grpc.stop(0)
