"""G7, G8: no bytes from outside make anything fail in a way nobody expects. A short run of each
target; `make fuzz` feeds them a million inputs. What was found once stands in FOUND."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import agent_door
from tests.fuzz.agent_door import AgentDoor
from tests.fuzz.http_door import HttpDoor, check
from tests.fuzz.mutation import Mutator
from tests.fuzz.shapes import Target
from tests.fuzz.table import opened, shares
from tests.fuzz.targets import pure

SEED = 20_251_122
SHORT = {"streams": 25, "journal": 60, "configs": 60, "calls": 300, "words of replicas": 100}

FOUND: dict[str, tuple[bytes, ...]] = {
    "configs": (
        b"tls: {mode: insecure}\nlimits: {body_size: %sMiB}\n" % (b"9" * 400),
        b"tls: {mode: insecure}\nkeepalive_interval: %s\n" % (b"9" * 400),
        b"tls: {mode: insecure}\nkeepalive_interval: -%s\n" % (b"9" * 400),
    ),
    "reports": (
        b'{"message":"a","proj\xed\xa0\x80ect":"b"}',
        b'{"message":"a","proj\\ud800ect":"b"}',
        b'[{"message":"a"},{"message":"a","labels":{"\\ud800":1}}]',
    ),
    "alertmanager": (b'{"status":"\x80","alerts":[]}', b'{"truncatedAlerts":1e999,"alerts":[]}'),
    "matchers": (b'a=~"[[a]"', b'a=~"a{99999999999999}"', b'a=~"%s"' % (b"(" * 3000 + b")" * 3000)),
    "pauses": (
        b"\x01\x39x\nThu, 18 Sep " + b"9" * 30 + b" 03:42:09 GMT\nno\n\nx",
        b"\x01\x39x\nThu, 1" + b"8" * 99 + b" Sep 2025 03:42:09 GMT\nno\n\nx",
    ),
}


@pytest.mark.parametrize("name", list(shares()))
def test_g8_made_mistakes_are_refused_in_the_way_that_is_documented(name: str) -> None:
    print(f"seed {SEED}")
    with opened(name) as (target, _):
        mutator = Mutator(target.seeds, random.Random(SEED))
        for data in (*target.seeds, *FOUND.get(name, ())):
            target.feed(data)
        for _ in range(SHORT.get(name, 1000)):
            target.feed(mutator.make())


@pytest.mark.parametrize("target", pure(), ids=lambda target: target.name)
def test_g8_anything_at_all_is_refused_likewise(target: Target) -> None:
    @settings(max_examples=100)
    @given(st.binary(max_size=300))
    def anything(data: bytes) -> None:
        target.feed(data)

    anything()


def test_every_target_has_good_seeds() -> None:
    """Seeds that are refused at the first step would leave the rest untried."""
    for name in shares():
        with opened(name) as (target, kept):
            for data in target.seeds:
                target.feed(data)
            assert target.seeds
            if name == "calls":
                assert kept() >= 1, "not one report was taken in"


def test_what_is_wrong_is_noticed() -> None:
    """The doors find what they are there to find."""
    with pytest.raises(AssertionError):
        check(b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n")
    door = HttpDoor()
    try:
        door._door.held = 7  # a body that nobody gave back
        with pytest.raises(AssertionError, match="still count"):
            door(b"\x01GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    finally:
        door.close()


def test_g7_the_agent_door_calls_what_it_says() -> None:
    names = (*agent_door.CALLS, *agent_door.MESH, *agent_door.STREAMS)
    assert sorted(names) == sorted(agent_door.OURS)
    door = AgentDoor(("/alarminati.v1.AlarmService/NoSuchCall",))
    try:
        door(b"\x00")  # UNIMPLEMENTED is an answer that callers are told of
    finally:
        door.close()
