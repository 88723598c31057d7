"""What channels, checks, sources and intervals may be called, and what replicas may."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.config import ConfigError, load
from alarminati.config.names import check_name, check_plain_name, name_of

DECOMPOSED = unicodedata.normalize("NFD", "팀")


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "팀",
        "당직-1팀",
        "야간",
        "équipe",
        "команда_2",
        "夜間",
        "ทีมน้ำ",
        "a.b-c_d",
        "7",
        "x" * 64,
    ],
)
def test_names_of_any_script(name: str) -> None:
    check_name(name)
    assert name_of(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "1 to 64"),
        ("x" * 65, "1 to 64"),
        ("a b", "1 to 64"),
        ("a/b", "1 to 64"),
        ("a\nb", "1 to 64"),
        ("🔥", "1 to 64"),
        ("a\u200bb", "1 to 64"),
        ("-a", "begin and end"),
        ("팀.", "begin and end"),
        ("..", "begin and end"),
        ("\u0301a", "begin and end"),
        (DECOMPOSED, "NFC"),
    ],
)
def test_what_is_no_name(name: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_name(name)


@pytest.mark.parametrize("name", ["팀", "é", "a b", ""])
def test_what_stands_in_certificates_is_plain(name: str) -> None:
    with pytest.raises(ValueError, match="letters a to z"):
        check_plain_name(name)


@given(st.text(max_size=80))
def test_whatever_there_is_becomes_a_name_or_none(text: str) -> None:
    made = name_of(text)
    if made:
        check_name(made)


def test_a_configuration_in_korean(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(
        """
        name: a1
        tls: {mode: insecure}
        channels:
          - {name: 팀, type: webhook, url: "http://127.0.0.1:9/", fallback: 당직}
          - {name: 당직, type: webhook, url: "http://127.0.0.1:9/"}
        route: {channels: [팀], routes: [{matchers: [a=b], mute_time_intervals: [야간]}]}
        time_intervals: [{name: 야간, time_intervals: [{weekdays: [sunday]}]}]
        checks: [{name: 결제, url: "http://127.0.0.1:9/"}]
        """
    )
    assert [channel.name for channel in load(file, {}, {}).channels] == ["팀", "당직"]
    file.write_text(file.read_text().replace("name: a1", "name: 에이전트"))
    with pytest.raises(ConfigError, match="letters a to z"):
        load(file, {}, {})
