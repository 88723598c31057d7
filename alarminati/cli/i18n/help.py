"""Help in Korean: commands that explain themselves in it, and click, which words the rest.

Only imported where Korean is spoken, so that nobody else pays for it.
"""

from __future__ import annotations

import re
from copy import copy
from importlib import import_module
from inspect import cleandoc
from unicodedata import east_asian_width

import click

from alarminati.cli.i18n import korean_agent, korean_click, korean_help
from alarminati.cli.output.terminal import korean

CLICK = ("core", "decorators", "exceptions", "formatting", "parser", "termui", "types")
FILLER = "\u2060"  # word joiner: no space, so no line is broken at it
WRITTEN = ", in YAML or JSON as in the file"


def teach_click() -> None:
    """Let click say its own sentences in Korean while people here read Korean.

    It looks them up with gettext, by a name in each of its modules. A catalogue of gettext would
    be a compiled file that follows LANG alone, and ours follows ALARMINATI_LANG first.
    """
    for name in CLICK:
        names = vars(import_module(f"click.{name}"))
        names["_"] = _said
        names["ngettext"] = _counted


def _said(text: str) -> str:
    return korean_click.SENTENCES.get(text, text) if korean() else text


def _counted(one: str, many: str, count: int) -> str:
    return _said(one if count == 1 else many)


def in_korean(command: click.Command, path: str, summary: str = "") -> click.Command:
    """A copy of the command, and of those below it, whose help is Korean.

    `path` is its name as typed after the program's; `summary` what `COMMANDS` says of it.
    """
    made = copy(command)
    made._help_option = None
    made.context_class = _Context
    _, mark, example = cleandoc(command.help or "").partition("\b\n")
    body = korean_help.BODIES.get(path, "")
    told = "\n\n".join(part for part in (summary, body) if part)
    example = re.sub(r"\bExample:", "예시:", example, count=1)
    made.help = f"{told}\n\n{mark}{example}" if mark else told
    made.params = [_explained(param, path) for param in command.params]
    if isinstance(made, click.Group):
        below = {name: in_korean(each, f"{path} {name}") for name, each in made.commands.items()}
        made.commands = below
    return made


def _explained(param: click.Parameter, path: str) -> click.Parameter:
    if not isinstance(param, click.Option):
        return param
    made = copy(param)
    made.help = option_help(path, param)
    return made


def option_help(path: str, option: click.Option) -> str:
    """What an option is for; the English where there is no Korean."""
    flag, english = option.opts[-1], option.help or ""
    if path == "agent":
        told = korean_agent.OPTIONS.get(flag)
        return english if told is None else told + _tail(english)
    own = korean_help.OPTIONS.get(f"{path} {flag}")
    return own or korean_help.OPTIONS.get(flag, english)


def _tail(english: str) -> str:
    """What ends every option of `agent`: how lists are written, the default, the variable."""
    written = ", 파일과 같은 YAML 또는 JSON" if WRITTEN in english else ""
    default = re.search(r"\. Default: (.+)\. \[", english)
    variable = re.search(r"\[(\w+)\]$", english)
    parts = [f"기본값: {default[1]}."] if default else []
    parts += [f"[{variable[1]}]"] if variable else []
    return " ".join([f"{written}.".replace("..", "."), *parts])


class _Formatter(click.HelpFormatter):
    """Breaks lines by the columns that a terminal takes: two for Hangul."""

    def write_text(self, text: str) -> None:
        """Paragraphs."""
        super().write_text(_widened(text))

    def write_dl(self, rows: object, col_max: int = 30, col_spacing: int = 2) -> None:
        """Terms and what is said of them."""
        assert isinstance(rows, list)
        wide = [(_widened(term), _widened(said)) for term, said in rows]
        super().write_dl(wide, col_max, col_spacing)

    def getvalue(self) -> str:
        """All of it."""
        return super().getvalue().replace(FILLER, "")


class _Context(click.Context):
    formatter_class = _Formatter


def _widened(text: str) -> str:
    """Text in which each character counts as many columns as it takes."""
    return "".join(c + FILLER if east_asian_width(c) in "WF" else c for c in text)
