"""Help and slips in Korean: whole, not half and half."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from unicodedata import east_asian_width

import click
import pytest

from alarminati.cli.i18n import korean_agent, korean_click, korean_help
from alarminati.cli.i18n.help import CLICK, in_korean, teach_click
from alarminati.cli.main import COMMANDS, main, program

ENGLISH = re.compile(r"(?<![-\w`./$\"])[A-Za-z]{2,} [a-z]+ [a-z]{2,}")

# Said to who writes a program with click, never to who runs it.
TO_PROGRAMMERS = (
    "DeprecationWarning",
    "Name '{name}' defined twice",
    "Could not determine name",
    "No options defined but",
    "Arguments take exactly one",
    "Boolean option",
    "Choice(",
    "Invalid start character",
    "Unknown color",
    "%(prog)s",
)
METAVARS = ("file", "directory", "path")  # also what stands for a value


@pytest.fixture(autouse=True)
def korean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARMINATI_LANG", "ko")
    teach_click()


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command by its path; the program itself is the empty one."""
    top = click.Context(program, info_name="alarminati")
    yield "", program, top
    for name in COMMANDS:
        command = program.get_command(top, name)
        assert command is not None
        yield from below(name, command, click.Context(command, top, name))


def below(
    path: str, command: click.Command, ctx: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    yield path, command, ctx
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from below(f"{path} {name}", each, click.Context(each, ctx, name))


def options(command: click.Command) -> list[str]:
    return [p.opts[-1] for p in command.params if isinstance(p, click.Option)]


def test_every_command_and_option_has_its_korean_and_none_is_left_behind() -> None:
    wanted, known = set(), set(korean_help.OPTIONS)
    for path, command, _ in commands():
        for flag in options(command):
            if path == "agent":
                assert flag in korean_agent.OPTIONS, flag
            else:
                own = f"{path} {flag}"
                assert own in known or flag in known, f"{own} has no Korean"
                wanted.add(own if own in known else flag)
    assert known - wanted == {"--help"}
    agent = next(command for path, command, _ in commands() if path == "agent")
    assert set(korean_agent.OPTIONS) == set(options(agent))
    paths = {path for path, _, _ in commands()}
    assert set(korean_help.BODIES) <= paths
    assert {path for path in paths if " " in path} <= set(korean_help.BODIES)


def test_help_is_korean_from_the_first_line_to_the_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for path, _, _ in commands():
        assert main([*path.split(), "--help"]) == 0
        told = capsys.readouterr().out
        assert told.startswith("사용법:") and "이 도움말을 보여 줍니다." in told
        prose = re.sub(r"(?m)^  예시:\n(    .*\n)+", "", told)
        assert [line for line in prose.splitlines()[1:] if ENGLISH.search(line)] == [], path
        example = 2 if "예시:" in told else 0
        for line in prose.splitlines()[1:]:
            width = sum(2 if east_asian_width(c) in "WF" else 1 for c in line)
            assert width <= 80 + example, line


def test_examples_stay_as_they_are() -> None:
    for path, command, _ in commands():
        if path:
            assert command.help is not None
            assert ("예시:\n  alarminati" in command.help) == ("\b" in command.help), path


def test_english_stays_english(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though click has learnt Korean in the same process."""
    in_korean(program, "")
    monkeypatch.setenv("ALARMINATI_LANG", "en")
    assert main(["tail", "--help"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("Usage:") and "Show this message and exit." in told
    assert not re.search("[가-힣]", told)


def test_click_says_nothing_that_has_no_korean() -> None:
    said = set()
    folder = Path(str(click.__file__)).parent
    for name in CLICK:
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("_", "ngettext"):
                said |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    missing = {str(text) for text in said} - set(korean_click.SENTENCES) - set(METAVARS)
    assert sorted(text for text in missing if not text.startswith(TO_PROGRAMMERS)) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("silence a=b --for 2h", "다른 사람이 알 수 있도록 --comment로 이유를 적으세요"),
        ("silences expire", "필수 인자가 없습니다"),
        ("spool list", "필수 옵션이 없습니다: '--spool' (환경 변수: 'ALARMINATI_SPOOL')"),
        ("list --offlin", "'--offlin' 옵션은 없습니다. 혹시 '--offline' 아닌가요?"),
        ("lst", "'lst' 명령은 없습니다. 혹시 'list' 아닌가요?"),
        ("trust list", "'trust' 명령은 없습니다. 혹시 'access' 아닌가요?"),
        ("report disk is full", '메시지를 따옴표로 묶으세요: alarminati report "disk is full"'),
        ("show a b", "필요 없는 인자가 있습니다 (b)"),
        ("list --limit x", "'--limit' 값이 올바르지 않습니다: 'x' 값은 올바른 숫자가 아닙니다"),
        (
            "list --limit 0",
            "'--limit' 값이 올바르지 않습니다: 0 값은 허용 범위(x>=1)를 벗어났습니다",
        ),
        ("list --limit", "'--limit' 옵션에는 값이 필요합니다"),
        ("revoke me --role king", "'--role' 값이 올바르지 않습니다: 'king' 대신 다음 중 하나를"),
    ],
)
def test_slips_are_explained_in_korean(
    line: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"alarminati: {told}"), said
