"""Reasons of errors: the enum of the proto, the code and the documents have the same list."""

from __future__ import annotations

import ast
import re

from alarminati.v1 import error_reason_pb2
from alarminati.wire.reasons import CODES, ErrorReason
from alarminati.wire.status import refusal
from tests.house.source import ROOT, python_files, tree


def test_code_and_proto_have_the_same_reasons() -> None:
    enum = error_reason_pb2.ErrorReason.DESCRIPTOR.values
    names = [value.name.removeprefix("ERROR_REASON_") for value in enum]
    assert [reason.value for reason in ErrorReason] == names[1:]
    assert set(CODES) == set(ErrorReason)


def test_the_proto_says_the_code_of_each() -> None:
    text = (ROOT / "proto/public/alarminati/v1/error_reason.proto").read_text()
    said = re.findall(r"// ([A-Z_]+): [^\n]*\n  ERROR_REASON_(\w+) =", text)
    assert {name: code for code, name in said} == {
        reason.value: codes.grpc.name for reason, codes in CODES.items()
    }


def test_the_documents_list_each_with_its_codes() -> None:
    for page in ("docs/protocol.md", "docs/protocol.ko.md"):
        rows = re.findall(
            r"^\| (\w+)( \+ RetryInfo)? \| (\d+) \| (`[^|]+`) \|$", (ROOT / page).read_text(), re.M
        )
        listed = {
            name: (code, int(http), bool(retry))
            for code, retry, http, names in rows
            for name in re.findall(r"`(\w+)`", names)
        }
        assert listed == {
            reason.value: (codes.grpc.name, codes.http, codes.retry_after is not None)
            for reason, codes in CODES.items()
        }, page


def test_a_retry_is_suggested_where_it_can_help() -> None:
    for reason, codes in CODES.items():
        assert (refusal(reason, "x").retry_after is not None) == (codes.retry_after is not None)


def test_agents_refuse_with_reasons_of_the_list_only() -> None:
    """A Problem made by hand could have any code and any reason."""
    wrong = [
        f"{path}:{node.lineno}"
        for path in python_files("alarminati/agent/rpc/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Problem", "failed_precondition")
    ]
    assert wrong == []
