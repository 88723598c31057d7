"""The `alarminati` program as a whole: help, language, failures, exit codes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

from alarminati.cli.main import COMMANDS, main, program
from alarminati.cli.output.terminal import Exit, Failure, explain, korean, print_json, translated

SECRET = "hooks.example/T000/very-secret"


def commands(command: click.Command, typed: str) -> Iterator[tuple[str, click.Command]]:
    """A command and every one below it with what one types for it."""
    yield typed, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = command.get_command(click.Context(command), name)
            assert below is not None
            yield from commands(below, f"{typed} {name}")


def ending(*arguments: str, **variables: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the real program."""
    ended = subprocess.run(
        [sys.executable, "-m", "alarminati", *arguments],
        env=os.environ | {"LC_ALL": "C.UTF-8"} | variables,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_an_example(name: str) -> None:
    command = program.get_command(click.Context(program), name)
    assert command is not None
    for typed, one in commands(command, f"alarminati {name}"):
        told = CliRunner().invoke(one, ["--help"], prog_name=typed)
        assert told.exit_code == 0
        assert typed in told.output.partition("Example")[2], (
            f"{typed} --help shows no example of it"
        )


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_list_says_what_the_command_says(name: str) -> None:
    module, attribute, summary = COMMANDS[name]
    command = getattr(import_module(f"alarminati.cli.commands.{module}"), attribute)
    assert command.help.splitlines()[0] == summary


def test_help_lists_all_commands_in_either_language() -> None:
    code, english, _ = ending("--help")
    assert code == Exit.OK
    code, other, _ = ending("--help", ALARMINATI_LANG="ko_KR.UTF-8")
    assert code == Exit.OK
    for name, (_, _, summary) in COMMANDS.items():
        assert f"  {name} " in english
        assert f"  {name} " in other
        assert summary in english
        assert summary not in other


def test_version() -> None:
    code, out, err = ending("version")
    assert (code, out.startswith("alarminati "), err) == (Exit.OK, True, "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["verson"], "No such command 'verson'. Did you mean 'version'? (see alarminati --help)"),
        (["--loud"], "No such option '--loud' (see alarminati --help)"),
        (["version", "--x"], "No such option '--x' (see alarminati version --help)"),
    ],
)
def test_a_mistyped_line_is_one_sentence(arguments: list[str], sentence: str) -> None:
    assert ending(*arguments) == (Exit.USAGE, "", f"alarminati: {sentence}\n")


def test_without_arguments_help_goes_to_standard_error() -> None:
    code, out, err = ending()
    assert (code, out) == (Exit.USAGE, "")
    assert "Commands:" in err


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of `alarminati version` when it ends with this error."""

    @click.command()
    def failing() -> None:
        raise error

    monkeypatch.setattr("alarminati.cli.commands.version.version", failing)
    return main(["version"])


@pytest.mark.parametrize(
    ("error", "sentence", "code"),
    [
        (Failure("no agent there", Exit.UNREACHABLE), "no agent there", Exit.UNREACHABLE),
        (FileNotFoundError(errno.ENOENT, "No such file", "a.yaml"), "a.yaml: No such file", 1),
        (OSError(errno.EADDRINUSE, "Address in use"), "Address in use", Exit.FAILED),
        (ExceptionGroup("several", [Failure("one", Exit.NOT_FOUND)]), "one", Exit.NOT_FOUND),
        (click.ClickException("plain"), "plain", Exit.FAILED),
    ],
)
def test_failures_become_one_sentence(
    error: Exception,
    sentence: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fail_with(error, monkeypatch) == code
    assert capsys.readouterr() == ("", f"alarminati: {sentence}\n")


def test_g7_an_unforeseen_error_keeps_its_text_to_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail_with(RuntimeError(SECRET), monkeypatch) == Exit.FAILED
    out, err = capsys.readouterr()
    assert "RuntimeError" in err
    assert SECRET not in out + err


def test_debug_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARMINATI_DEBUG", "1")
    with pytest.raises(RuntimeError):
        fail_with(RuntimeError("here"), monkeypatch)


def test_ctrl_c_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail_with(KeyboardInterrupt(), monkeypatch) == Exit.INTERRUPTED
    assert capsys.readouterr().err.strip() == ""


def test_errors_of_the_layers_below_are_known() -> None:
    from alarminati.cli.output.terminal import SENTENCES

    for module, name, _ in SENTENCES:
        assert issubclass(getattr(import_module(module), name), Exception)
    from alarminati.client.errors import Forbidden, NotFound, Refused, Unreachable

    for error, code in [
        (Refused("r"), Exit.REFUSED),
        (Forbidden("f"), Exit.REFUSED),
        (NotFound("n"), Exit.NOT_FOUND),
    ]:
        assert explain(error) == (str(error), code)
    sentence, code = explain(Unreachable("u"))
    assert code is Exit.UNREACHABLE
    assert sentence.startswith("u; ") and "alarminati doctor" in sentence


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"LANG": "ko_KR.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "C", "LC_ALL": "", "LC_MESSAGES": "ko"}, True),
        ({"LC_ALL": "C", "ALARMINATI_LANG": "ko"}, True),
        ({"LANG": "en_US.UTF-8", "ALARMINATI_LANG": "kr"}, True),
    ],
)
def test_the_first_variable_set_chooses_the_language(
    environ: dict[str, str], expected: bool
) -> None:
    assert korean(environ) is expected


def test_a_text_without_korean_stays_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARMINATI_LANG", "ko")
    assert translated("{n} of nothing", n=3) == "3 of nothing"


def test_json_is_one_line_and_keeps_its_letters(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"message": "디스크\n가득"})
    assert capsys.readouterr().out == '{"message": "디스크\\n가득"}\n'
