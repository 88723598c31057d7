"""Settings of a channel as an operator gives them, and as they are shown again."""

from __future__ import annotations

import pytest
from google.protobuf.struct_pb2 import Struct, Value
from hypothesis import given
from hypothesis import strategies as st

from alarminati.agent.delivery.channel_settings import (
    Registration,
    channel_config,
    merge,
    settings_of,
    shown,
    unpack,
)
from alarminati.agent.rpc.channels import try_templates
from alarminati.channels.port import BadSettings
from alarminati.channels.table import configure
from alarminati.wire.structs import plain, struct_of

CANARY = "canary-9137"


def deep(levels: int) -> Struct:
    """A Struct within a Struct."""
    made = Struct()
    for _ in range(levels):
        outer = Struct()
        outer.fields["a"].struct_value.CopyFrom(made)
        made = outer
    return made


def test_g8_settings_without_end_are_refused() -> None:
    many = Struct()
    many.update({"a": ["x"] * 6000})
    for given_, why in (
        (many, "more than 5000 values"),
        (deep(40), "nested too deeply"),
        (struct_of({"x": "y" * 40_000}), "bytes"),
        (Struct(fields={"rate": Value(number_value=float("nan"))}), "rate: must be a number"),
        (struct_of({"url": "env:HOOK"}), "is not for registered channels"),
        (struct_of({"match": "a=b"}), "given as matchers"),
    ):
        with pytest.raises(BadSettings, match=why):
            settings_of(given_)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text(max_size=5), VALUES, max_size=4)


@given(OBJECTS)
def test_values_come_back_as_they_were(values: dict[str, object]) -> None:
    assert plain(struct_of(values)) == values
    assert plain(struct_of({"id": 2**60})) == {"id": str(2**60)}
    with pytest.raises(ValueError, match="nothing that JSON knows"):
        struct_of({"a": object()})


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": [1, 2]}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_patches_merge_as_rfc_7386_says(
    before: dict[str, object], patch: dict[str, object], after: dict[str, object]
) -> None:
    assert merge(before, patch) == after


def test_g7_what_is_shown_has_no_secret_and_no_default() -> None:
    settings = {
        "url": f"https://example.com/{CANARY}",
        "secret": CANARY,
        "headers": {"X-Team": CANARY},
        "rate": 2,
        "burst": 200,
        "timeout": "5s",
        "fallback": "ops",
        "match": ["team=web"],
        "min_severity": "ERROR",
        "test_interval": "1d",
    }
    config = channel_config("app", "webhook", settings)
    channel = configure(config.name, config.type, config.settings)
    told, secrets = shown(channel, config)
    assert told == {"test_interval": "1d", "rate": 2.0, "timeout": "5s"}
    assert secrets == ["headers.X-Team", "secret", "url"]
    assert CANARY not in repr(config) + repr(channel)


def test_what_is_sealed_comes_back() -> None:
    kept = Registration("webhook", {"url": "https://example.com/", "rate": 2, "headers": {"a": 1}})
    assert unpack(kept.pack()) == kept
    for content in (b"", b"[]", b'{"type": 5, "settings": {}}', b"\xff"):
        with pytest.raises(BadSettings, match="cannot be read"):
            unpack(content)


@pytest.mark.parametrize("key", ["title", "template"])
def test_a_template_that_cannot_be_used_is_refused_when_it_is_registered(key: str) -> None:
    hook = {"url": "https://hooks.example/x"}
    with pytest.raises(BadSettings, match=f"{key}: line 1: unexpected end of template"):
        try_templates(configure("app", "slack", hook | {key: "{{ message "}))
    try_templates(configure("app", "slack", hook | {key: "{{ message }}"}))
