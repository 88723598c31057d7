"""The cluster's key beside the certificates: made once, handed to agents, found by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from alarminati.cli.main import main
from alarminati.config import ConfigError, load
from alarminati.wire.sealing import CLUSTER_KEY, Seal, new_key


def issue(ca: Path, name: str, role: str = "agent", *more: str) -> int:
    out = str(ca.parent / name)
    return main(
        ["pki", "issue", "--ca", str(ca), "--role", role, "--name", name, "--out", out, *more]
    )


def test_every_agent_has_the_key_of_the_authority(tmp_path: Path) -> None:
    ca = tmp_path / "ca"
    assert main(["pki", "init", "--out", str(ca)]) == 0
    key = (ca / CLUSTER_KEY).read_text()
    assert (ca / CLUSTER_KEY).stat().st_mode & 0o777 == 0o600
    assert [issue(ca, name) for name in ("a1", "a2")] == [0, 0]
    assert issue(ca, "jane", "operator") == 0
    assert not (tmp_path / "jane" / CLUSTER_KEY).exists()
    for name in ("a1", "a2"):
        there = tmp_path / name / CLUSTER_KEY
        assert (there.read_text(), there.stat().st_mode & 0o777) == (key, 0o600)
        config = load(None, {}, {"tls": str(tmp_path / name), "data": str(tmp_path)})
        assert [Seal([one.reveal()]) and one.reveal() for one in config.cluster_key] == [
            key.strip()
        ]


def test_it_is_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ca = tmp_path / "ca"
    main(["pki", "init", "--out", str(ca)])
    key = (ca / CLUSTER_KEY).read_text()
    assert main(["pki", "init", "--out", str(ca), "--force"]) == 0
    assert main(["pki", "cluster-key", "--out", str(ca)]) == 0
    assert (ca / CLUSTER_KEY).read_text() == key
    issue(ca, "a1")
    (tmp_path / "a1" / CLUSTER_KEY).write_text(new_key())
    assert issue(ca, "a1", "agent", "--force") != 0
    assert "another cluster's key" in capsys.readouterr().err


def test_an_authority_of_before_goes_on_and_may_have_one_made(tmp_path: Path) -> None:
    ca = tmp_path / "ca"
    main(["pki", "init", "--out", str(ca)])
    (ca / CLUSTER_KEY).unlink()
    assert issue(ca, "a1") == 0
    assert not (tmp_path / "a1" / CLUSTER_KEY).exists()
    assert load(None, {}, {"tls": str(tmp_path / "a1"), "data": str(tmp_path)}).cluster_key == ()
    assert main(["pki", "cluster-key", "--out", str(ca)]) == 0
    Seal([(ca / CLUSTER_KEY).read_text()])


@pytest.mark.parametrize(
    ("flags", "environ", "why"),
    [
        ({"cluster_key": "canary"}, {}, "everybody sees what a program is called with"),
        ({"cluster_key": "env:KEY"}, {}, "the variable KEY is not set"),
        ({"cluster_key": "env:KEY"}, {"KEY": "canary"}, "cluster_key is not base64"),
        ({"cluster_key": "env:KEY"}, {"KEY": "Y2FuYXJ5"}, "a key has 32 in base64"),
        ({}, {"ALARMINATI_CLUSTER_KEY": "canary"}, "cluster_key is not base64"),
        ({"cluster_key": "file:/nosuch"}, {}, "/nosuch cannot be read"),
    ],
)
def test_g7_mistakes_are_one_sentence_without_the_key(
    flags: dict[str, object], environ: dict[str, str], why: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, environ, {"tls_mode": "insecure", "data": str(tmp_path), **flags})
    assert why in str(caught.value)
    assert "canary" not in str(caught.value)
    assert "Y2FuYXJ5" not in str(caught.value)


def test_several_keys_in_a_file(tmp_path: Path) -> None:
    old, new = new_key(), new_key()
    (tmp_path / "new.key").write_text(new)
    (tmp_path / "agent.yaml").write_text(
        f"tls: {{mode: insecure}}\ndata: j\ncluster_key: [file:new.key, '{old}']\n"
    )
    config = load(tmp_path / "agent.yaml", {}, {})
    assert [key.reveal() for key in config.cluster_key] == [new, old]
    assert old not in repr(config)
