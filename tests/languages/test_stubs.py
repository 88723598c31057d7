"""What is generated for other languages: fresh, pinned, and where the protos say it belongs."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.house.source import ROOT, tracked

GO_MODULE = "github.com/dongdorrong/alarminati/generated/go"


def text(path: str) -> str:
    """A file of the tree."""
    return (ROOT / path).read_text(encoding="utf-8")


def test_generated_files_match_the_protos() -> None:
    command = [str(ROOT / "scripts/stubs.sh"), "--check"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    if "NOT HERE" in ended.stderr:
        pytest.skip(ended.stderr.strip())


def test_protos_say_where_their_code_belongs() -> None:
    files = FileDescriptorSet.FromString((ROOT / "generated/descriptor.binpb").read_bytes()).file
    ours = [file for file in files if file.package == "alarminati.v1"]
    assert len(ours) == len(list((ROOT / "proto/public/alarminati/v1").glob("*.proto")))
    for file in ours:
        assert file.options.go_package == f"{GO_MODULE}/alarminati/v1;alarminativ1"
        assert file.options.java_package == "io.github.dongdorrong.alarminati.v1"
        assert file.options.java_multiple_files
    assert f"module {GO_MODULE}\n" in text("generated/go/go.mod")


def test_generators_and_libraries_have_one_version_each() -> None:
    """Generated code must not be newer than the library it runs on."""
    (generator,) = re.findall(r"^PROTOC_GEN_GO=(.*)", text("scripts/tools.sh"), re.MULTILINE)
    for module in ("generated/go", "examples/go"):
        found = re.findall(r"google.golang.org/protobuf v(\S+)", text(f"{module}/go.mod"))
        assert found == [generator]
    package = json.loads(text("generated/typescript/package.json"))
    example = json.loads(text("examples/typescript/package.json"))
    version = package["devDependencies"]["@bufbuild/protoc-gen-es"]
    assert package["devDependencies"]["@bufbuild/protobuf"] == version
    assert package["peerDependencies"]["@bufbuild/protobuf"] == f"^{version}"
    assert example["dependencies"]["@bufbuild/protobuf"] == version


@pytest.mark.parametrize("path", [path for path in tracked() if path.endswith("-lock.json")])
def test_locks_have_hashes_and_no_addresses(path: str) -> None:
    for name, package in json.loads(text(path))["packages"].items():
        ours = name == "" or package.get("resolved", "").startswith("file:")
        assert ours or package["integrity"].startswith("sha512-"), name
        assert ours or "resolved" not in package, name
