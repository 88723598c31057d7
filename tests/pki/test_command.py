"""`alarminati pki` as people and scripts see it."""

from __future__ import annotations

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from alarminati.cli.main import main


def run(*words: str | Path) -> tuple[int, str]:
    """Exit code and what was printed, on standard output and then on standard error."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["pki", *map(str, words)])
    return code, out.getvalue() + err.getvalue()


def test_from_nothing_to_a_certificate(tmp_path: Path) -> None:
    assert run("init", "--out", tmp_path / "ca", "--cluster", "seoul-1")[0] == 0
    code, output = run(
        *("issue", "--ca", tmp_path / "ca", "--role", "agent", "--name", "a1", "--json"),
        *("--out", tmp_path / "a1"),
    )
    assert code == 0
    assert json.loads(output)["cluster"] == "seoul-1"
    code, output = run("show", tmp_path / "a1" / "tls.crt", "--json")
    (shown,) = json.loads(output)
    assert (shown["role"], shown["name"], shown["valid"]) == ("agent", "a1", True)
    assert shown["hosts"] == ["localhost", "a1", "127.0.0.1", "::1"]
    assert "good for     cluster seoul-1" in run("show", tmp_path / "a1")[1]


def test_mistakes_get_one_sentence(tmp_path: Path) -> None:
    wanted = ("--role", "agent", "--name", "a1", "--out", tmp_path / "a1")
    code, output = run("issue", "--ca", tmp_path, *wanted)
    assert code == 1
    assert output.count("\n") == 1
    assert "make an authority" in output
    run("init", "--out", tmp_path)
    code, output = run("init", "--out", tmp_path)
    assert (code, "exists already" in output) == (1, True)
    assert run("init", "--out", tmp_path, "--force")[0] == 0
    assert run("issue", "--ca", tmp_path, "--role", "king", "--name", "a1", "--out", "x")[0] == 2
    code, output = run("init", "--out", tmp_path / "b", "--cluster", "a.b")
    assert (code, "cannot name a cluster" in output) == (1, True)


def test_koreans_read_korean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARMINATI_LANG", "ko")
    made = run("init", "--out", tmp_path / "ca", "--cluster", "seoul-1")[1]
    assert made == f"{tmp_path / 'ca'}: seoul-1 클러스터 인증 기관\n"
    issued = run(
        *("issue", "--ca", tmp_path / "ca", "--role", "viewer", "--name", "jane", "--days", "9"),
        *("--out", tmp_path / "jane"),
    )[1]
    assert issued == f"{tmp_path / 'jane'}: viewer jane, 사용처는 seoul-1 클러스터, 9일간 유효\n"
    lines = run("show", tmp_path / "jane/tls.crt")[1].splitlines()
    assert lines[1] == "  사용처     seoul-1 클러스터"
    assert lines[2].startswith("  유효 기간  2") and lines[2].endswith(", 8일 남음")
