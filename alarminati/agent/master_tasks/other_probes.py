"""Probes of health checks by other protocols than HTTP: TCP, gRPC's health service, names."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from alarminati.core.monitors.targets import Target
from alarminati.wire.reaching import reach

if TYPE_CHECKING:
    import grpc


class OtherProbes:
    """Asks targets. Channels of gRPC are kept: a probe then costs one stream."""

    def __init__(self) -> None:
        self._channels: dict[tuple[str, str], grpc.aio.Channel] = {}

    async def ask(self, target: Target, host: str) -> tuple[bool, str]:
        """Return whether the target is well, and a sentence. Raises OSError and ValueError."""
        if target.scheme == "tcp":
            return await self._tcp(target, host)
        if target.scheme == "dns":
            return await self._name(target)
        return await self._grpc(target, host)

    async def close(self) -> None:
        """Close the kept channels."""
        channels, self._channels = list(self._channels.values()), {}
        for channel in channels:
            await channel.close()

    async def _tcp(self, target: Target, host: str) -> tuple[bool, str]:
        url = urlsplit(target.url)
        (await reach(url.hostname or "", url.port or 0)).close()
        return True, f"{host} takes connections"

    async def _name(self, target: Target) -> tuple[bool, str]:
        name = urlsplit(target.url).hostname or ""
        found = await asyncio.get_running_loop().getaddrinfo(name, None)
        addresses = sorted({str(each[4][0]) for each in found})
        listed = ", ".join(addresses[:8])
        if target.contains and target.contains not in addresses:
            return False, f"{name} has the addresses {listed}, without the one that it must have"
        return True, f"{name} has the addresses {listed}"

    async def _grpc(self, target: Target, host: str) -> tuple[bool, str]:
        import grpc
        from grpc_health.v1 import health_pb2, health_pb2_grpc

        url = urlsplit(target.url)
        key = (f"{url.scheme}://{url.netloc}", target.ca)
        if key not in self._channels:
            self._channels[key] = _channel(url.netloc, target)
        stub: Any = health_pb2_grpc.HealthStub(self._channels[key])
        service = url.path.strip("/")
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(service=service))
        except grpc.aio.AioRpcError as error:
            code = error.code()
            if code is grpc.StatusCode.UNAVAILABLE:  # another probe begins with a new connection
                await self._channels.pop(key).close()
            return False, f"{host} answered {code.name}"
        state = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
        return answer.status == health_pb2.HealthCheckResponse.SERVING, f"{host} answered {state}"


def _channel(address: str, target: Target) -> grpc.aio.Channel:
    import grpc

    if target.scheme == "grpc":
        return grpc.aio.insecure_channel(address)
    roots = target.ca.encode() or None
    return grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(roots))
