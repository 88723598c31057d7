"""Variables that look like ours and are not: ignored by agents, so a slip would go unseen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from alarminati.config.options import PREFIX, options

OTHERS = ("AGENT", "CACHE", "COMPLETE", "CONFIG", "DEBUG", "LANG", "PROFILE", "TLS")
"""What commands read besides the keys of the configuration."""


def misspelt(environ: Mapping[str, str], used: Iterable[str] = ()) -> Iterator[str]:
    """A sentence for each variable that is nearly one of ours. `used`: what else is read.

    Kubernetes sets ALARMINATI_PORT and the like for a Service, and people name secrets as they
    wish: what is far from all of ours is left alone.
    """
    known = {option.variable.removeprefix(PREFIX) for option in options()} | {*OTHERS}
    for name in sorted(environ):
        own = name.removeprefix(PREFIX)
        if not name.startswith(PREFIX) or own in known or name in used:
            continue
        if re.search(r"(^|_)(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_\w+)?)$", own):
            continue  # as Kubernetes names them
        near = get_close_matches(own.upper(), sorted(known), n=1, cutoff=0.75)
        if near:
            yield f"{name} is no setting and is ignored; did you mean {PREFIX}{near[0]}?"
