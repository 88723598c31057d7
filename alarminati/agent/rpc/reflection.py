"""Server reflection under both its names: older clients ask v1alpha, newer ones v1 first.

What it takes is loaded when somebody first asks: 2 MB and 20 ms that most agents never need.
"""

from __future__ import annotations

from typing import Any, Final

import grpc

NAMES: Final = ("grpc.reflection.v1alpha.ServerReflection", "grpc.reflection.v1.ServerReflection")
METHODS: Final = frozenset(f"/{name}/ServerReflectionInfo" for name in NAMES)
SERVICES: Final = (
    "alarminati.v1.AccessService",
    "alarminati.v1.AlarmService",
    "alarminati.v1.ChannelService",
    "alarminati.v1.ClusterService",
    "alarminati.v1.MarkService",
    "alarminati.v1.MonitorService",
    "alarminati.v1.SilenceService",
    "grpc.health.v1.Health",
    NAMES[0],
)


def add_reflection(server: grpc.aio.Server) -> None:
    """Let clients ask which services there are."""
    server.add_generic_rpc_handlers((_Reflection(),))


class _Reflection(grpc.GenericRpcHandler):
    def __init__(self) -> None:
        self._handler: grpc.RpcMethodHandler[Any, Any] | None = None

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        if handler_call_details.method not in METHODS:
            return None
        if self._handler is None:
            self._handler = _load()
        return self._handler


def _load() -> grpc.RpcMethodHandler[Any, Any]:
    """The messages of v1 and v1alpha are the same, so one handler serves both."""
    from grpc_reflection.v1alpha import reflection_pb2
    from grpc_reflection.v1alpha._async import ReflectionServicer

    return grpc.stream_stream_rpc_method_handler(
        ReflectionServicer(SERVICES).ServerReflectionInfo,
        reflection_pb2.ServerReflectionRequest.FromString,
        reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
