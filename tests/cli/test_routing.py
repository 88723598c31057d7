"""`explain`, `config check` and `config import`: configurations tried without an agent."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from alarminati.cli.output.terminal import Exit
from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.identity import Role
from tests.cli.conftest import Run

CONFIG = """
project: shop
tls: {ca: nowhere, cert: nowhere, key: nowhere}
channels:
  - {name: ops, type: slack, url: "env:NOT_SET", fallback: boss}
  - {name: team, type: webhook, url: "file:none"}
  - {name: boss, type: telegram}
route:
  channels: [ops]
  group_by: [alertname]
  group_wait: 30s
  repeat_interval: 4h
  routes:
    - matchers: ['severity=~"critical|error"']
      channels: [team]
      continue: true
      escalate: [{after: 15m, channels: [boss]}]
    - {matchers: [team="web"], mute_time_intervals: [nights]}
    - {matchers: [team="lab"], channels: []}
time_intervals:
  - name: nights
    time_intervals: [{times: [{start_time: 22:00, end_time: 07:00}], location: Asia/Seoul}]
inhibit_rules:
  - {source_matchers: 'severity=critical', target_matchers: 'severity=warning', equal: [alertname]}
"""
WARNING = ("--label", "severity=WARNING")
NIGHT = ("--at", "2026-03-02T23:00:00+09:00")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "agent.yaml"
    path.write_text(CONFIG)
    return path


async def test_where_an_alarm_goes_and_why(run: Run, file: Path) -> None:
    labels = ["--label", "severity=CRITICAL", "--label", "team=web", "--label", "alertname=Down"]
    ended = await run("explain", "--config", str(file), *labels, *NIGHT)
    assert ended == type(ended)(
        0,
        """\
alertname=Down project=shop severity=CRITICAL team=web, at 2026-03-02 23:00:00+09:00
taken by route.routes[0] (severity=~"critical|error")
taken by route.routes[1] (team="web")
  team (route.routes[0])
    waits 30s for others of its group (alertname=Down), then 0s between messages
    told again every 4h until it is over or acknowledged
  ops (route.routes[1])
    waits 30s for others of its group (alertname=Down), then 0s between messages
    told again every 4h until it is over or acknowledged
    not now: nights, until 2026-03-03 07:00:00+09:00 at least
    what it does not take within 5m goes to boss, too
  boss, 15m after its start unless acknowledged (route.routes[0])
    waits 30s for others of its group (alertname=Down), then 0s between messages
    told again every 4h until it is over or acknowledged
""",
        "",
    )


async def test_nowhere(run: Run, file: Path) -> None:
    ended = await run("explain", "--config", str(file), "--label", "team=lab", *WARNING)
    *_, nowhere, quiet = ended.out.splitlines()
    assert nowhere == "No channel is told; the alarm is kept and shown."
    assert quiet == (
        'kept quiet while an alarm fires that fits severity="critical" and has the same alertname'
    )


async def test_for_programs(run: Run, file: Path) -> None:
    command = ["explain", "--config", str(file), "--label", "team=web", *WARNING, *NIGHT]
    assert (await run(*command, "--json")).json == {
        "time": "2026-03-02T14:00:00.000Z",
        "labels": {"project": "shop", "severity": "WARNING", "team": "web"},
        "branches": [
            {
                "path": "route.routes[1]",
                "matchers": ['team="web"'],
                "min_severity": None,
                "channels": ["ops"],
            }
        ],
        "channels": [
            {
                "channel": "ops",
                "path": "route.routes[1]",
                "escalation_delay_seconds": 0.0,
                "group": {"alertname": ""},
                "group_wait_seconds": 30.0,
                "group_interval_seconds": 0.0,
                "repeat_interval_seconds": 14400.0,
                "mutes": [
                    {
                        "reason": "time_interval",
                        "subject": "nights",
                        "end_time": "2026-03-02T22:00:00.000Z",
                    }
                ],
                "fallback": "boss",
            }
        ],
        "inhibitions": [{"source_matchers": ['severity="critical"'], "equal": ["alertname"]}],
    }


@pytest.mark.parametrize(
    ("labels", "route"),
    [
        ({"severity": "CRITICAL"}, "route.routes[0]"),
        ({"severity": "critical"}, "route.routes[0]"),
        ({"severity": "page"}, "route"),
        ({"severity": "CRITICAL", "source": "prometheus"}, "route"),
        ({}, "route"),
    ],
)
async def test_a_severity_is_a_word(
    run: Run, file: Path, labels: dict[str, str], route: str
) -> None:
    given = [f"--label={name}={value}" for name, value in labels.items()]
    found = (await run("explain", "--config", str(file), *given, "--json")).json
    assert found["branches"][0]["path"] == route
    assert found["labels"].get("severity") == labels.get("severity")


async def test_that_there_is_no_severity_is_said(run: Run, file: Path) -> None:
    ended = await run("explain", "--config", str(file), "--label", "team=web")
    assert "without a severity, as an alert may be" in ended.out


async def test_a_route_that_makes_no_sense(run: Run, file: Path) -> None:
    file.write_text(CONFIG.replace("channels: [boss]", "channels: [bos]"))
    ended = await run("explain", "--config", str(file))
    assert ended.code == Exit.USAGE
    assert "route.routes[0].escalate[0].channels names 'bos'" in ended.err


SOUND = """
tls: tls
cluster: test-1
channels: [{name: ops, type: webhook, url: "http://hook.example/"}]
"""


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A configuration in order, with its certificates."""
    issued = Authority.create("test-1").issue(Role.AGENT, "a1", hosts=["localhost"], days=60)
    save_issued(issued, tmp_path / "tls")
    path = tmp_path / "agent.yaml"
    path.write_text(SOUND)
    return path


async def test_a_configuration_in_order(run: Run, sound: Path) -> None:
    assert await run("config", "check", str(sound)) == type(await run("version"))(
        0, f"{sound} is in order.\n", ""
    )
    ended = await run("config", "check", str(sound), "--json")
    assert ended.json == {"ok": True, "errors": [], "warnings": []}


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        (
            "cluster: test-1",
            "cluster: other",
            "tls: {folder}/tls/tls.crt: the certificate is for ",
        ),
        ("tls: tls", "tls: elsewhere", "tls: "),
        ("tls: tls", "tls: tls\nroot: {}", "root: unknown key"),
        ("http://hook.example/", "ftp://x/", "channels.ops: url"),
        ("type: webhook", "type: webhok", "channels.ops: type: there is no channel type 'webhok'"),
        ("http://hook.example/", "env:NOT_SET", "channels[0].url: the variable NOT_SET is not set"),
    ],
)
async def test_what_an_agent_would_refuse(
    run: Run, sound: Path, before: str, after: str, error: str
) -> None:
    sound.write_text(SOUND.replace(before, after))
    ended = await run("config", "check", str(sound), "--json")
    assert ended.code == Exit.FAILED
    (said,) = ended.json["errors"]
    error = error.replace("{folder}", str(sound.parent))
    assert said.startswith(f"{sound}: {error}")
    assert not ended.json["ok"]


async def test_several_errors_at_once_and_what_is_hardly_meant(run: Run, sound: Path) -> None:
    sound.write_text(
        """
tls: tls
cluster: test-1
channels:
  - {name: a, type: slack, url: nonsense}
  - {name: b, type: slack, url: nonsense}
  - {name: c, type: webhook, url: "http://hook.example/"}
route: {channels: [a], routes: [{channels: [b]}, {match: x=y}]}
time_intervals: [{name: nights, time_intervals: [{weekdays: [sunday]}]}]
"""
    )
    ended = await run("config", "check", str(sound))
    assert ended.code == Exit.FAILED
    assert [line.split(": ")[0] for line in ended.out.splitlines()] == [
        *("error", "error", "warning", "warning", "warning")
    ]
    assert "no route names c, so nothing is sent there" in ended.out
    assert "route.routes[0] takes every alarm, so those after it get none" in ended.out
    assert "no route names nights, so it has no effect" in ended.out


ALERTMANAGER = """
route: {receiver: ops, routes: [{matchers: [team="web"], receiver: web}]}
receivers:
  - {name: ops, webhook_configs: [{url: "http://hook.example/"}]}
  - {name: web, pagerduty_configs: [{routing_key: canary-5f2b9c}]}
"""


async def test_what_is_imported_is_in_order(run: Run, tmp_path: Path) -> None:
    theirs, ours = tmp_path / "alertmanager.yml", tmp_path / "agent.yaml"
    theirs.write_text(ALERTMANAGER)
    ended = await run("config", "import", str(theirs), "--out", str(ours))
    assert (ended.code, ended.out) == (0, "")
    notes = ended.err.splitlines()
    assert all(note.startswith("note: ") for note in notes)
    assert notes[-1].startswith("note: channel web: routing_key must be 32 letters")
    assert "canary" not in ended.err
    assert ours.stat().st_mode & 0o777 == 0o600
    document = yaml.safe_load(ours.read_text())
    assert [channel["type"] for channel in document["channels"]] == ["webhook", "registered"]
    assert (await run("config", "check", str(ours))).code == 0
    tested = await run("explain", "--config", str(ours), "--label", "team=web", "--json")
    assert [each["channel"] for each in tested.json["channels"]] == ["web"]


async def test_an_import_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    theirs, ours = tmp_path / "alertmanager.yml", tmp_path / "agent.yaml"
    theirs.write_text(ALERTMANAGER)
    ours.write_text("precious")
    ended = await run("config", "import", str(theirs), "--out", str(ours))
    assert (ended.code, ours.read_text()) == (Exit.FAILED, "precious")
    assert ended.err == f"alarminati: {ours} exists already; choose another\n"


async def test_an_import_is_printed(run: Run, tmp_path: Path) -> None:
    theirs = tmp_path / "alertmanager.yml"
    theirs.write_text(ALERTMANAGER)
    printed = yaml.safe_load((await run("config", "import", str(theirs))).out)
    assert (await run("config", "import", str(theirs), "--json")).json["config"] == printed
    theirs.write_text("project: shop")
    ended = await run("config", "import", str(theirs))
    assert (ended.code, ended.err.count("\n")) == (Exit.USAGE, 1)
