"""A protoc plugin for gRPC's Python stubs, so that buf drives every generator in one way.

grpcio-tools carries the generator inside its own protoc and nowhere else. This reads a plugin
request, hands its descriptors to that protoc and returns what it wrote.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc


def answer(request: CodeGeneratorRequest) -> CodeGeneratorResponse:
    """The stubs for the files asked for; raises RuntimeError when protoc refuses them."""
    with TemporaryDirectory() as folder:
        descriptors = Path(folder, "descriptors.binpb")
        out = Path(folder, "out")
        out.mkdir()
        descriptors.write_bytes(FileDescriptorSet(file=request.proto_file).SerializeToString())
        status = protoc.main(
            [
                "protoc",
                f"--descriptor_set_in={descriptors}",
                f"--grpc_python_out={out}",
                *request.file_to_generate,
            ]
        )
        if status != 0:
            raise RuntimeError(f"grpc_tools.protoc ended with {status}")
        files = [
            CodeGeneratorResponse.File(name=str(path.relative_to(out)), content=path.read_text())
            for path in sorted(out.rglob("*.py"))
        ]
    return CodeGeneratorResponse(
        file=files, supported_features=CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
    )


if __name__ == "__main__":
    ask = CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    sys.stdout.buffer.write(answer(ask).SerializeToString())
