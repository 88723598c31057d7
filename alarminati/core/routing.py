"""Which channels an alarm goes to: a tree of routes, walked the same way by every master."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

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

    The first of `routes` that fits takes the alarm over; what it leaves empty (channels, group_by,
    group_wait) it has from its parent. With a `group_wait`, what a group (equal values of the
    labels in `group_by`) has to tell waits that many seconds for more and is told together.
    """

    channels: tuple[str, ...] = ()
    match: tuple[Matcher, ...] = ()
    group_by: tuple[str, ...] = ()
    group_wait: float = 0.0
    routes: tuple[Route, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.group_wait < float("inf"):
            raise ValueError(f"group_wait ({self.group_wait}) must not be negative")


class Assigned(NamedTuple):
    """Where an alarm goes, and with which others."""

    channels: tuple[str, ...]
    group: tuple[str, ...]  # equal for alarms that may wait for each other
    wait: float  # seconds; 0: no waiting, and no grouping


NOWHERE = Assigned((), (), 0.0)


class Router:
    """Walks the tree."""

    def __init__(self, route: Route) -> None:
        self._root = _inherit(route, Route())
        plain = not (route.routes or route.match or route.group_wait)
        self._always = Assigned(self._root.channels, (), 0.0) if plain else None
        self._last: tuple[Alarm, str, Assigned] | None = None  # asked again for each channel

    def channels_for(self, alarm: Alarm, project: str) -> tuple[str, ...]:
        """Names of the channels, in the order of the configuration, each once.

        `project` is the cluster's own, for alarms that name none.
        """
        return self.assign(alarm, project).channels

    def assign(self, alarm: Alarm, project: str) -> Assigned:
        """The channels as above, with the group and how long it waits."""
        if self._always is not None:
            return self._always
        if self._last and self._last[0] is alarm and self._last[1] == project:
            return self._last[2]
        labels = labels_of(alarm, project)
        assigned = _walk(self._root, labels, "") if _fits(self._root, labels) else NOWHERE
        self._last = (alarm, project, assigned)
        return assigned


def labels_of(alarm: Alarm, project: str) -> dict[str, str]:
    """What matchers see: the alarm's labels, and over them severity, project and source."""
    labels = dict(alarm.labels)
    labels["severity"] = alarm.severity.name
    labels["project"] = alarm.project or project
    if alarm.source:
        labels["source"] = alarm.source
    return labels


def _inherit(route: Route, parent: Route) -> Route:
    """The same tree with nothing left to its parents."""
    whole = replace(
        route,
        channels=tuple(dict.fromkeys(route.channels or parent.channels)),
        group_by=route.group_by or parent.group_by,
        group_wait=route.group_wait or parent.group_wait,
    )
    return replace(whole, routes=tuple(_inherit(branch, whole) for branch in route.routes))


def _fits(route: Route, labels: Mapping[str, str]) -> bool:
    return all(matcher.fits(labels) for matcher in route.match)


def _walk(route: Route, labels: Mapping[str, str], path: str) -> Assigned:
    for index, branch in enumerate(route.routes):
        if _fits(branch, labels):
            return _walk(branch, labels, f"{path}/{index}")
    values = (labels.get(name, "") for name in route.group_by)
    return Assigned(route.channels, (path, *values), route.group_wait)
