"""An Alertmanager's configuration as ours. tests/real compares it with a real one's."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path
from typing import Any

import pytest
import yaml

from alarminati.config import ConfigError, alertmanager, load_routing
from alarminati.config.names import name_of
from alarminati.core.routing.intervals import Interval

URL = "http://hook.example/"
FOLDER = Path("/etc/am")
SLACK = {"type": "slack", "url": URL, "resolved": False}
BOT = {"type": "slackbot", "token": "xoxb-1", "channel": "#x", "resolved": False}
TOKEN_FILE = "file:/etc/am/t"
DISCORD = {"type": "discord", "url": URL, "resolved": False}
PAGES = "https://github.com/dongdorrong/alarminati/blob/main/docs"


def convert(whole: dict[str, Any]) -> alertmanager.Converted:
    return alertmanager.convert(whole, FOLDER)


def whole(**more: Any) -> dict[str, Any]:
    return {"route": {"receiver": "ops"}, "receivers": [{"name": "ops"}]} | more


def receiver(kind: str, **config: Any) -> tuple[dict[str, Any], list[str]]:
    """The channel that one config of a receiver becomes, and what is said of it."""
    glob = config.pop("glob", {})
    made = convert(whole(receivers=[{"name": "ops", kind: [config]}], **{"global": glob}))
    (channel,) = made.config["channels"]
    assert channel.pop("name") == "ops"
    return channel, [note.removeprefix("receiver ops: ") for note in made.notes]


@pytest.mark.parametrize(
    ("kind", "config", "channel"),
    [
        ("slack_configs", {"api_url": URL}, SLACK),
        ("slack_configs", {"api_url": URL, "send_resolved": False}, SLACK),
        ("slack_configs", {"api_url": URL, "send_resolved": True}, {"type": "slack", "url": URL}),
        ("slack_configs", {"api_url_file": "/s"}, SLACK | {"url": "file:/s"}),
        ("slack_configs", {"api_url_file": "s"}, SLACK | {"url": "file:/etc/am/s"}),
        ("slack_configs", {"glob": {"slack_api_url": URL}}, SLACK),
        ("slack_configs", {"app_token": "xoxb-1", "channel": "#x"}, BOT),
        (
            "slack_configs",
            {"app_token": "xoxb-1", "channel": "C012345678"},
            BOT | {"channel": "C012345678"},
        ),
        ("slack_configs", {"app_token_file": "t", "channel": "x"}, BOT | {"token": TOKEN_FILE}),
        ("slack_configs", {"glob": {"slack_app_token": "xoxb-1"}, "channel": "#x"}, BOT),
        (
            "slack_configs",
            {"glob": {"slack_app_token_file": "t"}, "channel": "#x", "update_message": True},
            BOT | {"token": TOKEN_FILE, "update": "edit"},
        ),
        (
            "slack_configs",
            {
                "glob": {"slack_api_url": "https://slack.com/api/chat.postMessage"},
                "channel": "#x",
                "http_config": {"authorization": {"type": "Bearer", "credentials": "xoxb-1"}},
            },
            BOT,
        ),
        (
            "slack_configs",
            {
                "api_url": "https://slack.example/api/chat.postMessage",
                "channel": "#x",
                "http_config": {"authorization": {"credentials_file": "t"}},
            },
            BOT | {"token": TOKEN_FILE, "api": "https://slack.example/api"},
        ),
        ("discord_configs", {"webhook_url": URL, "send_resolved": False}, DISCORD),
        ("discord_configs", {"webhook_url": URL}, {"type": "discord", "url": URL}),
        ("msteams_configs", {"webhook_url": URL}, {"type": "teams", "url": URL}),
        ("msteamsv2_configs", {"webhook_url_file": "/s"}, {"type": "teams", "url": "file:/s"}),
        ("pagerduty_configs", {"routing_key": "k"}, {"type": "pagerduty", "routing_key": "k"}),
        (
            "telegram_configs",
            {"bot_token_file": "/t", "chat_id": -5, "message_thread_id": 7},
            {"type": "telegram", "token": "file:/t", "chat_id": -5, "topic": 7},
        ),
        (
            "email_configs",
            {
                "to": "a@example.org",
                "glob": {
                    "smtp_smarthost": "mail:465",
                    "smtp_from": "b@example.org",
                    "smtp_auth_username": "u",
                    "smtp_auth_password_file": "/p",
                },
            },
            {
                "type": "mail",
                "host": "mail",
                "port": 465,
                "sender": "b@example.org",
                "to": "a@example.org",
                "tls": "tls",
                "username": "u",
                "password": "file:/p",
                "resolved": False,
            },
        ),
    ],
)
def test_receivers(kind: str, config: dict[str, Any], channel: dict[str, Any]) -> None:
    assert receiver(kind, **config) == (channel, [])


def test_a_webhook_with_who_we_are() -> None:
    http = {"basic_auth": {"username": "u", "password": "p"}, "tls_config": {"ca_file": "/ca"}}
    channel, notes = receiver("webhook_configs", url=URL, http_config=http)
    assert channel == {
        "type": "webhook",
        "url": URL,
        "ca": "/ca",
        "headers": {"Authorization": "Basic dTpw"},
    }
    assert notes == [f"a webhook gets Alarminati's JSON ({PAGES}/channels.md), not Alertmanager's"]


@pytest.mark.parametrize(
    ("kind", "config", "said"),
    [
        ("opsgenie_configs", {"api_key": "k"}, "opsgenie_configs has no equivalent here"),
        (
            "pagerduty_configs",
            {"service_key": "k"},
            "pagerduty_configs has a service_key, of Events API v1; make a",
        ),
        (
            "slack_configs",
            {"channel": "#x"},
            "channel has no equivalent here; an incoming webhook writes to",
        ),
        ("email_configs", {"to": "a@example.org"}, "email_configs has no smarthost"),
        ("telegram_configs", {"chat_id": 5}, "telegram_configs has no bot_token or no chat_id"),
    ],
)
def test_what_has_no_equivalent_waits_to_be_registered(
    kind: str, config: dict[str, Any], said: str
) -> None:
    """G1: its alarms are not lost."""
    channel, notes = receiver(kind, **config)
    assert channel == {"type": "registered"}
    assert notes[0].startswith(said)
    assert any("its alarms wait in channel ops until you register" in note for note in notes)


def test_what_is_lost_on_the_way_is_said() -> None:
    _, notes = receiver(
        "slack_configs", api_url=URL, title="{{ .X }}", send_resolved=False, nonsense=1
    )
    assert [note.split(":")[0].split(" ")[0] for note in notes] == ["title", "nonsense"]


def test_receivers_of_several_kinds_and_of_none() -> None:
    made = convert(
        {
            "route": {
                "receiver": "ops team",
                "routes": [{"matchers": ["a=b"], "receiver": "null"}, {"receiver": "ops-team"}],
            },
            "receivers": [
                {
                    "name": "ops team",
                    "slack_configs": [{"api_url": URL}, {"api_url": URL}],
                    "discord_configs": [{"webhook_url": URL}],
                },
                {"name": "ops-team", "slack_configs": [{"api_url": URL}]},
                {"name": "null"},
            ],
        }
    ).config
    names = ["ops-team-slack", "ops-team-slack-2", "ops-team-discord", "ops-team"]
    assert [channel["name"] for channel in made["channels"]] == names
    assert made["route"]["channels"] == names[:3]
    assert [branch["channels"] for branch in made["route"]["routes"]] == [[], ["ops-team"]]


def test_the_tree_has_an_alertmanagers_defaults(tmp_path: Path) -> None:
    made = convert(
        whole(
            route={
                "receiver": "ops",
                "group_by": ["alertname"],
                "group_interval": "1d12h",
                "routes": [
                    {"match": {"a": "b"}, "match_re": {"c": "d|e"}, "matchers": ['f!="g"']},
                    {"matchers": ["h=~i.*", "j=k"], "continue": True, "group_by": ["..."]},
                    {"match": {"up": True, "n": 5}, "group_wait": "0s", "repeat_interval": "1y"},
                ],
            }
        )
    )
    assert made.notes == ("route.group_interval: 1d12h is 1d here, the nearest there is",)
    file = tmp_path / "agent.yaml"
    file.write_text(yaml.safe_dump(made.config))
    tree = load_routing(file).route.tree()
    assert (tree.channels, tree.group_by) == ((), ("alertname",))
    assert (tree.group_wait, tree.group_interval, tree.repeat_interval) == (30, 86400, 14400)
    assert [[str(matcher) for matcher in route.match] for route in tree.routes] == [
        ['a="b"', 'c=~"d|e"', 'f!="g"'],
        ['h=~"i.*"', 'j="k"'],
        ['up="true"', 'n="5"'],
    ]
    assert [route.go_on for route in tree.routes] == [False, True, False]
    assert tree.routes[2].cleared == ("group_wait",)
    assert tree.routes[2].repeat_interval == 365 * 86400


def test_severities_stay_words_as_they_are_written() -> None:
    """The name of a level in capitals fits any case here, and there it does not."""
    words = [
        "severity=page",
        "severity!=CRITICAL",
        "severity=~a|INFO",
        "severity=~INFO.*",
        "a=INFO",
    ]
    made = convert(whole(route={"receiver": "ops", "routes": [{"matchers": words}]}))
    assert made.config["route"]["routes"][0]["matchers"] == [
        'severity="page"',
        'severity!~"(?:CRITICAL)"',
        'severity=~"(?:a|INFO)"',
        'severity=~"INFO.*"',
        'a="INFO"',
    ]


def test_a_branch_that_cannot_be_read_is_left_out_whole() -> None:
    """G1: half of its conditions would send too much elsewhere, none at all would lose alarms."""
    branches = [{"match_re": {"a": "(?=b)"}, "routes": [{}]}, {"match": {"c": "d"}}]
    made = convert(whole(route={"receiver": "ops", "routes": branches}))
    assert made.config["route"]["routes"] == [{"matchers": ['c="d"']}]
    assert made.notes[0].startswith("route.routes[0]: left out with all below, so its alarms stay")


def test_times(tmp_path: Path) -> None:
    made = convert(
        whole(
            route={"receiver": "ops", "routes": [{"mute_time_intervals": ["off hours"]}]},
            mute_time_intervals=[
                {
                    "name": "off hours",
                    "time_intervals": yaml.safe_load(
                        "[{times: [{start_time: 17:00, end_time: '24:00'}], months: [1:3, may],"
                        " days_of_month: [1:5, -1], years: ['2026:2028'], location: Local}]"
                    ),
                }
            ],
        )
    )
    assert made.config["route"]["routes"] == [{"mute_time_intervals": ["off-hours"]}]
    assert [note.split(":")[1].split()[0] for note in made.notes] == ["is", "location"]
    file = tmp_path / "agent.yaml"
    file.write_text(yaml.safe_dump(made.config))
    assert load_routing(file).policy().intervals["off-hours"] == (
        Interval(
            times=((1020, 1440),),
            days=((1, 5), (-1, -1)),
            months=((1, 3), (5, 5)),
            years=((2026, 2028),),
        ),
    )


def test_inhibition_and_timeouts() -> None:
    made = convert(
        whole(
            inhibit_rules=[
                {
                    "source_match": {"severity": "critical"},
                    "target_match_re": {"severity": "warning|info"},
                    "equal": ["alertname"],
                },
                {"equal": ["x"]},
                {"source_match_re": {"a": "("}, "target_match": {"a": "b"}},
            ],
            **{"global": {"resolve_timeout": "7m"}},
        )
    )
    assert made.config["inhibit_rules"] == [
        {
            "source_matchers": ['severity="critical"'],
            "target_matchers": ['severity=~"warning|info"'],
            "equal": ["alertname"],
        }
    ]
    assert made.config["resolve_timeouts"] == {"prometheus": "7m"}
    assert [note.split(" out")[0] for note in made.notes] == [
        "inhibit_rules[1]: left",
        "inhibit_rules[2]: left",
    ]


@pytest.mark.parametrize(("given", "made"), [("5s", "10s"), ("0s", "10s"), ("1y", "30d")])
def test_a_timeout_lies_within_bounds(given: str, made: str) -> None:
    got = convert(whole(**{"global": {"resolve_timeout": given}}))
    assert got.config["resolve_timeouts"] == {"prometheus": made}
    assert got.notes[0].startswith("global.resolve_timeout: ")


@pytest.mark.parametrize("keys", [{}, {"route": {}}, {"receivers": []}, {"project": "shop"}])
def test_what_is_no_alertmanagers(keys: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="is it an Alertmanager's"):
        convert(keys)


@pytest.mark.parametrize(
    "keys",
    [
        {"receivers": ["ops"]},
        {"receivers": [{"name": "ops", "slack_configs": "x"}]},
        {"route": {"receiver": "ops", "routes": ["x"]}},
        {"route": {"receiver": "ops", "routes": 5}},
        {"route": {"receiver": "ops", "group_wait": "soon"}},
        {"route": {"receiver": "ops", "group_by": 5}},
        {"time_intervals": ["x"]},
        {"time_intervals": [{"name": "x", "time_intervals": [{"times": ["x"]}]}]},
        {"inhibit_rules": ["x"]},
        {"global": "x"},
        {"global": {"resolve_timeout": "x"}},
    ],
)
def test_what_is_not_as_it_should_be_is_a_sentence(keys: dict[str, Any]) -> None:
    said = ""
    try:
        convert(whole(**keys))
    except ConfigError as error:
        said = str(error)
    assert not said or "amtool check-config says where" in said


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ops", "ops"),
        ("-a b/", "a-b"),
        ("팀", "팀"),
        ("당직/야간", "당직-야간"),
        ("🔥", ""),
        ("x" * 99, "x" * 64),
    ],
)
def test_names(text: str, name: str) -> None:
    assert name_of(text) == name


def test_names_that_are_changed_are_said_and_stay_apart() -> None:
    receivers = [
        {"name": n, "webhook_configs": [{"url": URL}]} for n in ("당직", "🔥", "💧", "a b")
    ]
    intervals = [{"name": n, "time_intervals": [{"years": ["2026"]}]} for n in ("야간", "🌙", "☀")]
    made = convert(
        {"route": {"receiver": "🔥"}, "receivers": receivers, "time_intervals": intervals}
    )
    channels = [channel["name"] for channel in made.config["channels"]]
    assert channels == ["당직", "channel", "channel-2", "a-b"]
    assert [each["name"] for each in made.config["time_intervals"]] == [
        "야간",
        "interval",
        "interval-2",
    ]
    said = [note for note in made.notes if "is called" in note]
    assert said == [
        "receiver 🔥: is called channel here",
        "receiver 💧: is called channel-2 here",
        "receiver a b: is called a-b here",
        "time interval 🌙: is called interval here",
        "time interval ☀: is called interval-2 here",
    ]


def test_a_pager_beside_a_webhook_waits_to_be_registered() -> None:
    """G1: its pages are not lost."""
    made = convert(
        whole(
            receivers=[
                {
                    "name": "ops",
                    "victorops_configs": [{"api_key": "k"}, {"api_key": "l"}],
                    "webhook_configs": [{"url": URL}],
                    "wechat_configs": [{}],
                }
            ]
        )
    )
    assert made.config["channels"] == [
        {"name": "ops-victorops", "type": "registered"},
        {"name": "ops-webhook", "type": "webhook", "url": URL},
        {"name": "ops-wechat", "type": "registered"},
    ]
    assert made.config["route"]["channels"] == ["ops-victorops", "ops-webhook", "ops-wechat"]
    assert "receiver ops: victorops_configs has no equivalent here" in made.notes
    assert sum("wait in channel ops-victorops" in note for note in made.notes) == 1
    assert any("channel ops-wechat: ends were not told there" in note for note in made.notes)


def test_a_rule_with_one_side_is_about_every_alarm_on_the_other(tmp_path: Path) -> None:
    """As the default of kube-prometheus-stack has it."""
    rules: list[dict[str, Any]] = [
        {"target_matchers": ["alertname = InfoInhibitor"]},
        {"source_match": {"a": "b"}, "name": "n"},
    ]
    made = convert(whole(inhibit_rules=rules))
    assert made.config["inhibit_rules"] == [
        {"source_matchers": [], "target_matchers": ['alertname="InfoInhibitor"']},
        {"source_matchers": ['a="b"'], "target_matchers": []},
    ]
    assert made.notes == ("inhibit_rules[1]: name has no equivalent here",)
    file = tmp_path / "agent.yaml"
    file.write_text(yaml.safe_dump(made.config))
    first, second = load_routing(file).policy().inhibitions
    assert (first.source, second.target) == ((), ())


def test_what_is_lost_alike_is_said_once() -> None:
    config = {"url": URL, "http_config": {"proxy_url": "http://proxy:3128"}}
    receivers = [{"name": name, "webhook_configs": [dict(config)]} for name in ("ops", "b", "c")]
    notes = convert(whole(receivers=receivers)).notes
    assert [note.split(": ")[0] for note in notes] == ["receivers ops, b, c"] * 2
    assert any("http_config.proxy_url has no equivalent here; agents" in note for note in notes)


def test_a_connector_of_teams_is_said() -> None:
    _, notes = receiver("msteams_configs", webhook_url="https://x.webhook.office.com/webhookb2/y")
    assert notes[0].startswith("its address is one of Office 365 connectors")


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


INNER = "route: {receiver: ops}\nreceivers: [{name: ops}]\n"
GZIP = base64.b64encode(gzip.compress(INNER.encode())).decode()


@pytest.mark.parametrize(
    "manifest",
    [
        {"kind": "Secret", "data": {"alertmanager.yaml": packed(INNER), "x.tmpl": packed("x")}},
        {"kind": "Secret", "data": {"alertmanager.yaml.gz": GZIP}},
        {"kind": "Secret", "stringData": {"alertmanager.yaml": INNER}},
        {"kind": "ConfigMap", "data": {"config.yml": INNER}},
    ],
)
def test_what_kubernetes_wraps_around_it_is_taken_off(manifest: dict[str, Any]) -> None:
    made = convert({"apiVersion": "v1", **manifest})
    assert made.config["route"]["channels"] == []


def test_the_values_of_a_chart() -> None:
    made = convert({"alertmanager": {"enabled": True, "config": yaml.safe_load(INNER)}})
    assert made.config["route"]["group_wait"] == "30s"


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"kind": "AlertmanagerConfig", "spec": {"route": {}}}, "pass the file that the Alertm"),
        ({"kind": "Secret", "data": {"a.yaml": "%%%"}}, "is a Secret without an Alertmanager's"),
        ({"kind": "Secret", "data": {"tls.crt": packed("x")}}, "is a Secret without"),
        ({"kind": "Secret", "data": {"alertmanager.yaml": packed("a: [canary")}}, "line 1"),
    ],
)
def test_a_manifest_without_one(manifest: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        convert({"apiVersion": "v1", **manifest})
    assert "canary" not in str(caught.value)
