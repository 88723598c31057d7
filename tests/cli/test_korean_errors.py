"""Refusals in Korean, and in terms of the command line."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import click
import pytest

from alarminati.cli.i18n import korean_errors, korean_files
from alarminati.cli.i18n.errors import in_korean
from alarminati.cli.main import main
from alarminati.cli.output.terminal import explain, translated
from alarminati.client import Refused, Unreachable
from alarminati.config import ConfigError

ALL = korean_errors.SENTENCES | korean_files.SENTENCES | korean_files.PARTS


def names(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.fixture
def korean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARMINATI_LANG", "ko")


@pytest.mark.parametrize("english", ALL)
def test_both_have_the_same_placeholders(english: str) -> None:
    assert names(english) == names(ALL[english])
    assert len(set(names(english))) == len(names(english))


@pytest.mark.parametrize(
    ("english", "told"),
    [
        ("no alarm 'x' is kept here", "'x' 알람이 없습니다"),
        (
            "127.0.0.1:7443 cannot be reached: nothing listens there (connection refused)",
            "127.0.0.1:7443 에이전트에 연결할 수 없습니다: "
            "그 포트에서 대기 중인 프로그램이 없습니다(연결 거부)",
        ),
        (
            "a.yaml: line 2, column 1: here is a tab; YAML wants spaces",
            "a.yaml: 2번째 줄 1번째 칸: 탭이 있습니다. YAML에서는 공백을 쓰세요",
        ),
        (
            "a.yaml: chanels: unknown key; did you mean channels?",
            "a.yaml: chanels: 알 수 없는 항목입니다. 혹시 channels 아닌가요?",
        ),
        ("a.yaml: channels.ops: url: is missing", "a.yaml: channels.ops: url: 값이 없습니다"),
        (
            "a.yaml: channels.x: type: there is no channel type 'slak' (known: mail, slack)",
            "a.yaml: channels.x: type: 'slak' 종류의 채널은 없습니다(쓸 수 있는 종류: mail, slack)",
        ),
        ("channels[2]: type is missing", "channels[2]: type 항목이 없습니다"),
        ("a later version's sentence", "a later version's sentence"),
        ("", ""),
    ],
)
def test_sentences_of_agents_are_known_again(english: str, told: str) -> None:
    assert in_korean(english) == told


def test_what_is_inserted_is_translated_as_well(korean: None) -> None:
    problem = "127.0.0.1:7443 cannot be reached: this replica is stopping; ask another"
    told = translated("{problem}; going on with another.", problem=problem)
    assert not re.search(r"\b(replica|cannot|stopping)\b", told)


@pytest.mark.parametrize(
    ("field", "option"),
    [
        ("alarm.timestamp_ms", "--timestamp"),
        ("alarm.labels.host", "--label host"),
        ("alarm.message", "MESSAGE"),
        ("ends_ms", "--until"),
        ("starts_ms", "--from"),
        ("ids[0]", "ID"),
        ("matchers[2]", "MATCHER"),
        ("seconds", "--for"),
        ("settings.url", "settings.url"),
    ],
)
def test_refusals_name_the_option_and_not_the_field(
    field: str, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALARMINATI_LANG", "en")
    assert explain(Refused(f"{field}: is wrong", field))[0] == f"{option}: is wrong"


def test_errors_are_explained_in_korean(korean: None, tmp_path: Path) -> None:
    for error, told in (
        (Unreachable("a:1 did not answer in time", "a:1"), "a:1 에이전트가 제한 시간 안에"),
        (ConfigError("a.yaml", "beat", "unknown key"), "a.yaml: beat: 알 수 없는 항목입니다"),
        (FileNotFoundError(2, "No such file or directory", "x"), "x: 파일이나 폴더가 없습니다"),
        (click.UsageError("say how long: either --for DURATION or --until TIME"), "--for DURATION"),
        (RuntimeError("secret"), "예상하지 못한 오류입니다(RuntimeError)"),
    ):
        assert explain(error)[0].startswith(told)


def test_a_refusal_on_the_command_line_is_korean(
    korean: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for line in (
        "report x --timestamp yesterday",
        "report x --label host",
        "list --agent 10.0.0.5:7443",
        "list --agent http://x",
        f"config check {tmp_path}/none.yaml",
        f"pki issue --ca {tmp_path} --role viewer --name a --out {tmp_path}/b",
    ):
        assert main(line.split()) != 0
        said = "".join(capsys.readouterr())
        assert re.search("[가-힣]", said), said
        assert not re.search(r" (is|the|not|no|of|a) ", said), said
