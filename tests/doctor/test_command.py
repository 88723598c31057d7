"""`alarminati doctor`: what people and scripts get to see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alarminati.cli.commands.doctor import SENTENCES
from alarminati.cli.main import main
from alarminati.doctor.findings import Sign
from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.identity import Role
from tests.support.ports import free_port


@pytest.fixture
def files(tmp_path: Path) -> Path:
    save_issued(Authority.create().issue(Role.VIEWER, "jane", days=99), tmp_path / "jane")
    return tmp_path / "jane"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARMINATI_LANG", "en")


def test_there_is_a_sentence_for_every_sign() -> None:
    assert sorted(SENTENCES) == sorted(Sign)


def test_the_first_trouble_is_told_and_the_exit_code_says_which_kind(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"127.0.0.1:{free_port()}"
    assert main(["doctor", "--agent", address, "--tls", str(files)]) == 3
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("ok Your certificate is that of viewer jane, good until ")
    assert said[1] == (
        f" x Nothing listens at {address}. Is the agent running, and is this its gRPC port (7443)?"
    )
    (files / "tls.key").unlink()
    assert main(["doctor", "--agent", address, "--tls", str(files)]) == 4


def test_several_agents_each_have_their_part(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    assert main(["doctor", "--agent", f"{one},{other}", "--tls", str(files)]) == 3
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.endswith(":")] == [f"{one}:", f"{other}:"]


def test_scripts_get_signs_and_facts(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address = f"127.0.0.1:{free_port()}"
    assert main(["doctor", "--agent", address, "--tls", str(files), "--json"]) == 3
    first, second = json.loads(capsys.readouterr().out)
    assert first["address"] is None and first["code"] == "files_well"
    assert first["grade"] == "ok" and first["facts"]["who"] == "viewer jane"
    assert second["address"] == address and second["step"] == "port"
    assert second["code"] == "port_refused" and second["grade"] == "error"
    assert second["summary"].startswith(f"Nothing listens at {address}.")


def test_koreans_read_korean_and_scripts_do_not(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALARMINATI_LANG", "ko")
    line = ["doctor", "--agent", f"127.0.0.1:{free_port()}", "--tls", str(files)]
    main(line)
    assert "대기 중인 프로그램이 없습니다" in capsys.readouterr().out
    main([*line, "--json"])
    assert "Nothing listens" in capsys.readouterr().out
