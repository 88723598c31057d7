"""Why a configuration is refused, for the person who wrote it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN = 20  # characters, quotes included
FORMER = {
    "beat": "keepalive_interval",
    "edge": "http",
    "inhibit": "inhibit_rules",
    "timeouts": "resolve_timeouts",
    "every": "interval",
    "up": "success_threshold",
    "down": "failure_threshold",
    "calm": "cooldown",
    "test_every": "test_interval",
    "age": "max_age",
    "entries": "max_entries",
    "authority": "ca_key",
    "waiting": "pending_alarms",
    "body": "body_size",
    "bodies": "total_body_size",
    "per_address": "connections_per_address",
}
"""What keys were called before the first version, for the sentence about an unknown one only."""


class ConfigError(Exception):
    """One sentence: where, which key, what is wrong, how to mend it. Never a secret.

    `source` is a file, a variable or a flag; `key` a path such as "channels[1].url", or empty.
    """

    def __init__(self, source: str, key: str, problem: str) -> None:
        super().__init__(": ".join(part for part in (source, key, problem) if part))
        self.source = source
        self.key = key
        self.problem = problem


def shown(value: object) -> str:
    """A value as an error may repeat it: a long text may be a secret that stands in a wrong place.

    Tokens and addresses with one in them are longer than what is meant to stand there.
    """
    text = repr(value)
    return text if len(text) <= SHOWN else "'…'"


def suggestion(word: str, known: Iterable[str]) -> str:
    """ "; did you mean X?", or which words are known."""
    choices = sorted(known)
    former = FORMER.get(word.lower())
    if former in choices:
        return f"; did you mean {former}?"
    close = get_close_matches(word.lower(), choices, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f" (known: {', '.join(choices)})"
