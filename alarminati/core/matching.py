"""Conditions on labels, written as in Alertmanager so that people can carry theirs over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from warnings import catch_warnings, simplefilter

from alarminati.core.entries import Alarm

OPERATORS = ("=~", "!~", "!=", "=")  # longest first, for reading


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label: `name op value`, op one of = != =~ !~.

    A label that is not there counts as empty. Expressions must fit the whole value. The label
    `severity` is the alarm's own, compared without regard to case.
    """

    name: str
    op: str
    value: str
    _fits: Callable[[str], bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a matcher needs the name of a label")
        if self.op not in OPERATORS:
            raise ValueError(f"matcher on {self.name}: {self.op!r} is none of = != =~ !~")
        object.__setattr__(self, "_fits", self._compile())

    @classmethod
    def parse(cls, text: str) -> Matcher:
        """Read 'severity=CRITICAL' or 'host=~"web.*"'. Raises ValueError."""
        name, op, value = _split(text)
        if len(value) >= 2 and value[0] == value[-1] == '"':
            value = value[1:-1]
        return cls(name, op, value)

    def _compile(self) -> Callable[[str], bool]:
        folded = self.name == "severity"
        if self.op in ("=", "!="):
            wanted = self.value.upper() if folded else self.value
            return lambda value: value == wanted
        try:
            with catch_warnings():  # it warns of what a later Python may read differently
                simplefilter("ignore")
                pattern = re.compile(self.value, re.IGNORECASE if folded else 0)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"matcher on {self.name}: {self.value[:80]!r}: {error}") from error
        return lambda value: pattern.fullmatch(value) is not None

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels meet the condition."""
        return self._fits(labels.get(self.name, "")) is not self.op.startswith("!")


def _split(text: str) -> tuple[str, str, str]:
    for at, character in enumerate(text):
        if character in "=!":
            op = next((op for op in OPERATORS if text.startswith(op, at)), None)
            if op is not None:
                return text[:at].strip(), op, text[at + len(op) :].strip()
    raise ValueError(f"not a matcher: {text!r} (expected a label, one of = != =~ !~, a value)")


def labels_of(alarm: Alarm, project: str) -> dict[str, str]:
    """What matchers see: the alarm's labels, and over them severity, project and source."""
    labels = dict(alarm.labels)
    labels["severity"] = alarm.severity.name
    labels["project"] = alarm.project or project
    if alarm.source:
        labels["source"] = alarm.source
    return labels
