"""Settings of a channel as an operator gives them, and as they are shown again."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alarminati.agent.delivery.channel_settings import (
    HIDDEN,
    channel_config,
    pack,
    read_settings,
    shown,
    unpack,
)
from alarminati.agent.rpc.channels import _try_templates
from alarminati.channels.port import BadSettings
from alarminati.channels.table import configure

CANARY = "canary-9137"


def test_g8_anchors_that_multiply_are_refused_at_once() -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    bomb = "\n".join(["a0: &a0 [x]", *levels])
    began = time.monotonic()
    with pytest.raises(BadSettings, match="more than 5000 values"):
        read_settings(bomb)
    with pytest.raises(BadSettings):
        read_settings("[" * 30_000)
    with pytest.raises(BadSettings, match="characters"):
        read_settings("x: " + "y" * 40_000)
    assert time.monotonic() - began < 10


@given(st.text(max_size=200))
def test_whatever_the_text_it_is_read_or_refused(text: str) -> None:
    said = ""
    try:
        assert isinstance(read_settings(text), dict)
    except BadSettings as error:
        said = str(error)
    assert "\n" not in said


def test_g7_what_is_shown_has_no_secret_and_no_default() -> None:
    text = f"""
url: https://example.com/{CANARY}
secret: {CANARY}
headers: {{X-Team: {CANARY}}}
rate: 2
timeout: 5s
fallback: ops
test_interval: 1d
"""
    settings = read_settings(text)
    config = channel_config("app", "webhook", settings)
    channel = configure(config.name, config.type, config.settings)
    told = shown(channel, config)
    assert CANARY not in told
    assert yaml.safe_load(told) == {
        "fallback": "ops",
        "test_interval": "1d",
        "url": HIDDEN,
        "secret": HIDDEN,
        "headers": {"X-Team": HIDDEN},
        "rate": 2.0,
        "timeout": "5s",
    }
    assert CANARY not in repr(config) + repr(channel)
    with pytest.raises(BadSettings, match="stands for what is not shown"):
        read_settings(told)


def test_what_is_sealed_comes_back() -> None:
    settings = {"url": "https://example.com/", "rate": 2, "headers": {"a": "b"}}
    assert unpack(pack("webhook", settings)) == ("webhook", settings)
    for content in (b"", b"[]", b'{"type": 5, "settings": {}}', b"\xff"):
        with pytest.raises(BadSettings, match="cannot be read"):
            unpack(content)


@pytest.mark.parametrize("key", ["title", "template"])
def test_a_template_that_cannot_be_used_is_refused_when_it_is_registered(key: str) -> None:
    hook = {"url": "https://hooks.example/x"}
    with pytest.raises(BadSettings, match=f"{key}: line 1: unexpected end of template"):
        _try_templates(configure("app", "slack", hook | {key: "{{ message "}))
    _try_templates(configure("app", "slack", hook | {key: "{{ message }}"}))
