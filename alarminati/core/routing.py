"""Which channels an alarm goes to: a tree of routes, walked the same way by every master."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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
            pattern = re.compile(self.value, re.IGNORECASE if folded else 0)
        except re.error as error:
            raise ValueError(f"matcher on {self.name}: {self.value!r}: {error}") from error
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


@dataclass(frozen=True, slots=True)
class Route:
    """A branch of the tree: alarms that fit `match` go to `channels`.

    The first of `routes` that fits takes the alarm over; without channels of its own it uses those
    of its parent. Alarms of one group (equal values of the labels in `group_by`) that come within
    `group_wait` seconds are told together.
    """

    channels: tuple[str, ...] = ()
    match: tuple[Matcher, ...] = ()
    group_by: tuple[str, ...] = ()
    group_wait: float = 0.0
    routes: tuple[Route, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.group_wait < float("inf"):
            raise ValueError(f"group_wait ({self.group_wait}) must not be negative")


class Router:
    """Walks the tree."""

    def __init__(self, route: Route) -> None:
        self._root = route

    def channels_for(self, alarm: Alarm, project: str) -> tuple[str, ...]:
        """Names of the channels, in the order of the configuration, each once.

        `project` is the cluster's own, for alarms that name none.
        """
        if not self._root.routes and not self._root.match:
            return self._root.channels
        labels = labels_of(alarm, project)
        if not _fits(self._root, labels):
            return ()
        return _walk(self._root, labels, ())


def labels_of(alarm: Alarm, project: str) -> dict[str, str]:
    """What matchers see: the alarm's labels, and over them severity, project and source."""
    labels = dict(alarm.labels)
    labels["severity"] = alarm.severity.name
    labels["project"] = alarm.project or project
    if alarm.source:
        labels["source"] = alarm.source
    return labels


def _fits(route: Route, labels: Mapping[str, str]) -> bool:
    return all(matcher.fits(labels) for matcher in route.match)


def _walk(route: Route, labels: Mapping[str, str], above: tuple[str, ...]) -> tuple[str, ...]:
    channels = route.channels or above
    for branch in route.routes:
        if _fits(branch, labels):
            return _walk(branch, labels, channels)
    return tuple(dict.fromkeys(channels))
