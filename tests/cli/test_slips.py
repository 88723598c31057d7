"""Slips that people make at a keyboard are refused, or taken as they were meant."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from alarminati.cli.options.moved import MOVED
from alarminati.cli.options.param_types import DurationType, TimeType, read_pairs
from alarminati.cli.output.columns import cut, table
from alarminati.cli.output.terminal import Exit
from tests.cli.conftest import Run, Start, StartAgents
from tests.cli.test_tail import end, lines
from tests.client.agents import sample


@pytest.mark.parametrize("text", ["30", " 30 ", "1.5", "1e3"])
def test_a_duration_without_a_unit_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="has no unit"):
        DurationType().convert(text, None, None)


@pytest.mark.parametrize("text", ["2026-12-01 09:00", "2026-12-01T09:00:00", "2026-12-01T09:00"])
def test_a_time_without_an_offset_is_local(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    try:
        seoul = TimeType().convert("2026-12-01T09:00:00+09:00", None, None)
        assert TimeType().convert(text, None, None) == seoul
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_label_with_two_values_is_refused() -> None:
    context, option = click.Context(click.Command("x")), click.Option(["--label"])
    assert read_pairs(context, option, ("host=a", "host=a")) == (("host", "a"),)
    with pytest.raises(click.BadParameter, match="given twice"):
        read_pairs(context, option, ("host=a", "host=b"))


@pytest.mark.parametrize(("typed", "now"), MOVED.items())
async def test_words_that_were_commands_say_what_to_type_instead(
    typed: str, now: str, run: Run
) -> None:
    ended = await run(*typed.split(), "x")
    assert ended.code == Exit.USAGE
    assert f"No such command {typed.split()[-1]!r}. Did you mean {now!r}?" in ended.err
    known = await run(*now.split(), "--help")
    assert known.code == Exit.OK


async def test_a_message_of_several_words_needs_quotes(run: Run) -> None:
    ended = await run("report", "disk", "is", "full")
    assert ended.code == Exit.USAGE and "put the message in quotes" in ended.err


async def test_a_file_that_is_not_there_is_no_invitation(run: Run) -> None:
    ended = await run("join", "nosuchfile.invite")
    assert ended.code == Exit.USAGE and "there is no file nosuchfile.invite" in ended.err


async def test_the_first_tail_begins_with_the_last_records(
    start_agents: StartAgents, start: Start
) -> None:
    (agent,) = await start_agents(1)
    for number in range(1, 6):
        await agent.add(sample(number))
    process = await start("tail", "--json", "-n", "2", "--agent", agent.address)
    told = await lines(process, 2)
    assert [one["id"] for one in told] == [f"{agent.origin}-4", f"{agent.origin}-5"]
    await end(process)
    process = await start("tail", "--json", "--agent", agent.address)
    await agent.add(sample(6))
    (after,) = await lines(process, 1)
    assert after["id"] == f"{agent.origin}-6"
    await end(process)


def test_a_reader_that_goes_away_is_no_failure(environ: Mapping[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        [sys.executable, "-m", "alarminati", "--help"],
        env=dict(environ),
        stdout=writing,
        stderr=subprocess.PIPE,
    )
    os.close(writing)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")


def test_ctrl_c_while_it_starts_is_a_clean_end(environ: Mapping[str, str], tmp_path: Path) -> None:
    # The interrupt comes while the first library is imported, however fast the machine is.
    (tmp_path / "click.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    ended = subprocess.run(
        [sys.executable, "-m", "alarminati", "version"],
        env={**environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        timeout=30,
    )
    assert ended.returncode in (Exit.INTERRUPTED, -signal.SIGINT)
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
async def test_colours_stay_away_when_they_are_not_wanted(
    variables: dict[str, str], run: Run, start_agents: StartAgents, monkeypatch: pytest.MonkeyPatch
) -> None:
    (agent,) = await start_agents(1)
    await agent.add(sample(1))
    # click asks the stream; a terminal would say no to nothing.
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda stream, color: color is False)
    coloured = await run("list", "--agent", agent.address, TERM="xterm")
    assert "\x1b[" in coloured.out
    plain = await run("list", "--agent", agent.address, **variables)
    assert plain.code == Exit.OK and "\x1b[" not in plain.out


def test_a_text_is_cut_to_the_width_of_the_terminal() -> None:
    assert cut("디스크가 가득 찼습니다", 13) == "디스크가 가…"
    assert cut("short", 13) == "short" and cut("x" * 50, 0) == "x" * 50
    lines = table([["ID", "COMMENT"], ["1", "x" * 200]], 40)
    assert max(map(len, lines)) == 40 and lines[1].endswith("…")
