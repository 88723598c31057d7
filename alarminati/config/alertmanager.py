"""An Alertmanager's configuration as ours: routes, times, inhibition, receivers. Pure.

https://prometheus.io/docs/alerting/latest/configuration/ . What has no equivalent here is noted,
and never left out in a way that would lose alarms: a branch that cannot be converted is left out
whole, so its alarms go where its parent's go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from alarminati.config.alertmanager_manifest import inner
from alarminati.config.alertmanager_notes import DOCS, Keys, Note, Notes, Raw
from alarminati.config.alertmanager_receivers import Receivers, free_name
from alarminati.config.names import name_of
from alarminati.config.quantities import Duration
from alarminati.config.refusal import ConfigError
from alarminati.config.routing import TIMEOUTS, WAITS
from alarminati.core.model.entries import Severity
from alarminati.core.model.matchers import SEVERITY, Matcher, parse_matchers

# What an Alertmanager does when nothing is said.
_DEFAULTS: Final = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}


@dataclass(frozen=True, slots=True)
class Converted:
    """What came of it."""

    config: Raw  # as in our file
    notes: tuple[Note, ...]  # what could not be converted, a sentence each


def convert(whole: Raw, folder: PurePath) -> Converted:
    """Convert a configuration as YAML has it. Raises ConfigError when it is none.

    Files that it names are relative to `folder`.
    """
    whole = inner(whole)
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
        self._whole = Keys(whole)
        self._notes = Notes()
        glob = self._whole.get("global")
        if not isinstance(glob, dict | None):
            raise TypeError("global")
        self._global = Keys(glob)
        receivers = self._whole.get("receivers")
        self._receivers = Receivers(receivers, self._global, folder, self._notes)
        self._intervals: dict[str, str] = {}  # their names here
        for each in self._listed_intervals():
            name = str(each.get("name", ""))
            base = name_of(name) or "interval"
            self._intervals[name] = free_name(base, set(self._intervals.values()))

    def result(self) -> Converted:
        """All of it."""
        route = dict(self._whole.get("route"))
        made = self._route("route", _DEFAULTS | route)
        config: Raw = {"channels": self._receivers.channels, "route": made}
        intervals = [self._interval(each) for each in self._listed_intervals()]
        rules = [
            rule
            for place, each in enumerate(self._whole.get("inhibit_rules", ()))
            if (rule := self._inhibition(f"inhibit_rules[{place}]", each)) is not None
        ]
        if intervals:
            config["time_intervals"] = intervals
        if rules:
            config["inhibit_rules"] = rules
        if timeout := self._global.get("resolve_timeout"):
            where = "global.resolve_timeout"
            config["resolve_timeouts"] = {"prometheus": self._within(where, timeout, *TIMEOUTS)}
        if self._whole.get("templates"):
            self._notes.say("", "templates", "templates", page=f"{DOCS}/templates.md")
        for key in self._whole.left():
            self._notes.say("", key, "lost", key=key)
        for key in self._global.left():
            self._notes.say("", "global", "unused", key=f"global.{key}")
        return Converted(config, self._notes.all())

    # Routes.

    def _route(self, key: str, given: Raw) -> Raw:
        route, made = Keys(given), Raw()
        if route.get("receiver") is not None:
            made["channels"] = self._receivers.of(str(route.get("receiver")))
        if matchers := self._matchers(route, ""):
            made["matchers"] = matchers
        if route.get("continue"):
            made["continue"] = True
        if route.get("group_by") is not None:
            made["group_by"] = [str(name) for name in route.get("group_by")]
        for name in WAITS:
            if route.get(name) is not None:
                made[name] = self._within(f"{key}.{name}", route.get(name), *WAITS[name])
        for name in ("mute_time_intervals", "active_time_intervals"):
            if route.get(name):
                made[name] = [self._intervals.get(each, each) for each in route.get(name)]
        branches = []
        for place, branch in enumerate(route.get("routes", ())):
            inside = f"{key}.routes[{place}]"
            if not isinstance(branch, dict):
                raise TypeError(inside)
            try:
                branches.append(self._route(inside, branch))
            except ValueError as error:
                self._notes.say("", inside, "branch", problem=str(error))
        if branches:
            made["routes"] = branches
        for each in route.left():
            self._notes.say("", key, "lost", key=each)
        return made

    def _matchers(self, rule: Keys, prefix: str) -> list[str]:
        """Of the three ways there are to write them. Raises ValueError."""
        found = [
            Matcher(str(name), op, _text(value))
            for key, op in ((f"{prefix}match", "="), (f"{prefix}match_re", "=~"))
            for name, value in rule.get(key, {}).items()
        ]
        texts = rule.get(f"{prefix}matchers", [])
        for text in [texts] if isinstance(texts, str) else texts:
            found += parse_matchers(str(text))
        return [str(_exact(matcher)) for matcher in found]

    def _within(self, where: str, value: object, least: float, most: float) -> str:
        """A duration within bounds, or 0."""
        wanted = Duration.read(self._duration(value))
        off = not wanted and (least, most) != TIMEOUTS
        given = wanted if off else Duration(min(max(wanted, least), most))
        if given != wanted:
            self._notes.say("", where, "bounded", wanted=str(wanted), given=str(given))
        return str(given)

    def _duration(self, value: object) -> str:
        """Years are not known here."""
        years = re.sub(r"(\d+)y", lambda found: f"{int(found[1]) * 365}d", str(value))
        return str(Duration.read(years))

    # Times.

    def _listed_intervals(self) -> Iterable[Raw]:
        for key in ("time_intervals", "mute_time_intervals"):
            yield from self._whole.get(key, ())

    def _interval(self, interval: Raw) -> Raw:
        keys = Keys(interval)
        name = str(keys.get("name", ""))
        if self._intervals[name] != name:
            self._notes.say("interval", name, "called", name=self._intervals[name])
        specs = [self._spec(name, each) for each in keys.get("time_intervals", ())]
        for each in keys.left():
            self._notes.say("interval", name, "lost", key=each)
        return {"name": self._intervals[name], "time_intervals": specs}

    def _spec(self, name: str, spec: Raw) -> Raw:
        made: Raw = {}
        for key, value in spec.items():
            if key == "times":
                made[key] = [
                    {end: _clock(at) for end, at in hours.items()} for hours in value or []
                ]
            elif key == "location" and value == "Local":
                self._notes.say("interval", name, "local")
            elif key == "location":
                made[key] = value
            else:
                made[key] = [_span(each) for each in value or []]
        return made

    def _inhibition(self, where: str, rule: Raw) -> Raw | None:
        if not isinstance(rule, dict):
            raise TypeError(where)
        keys = Keys(rule)
        try:
            source, target = self._matchers(keys, "source_"), self._matchers(keys, "target_")
        except ValueError as error:
            self._notes.say("", where, "rule", problem=str(error))
            return None
        if not source and not target:
            self._notes.say("", where, "nothing")
            return None
        made: Raw = {"source_matchers": source, "target_matchers": target}
        if equal := keys.get("equal"):
            made["equal"] = [str(name) for name in equal]
        for each in keys.left():
            self._notes.say("", where, "lost", key=each)
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
