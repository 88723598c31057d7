"""What a command says and how it ends: language, JSON, exit codes, failures in one sentence.

Commands raise and never print a failure themselves: `main` prints it, once, on standard error.
Text for people goes through `tell` or `translated` with the English as its key; the Korean lies in
`korean.py`. JSON is never translated.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, TypeVar

import click

from alarminati.cli.extras import extra_of

_Function = TypeVar("_Function", bound=Callable[..., Any])

LANGUAGE_VARIABLES = ("ALARMINATI_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


class Exit(IntEnum):
    """Exit codes; scripts rely on them."""

    OK = 0
    FAILED = 1
    USAGE = 2  # the command line or the configuration makes no sense
    UNREACHABLE = 3  # no agent answered, or it cannot serve now; trying again may help
    REFUSED = 4  # not allowed, or refused as wrong; trying again will not help
    NOT_FOUND = 5
    INTERRUPTED = 130  # Ctrl-C, as shells have it


class Failure(click.ClickException):
    """Ends the command with one sentence on standard error and an exit code."""

    def __init__(self, sentence: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(sentence)
        self.code = code


# Errors of the layers below whose text is one sentence for people and holds no secret. Named, not
# imported: a command must not pay for libraries it does not use. The first that fits is taken.
SENTENCES: tuple[tuple[str, str, Exit], ...] = (
    ("alarminati.client.errors", "Unreachable", Exit.UNREACHABLE),
    ("alarminati.client.errors", "Overloaded", Exit.UNREACHABLE),
    ("alarminati.client.errors", "Refused", Exit.REFUSED),
    ("alarminati.client.errors", "Forbidden", Exit.REFUSED),
    ("alarminati.client.errors", "NotFound", Exit.NOT_FOUND),
    ("alarminati.client.errors", "AlarminatiError", Exit.FAILED),
    ("alarminati.config.refusal", "ConfigError", Exit.USAGE),
    ("alarminati.agent.store.file", "StoreError", Exit.FAILED),
    ("alarminati.agent.supervisor", "PartFailed", Exit.FAILED),
    ("alarminati.edge.server", "CannotListen", Exit.FAILED),
    ("alarminati.pki.authority", "PkiError", Exit.FAILED),
    ("alarminati.wire.credentials", "TlsError", Exit.FAILED),
    ("alarminati.wire.identity", "NotAnIdentity", Exit.FAILED),
)


def explain(error: BaseException) -> tuple[str, Exit]:
    """One sentence and the exit code for whatever ended a command.

    The text of an error nobody foresaw is left out: it may hold an address with a token in it.
    """
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if isinstance(error, Failure):
        return in_words(error.message), error.code
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else ""
        where = translated(" (see {command} --help)", command=command) if command else ""
        said = error.format_message()
        if error.message:  # click's own are translated already
            said = said.replace(error.message, in_words(error.message))
        if korean():
            from alarminati.cli.i18n.korean_click import VARIABLE

            said = said.replace(*VARIABLE)
        return said.rstrip(".") + where, Exit.USAGE
    if isinstance(error, click.ClickException):
        return in_words(error.format_message()), Exit.FAILED
    for module, name, code in SENTENCES:
        if module in sys.modules and isinstance(error, getattr(sys.modules[module], name)):
            said = by_option(str(error), getattr(error, "field", ""))
            unreached = getattr(error, "reason", None) if hasattr(error, "address") else None
            return in_words(said) + hint(unreached), code
    if isinstance(error, ModuleNotFoundError) and (extra := extra_of(error.name)):
        said = translated(
            "this needs more packages: pip install 'alarminati[{extra}]'", extra=extra
        )
        return said, Exit.USAGE
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename is not None else ""
        return place + in_words(error.strerror), Exit.FAILED
    unforeseen = f"unexpected {type(error).__name__}; ALARMINATI_DEBUG=1 shows where"
    return in_words(unforeseen), Exit.FAILED


# Fields of requests whose values came from the command line, and where they stood there.
OPTIONS = (
    (r"alarm\.message", "MESSAGE"),
    (r"alarm\.timestamp_ms", "--timestamp"),
    (r"alarm\.(label|annotation)s\.(.+)", r"--\1 \2"),
    (r"alarm\.(label|annotation)s", r"--\1"),
    (r"alarm\.(severity|project|key|link|ttl)", r"--\1"),
    (r"channel\.settings(\.(.+))?", r"--set \2"),
    (r"channel\.matchers(\[\d+\])?", "--match"),
    (r"channel\.min_severity", "--min-severity"),
    (r"channel\.(type|fallback)", r"--\1"),
    (r"channel\.name", "NAME"),
    (r"request_id", "--request-id"),
    (r"start(s|_time)_ms", "--from"),
    (r"end(s|_time)_ms", "--until"),
    (r"comment", "--comment"),
    (r"matchers(\[\d+\])?", "MATCHER"),
    (r"ids?(\[\d+\])?", "ID"),
    (r"seconds", "--for"),
    (r"(validity_)?days", "--days"),
    (r"filter\.(label|project)s.*", r"--\1"),
)


def by_option(sentence: str, field: str) -> str:
    """A refusal that speaks of the option or argument instead of the request's `field`."""
    if not field or not sentence.startswith(f"{field}: "):
        return sentence
    for path, option in OPTIONS:
        if found := re.fullmatch(path, field):
            return found.expand(option) + sentence.removeprefix(field)
    return sentence


def hint(reason: str | None) -> str:
    """What to do about an agent that could not be reached; None: that is not what is wrong."""
    if reason is None or reason in ("TOO_FEW_REPLICAS", "STOPPING"):
        return ""
    end = ". " if korean() else "; "
    if reason == "NO_TRUST":
        return end + translated(
            "to find out why: alarminati doctor; to get a certificate: alarminati join"
        )
    return end + translated("to find out why: alarminati doctor")


def korean(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether people here read Korean: the first variable that is set decides, as with gettext.

    `kr` is the country; many write it when they mean the language.
    """
    chosen = next((environ[name] for name in LANGUAGE_VARIABLES if environ.get(name)), "")
    return chosen.lower().startswith(("ko", "kr"))


def translated(text: str, /, **values: object) -> str:
    """`text` in the reader's language with `values` filled in as by `str.format`."""
    if korean():
        from alarminati.cli.i18n.korean import TEXTS

        text = TEXTS.get(text, text)
        values |= {name: in_words(str(values[name])) for name in RELAYED & values.keys()}
    return text.format(**values) if values else text


RELAYED = frozenset({"problem", "reason", "detail", "sentence", "why"})
"""Values that are sentences which an agent or a library made."""


def in_words(sentence: str) -> str:
    """A sentence that an agent or a library made, in the reader's language where it is known."""
    if not korean():
        return sentence
    from alarminati.cli.i18n.errors import in_korean

    return in_korean(sentence)


def tell(text: str, /, **values: object) -> None:
    """Print one line for people, translated."""
    click.echo(translated(text, **values))


def headings(*names: str) -> list[str]:
    """The first row of a table, translated."""
    return [translated(name) for name in names]


def print_json(value: object) -> None:
    """Print a value as one line of JSON. Whoever reads lines sees each as soon as it is there."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    click.echo(json.dumps(value, ensure_ascii=not encoding.lower().startswith("utf")))


def json_option(function: _Function) -> _Function:
    """Add `--json`, which arrives as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)
