"""`alarminati top`, and how lists look in a terminal: widths, ages, order."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import click
import pytest

from alarminati.cli.commands.top import lines
from alarminati.cli.output.ages import age
from alarminati.cli.output.columns import cut, padded, width_of
from tests.cli.conftest import Run
from tests.support.ui_fixture import keep_alive, made_app


def test_widths_are_those_of_a_terminal() -> None:
    assert width_of("결제 API") == 8 and width_of("e\u0301") == 1
    assert width_of("\u1100\u1161\u11a8") == 2, "one syllable in three parts"
    assert cut("결제 API 오류", 12) == "결제 API 오…" and width_of(cut("결제" * 20, 21)) <= 21
    assert padded("3분", 6) == "3분   "
    dice = Random(3)
    for _ in range(300):
        text = "".join(dice.choice("a결 e\u0301，…") for _ in range(dice.randrange(60)))
        width = dice.randrange(12, 40)
        assert width_of(cut(text, width)) <= width


@pytest.mark.parametrize(
    ("language", "texts"), [("en", "0s 59s 3m 2h 5d"), ("ko", "방금 59초 3분 2시간 5일")]
)
def test_ages_have_one_unit(language: str, texts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARMINATI_LANG", language)
    seconds = (0, 59, 200, 2 * 3600 + 3599, 5 * 86_400)
    assert [age(each * 1000) for each in seconds] == texts.split()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_screen_is_full_and_no_wider(
    tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALARMINATI_LANG", language)
    app = made_app(tmp_path, 11, size=60)
    keep_alive(app)
    app.tick()
    try:
        for width, height in ((40, 8), (80, 24), (200, 60)):
            told = [click.unstyle(line) for line in lines(app, "", "firing", width, height)]
            assert len(told) <= height
            assert all(width_of(line) <= max(width, 60) for line in told[2:]), told
        told = [click.unstyle(line) for line in lines(app, "", "all", 100, 12)]
        assert re.search(r"\d+", told[-1]) and len(told) <= 12, "says how many are not shown"
        found = [click.unstyle(line) for line in lines(app, "redis", "all", 120, 0)]
        rows = found[found.index("") + 1 :]
        assert rows and all("Redis" in row for row in rows)
        order = [line.split()[0] for line in told[told.index("") + 1 : -1]]
        ranks = ["CRITICAL", "ERROR", "WARNING", "INFO"]
        assert [ranks.index(each) for each in order] == sorted(map(ranks.index, order))
    finally:
        for live in app.live.values():
            assert live.history is not None
            live.history.close()
        app.base.close()


async def test_nobody_joined_anything(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    ended = await run("top", "--data", str(tmp_path / "data"))
    assert ended.code == 5 and "alarminati join" in ended.err
