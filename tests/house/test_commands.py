"""Every command that the documents and `make help` name exists and takes the words it is given."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from alarminati.cli.main import program
from tests.house.source import ROOT, tracked

PAGES = [page for page in tracked() if page.endswith(".md")]
TARGETS = sorted(set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)))
BLOCK = re.compile(r"^(?: *)```(?:sh|console|bash)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`(alarminati [^`\n]+|make [a-z]+[^`\n]*)`")
PLACEHOLDER = re.compile(r"[A-Z]{2,}|\.\.\.|…")


def made_by_help() -> list[str]:
    """Targets that `make help` names."""
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(set(re.findall(r"\bmake ([a-z]+)", told.stdout)))


def commands(page: str) -> Iterator[str]:
    """Commands of a page, in blocks and in sentences, one a line."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for block in BLOCK.findall(text):
        yield from re.sub(r"\\\n\s*", " ", block).splitlines()
    yield from INLINE.findall(BLOCK.sub("", text))


@pytest.mark.parametrize("target", made_by_help())
def test_every_target_that_help_names_does_something(target: str) -> None:
    # --always-make: what is up to date on this machine is planned as on a fresh one.
    plan = subprocess.run(
        ["make", "--dry-run", "--always-make", target], cwd=ROOT, capture_output=True, text=True
    )
    assert plan.returncode == 0, plan.stderr
    own = [line for line in plan.stdout.splitlines() if line.strip()]
    assert own and "Nothing to be done" not in plan.stdout
    recipe = re.search(rf"^{target}:.*\n\t", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe, f"{target} has no recipe of its own"


@pytest.mark.parametrize("page", PAGES)
def test_every_target_that_a_page_names_exists(page: str) -> None:
    named = {name for line in commands(page) for name in re.findall(r"^\$? *make ([a-z]+)", line)}
    assert named <= set(TARGETS)


def words_of(line: str) -> list[str] | None:
    """The words of an `alarminati` command in a shell line; None when it has none."""
    command = re.search(r"(?:^|[|;&(] *|\$ |-- )alarminati((?: [^|;&<>)]*)?)", line)
    if command is None:
        return None
    try:
        return shlex.split(command[1], comments=True)
    except ValueError:
        return None  # a quotation that goes on in the next line


def parsed(words: list[str]) -> None:
    """Parse as the program would, up to where it would act. Raises click.UsageError."""
    group: click.Command = program
    context = click.Context(program, info_name="alarminati")
    while isinstance(group, click.Group):
        if not words or words[0].startswith("-") or PLACEHOLDER.search(words[0]):
            return
        found = group.get_command(context, words[0])
        if found is None:
            raise click.UsageError(f"no command {words[0]!r}")
        group, words = found, words[1:]
        context = click.Context(group, parent=context, info_name=group.name)
    group.make_parser(context).parse_args(list(words))


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_one_that_the_program_takes(page: str) -> None:
    wrong = []
    for line in commands(page):
        words = words_of(line)
        if words is None or page == "CHANGELOG.md":
            continue
        try:
            parsed([word for word in words if word not in ("...", "…", "\\")])
        except click.UsageError as error:
            wrong.append(f"{line.strip()}: {error.format_message()}")
    assert not wrong, "\n".join(wrong)


def test_a_command_that_does_not_exist_is_noticed() -> None:
    for line in ("alarminati reprot x", "alarminati tail --sicne 1h", "alarminati silences ad x"):
        words = words_of(line)
        assert words is not None
        with pytest.raises(click.UsageError):
            parsed(words)


def test_pages_were_found() -> None:
    assert len(PAGES) > 10
    assert sum(1 for page in PAGES for line in commands(page) if words_of(line)) > 80
    assert Path(ROOT / "README.md").is_file()
