"""Configuration: what the design promises is read, and nonsense is refused in one sentence."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alarminati.config import Address, AgentConfig, ConfigError, Secret, load, options
from alarminati.config.loading import default_data
from alarminati.core.model.entries import Severity
from alarminati.core.model.matchers import Matcher
from alarminati.core.routing import routes

CANARY = "canary-5f2b9c"
WHOLE = """
project: w-sharing
cluster: seoul-1
name: a1
data: /var/lib/alarminati
listen: {grpc: "0.0.0.0:7443", http: "0.0.0.0:8080", health: "0.0.0.0:8081"}
discovery: {mode: static, peers: ["127.0.0.1:7543"]}
tls: {ca: ca.crt, cert: tls.crt, key: tls.key}
channels:
  - {name: ops, type: webhook, url: "http://127.0.0.1:9000/hook"}
  - {name: team, type: slack, url: "env:SLACK_WEBHOOK_URL"}
route: {channels: [ops, team], group_by: [], group_wait: 0s}
checks: [{name: ws-api, url: http://ws-api/healthz, interval: 15s}]
"""
SMALL = {"tls": {"mode": "insecure"}, "name": "a1", "data": "journal"}


def load_text(
    tmp_path: Path,
    text: str,
    environ: dict[str, str] | None = None,
    flags: dict[str, object] | None = None,
) -> AgentConfig:
    path = tmp_path / "agent.yaml"
    path.write_text(text)
    return load(path, environ or {}, flags or {})


def refusal(
    tmp_path: Path,
    keys: dict[str, object],
    environ: dict[str, str] | None = None,
    flags: dict[str, object] | None = None,
) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_text(tmp_path, yaml.safe_dump(SMALL | keys), environ, flags)
    error = caught.value
    assert "\n" not in str(error)
    assert CANARY not in str(error)
    return error


def test_the_documented_file(tmp_path: Path) -> None:
    config = load_text(tmp_path, WHOLE, {"SLACK_WEBHOOK_URL": CANARY})
    assert (config.project, config.cluster, config.name) == ("w-sharing", "seoul-1", "a1")
    assert config.listen.grpc == Address("0.0.0.0", 7443)
    assert config.discovery.peers == (Address("127.0.0.1", 7543),)
    assert config.tls.files == (tmp_path / "ca.crt", tmp_path / "tls.crt", tmp_path / "tls.key")
    assert config.channels[1].settings == {"url": Secret(CANARY)}
    assert config.route.channels == ("ops", "team")
    assert config.checks[0].level is Severity.CRITICAL
    assert (str(config.keepalive_interval), str(config.retention.max_age)) == ("15s", "30d")
    assert config.retention.max_entries == 200_000
    assert config.warnings() == []


def test_nothing_but_flags() -> None:
    config = load(None, {}, {"tls_mode": "insecure", "name": "x", "data": "d"})
    assert config.listen.grpc == Address("127.0.0.1", 7443)
    assert config.listen.http == Address("127.0.0.1", 8080)
    assert config.data == Path.cwd() / "d"
    assert (config.project, config.cluster, config.discovery.mode) == ("default", "default", "none")
    assert [text.split()[0] for text in config.warnings()] == ["no", "tls.mode"]


def test_flag_before_variable_before_file(tmp_path: Path) -> None:
    text = "{tls: {mode: insecure}, cluster: file, project: file, seed: file}"
    environ = {"ALARMINATI_CLUSTER": "variable", "ALARMINATI_PROJECT": "variable"}
    config = load_text(tmp_path, text, environ, {"cluster": "flag", "project": None, "seed": ""})
    assert (config.cluster, config.project, config.seed) == ("flag", "variable", "file")


def test_every_option_reaches_its_key(tmp_path: Path) -> None:
    """The naming rule holds for every key there is: a wrong value names its flag or variable."""
    for option in options():
        assert option.flag.lstrip("-").replace("-", "_") == option.parameter
        assert option.variable == "ALARMINATI_" + option.parameter.upper()
        assert option.help
        if option.kind in ("number", "json") or option.choices:
            error = refusal(tmp_path, {}, {option.variable: "[nonsense"})
            assert str(error).startswith(option.variable + ": "), error
            error = refusal(tmp_path, {}, {}, {option.parameter: "[nonsense"})
            assert str(error).startswith(option.flag + ": "), error
    names = [option.parameter for option in options()]
    assert len(set(names)) == len(names)


def test_lists_and_structures_from_variables() -> None:
    config = load(
        None,
        {
            "ALARMINATI_TLS_MODE": "insecure",
            "ALARMINATI_DISCOVERY_PEERS": "127.0.0.1:1, 127.0.0.1:2",
            "ALARMINATI_CHANNELS": '[{"name": "ops", "type": "webhook", "url": "env:HOOK"}]',
            "ALARMINATI_ROUTE_GROUP_BY": '["host"]',
            "ALARMINATI_PRIORITY": "7",
            "ALARMINATI_LISTEN_HTTP": "off",
            "HOOK": CANARY,
        },
        {},
    )
    assert config.discovery.mode == "static"
    assert [peer.port for peer in config.discovery.peers] == [1, 2]
    assert config.channels[0].settings == {"url": Secret(CANARY)}
    assert config.route.group_by == ("host",)
    assert config.route.channels == ("ops",)
    assert config.priority == 7
    assert config.listen.http is None


def test_a_folder_of_certificates(tmp_path: Path) -> None:
    for text in ("tls: certs", "tls: {folder: certs}"):
        config = load_text(tmp_path, text)
        folder = tmp_path / "certs"
        assert config.tls.files == (folder / "ca.crt", folder / "tls.crt", folder / "tls.key")
    config = load_text(tmp_path, "tls: {mode: insecure}", flags={"tls": str(tmp_path / "x")})
    assert config.tls.ca == tmp_path / "x" / "ca.crt"
    config = load_text(tmp_path, "tls: certs", flags={"tls_key": "/k"})
    assert config.tls.files == (folder / "ca.crt", folder / "tls.crt", Path("/k"))


def test_credentials_of_queues_are_secrets_wherever_they_come_from(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hidden\n")
    config = load_text(
        tmp_path,
        """
        tls: {mode: insecure}
        queues:
          - {name: a, type: nats, servers: ["nats:4222"], stream: A, token: env:TOKEN}
          - {name: b, type: redis, servers: ["redis:6379"], stream: b, password: file:password}
        """,
        environ={"TOKEN": CANARY},
    )
    assert config.queues[0].token == Secret(CANARY)
    assert config.queues[1].password == Secret("hidden")
    assert CANARY not in repr(config.queues)


def test_the_routes(tmp_path: Path) -> None:
    text = """
      tls: {mode: insecure}
      channels: [{name: a, type: webhook}, {name: b, type: webhook}]
      route:
        group_wait: 5s
        group_by: [host]
        routes: [{match: ["severity=CRITICAL", "host=~web-.*"]}, {channels: [b]}]
    """
    assert load_text(tmp_path, text).route.tree() == routes.Route(
        ("a", "b"),
        (),
        ("host",),
        5.0,
        (
            routes.Route(
                match=(Matcher("severity", "=", "CRITICAL"), Matcher("host", "=~", "web-.*"))
            ),
            routes.Route(("b",)),
        ),
    )
    nowhere = text.replace("route:\n", "route:\n        channels: []\n")
    assert load_text(tmp_path, nowhere).route.tree().channels == ()


def test_keys_without_a_value_are_left_out(tmp_path: Path) -> None:
    config = load_text(
        tmp_path, "tls: {mode: insecure}\nchannels:\nchecks:\nkeepalive_interval:\nroute:\n"
    )
    assert (config.channels, config.checks, str(config.keepalive_interval)) == ((), (), "15s")


TLS = "tls: {ca: a, cert: b, key: c}\nchannels: [{name: ops, type: webhook}]\n"
PEERS = "discovery: {peers: [10.0.0.1:7443, 10.0.0.2:7443]}\n"


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (PEERS, []),
        ("advertise: 10.0.0.1:7443\n" + PEERS, []),
        ("advertise: localhost:7443\n" + PEERS, ["advertise is localhost:7443, where replicas on"]),
        ("advertise: '[::1]:7443'\ndiscovery: {mode: zeroconf}\n", ["advertise is [::1]:7443"]),
        ("listen: {grpc: 127.0.0.1:7443}\n" + PEERS, ["listen.grpc is 127.0.0.1:7443, where"]),
        ("listen: {grpc: 127.0.0.1:1}\ndiscovery: {peers: [127.0.0.1:2]}\n", []),
        (
            "advertise: 10.0.0.1:7443\ndiscovery: {peers: [10.0.0.1:7443]}\n",
            ["discovery.peers names this replica alone"],
        ),
        ("discovery: {service: agents.alarms:7443}\n", []),
    ],
)
def test_addresses_at_which_nobody_finds_this_replica_are_warned_of(
    tmp_path: Path, text: str, begins: list[str]
) -> None:
    warnings = load_text(tmp_path, TLS + text).warnings()
    assert len(warnings) == len(begins), warnings
    assert all(map(str.startswith, warnings, begins)), warnings


CHANNEL = {"name": "ops", "type": "webhook"}
CHECK = {"name": "c", "url": "http://x/"}
REFUSED: list[tuple[dict[str, object], str]] = [
    ({"projekt": "x"}, "projekt: unknown key; did you mean project?"),
    ({"listen": {"gprc": "x"}}, "listen.gprc: unknown key; did you mean grpc?"),
    ({"log": {"x": 1}}, "log.x: unknown key (known: format, level)"),
    (
        {"checks": [CHECK | {"intervl": 1}]},
        "checks[0].intervl: unknown key; did you mean interval?",
    ),
    ({"tls": {"mode": "insecur"}}, "tls.mode: 'insecur' is not known; did you mean insecure?"),
    ({"log": {"level": "loud"}}, "log.level: 'loud' is not known (known: debug, error,"),
    ({"project": 2024}, "project: expected text, got a whole number; put it in quotes"),
    ({"channels": "ops"}, "channels: expected a list, got text"),
    ({"channels": [1]}, "channels[0]: expected keys with values, got a whole number"),
    ({"channels": [{"name": "x"}]}, "channels[0]: type is missing"),
    ({"checks": [{"name": "x"}]}, "checks[0]: url is missing"),
    ({"checks": [CHECK | {"status": ["2x"]}]}, "checks[0]: status '2x' is neither 200, 2xx nor"),
    ({"checks": [CHECK | {"url": "tcp://x"}]}, "checks[0]: url is not an address of http"),
    ({"checks": [CHECK | {"url": "dns://x", "status": [1]}]}, "checks[0]: status"),
    (
        {"checks": [CHECK | {"url": "tcp://x:1", "method": "POST"}]},
        "checks[0]: method is for http and https only; remove it",
    ),
    ({"checks": [CHECK | {"headers": {"a b": "c"}}]}, "checks[0]: headers has 'a b'"),
    (
        {"checks": [CHECK | {"headers": {"a": "env:NONE"}}]},
        "checks[0].headers.a: the variable NONE",
    ),
    ({"heartbeats": [{"name": "x"}]}, "heartbeats[0]: interval is missing"),
    ({"heartbeats": [{"name": "x", "interval": "5s"}]}, "heartbeats[0]: interval (5s) must lie"),
    (
        {"heartbeats": [{"name": "x", "interval": "5m", "match": "a"}]},
        "heartbeats[0]: ",
    ),
    (
        {"checks": [CHECK | {"failure_threshold": 0}]},
        "checks[0].failure_threshold: must be at least 1",
    ),
    ({"checks": [CHECK | {"labels": {"a": 1}}]}, "checks[0].labels: expected text, got a whole"),
    ({"checks": [CHECK | {"url": "ws-api"}]}, "checks[0]: url is not an address of http"),
    ({"checks": [CHECK | {"url": "http://a:b@c"}]}, "checks[0]: url carries a user name or"),
    ({"checks": [CHECK | {"severity": "bad"}]}, "checks[0]: severity 'bad' is not one of"),
    (
        {"checks": [CHECK | {"timeout": "20s"}]},
        "checks[0]: timeout (20s) must lie above 0 and not exceed interval (15s)",
    ),
    ({"checks": [CHECK, CHECK]}, "checks[1] is named 'c' like an earlier one"),
    ({"channels": [CHANNEL, CHANNEL]}, "channels[1] is named 'ops' like an earlier one"),
    ({"channels": [CHANNEL | {"name": "a b"}]}, "channels[0]: name 'a b' must be 1 to 64"),
    (
        {"channels": [CHANNEL], "route": {"channels": ["opps"]}},
        "route.channels names 'opps', which is not in channels; did you mean ops?",
    ),
    (
        {"route": {"routes": [{"channels": ["x"]}]}},
        "route.routes[0].channels names 'x', which is not in channels (it has none)",
    ),
    ({"route": {"match": ["a=b"]}}, "route.match must be empty"),
    ({"route": {"routes": [{"match": ["a"]}]}}, "route.routes[0]: not a matcher: 'a' (expected"),
    ({"route": {"routes": [{"match": ["a=~("]}]}}, "route.routes[0]: matcher on a: '('"),
    ({"listen": {"grpc": "0.0.0.0"}}, "listen.grpc: '0.0.0.0' is not HOST:PORT; write for example"),
    (
        {"keepalive_interval": "often"},
        "keepalive_interval: 'often' is not a duration; write for example 15s",
    ),
    ({"keepalive_interval": 0.5}, "keepalive_interval (0.5s) must lie between 1s and 5m"),
    (
        {"limits": {"body_size": "1GiB"}},
        "limits: body_size (1GiB) must be at least 1KiB and not exceed",
    ),
    ({"discovery": {"mode": "static"}}, "discovery: mode is static but peers is empty"),
    ({"discovery": {"mode": "dns"}}, "discovery: mode is dns but service is missing"),
    ({"discovery": {"mode": "none", "peers": ["127.0.0.1:1"]}}, "discovery: mode is none but"),
    ({"discovery": {"peers": ["127.0.0.1:0"]}}, "discovery: peers has 127.0.0.1:0; port 0"),
    (
        {"listen": {"grpc": "0.0.0.0:7443"}},
        "tls.mode is insecure but listen.grpc is 0.0.0.0:7443; use 127.0.0.1 or certificates",
    ),
    ({"listen": {"http": ":80"}}, "tls.mode is insecure but listen.http is 0.0.0.0:80"),
    ({"discovery": {"peers": ["a2:1"]}}, "tls.mode is insecure but discovery.peers[0] is a2:1"),
    ({"tls": None}, "tls: is missing; give ca, cert and key"),
    ({"tls": {"ca": "x"}}, "tls: cert, key missing; give ca, cert and key"),
    ({"tls": {"mode": "insecure", "ca": "x"}}, "tls: mode is insecure but ca is given"),
    ({"retention": {"max_age": "1s"}}, "retention: max_age (1s) must be at least 1h"),
    ({"advertise": "a1:0"}, "advertise (a1:0) needs a port"),
    ({"advertise": "0.0.0.0:7443"}, "advertise is 0.0.0.0:7443, which names no machine"),
    ({"advertise": "[::]:7443"}, "advertise is [::]:7443, which names no machine"),
    ({"advertise": ":7443"}, "advertise is 0.0.0.0:7443, which names no machine"),
    (
        {"discovery": {"peers": ["a1:7443", ":7443"]}},
        "discovery: peers has 0.0.0.0:7443, which names no machine",
    ),
    ({"name": "a\nb"}, "name 'a\\nb' must be 1 to 64"),
    ({"project": ""}, "project must be 1 to 128"),
]


@pytest.mark.parametrize(("keys", "sentence"), REFUSED)
def test_nonsense_is_refused_in_one_sentence(
    tmp_path: Path, keys: dict[str, object], sentence: str
) -> None:
    assert str(refusal(tmp_path, keys)).startswith(f"{tmp_path}/agent.yaml: {sentence}")


def test_a_flag_is_named_when_it_is_to_blame(tmp_path: Path) -> None:
    assert str(refusal(tmp_path, {}, flags={"listen_grpc": "x"})).startswith(
        "--listen-grpc: 'x' is not HOST:PORT"
    )
    environ = {"ALARMINATI_CHECKS": '[{"name": "x", "url": "http://x", "intervl": 1}]'}
    assert str(refusal(tmp_path, {}, environ)) == (
        "ALARMINATI_CHECKS: [0].intervl: unknown key; did you mean interval?"
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a: [", "line 1, column 5: expected the node content"),
        (
            b"keepalive_interval: 1\nkeepalive_interval: 2\n",
            "line 2, column 1: the key keepalive_interval is given twice",
        ),
        (b"- a", "must hold keys with values"),
        (b"\xff\xfe\xff", "is not UTF-8 text"),
        (b"a: \x00", "is not YAML that can be read"),
        (b"[" * 5000, "is not YAML that can be read"),
        (b"? [a]\n: 1", "line 1, column 3: found unhashable key"),
        (b"#" * (2**20 + 1), "cannot be read: it is larger than 1048576 bytes"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "agent.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(path, {}, {})
    assert str(caught.value).startswith(f"{path}: {sentence}")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file; check the path"):
        load(tmp_path / "x", {}, {})
    with pytest.raises(ConfigError, match="cannot be read: it is a folder; name a regular file"):
        load(tmp_path, {}, {})


def test_secrets_are_fetched_and_never_shown(tmp_path: Path) -> None:
    """G7: no secret in what is printed of a configuration, wherever it came from."""
    (tmp_path / "token").write_text(f"{CANARY}-file\n")
    text = f"""
      tls: {{mode: insecure}}
      channels:
        - name: ops
          type: webhook
          url: {CANARY}-text
          secret: file:token
          headers: {{Authorization: env:TOKEN}}
          list: [env:TOKEN]
          burst: 5
    """
    config = load_text(tmp_path, text, {"TOKEN": f"{CANARY}-env"})
    assert config.channels[0].settings == {
        "url": Secret(f"{CANARY}-text"),
        "secret": Secret(f"{CANARY}-file"),
        "headers": {"Authorization": Secret(f"{CANARY}-env")},
        "list": [Secret(f"{CANARY}-env")],
        "burst": 5,
    }
    for shown in (repr(config), str(config), f"{config.channels[0].settings}"):
        assert "***" in shown
        assert CANARY not in shown


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("env:NOT_SET", "channels[0].url: the variable NOT_SET is not set or empty; set it"),
        ("env:EMPTY", "channels[0].url: the variable EMPTY is not set or empty; set it"),
        ("file:/no/such", "channels[0].url: the file /no/such cannot be read: No such file"),
        ("file:/dev/null", "channels[0].url: the file /dev/null cannot be read: it is a device"),
        ("file:/dev/zero", "channels[0].url: the file /dev/zero cannot be read: it is a device"),
    ],
)
def test_secrets_that_cannot_be_fetched(tmp_path: Path, value: str, sentence: str) -> None:
    error = refusal(tmp_path, {"channels": [CHANNEL | {"url": value}]}, {"EMPTY": ""})
    assert str(error).startswith(f"{tmp_path}/agent.yaml: {sentence}")


def test_errors_around_a_secret_do_not_quote_it(tmp_path: Path) -> None:
    """G7: neither a broken file nor a wrong type repeats what stands beside it."""
    path = tmp_path / "agent.yaml"
    for text in (
        f"channels: [{{url: {CANARY}, url: {CANARY}}}]",
        f'channels: [{{url: "{CANARY}]',
        f"channels: [{{name: 5, type: webhook, url: {CANARY}}}]",
        f"channels: [{{name: x, type: [], url: {CANARY}}}]",
    ):
        path.write_text("tls: {mode: insecure}\n" + text)
        with pytest.raises(ConfigError) as caught:
            load(path, {}, {})
        assert CANARY not in str(caught.value)
        assert caught.value.__cause__ is None


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(scalars, inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_whatever_stands_at_a_key_the_answer_is_a_configuration_or_a_sentence(
    data: st.DataObject,
) -> None:
    raw = yaml.safe_load(WHOLE)
    at, key = raw, data.draw(st.sampled_from(sorted(raw)))
    if isinstance(at[key], list):
        at, key = at[key], 0
    if isinstance(at[key], dict) and data.draw(st.booleans()):
        at = at[key]
        key = data.draw(st.sampled_from(sorted(at)))
    at[key] = data.draw(values)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agent.yaml"
        path.write_text(yaml.safe_dump(raw))
        problem = ""
        try:
            load(path, {"SLACK_WEBHOOK_URL": "x"}, {})
        except ConfigError as error:
            problem = str(error)
        assert not problem or problem.startswith(f"{path}: ")


def test_where_the_journal_lies_by_default() -> None:
    assert default_data({}, root=True) == Path("/var/lib/alarminati")
    assert default_data({}, root=False) == Path.home() / ".local/state/alarminati"
    assert default_data({"XDG_STATE_HOME": "/s"}, root=False) == Path("/s/alarminati")
    assert default_data({"XDG_STATE_HOME": "s"}, root=False) == (
        Path.home() / ".local/state/alarminati"
    )
