"""The keys that say which alarms are told where and when, and which are kept quiet.

Names and shapes are Alertmanager's, so that people can carry theirs over; see docs/routing.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct, field

from alarminati.config.quantities import Duration
from alarminati.core.model.matchers import Matcher, parse_matchers
from alarminati.core.routing import policy
from alarminati.core.routing import routes as routing

HOUR, DAY = 3600.0, 86400.0
WAITS = {
    "group_wait": (0.0, HOUR),
    "group_interval": (0.0, DAY),
    "repeat_interval": (60.0, 365 * DAY),
}
"""Least and most seconds of each, beside 0."""
TIMEOUTS = (10.0, 30 * DAY)
"""Likewise of what `resolve_timeouts` has."""
ROUTES_LIMIT = 1000  # in the whole tree, and matchers in one branch


class Escalation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who else is told when nobody has acknowledged an alarm for so long."""

    after: Duration
    channels: tuple[str, ...]

    def __post_init__(self) -> None:
        _within("after", self.after, 1, 7 * DAY)
        if not self.channels:
            raise ValueError("channels is empty; name at least one")


class Route(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which alarms go where; see `core.routing.Route`. None: as its parent."""

    channels: Annotated[
        tuple[str, ...] | None,
        Meta(description="channels that get what no exception takes; default: all"),
    ] = None
    match: tuple[str, ...] | str = ()  # all must fit; see `core.matching`
    matchers: tuple[str, ...] | str = ()  # likewise; Alertmanager's name for it
    go_on: bool = field(default=False, name="continue")
    group_by: Annotated[
        tuple[str, ...] | None,
        Meta(description="labels whose alarms are told together; ... for all labels"),
    ] = None
    group_wait: Annotated[
        Duration | None,
        Meta(description="how long to wait for more of a group before telling; default: 0s"),
    ] = None
    group_interval: Annotated[
        Duration | None,
        Meta(description="least time between two messages about a group; default: 0s"),
    ] = None
    repeat_interval: Annotated[
        Duration | None,
        Meta(description="time until what still fires is told again; default: 0s, never"),
    ] = None
    mute_time_intervals: Annotated[
        tuple[str, ...], Meta(description="names of time_intervals in which nothing is told")
    ] = ()
    active_time_intervals: Annotated[
        tuple[str, ...], Meta(description="names of time_intervals outside of which nothing is")
    ] = ()
    escalate: Annotated[
        tuple[Escalation, ...] | None,
        Meta(description="who else is told of what nobody acknowledges, and when"),
    ] = None
    routes: Annotated[tuple[Route, ...], Meta(description="exceptions, first match decides")] = ()

    def __post_init__(self) -> None:
        self.conditions()
        for name, bounds in WAITS.items():
            if wait := getattr(self, name):  # 0: not at all
                _within(name, wait, *bounds)
        if routing.EVERY_LABEL in (self.group_by or ()) and len(self.group_by or ()) > 1:
            raise ValueError("group_by has ... and labels; ... stands for every label there is")

    def conditions(self) -> tuple[Matcher, ...]:
        """What an alarm must meet. Raises ValueError."""
        return matchers_of("match", (*_several(self.match), *_several(self.matchers)))

    def tree(self) -> routing.Route:
        """The same for the core."""
        given = {name: getattr(self, name) for name in routing.INHERITED}
        return routing.Route(
            channels=self.channels or (),
            match=self.conditions(),
            group_by=self.group_by or (),
            group_wait=float(self.group_wait or 0),
            routes=tuple(route.tree() for route in self.routes),
            go_on=self.go_on,
            group_interval=float(self.group_interval or 0),
            repeat_interval=float(self.repeat_interval or 0),
            muted=self.mute_time_intervals,
            active=self.active_time_intervals,
            escalate=tuple(
                routing.Escalation(float(step.after), step.channels) for step in self.escalate or ()
            ),
            cleared=tuple(n for n, value in given.items() if value is not None and not value),
        )

    def walk(self, key: str = "route") -> Iterator[tuple[str, Route]]:
        """This branch and all below, each with its key."""
        yield key, self
        for place, route in enumerate(self.routes):
            yield from route.walk(f"{key}.routes[{place}]")

    def named_channels(self) -> Iterator[tuple[str, str]]:
        """Every channel named here, with its key."""
        for name in self.channels or ():
            yield "channels", name
        for place, step in enumerate(self.escalate or ()):
            for name in step.channels:
                yield f"escalate[{place}].channels", name

    def named_intervals(self) -> Iterator[tuple[str, str]]:
        """Every interval named here, with its key."""
        for key in ("mute_time_intervals", "active_time_intervals"):
            for name in getattr(self, key):
                yield key, name


class Inhibition(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """While an alarm fits the source, those that fit the target are not told. Without matchers a
    side is every alarm; what is on both sides inhibits nothing that is."""

    source_matchers: tuple[str, ...] | str
    target_matchers: tuple[str, ...] | str
    equal: tuple[str, ...] = ()  # labels that must have the same value in both

    def __post_init__(self) -> None:
        both = (_matchers(self.source_matchers), _matchers(self.target_matchers))
        if not any(both):
            raise ValueError(
                "source_matchers and target_matchers are empty; an alarm on both sides is not"
                " inhibited by others that are, so it would keep none quiet"
            )

    def rule(self) -> policy.Inhibition:
        """The same for the core."""
        return policy.Inhibition(
            _matchers(self.source_matchers), _matchers(self.target_matchers), self.equal
        )


class Flapping(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When an alarm comes and goes so often that it is told as one."""

    count: Annotated[
        int,
        Meta(ge=0, le=100, description="so many beginnings within the window flap; 0: never mind"),
    ] = 0
    window: Annotated[Duration, Meta(description="the time in which beginnings count")] = Duration(
        600
    )
    cooldown: Annotated[
        Duration, Meta(description="without change for so long, it flaps no more")
    ] = Duration(300)

    def __post_init__(self) -> None:
        if self.count == 1:
            raise ValueError("count (1) must be 0 (off) or at least 2")
        _within("window", self.window, 1, DAY)
        _within("cooldown", self.cooldown, 1, DAY)

    def damping(self) -> policy.Damping:
        """The same for the core."""
        return policy.Damping(self.count, float(self.window), float(self.cooldown))


def check_timeouts(timeouts: dict[str, Duration]) -> None:
    """Raise ValueError unless these make sense."""
    for source, after in timeouts.items():
        if not source or len(source) > 128:
            raise ValueError(
                "resolve_timeouts: a source has 1 to 128 characters, such as alertmanager"
            )
        _within(f"resolve_timeouts.{source}", after, *TIMEOUTS)


def matchers_of(key: str, texts: tuple[str, ...] | str) -> tuple[Matcher, ...]:
    """Return the matchers under that key. Raises ValueError."""
    found = _matchers(texts)
    if len(found) > ROUTES_LIMIT:
        raise ValueError(f"{key} has more than {ROUTES_LIMIT} matchers")
    return found


def _matchers(texts: tuple[str, ...] | str) -> tuple[Matcher, ...]:
    return tuple(matcher for text in _several(texts) for matcher in parse_matchers(text))


def _several(texts: tuple[str, ...] | str) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else texts


def _within(key: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise ValueError(
            f"{key} ({Duration(value)}) must lie between {Duration(least)} and {Duration(most)}"
        )
