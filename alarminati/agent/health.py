"""Health port: /livez, /readyz, /h, /healthz and /metrics, without TLS."""

from __future__ import annotations

from alarminati.edge.exchange import Request, Response, refusal
from alarminati.edge.health import Health, Pages
from alarminati.edge.nearness import is_rebound
from alarminati.edge.server import EdgeServer


class HealthPort:
    """Answers on one port."""

    def __init__(
        self,
        host: str,
        port: int,
        health: Health,
        reports: int = 0,
    ) -> None:
        """Take `reports`, the port at which alarms are accepted by HTTP; 0: none."""
        self._host = host
        self._wanted = port
        self._health = health
        self._reports = reports
        self._edge: EdgeServer | None = None

    @property
    def port(self) -> int:
        """Return the port it listens on, once it is started."""
        return self._edge.port if self._edge else self._wanted

    async def start(self) -> None:
        """Start to listen. Raises CannotListen."""
        self._pages = Pages(self._health.pages, elsewhere=self._elsewhere)
        self._edge = EdgeServer(self._answer, self._host, self._wanted)
        await self._edge.start()

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
