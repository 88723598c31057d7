"""All mistakes of a configuration are told at once, each once, where it stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from alarminati.cli.commands.config_check import check_config
from alarminati.config import ConfigError, load
from alarminati.config.mistakes import all_mistakes
from alarminati.config.options import options
from alarminati.config.variables import misspelt

INSECURE = "name: a\ntls: {mode: insecure}\ndata: ./data\n"

MANY = """
project: p
kepalive_interval: 15s
keepalive_interval: 2h
tls: {mode: insecure}
listen: {grpc: nowhere}
retention: {max_age: 5}
channels:
  - {name: a, type: slack, url: "ftp://x", rate: -1, languag: ko}
  - {type: slack, url: "https://h/x"}
  - {name: c}
  - {name: d, type: webhook, url: "env:NOT_SET"}
  - {name: e, type: nothing}
checks:
  - {name: w, url: x}
  - {name: v, url: "http://h/", interval: soon}
route:
  channels: [a, c, gone]
  routes:
    - {channels: [d], matchers: ["what is this"]}
    - {channels: [nobody]}
log: {level: loud}
"""
WANTED = [
    "kepalive_interval: unknown key; did you mean keepalive_interval?",
    "keepalive_interval (2h) must lie",
    "listen.grpc: ",
    "retention: max_age (5s) must be at least 1h",
    "channels[1]: name is missing",
    "channels[2]: type is missing",
    "channels[3].url: the variable NOT_SET is not set",
    "checks[0]: url is not an address of http",
    "checks[1].interval: 'soon' is not a duration",
    "route.channels names 'gone'",
    "route.routes[0]",
    "route.routes[1].channels names 'nobody'",
    "log.level: 'loud' is not known",
    "channels.a: languag: a channel of type slack has no such key",
    "channels.a: url is not an http",
    "channels.a: rate (-1) must",
    "channels.e: type: there is no channel type",
]


def check(file: Path) -> tuple[list[str], list[str]]:
    done = CliRunner().invoke(check_config, [str(file), "--json"], standalone_mode=False)
    told = json.loads(done.output)
    return told["errors"], told["warnings"]


def test_check_config_lists_every_mistake_once(tmp_path: Path) -> None:
    (file := tmp_path / "a.yaml").write_text(MANY)
    errors, _ = check(file)
    for wanted in WANTED:
        assert len([one for one in errors if wanted in one]) == 1, (wanted, errors)
    assert len(errors) == len(WANTED), errors


def test_one_mistake_is_one_sentence_and_no_more(tmp_path: Path) -> None:
    for text in MANY.strip().splitlines()[1:3]:
        (file := tmp_path / "a.yaml").write_text(INSECURE + text + "\n")
        assert len(check(file)[0]) == 1
    (file := tmp_path / "a.yaml").write_text("name: a\nbeet: 1s\n")
    errors, _ = check(file)
    assert ["beet" in errors[0], "tls: is missing" in errors[1]] == [True, True]
    assert len(errors) == 2


def test_a_mistake_in_a_variable_hides_none_in_the_file(tmp_path: Path) -> None:
    (file := tmp_path / "a.yaml").write_text(INSECURE + "keepalive_interval: 9h\n")
    found = all_mistakes(file, {"ALARMINATI_RETENTION_MAX_AGE": "old", "ALARMINATI_CHANNELS": "x"})[
        1
    ]
    said = sorted(str(one) for one in found)
    assert len(said) == 3 and said[0].endswith("must lie between 1s and 5m")
    assert said[1].startswith("ALARMINATI_CHANNELS: must be a list")
    assert said[2].startswith("ALARMINATI_RETENTION_MAX_AGE: 'old' is not a duration")


@pytest.mark.parametrize("text", ["", INSECURE])
def test_what_is_in_order_has_none(text: str, tmp_path: Path) -> None:
    (file := tmp_path / "a.yaml").write_text(text or INSECURE)
    config, found = all_mistakes(file, {})
    assert found == [] and config is not None and config.name == "a"


@pytest.mark.parametrize("text", ["project: p\n\tcluster: c\n", "channels:\n\t- {name: x}\n"])
def test_a_tab_is_called_a_tab(text: str, tmp_path: Path) -> None:
    (file := tmp_path / "a.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"line 2, column 1: here is a tab; YAML wants spaces"):
        load(file, {}, {})


@pytest.mark.parametrize(
    "text",
    [
        '[{name: c, type: webhook, url: "http://h/"}]',
        '[{"name": "c", "type": "webhook", "url": "http://h/"}]',
        '- name: c\n  type: webhook\n  url: "http://h/"\n',
    ],
)
def test_lists_in_variables_are_yaml_as_in_the_file(text: str, tmp_path: Path) -> None:
    (file := tmp_path / "a.yaml").write_text(INSECURE)
    (channel,) = load(file, {"ALARMINATI_CHANNELS": text}, {}).channels
    assert (channel.name, channel.type) == ("c", "webhook")
    peers = load(file, {"ALARMINATI_DISCOVERY_PEERS": "['127.0.0.1:1', 127.0.0.1:2]"}, {})
    assert len(peers.discovery.peers) == 2
    for bad in ("{name: c}", "c", "[{name: canary-x", "[{name: c, name: d}]"):
        with pytest.raises(ConfigError, match="ALARMINATI_CHANNELS: ") as caught:
            load(file, {"ALARMINATI_CHANNELS": bad}, {})
        assert "canary" not in str(caught.value)


def test_the_help_of_an_agent_says_how_lists_are_written() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alarminati", "agent", "--help"],
        env=os.environ | {"COLUMNS": "200", "LANG": "C.UTF-8"},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "where alarms are sent, in YAML or JSON as in the file." in " ".join(done.stdout.split())


def test_a_variable_that_is_nearly_ours_is_named() -> None:
    given = {
        "ALARMINATI_KEPALIVE_INTERVAL": "15s",
        "ALARMINATI_LISTEN_GPRC": "x",
        "ALARMINATI_CLUSTERS": "x",
        "ALARMINATI_PORT": "tcp://10.0.0.1:7443",
        "ALARMINATI_PORT_7443_TCP_ADDR": "10.0.0.1",
        "ALARMINATI_SERVICE_HOST": "10.0.0.1",
        "ALARMINATI_SERVICE_PORT_GRPC": "7443",
        "ALARMINATI_KEEPALIVE_INTERVAL_SERVICE_HOST": "10.0.0.1",
        "ALARMINATI_SLACK_URL": "https://h/canary",
        "ALARMINATI_TOKEN": "canary",
        "KEPALIVE_INTERVAL": "x",
    } | {option.variable: "x" for option in options()}
    assert list(misspelt(given)) == [
        "ALARMINATI_CLUSTERS is no setting and is ignored; did you mean ALARMINATI_CLUSTER?",
        "ALARMINATI_KEPALIVE_INTERVAL is no setting and is ignored;"
        " did you mean ALARMINATI_KEEPALIVE_INTERVAL?",
        "ALARMINATI_LISTEN_GPRC is no setting and is ignored; did you mean ALARMINATI_LISTEN_GRPC?",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("BEAT", "KEEPALIVE_INTERVAL"),
        ("EDGE_ANONYMOUS", "HTTP_ANONYMOUS"),
        ("INHIBIT", "INHIBIT_RULES"),
        ("FLAPPING_CALM", "FLAPPING_COOLDOWN"),
        ("RETENTION_AGE", "RETENTION_MAX_AGE"),
        ("TLS_AUTHORITY", "TLS_CA_KEY"),
        ("LIMITS_WAITING", "LIMITS_PENDING_ALARMS"),
        ("LIMITS_BODIES", "LIMITS_TOTAL_BODY_SIZE"),
        ("LIMITS_PER_ADDRESS", "LIMITS_CONNECTIONS_PER_ADDRESS"),
    ],
)
def test_a_variable_of_a_former_name_is_told_the_new_one(old: str, new: str) -> None:
    (said,) = misspelt({f"ALARMINATI_{old}": "x"})
    assert said == (
        f"ALARMINATI_{old} is no setting and is ignored; did you mean ALARMINATI_{new}?"
    )


@pytest.mark.parametrize(
    ("written", "new"),
    [
        ("beat: 5s", "keepalive_interval"),
        ("edge: {anonymous: any}", "http"),
        ("inhibit: []", "inhibit_rules"),
        ("timeouts: {}", "resolve_timeouts"),
        ("flapping: {calm: 5m}", "cooldown"),
        ("retention: {age: 5d}", "max_age"),
        ("retention: {entries: 5000}", "max_entries"),
        ("limits: {waiting: 5}", "pending_alarms"),
        ("limits: {body: 1MiB}", "body_size"),
        ("limits: {bodies: 1MiB}", "total_body_size"),
        ("limits: {per_address: 5}", "connections_per_address"),
        ("checks: [{name: a, url: 'http://h/', every: 5s}]", "interval"),
        ("checks: [{name: a, url: 'http://h/', up: 5}]", "success_threshold"),
        ("checks: [{name: a, url: 'http://h/', down: 5}]", "failure_threshold"),
    ],
)
def test_a_key_of_a_former_name_is_told_the_new_one(tmp_path: Path, written: str, new: str) -> None:
    (file := tmp_path / "a.yaml").write_text(INSECURE + written + "\n")
    with pytest.raises(ConfigError, match=f"unknown key; did you mean {new}\\?"):
        load(file, {}, {})


def test_what_has_warnings_is_not_called_in_order(tmp_path: Path) -> None:
    channel = "channels: [{name: c, type: slack, url: 'http://h/x', template: '{{ message '}]\n"
    (file := tmp_path / "a.yaml").write_text(INSECURE + channel)
    done = CliRunner().invoke(
        # Variables of the test run are taken for settings that are misspelt.
        check_config,
        [str(file)],
        standalone_mode=False,
        env=dict.fromkeys(name for name in os.environ if name.startswith("ALARMINATI_"))
        | {"LANG": "C", "LC_ALL": "C"},
    )
    assert "in order" not in done.output
    assert f"An agent would take {file}; warnings: 2." in done.output
