"""The keys that say where and when alarms are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from alarminati.config import AgentConfig, ConfigError, Duration, load
from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.policy import Damping, Inhibition, Policy
from alarminati.core.routing.routes import Escalation, Route

CHANNELS = [
    {"name": name, "type": "webhook", "url": f"http://{name}.example/"}
    for name in ("ops", "team", "boss")
]
NIGHTS = {
    "name": "nights",
    "time_intervals": [
        {
            "times": [{"start_time": "22:00", "end_time": "07:00"}],
            "weekdays": ["monday:friday"],
            "location": "Asia/Seoul",
        },
        {"weekdays": ["saturday", "sunday"], "location": "Asia/Seoul"},
    ],
}


def config(tmp_path: Path, **keys: object) -> AgentConfig:
    path = tmp_path / "agent.yaml"
    whole = {"tls": {"mode": "insecure"}, "name": "a1", "channels": CHANNELS} | keys
    path.write_text(yaml.safe_dump(whole))
    return load(path, {}, {})


def refusal(tmp_path: Path, **keys: object) -> str:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, **keys)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{tmp_path}/agent.yaml: ")


def wall(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def test_a_whole_tree(tmp_path: Path) -> None:
    route = {
        "channels": ["ops"],
        "group_by": ["alertname"],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "routes": [
            {
                "matchers": ['severity=~"critical|error"', "zone=eu, rack!=x"],
                "continue": True,
                "channels": ["team"],
                "escalate": [{"after": "15m", "channels": ["boss"]}],
            },
            {
                "match": '{project="lab"}',
                "channels": [],
                "group_by": [],
                "group_wait": "0s",
                "mute_time_intervals": ["nights"],
            },
            {"group_by": ["..."], "active_time_intervals": ["nights"]},
        ],
    }
    tree = config(tmp_path, route=route, time_intervals=[NIGHTS]).route.tree()
    assert (tree.channels, tree.group_by) == (("ops",), ("alertname",))
    assert (tree.group_wait, tree.group_interval, tree.repeat_interval) == (30.0, 300.0, 14400.0)
    assert tree.routes == (
        Route(
            ("team",),
            (
                Matcher("severity", "=~", "critical|error"),
                Matcher("zone", "=", "eu"),
                Matcher("rack", "!=", "x"),
            ),
            go_on=True,
            escalate=(Escalation(900.0, ("boss",)),),
        ),
        Route(
            match=(Matcher("project", "=", "lab"),),
            muted=("nights",),
            cleared=("channels", "group_by", "group_wait"),
        ),
        Route(group_by=("...",), active=("nights",)),
    )


def test_by_default_nothing_is_kept_quiet_and_nothing_repeated(tmp_path: Path) -> None:
    plain = config(tmp_path)
    assert replace(plain.policy(), timeouts={}) == Policy()
    assert plain.route.tree() == Route(("ops", "team", "boss"))
    assert {(c.fallback, c.fallback_after, c.test_interval) for c in plain.channels} == {
        ("", Duration(300), Duration(0))
    }


def test_the_policy(tmp_path: Path) -> None:
    policy = config(
        tmp_path,
        time_intervals=[NIGHTS],
        inhibit_rules=[
            {
                "source_matchers": "severity=critical",
                "target_matchers": ["severity=warning"],
                "equal": ["cluster"],
            }
        ],
        flapping={"count": 5, "window": "10m", "cooldown": "5m"},
        resolve_timeouts={"alertmanager": "5m", "prometheus": 300},
    ).policy()
    assert policy.inhibitions == (
        Inhibition(
            (Matcher("severity", "=", "critical"),),
            (Matcher("severity", "=", "warning"),),
            ("cluster",),
        ),
    )
    assert policy.damping == Damping(5, 600.0, 300.0)
    assert policy.timeouts == {"alertmanager": 300.0, "prometheus": 300.0}
    assert {interval.zone for interval in policy.intervals["nights"]} == {ZoneInfo("Asia/Seoul")}


def test_alarms_of_prometheus_end_unless_one_says_otherwise(tmp_path: Path) -> None:
    assert config(tmp_path).policy().timeouts == {"prometheus": 900.0}
    assert config(tmp_path, resolve_timeouts={"vector": "1h"}).policy().timeouts == {
        "vector": 3600.0
    }
    assert config(tmp_path, resolve_timeouts={}).policy().timeouts == {}


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        ("2026-03-02T21:59:00+09:00", False),  # a Monday
        ("2026-03-02T22:00:00+09:00", True),
        ("2026-03-02T13:30:00+00:00", True),  # 22:30 in Seoul
        ("2026-03-03T06:59:00+09:00", True),
        ("2026-03-03T07:00:00+09:00", False),
        ("2026-03-07T12:00:00+09:00", True),  # Saturday
        ("2026-03-08T23:59:00+09:00", True),  # Sunday
    ],
)
def test_nights_and_weekends(tmp_path: Path, moment: str, quiet: bool) -> None:
    intervals = config(tmp_path, time_intervals=[NIGHTS]).policy().intervals["nights"]
    assert any(interval.contains(wall(moment)) for interval in intervals) is quiet


@pytest.mark.parametrize(
    ("spec", "inside", "outside"),
    [
        ("{days_of_month: [-1]}", "2028-02-29", "2028-02-28"),
        ("{days_of_month: ['1:7', 31]}", "2026-01-31", "2026-01-30"),
        ("{days_of_month: '-3:-1'}", "2026-04-28", "2026-04-27"),
        ("{days_of_month: '28:-1'}", "2026-02-28", "2026-02-27"),
        ("{months: [march, '6:august']}", "2026-07-01", "2026-05-01"),
        ("{months: 12}", "2026-12-01", "2026-11-30"),
        ("{years: ['2026:2027', 2030]}", "2027-06-01", "2028-06-01"),
        ("{weekdays: Sunday}", "2026-03-08", "2026-03-09"),
        ("{times: [{start_time: 22:00, end_time: 24:00}]}", "2026-03-08T22:30", "2026-03-08T21:59"),
        ("{times: [{start_time: 09:00, end_time: 17:30}]}", "2026-03-08T09:00", "2026-03-08T17:30"),
        ("{times: [{start_time: 18:00, end_time: 00:00}]}", "2026-03-08T23:59", "2026-03-08T00:00"),
    ],
)
def test_times_as_yaml_has_them(tmp_path: Path, spec: str, inside: str, outside: str) -> None:
    (tmp_path / "agent.yaml").write_text(
        f"tls: {{mode: insecure}}\ntime_intervals: [{{name: x, time_intervals: [{spec}]}}]\n"
    )
    interval = load(tmp_path / "agent.yaml", {}, {}).policy().intervals["x"][0]
    assert interval.zone.utcoffset(datetime(2026, 1, 1, tzinfo=UTC)) == timedelta()
    assert interval.contains(wall(inside + "+00:00" if "T" in inside else inside + "T12:00+00:00"))
    assert not interval.contains(
        wall(outside + "+00:00" if "T" in outside else outside + "T12:00+00:00")
    )


@pytest.mark.parametrize(
    ("route", "sentence"),
    [
        ({"matchers": ["a=b"]}, "route.match must be empty"),
        ({"routes": [{"matchers": ["a"]}]}, "route.routes[0]: not a matcher: 'a' (expected"),
        ({"routes": [{"match": ["a=~("]}]}, "route.routes[0]: matcher on a: '(': missing )"),
        ({"routes": [{"contine": True}]}, "route.routes[0].contine: unknown key; did you mean con"),
        ({"routes": [{"continue": "maybe"}]}, "route.routes[0].continue: expected true or false"),
        ({"group_by": ["...", "a"]}, "route: group_by has ... and labels"),
        ({"group_wait": "2h"}, "route: group_wait (2h) must lie between 0s and 1h"),
        ({"repeat_interval": "5s"}, "route: repeat_interval (5s) must lie between 1m and 365d"),
        ({"escalate": [{"after": "15m", "channels": []}]}, "route.escalate[0]: channels is empty"),
        (
            {"escalate": [{"after": "15m", "channels": ["bos"]}]},
            "route.escalate[0].channels names 'bos', which is not in channels; did you mean boss?",
        ),
        (
            {"routes": [{"routes": [{"mute_time_intervals": ["night"]}]}]},
            "route.routes[0].routes[0].mute_time_intervals names 'night', which is not in"
            " time_intervals; did you mean nights?",
        ),
    ],
)
def test_nonsense_in_the_tree(tmp_path: Path, route: dict[str, object], sentence: str) -> None:
    assert refusal(tmp_path, route=route, time_intervals=[NIGHTS]).startswith(sentence)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"times": [{"start_time": "25:00", "end_time": "9:00"}]}, "'25:00' is not a time of day"),
        ({"times": [{"start_time": "9:00"}]}, "end_time is missing"),
        ({"times": [{"start_time": "9:00", "end_time": "9:00"}]}, "start_time and end_time are th"),
        ({"weekdays": ["mon"]}, "weekdays: 'mon' is not one of sunday, monday,"),
        ({"weekdays": ["friday:monday"]}, "weekdays: 'friday:monday' ends before it starts; write"),
        ({"days_of_month": [0]}, "days_of_month: '0' is not a day from 1 to 31"),
        ({"days_of_month": [65]}, "days_of_month: '65' is not a day from 1 to 31 or -31 to -1; wr"),
        ({"months": ["13"]}, "months: '13' is not one of january"),
        ({"years": ["26"]}, "years: '26' is not a year"),
        ({"location": "Asia/Soul"}, "location 'Asia/Soul' is not a time zone that is known here"),
        ({"location": "../../etc/passwd"}, "location '../../etc/passwd' is not a time zone"),
    ],
)
def test_nonsense_in_times(tmp_path: Path, spec: dict[str, object], sentence: str) -> None:
    said = refusal(tmp_path, time_intervals=[{"name": "x", "time_intervals": [spec]}])
    assert said.startswith("time_intervals[0].time_intervals[0]")
    assert f": {sentence}" in said


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (
            {"inhibit_rules": [{"source_matchers": "a=b"}]},
            "inhibit_rules[0]: target_matchers is missing",
        ),
        (
            {"inhibit_rules": [{"source_matchers": [], "target_matchers": ""}]},
            "inhibit_rules[0]: source_matchers and target_matchers are empty",
        ),
        ({"flapping": {"count": 1}}, "flapping: count (1) must be 0 (off) or at least 2"),
        (
            {"resolve_timeouts": {"check": "1s"}},
            "resolve_timeouts.check (1s) must lie between 10s and 30d",
        ),
        ({"resolve_timeouts": {"": "1m"}}, "resolve_timeouts: a source has 1 to 128 characters"),
        (
            {"time_intervals": [NIGHTS, NIGHTS]},
            "time_intervals[1] is named 'nights' like an earlier one",
        ),
    ],
)
def test_nonsense_in_the_policy(tmp_path: Path, keys: dict[str, object], sentence: str) -> None:
    assert refusal(tmp_path, **keys).startswith(sentence)


def fallbacks(*pairs: tuple[str, str]) -> list[dict[str, object]]:
    made: list[dict[str, object]] = []
    for name, after in pairs:
        made.append({"name": name, "type": "webhook", "url": "http://x.example/"})
        if after:
            made[-1]["fallback"] = after
    return made


def test_fallbacks(tmp_path: Path) -> None:
    chain = fallbacks(("a", "b"), ("b", "c"), ("c", ""))
    chain[0] |= {"fallback_after": "10m", "test_interval": "1d"}
    first, *_ = config(tmp_path, channels=chain).channels
    assert (first.fallback, first.fallback_after, first.test_interval) == (
        "b",
        Duration(600),
        Duration(86400),
    )
    assert first.settings.keys() == {"url"}


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ([("a", "a")], "channels: fallback goes in a circle (a -> a); cut it"),
        ([("x", "a"), ("a", "b"), ("b", "a")], "channels: fallback goes in a circle (a -> b -> a)"),
        ([("ops", "opps")], "channels[0].fallback names 'opps', which is not in channels; did you"),
    ],
)
def test_fallbacks_that_lead_nowhere(
    tmp_path: Path, pairs: list[tuple[str, str]], sentence: str
) -> None:
    assert refusal(tmp_path, channels=fallbacks(*pairs)).startswith(sentence)
