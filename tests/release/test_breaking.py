"""Rules for changes of the protos after a tag: what may come comes, what is promised stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet

from tests.house.source import ROOT

PROGRAMS = Path(sys.executable).parent  # buf is one of them
ALARM = "public/alarminati/v1/alarm.proto"
ENTRY = "internal/alarminati/journal/v1/entry.proto"


def broken(folder: Path, path: str, *changes: tuple[str, str]) -> str:
    """Return what buf says about changes of one file since the protos as they stand."""
    shutil.copytree(ROOT / "proto", folder / "proto")
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    shutil.copy(ROOT / "buf.yaml", folder)
    changed = folder / "proto" / path
    text = changed.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    changed.write_text(text, encoding="utf-8")
    environment = os.environ | {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}
    command = [str(folder / "scripts/breaking.sh"), str(ROOT)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (ended.returncode == 0) is not bool(ended.stdout), ended.stderr
    return ended.stdout


@pytest.mark.parametrize(
    "changes",
    [
        [("  reserved 12;\n", "repeated string links = 12;"), ('  reserved "links";\n', "")],
        [
            ("  reserved 10, 25, 60;\n", "SEVERITY_DEBUG = 10; reserved 25, 60;"),
            ('"SEVERITY_DEBUG", ', ""),
        ],
    ],
    ids=["field", "severity"],
)
def test_what_is_reserved_for_later_may_come(
    tmp_path: Path, changes: list[tuple[str, str]]
) -> None:
    assert broken(tmp_path, ALARM, *changes) == ""


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (ALARM, "string link = 9;", "reserved 9;"),
        (ALARM, "int32 ttl_seconds = 11;", "int64 ttl_seconds = 11;"),
        (ALARM, "string link = 9;", "string uri = 9;"),
        (ALARM, "SEVERITY_INFO = 20;", "reserved 20;"),
        (ENTRY, "reserved 8 to 11;", ""),
    ],
    ids=["field gone", "other type", "other name", "value gone", "internal reservation gone"],
)
def test_what_is_in_use_stays(tmp_path: Path, path: str, old: str, new: str) -> None:
    assert broken(tmp_path, path, (old, new))


def test_some_numbers_are_never_given_up() -> None:
    data = (ROOT / "generated/descriptor.binpb").read_bytes()
    messages: dict[str, DescriptorProto] = {
        message.name: message
        for file in FileDescriptorSet.FromString(data).file
        if file.package == "alarminati.v1"
        for message in file.message_type
    }
    bodies = {(each.start, each.end) for each in messages["Record"].reserved_range}
    assert (32, 64) in bodies, "of replicas only: an older agent would pass them on"
    (kind,) = messages["Action"].enum_type
    assert "KIND_RESOLVE" in kind.reserved_name
