"""The access table and the idempotency of calls are those that proto/public names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alarminati.agent.rpc.authorization import TABLE
from alarminati.wire.identity import MEMBERS, Role

PROTO = Path(__file__).resolve().parents[2] / "proto" / "public"
RPC = re.compile(r"((?:  //[^\n]*\n)+)  rpc (\w+)\([^;{]*\) returns \([^;{]*\)(;| \{[^}]*\})")
ROLES = {
    "reporter": {Role.REPORTER},
    "viewer": {Role.VIEWER},
    "operator": {Role.OPERATOR},
    "agent": {Role.AGENT},
    "any": set(MEMBERS),
}
# Kinds `r` (reads) and `y` (safe to repeat by nature); a call with a request_id is neither.
LEVELS = {
    "AccessService": {
        "CancelInvitation": "IDEMPOTENT",
        "Join": "IDEMPOTENT",
        "RevokeAccess": "IDEMPOTENT",
        "RestoreAccess": "IDEMPOTENT",
        "ListAccess": "NO_SIDE_EFFECTS",
    },
    "AlarmService": {
        "Subscribe": "NO_SIDE_EFFECTS",
        "ListAlarms": "NO_SIDE_EFFECTS",
        "GetAlarm": "NO_SIDE_EFFECTS",
        "Explain": "NO_SIDE_EFFECTS",
        "Resolve": "IDEMPOTENT",
    },
    "ChannelService": {
        "ListChannels": "NO_SIDE_EFFECTS",
        "GetChannel": "NO_SIDE_EFFECTS",
        "UpdateChannel": "IDEMPOTENT",
        "DeleteChannel": "IDEMPOTENT",
        "ListChannelTypes": "NO_SIDE_EFFECTS",
        "ListDeadLetters": "NO_SIDE_EFFECTS",
        "ResendDeadLetters": "IDEMPOTENT",
        "DiscardDeadLetters": "IDEMPOTENT",
    },
    "ClusterService": {"GetCluster": "NO_SIDE_EFFECTS", "Ping": "NO_SIDE_EFFECTS"},
    "MarkService": {"ListMarks": "NO_SIDE_EFFECTS"},
    "MonitorService": {"ListHeartbeats": "NO_SIDE_EFFECTS", "SendHeartbeat": "IDEMPOTENT"},
    "SilenceService": {
        "UpdateSilence": "IDEMPOTENT",
        "ExpireSilence": "IDEMPOTENT",
        "GetSilence": "NO_SIDE_EFFECTS",
        "PreviewSilence": "NO_SIDE_EFFECTS",
        "ListSilences": "NO_SIDE_EFFECTS",
    },
}


def calls() -> dict[str, tuple[str, str]]:
    """By path of a call: its comment, and its options."""
    found = {}
    for path in sorted((PROTO / "alarminati" / "v1").rglob("*_service.proto")):
        text = path.read_text()
        (package,) = re.findall(r"^package ([\w.]+);", text, re.M)
        (service,) = re.findall(r"^service (\w+) \{", text, re.M)
        for comment, name, options in RPC.findall(text):
            said = " ".join(line.strip(" /") for line in comment.splitlines())
            found[f"/{package}.{service}/{name}"] = (said, options)
    return found


CALLS = calls()


def test_every_public_call_is_in_the_table() -> None:
    ours = {path for path in TABLE if path.startswith("/alarminati.v1.")}
    assert set(CALLS) == ours
    assert len(CALLS) > 20


@pytest.mark.parametrize("path", sorted(CALLS))
def test_the_comment_names_the_roles_of_the_table(path: str) -> None:
    said = re.search(r"Role: ([^.(]+?)(?: \([^)]*\))?\.", CALLS[path][0])
    assert said is not None, "the comment names no role"
    if said[1].startswith("invitee"):
        assert TABLE[path] == {Role.INVITEE}
        return
    words = re.split(r", | or ", said[1].removesuffix(" but invitee"))
    assert TABLE[path] == set().union(*(ROLES[word] for word in words))


@pytest.mark.parametrize("service", sorted(LEVELS))
def test_what_may_be_repeated_says_so(service: str) -> None:
    said = {}
    for path, (_, options) in CALLS.items():
        level = re.search(r"idempotency_level = (\w+);", options)
        if f".{service}/" in path and level:
            said[path.rpartition("/")[2]] = level[1]
    assert {name: said.get(name) for name in LEVELS[service]} == LEVELS[service]
