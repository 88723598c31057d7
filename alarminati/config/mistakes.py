"""Every mistake of a configuration: what is wrong is noted and left out, and the rest read again.

What is left out is replaced where others refer to it, so that one mistake is told once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from alarminati.config.document import read_document
from alarminati.config.loading import load
from alarminati.config.refusal import ConfigError
from alarminati.config.schema import CHANNEL_KEYS, AgentConfig
from alarminati.config.secret import Secret

MOST = 50

_STUBS: dict[str, dict[str, Any]] = {
    "channels": {"type": "registered"},
    "checks": {"url": "http://left.out/"},
    "heartbeats": {"interval": "1d"},
    "time_intervals": {"time_intervals": []},
}
_URL = Secret("https://left.out/")
_NO_TLS = {"ca": "left-out", "cert": "left-out", "key": "left-out"}


def all_mistakes(
    path: Path, environ: Mapping[str, str]
) -> tuple[AgentConfig | None, list[ConfigError]]:
    """What a file and its variables say, and all that is wrong with it.

    With mistakes, the configuration is what is left without them; None: nothing could be made.
    """
    found: list[ConfigError] = []
    try:
        document, variables = read_document(path), dict(environ)
    except ConfigError as error:
        return None, [error]
    gone: set[str] = set()
    for _ in range(MOST):
        try:
            return load(path, variables, {}, document=deepcopy(document)), found
        except ConfigError as error:
            repeated = error.problem.endswith("is missing") and _missing(error) in gone
            if not repeated:
                found.append(error)
            if variables.pop(error.source, None) is None and not _leave_out(document, error, gone):
                break
    return None, found


def _missing(error: ConfigError) -> str:
    return ".".join(part for part in (error.key, error.problem.removesuffix(" is missing")) if part)


def _leave_out(document: dict[str, Any], error: ConfigError, gone: set[str]) -> bool:
    """Take the wrong part out; False when it cannot be found."""
    first = error.problem.partition(" ")[0].rstrip(":")
    inner = f"{error.key}.{first}" if error.key else first
    for place in (inner, error.key):
        if place and place not in gone and _remove(document, place):
            gone.add(place)
            return True
    if (error.key == "tls" or (not error.key and first == "tls")) and "tls" not in gone:
        gone.add("tls")
        document["tls"] = _NO_TLS
        return True
    return False


def _remove(document: dict[str, Any], place: str) -> bool:
    """Take out a key, or put something that is in order in the place of an item of a list."""
    *outer, last = re.findall(r"[^.\[\]]+|\[\d+\]", place)
    at: Any = document
    for step in outer:
        at = _into(at, step)
    if isinstance(at, dict) and last in at:
        if outer[:1] == ["channels"] and len(outer) == 2 and last not in CHANNEL_KEYS:
            if last != "url":  # without a setting that is needed, nothing more is found out
                return _remove(document, "".join(outer))
            at[last] = _URL.reveal()
            return True
        del at[last]
        return True
    item = _into(at, last)
    if not isinstance(at, list) or item is None:
        return False
    number, kind = int(last[1:-1]), outer[-1]
    if kind == "routes":
        at[number] = {}
        return True
    if kind not in _STUBS:
        return False
    name = item.get("name") if isinstance(item, dict) else None
    fits = isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9][\w.-]{0,62}", name, re.ASCII)
    others = [each.get("name") for each in at[:number] if isinstance(each, dict)]
    at[number] = _STUBS[kind] | {"name": name if fits and name not in others else f"x{number}"}
    return True


def _into(at: Any, step: str) -> Any:
    if step.startswith("["):
        number = int(step[1:-1])
        return at[number] if isinstance(at, list) and number < len(at) else None
    return at.get(step) if isinstance(at, dict) else None


def without(settings: Mapping[str, Any], problem: str) -> dict[str, Any] | None:
    """A channel's settings without the key that a sentence about them begins with.

    None: it begins with none of them, so nothing more can be found out.
    """
    key = re.split(r"[\s:.]", problem, maxsplit=1)[0]
    if key not in settings or settings[key] == _URL:
        return None
    kept = {name: value for name, value in settings.items() if name != key}
    return kept | ({"url": _URL} if key == "url" else {})
