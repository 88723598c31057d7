"""An Alertmanager's configuration as ours: routes, times, inhibition, receivers. Pure.

https://prometheus.io/docs/alerting/latest/configuration/ . What has no like here is noted, and
never left out in a way that would lose alarms: a branch that cannot be converted is left out whole,
so its alarms go where its parent's go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from alarminati.config.alertmanager_receivers import Raw, Receivers, name_of
from alarminati.config.quantities import Duration
from alarminati.config.refusal import ConfigError
from alarminati.config.routing import WAITS
from alarminati.core.entries import Severity
from alarminati.core.matching import SEVERITY, Matcher, parse_matchers

# What an Alertmanager does when nothing is said.
_DEFAULTS: Final = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}
_TOP: Final = frozenset(
    {"global", "route", "receivers", "inhibit_rules", "time_intervals", "mute_time_intervals"}
)


@dataclass(frozen=True, slots=True)
class Converted:
    """What came of it."""

    config: Raw  # as in our file
    notes: tuple[str, ...]  # what could not be converted, a sentence each


def convert(whole: Raw, folder: PurePath) -> Converted:
    """Convert a configuration as YAML has it. Raises ConfigError when it is none.

    Files that it names are relative to `folder`.
    """
    if not isinstance(whole.get("route"), dict) or not isinstance(whole.get("receivers"), list):
        raise ConfigError("", "", "has no route and receivers; is it an Alertmanager's?")
    try:
        return _Conversion(whole, folder).result()
    except (AttributeError, KeyError, TypeError, ValueError):
        # Its shape is Alertmanager's to check; nothing of the text is repeated, for secrets' sake.
        raise ConfigError(
            "", "", "is not as an Alertmanager has it; amtool check-config says where"
        ) from None


class _Conversion:
    """One run of `convert`."""

    def __init__(self, whole: Raw, folder: PurePath) -> None:
        self._whole = whole
        self._notes: list[str] = []
        self._receivers = Receivers(whole, folder, self._note)
        self._intervals = {
            str(each.get("name", "")): name_of(str(each.get("name", "")))
            for each in self._listed_intervals()
        }

    def result(self) -> Converted:
        """All of it."""
        route = dict(self._whole["route"])
        made = self._route("route", _DEFAULTS | route)
        config: Raw = {"channels": self._receivers.channels, "route": made}
        intervals = [self._interval(each) for each in self._listed_intervals()]
        rules = [
            rule
            for place, each in enumerate(self._whole.get("inhibit_rules") or [])
            if (rule := self._inhibition(f"inhibit_rules[{place}]", each)) is not None
        ]
        if intervals:
            config["time_intervals"] = intervals
        if rules:
            config["inhibit"] = rules
        timeout = (self._whole.get("global") or {}).get("resolve_timeout")
        if timeout:
            config["timeouts"] = {"prometheus": self._duration(timeout)}
        for key in sorted(set(self._whole) - _TOP):
            self._note(key, "is not converted")
        return Converted(config, tuple(dict.fromkeys(self._notes)))

    def _note(self, where: str, what: str) -> None:
        self._notes.append(f"{where}: {what}")

    # Routes.

    def _route(self, key: str, route: Raw) -> Raw:
        made: Raw = {}
        if "receiver" in route:
            made["channels"] = self._receivers.of(str(route["receiver"]))
        if matchers := self._matchers(route, ""):
            made["matchers"] = matchers
        if route.get("continue"):
            made["continue"] = True
        if route.get("group_by") is not None:
            made["group_by"] = [str(name) for name in route["group_by"]]
        for name in WAITS:
            if route.get(name) is not None:
                made[name] = self._bounded(f"{key}.{name}", name, route[name])
        for name in ("mute_time_intervals", "active_time_intervals"):
            if route.get(name):
                made[name] = [self._intervals.get(each, each) for each in route[name]]
        branches = []
        for place, branch in enumerate(route.get("routes") or []):
            inside = f"{key}.routes[{place}]"
            try:
                branches.append(self._route(inside, branch))
            except ValueError as error:
                self._note(inside, f"left out with all below, so its alarms stay above: {error}")
        if branches:
            made["routes"] = branches
        return made

    def _matchers(self, rule: Raw, prefix: str) -> list[str]:
        """Of the three ways there are to write them. Raises ValueError."""
        found = [
            Matcher(str(name), op, _text(value))
            for key, op in ((f"{prefix}match", "="), (f"{prefix}match_re", "=~"))
            for name, value in (rule.get(key) or {}).items()
        ]
        texts = rule.get(f"{prefix}matchers") or []
        for text in [texts] if isinstance(texts, str) else texts:
            found += parse_matchers(str(text))
        return [str(_exact(matcher)) for matcher in found]

    def _bounded(self, where: str, name: str, value: object) -> str:
        least, most = WAITS[name]
        wanted = Duration.read(self._duration(value))
        given = Duration(min(max(wanted, least), most)) if wanted else wanted
        if given != wanted:
            self._note(where, f"{wanted} is {given} here, the nearest there is")
        return str(given)

    def _duration(self, value: object) -> str:
        """Years are not known here."""
        years = re.sub(r"(\d+)y", lambda found: f"{int(found[1]) * 365}d", str(value))
        return str(Duration.read(years))

    # Times.

    def _listed_intervals(self) -> Iterable[Raw]:
        for key in ("time_intervals", "mute_time_intervals"):
            yield from self._whole.get(key) or []

    def _interval(self, interval: Raw) -> Raw:
        name = str(interval.get("name", ""))
        if self._intervals[name] != name:
            self._note(f"time interval {name}", f"is called {self._intervals[name]} here")
        specs = interval.get("time_intervals") or []
        return {
            "name": self._intervals[name],
            "time_intervals": [self._spec(f"time interval {name}", each) for each in specs],
        }

    def _spec(self, where: str, spec: Raw) -> Raw:
        made: Raw = {}
        for key, value in spec.items():
            if key == "times":
                made[key] = [
                    {end: _clock(at) for end, at in hours.items()} for hours in value or []
                ]
            elif key == "location" and value == "Local":
                self._note(where, "location Local is UTC here, for replicas may differ; name it")
            elif key == "location":
                made[key] = value
            else:
                made[key] = [_span(each) for each in value or []]
        return made

    def _inhibition(self, where: str, rule: Raw) -> Raw | None:
        try:
            source, target = self._matchers(rule, "source_"), self._matchers(rule, "target_")
        except ValueError as error:
            self._note(where, f"left out: {error}")
            return None
        if not source or not target:
            self._note(where, "left out: without matchers it would be about every alarm")
            return None
        made: Raw = {"source_matchers": source, "target_matchers": target}
        if rule.get("equal"):
            made["equal"] = [str(name) for name in rule["equal"]]
        return made


def _exact(matcher: Matcher) -> Matcher:
    """The same for words as they are written: the name of a level in capitals fits any case."""
    if matcher.name != SEVERITY or not set(matcher.value.split("|")) & set(Severity.__members__):
        return matcher
    op = {"=": "=~", "!=": "!~"}.get(matcher.op, matcher.op)
    return Matcher(matcher.name, op, f"(?:{matcher.value})")


def _text(value: Any) -> str:
    """A scalar as it was written: YAML made a truth of true."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _clock(value: object) -> str:
    """YAML makes a number of 22:30 without quotes."""
    return f"{value // 60:02}:{value % 60:02}" if isinstance(value, int) else str(value)


def _span(value: object) -> object:
    """Likewise of 1:5, and no day or month is over 31."""
    if isinstance(value, int) and 31 < value < 1900:
        return f"{value // 60}:{value % 60}"
    return value
