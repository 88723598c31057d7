"""Variables that look like ours and are not: ignored by agents, so a slip would go unseen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from alarminati.config.options import PREFIX, options
from alarminati.config.refusal import FORMER

OTHERS = ("AGENT", "CACHE", "COMPLETE", "CONFIG", "DEBUG", "LANG", "PROFILE", "TLS")
"""What commands read besides the keys of the configuration."""


def misspelt(environ: Mapping[str, str], used: Iterable[str] = ()) -> Iterator[str]:
    """A sentence for each variable that is nearly one of ours. `used`: what else is read.

    Kubernetes sets ALARMINATI_PORT and the like for a Service, and people name secrets as they
    wish: what is far from all of ours is left alone.
    """
    known = {option.variable.removeprefix(PREFIX) for option in options()} | {*OTHERS}
    former = dict(_former())
    for name in sorted(environ):
        own = name.removeprefix(PREFIX)
        if not name.startswith(PREFIX) or own in known or name in used:
            continue
        if re.search(r"(^|_)(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_\w+)?)$", own):
            continue  # as Kubernetes names them
        near = [former[own]] if own in former else _near(own.upper(), known)
        if near:
            yield f"{name} is no setting and is ignored; did you mean {PREFIX}{near[0]}?"


def _near(own: str, known: Iterable[str]) -> list[str]:
    return get_close_matches(own, sorted(known), n=1, cutoff=0.75)


def _former() -> Iterator[tuple[str, str]]:
    """What a variable would be called by the former names of its keys, and what it is called."""
    older = {new: old for old, new in FORMER.items()}
    for option in options():
        former = "_".join(older.get(part, part) for part in option.key.split("."))
        if former != option.parameter:
            yield former.upper(), option.variable.removeprefix(PREFIX)
