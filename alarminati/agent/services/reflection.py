"""Server reflection under both its names: older clients ask v1alpha, newer ones v1 first."""

from __future__ import annotations

from typing import Final

import grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2
from grpc_reflection.v1alpha._async import ReflectionServicer

SERVICES: Final = (
    "alarminati.v1.AlarmService",
    "alarminati.v1.ChannelService",
    "alarminati.v1.ClusterService",
    "alarminati.v1.MeshService",
    "grpc.health.v1.Health",
    reflection.SERVICE_NAME,
)


def add_reflection(server: grpc.aio.Server) -> None:
    """Let clients ask which services there are. The messages of v1 and v1alpha are the same."""
    reflection.enable_server_reflection(SERVICES, server)
    servicer = ReflectionServicer(SERVICES)
    info = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        reflection_pb2.ServerReflectionRequest.FromString,
        reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    handlers = {"ServerReflectionInfo": info}
    v1 = grpc.method_handlers_generic_handler("grpc.reflection.v1.ServerReflection", handlers)
    server.add_generic_rpc_handlers((v1,))
