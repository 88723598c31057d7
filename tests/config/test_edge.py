"""Who may report by HTTP: the keys for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from alarminati.config import AgentConfig, ConfigError, load

HASH = f"sha256:{'a' * 64}"
SECRET = "a secret of the shop"


def read(tmp_path: Path, **keys: Any) -> AgentConfig:
    file = tmp_path / "agent.yaml"
    file.write_text(yaml.safe_dump({"tls": {"mode": "insecure"}} | keys))
    return load(file, {"SHOP": SECRET}, {})


@pytest.mark.parametrize(
    ("keys", "meant"),
    [
        ({}, "loopback"),
        ({"sources": [{"name": "a", "token": HASH}]}, "none"),
        ({"sources": [{"name": "a", "token": HASH}], "http": {"anonymous": "any"}}, "any"),
        ({"http": {"rate": 5}}, "loopback"),
        ({"http": {"anonymous": True}}, "any"),
        ({"http": {"anonymous": False}}, "none"),
        ({"sources": []}, "loopback"),
    ],
)
def test_g7_nobody_but_this_machine_unless_it_is_said(
    tmp_path: Path, keys: dict[str, Any], meant: str
) -> None:
    assert read(tmp_path, **keys).http.anonymous == meant


def test_a_source(tmp_path: Path) -> None:
    (tmp_path / "hash").write_text(HASH + "\n")
    shop = {"name": "shop", "hmac": {"secret": "env:SHOP", "style": "github", "window": "1m"}}
    ci = {"name": "ci", "token": "file:hash", "paths": ["/v1/alarms"], "rate": 0.5, "burst": 2}
    config = read(tmp_path, sources=[shop, ci])
    first, second = config.sources
    assert first.hmac is not None and first.hmac.secret.reveal() == SECRET
    assert (first.hmac.style, first.hmac.window, first.rate) == ("github", 60.0, 100.0)
    assert second.token is not None and second.token.reveal() == HASH
    assert (second.paths, second.rate, second.burst) == (("/v1/alarms",), 0.5, 2)
    assert SECRET not in repr(config)
    assert HASH not in repr(config)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"name": "a"}, "sources[0]: token or hmac is missing"),
        ({"name": "a", "map": {}}, "sources[0].map: message is missing; write the path"),
        ({"name": "a", "map": {"preset": "x", "key": "k"}}, "map: preset is 'x' but key is given"),
        ({"name": "a", "map": {"mesage": "x"}}, "sources[0].map.mesage: unknown key; did you mean"),
        (
            {"name": "a", "map": {"message": "m", "severity": {"from": "l", "words": {"x": "y"}}}},
            "sources[0].map.severity: the word 'x': 'y' is not one of CRITICAL",
        ),
        (
            {"name": "a", "map": {"message": "m", "resolved": {"from": "s", "in": []}}},
            "sources[0].map.resolved: in is empty",
        ),
        (
            {"name": "a", "map": {"message": "m"}, "severity_words": {"p1": "high!"}},
            "the word 'p1'",
        ),
        ({"name": "a", "token": "alm_very-secret"}, "sources[0]: token must be the hash"),
        ({"name": "a", "token": "env:MISSING"}, "sources[0].token: the variable MISSING is not"),
        ({"name": "a b", "token": HASH}, "sources[0]: name 'a b' must be 1 to 64 letters"),
        ({"name": "a", "tokn": HASH}, "sources[0].tokn: unknown key; did you mean token?"),
        ({"name": "a", "token": HASH, "rate": 0}, "sources[0].rate: "),
        ({"name": "a", "token": HASH, "paths": ["v1"]}, "sources[0]: paths has 'v1'"),
        ({"name": "a", "hmac": {"secret": "very-secret"}}, "sources[0].hmac: secret must have at"),
        ({"name": "a", "hmac": {}}, "sources[0].hmac: secret is missing"),
        ({"name": "a", "hmac": {"secret": 5}}, "sources[0].hmac.secret: expected text"),
        (
            {"name": "a", "hmac": {"secret": SECRET, "style": "githb"}},
            "sources[0].hmac.style: 'githb' is not known; did you mean github?",
        ),
        (
            {"name": "a", "hmac": {"secret": SECRET, "timestamp_header": "X-Time"}},
            "sources[0].hmac: timestamp_header is given but style is alarminati",
        ),
        (
            {"name": "a", "hmac": {"secret": SECRET, "header": "a b"}},
            "sources[0].hmac: header must be the name of a header",
        ),
        (
            {"name": "a", "hmac": {"secret": SECRET, "window": "2h"}},
            "sources[0].hmac: window (2h) must lie between 1s and 1h",
        ),
    ],
)
def test_nonsense_is_refused_without_its_secret(
    tmp_path: Path, source: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, sources=[source])
    assert said in str(refused.value)
    assert "very-secret" not in str(refused.value)
    assert SECRET not in str(refused.value)


def test_two_sources_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sources\[1\] is named 'a' like an earlier one"):
        read(tmp_path, sources=[{"name": "a", "token": HASH}] * 2)


def test_an_open_door_is_warned_of(tmp_path: Path) -> None:
    open_ = {"http": {"anonymous": "any"}}
    tls = {"ca": "a", "cert": "b", "key": "c"}
    far = read(tmp_path, tls=tls, listen={"http": "0.0.0.0:8080"}, **open_)
    assert any("http.anonymous is any and listen.http is 0.0.0.0:8080" in w for w in far.warnings())
    for keys in ({"listen": {"http": "127.0.0.1:8080"}, **open_}, {"listen": {"http": "off"}}):
        assert not any("http.anonymous" in w for w in read(tmp_path, tls=tls, **keys).warnings())
