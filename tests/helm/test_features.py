"""What the chart promises, feature by feature."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from alarminati.agent.metrics import (
    AgentStatus,
    CertificateStatus,
    ConfigStatus,
    Counters,
    families,
)
from alarminati.cli.commands.status import status
from alarminati.config import AgentConfig, load
from alarminati.config.changes import RELOADABLE
from alarminati.core.model.entries import DeliveryCause, Result
from alarminati.pki.authority import Authority
from alarminati.wire.credentials import Tls
from alarminati.wire.identity import Role, agent_names, parse
from alarminati.wire.sealing import new_key
from tests.helm.chart import CASES, CHART, NEWEST, Object, helm, lay_out, objects, only, pod, text

ISSUED = Authority.create().issue(Role.AGENT, "agent", days=1)
TLS = {
    "ca.crt": ISSUED.ca.decode(),
    "tls.crt": ISSUED.certificate.decode(),
    "tls.key": ISSUED.key.decode(),
}
SECRETS = {
    "slack": {"url": "https://hooks.slack.com/services/T1/B1/very-secret"},
    "ops": {
        "url": "https://ops.example/hook/very-secret",
        "token": "Bearer very-secret",
        "hash": f"sha256:{'a' * 64}",
    },
    "ops-signing": {"key": "very-secret"},
    "sentry": {"client-secret": "a very-secret client secret"},
    "nats": {"token": "a token of NATS"},
    "alarminati-agent-tls": TLS,
    "alarminati-agent-cluster-key": {"cluster.key": new_key()},
    "my-key": {"cluster.key": new_key()},
    "alarminati-agent-ca": {"ca.crt": "an authority", "ca.key": "very-secret"},
    "my-ca": {"ca.crt": "an authority", "ca.key": "very-secret"},
    "my-tls": TLS,
}
FULL = ("--values", "ci/full-values.yaml")


def configuration(found: list[Object], folder: Path, pod_ip: str = "10.1.2.3") -> AgentConfig:
    """What an agent makes of the files and the environment that a pod has."""
    environ = {"NIGHT_URL": "https://hooks.slack.com/services/T2/B2/x", "POD_IP": pod_ip}
    for variable in pod(found)["containers"][0]["env"]:
        if variable["name"] == "ALARMINATI_NAME":
            assert variable["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
            environ["ALARMINATI_NAME"] = "alarminati-agent-0"
        elif "value" in variable:
            environ[variable["name"]] = variable["value"].replace("$(POD_IP)", pod_ip)
    return load(lay_out(found, folder, SECRETS), environ, {})


@pytest.mark.parametrize("case", CASES)
def test_agents_accept_their_configuration(helm4: str, case: str, tmp_path: Path) -> None:
    found = objects(helm4, "--values", f"ci/{case}")
    config = configuration(found, tmp_path, "fd00::7" if "own-certificates" in case else "10.1.2.3")
    assert config.name == "alarminati-agent-0"
    assert config.discovery.mode == "dns"
    headless = only(found, "Service", "-headless")
    assert str(config.discovery.service) == f"{headless['metadata']['name']}:7443"
    assert config.tls.files is not None
    Tls.load_files(*config.tls.files).require_agent(config.cluster)
    assert config.advertise is not None and config.advertise.port == config.listen.grpc.port == 7443


def test_secrets_of_channels_come_from_where_they_lie(helm4: str, tmp_path: Path) -> None:
    found = objects(helm4, *FULL)
    config = configuration(found, tmp_path)
    slack, ops, night = config.channels
    assert slack.settings["url"].reveal() == SECRETS["slack"]["url"]
    assert ops.settings["headers"]["Authorization"].reveal() == "Bearer very-secret"
    assert ops.settings["headers"]["X-Team"].reveal() == "shop"
    assert ops.settings["secret"].reveal() == "very-secret"
    assert night.settings["url"].reveal().endswith("T2/B2/x")
    assert "very-secret" not in text(helm4, *FULL)


def test_sources_have_their_secrets_apart_from_channels_of_the_same_name(
    helm4: str, tmp_path: Path
) -> None:
    config = configuration(objects(helm4, *FULL), tmp_path)
    ops, sentry, cron = config.sources
    assert ops.token is not None and ops.token.reveal() == SECRETS["ops"]["hash"]
    assert (ops.rate, ops.paths) == (1_000_000, ("/v1/alarms",))
    assert sentry.hmac is not None and float(sentry.hmac.window) == 120
    assert sentry.hmac.secret.reveal() == SECRETS["sentry"]["client-secret"]
    assert cron.token is not None and cron.token.reveal() == f"sha256:{'0' * 64}"
    assert config.http.anonymous == "loopback"


def test_g7_who_may_report_by_http_is_said(helm4: str, tmp_path: Path) -> None:
    """Pods that the network policy lets in, until there are sources."""
    line = f"sources[0].name=ci,sources[0].token=sha256:{'0' * 64}"
    for sets, meant in (((), "any"), (("--set", line), "none")):
        folder = tmp_path / meant
        folder.mkdir()
        assert configuration(objects(helm4, *sets), folder).http.anonymous == meant


def test_a_webhook_given_in_the_open_is_kept_in_a_secret(helm4: str, tmp_path: Path) -> None:
    found = objects(helm4, "--set", "slack.webhookUrl=https://hooks.slack.com/services/very-secret")
    holders = [one["kind"] for one in found if "very-secret" in json.dumps(one)]
    assert holders == ["Secret"]
    (channel,) = configuration(found, tmp_path).channels
    assert (channel.name, channel.type) == ("slack", "slack")


@pytest.mark.parametrize("name", ["2024", "20240917", "1001234567890", "007"])
def test_names_of_digits_stay_as_they_were_typed(program: str, name: str) -> None:
    found = objects(program, "--set", f"projectName={name},clusterName={name}")
    config = yaml.safe_load(only(found, "Secret")["stringData"]["agent.yaml"])
    assert (config["project"], config["cluster"]) == (name, name)
    (cluster,) = re.findall("--cluster=(.*)", "\n".join(job(found)["containers"][0]["args"]))
    assert cluster == name


def test_whole_numbers_of_values_files_stay_whole(program: str, tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(
        "channels: [{name: a, type: slack, url: 'https://x', max_items: 1001234567890}]\n"
        "projectName: -1001234567890\npodSecurityContext: {runAsUser: 1000710000}\n"
        "retention: {max_entries: 20000000}\nextraEnv: [{name: CHAT, value: '-1001234567890'}]\n"
    )
    shown = text(program, "--values", str(values))
    found = objects(program, "--values", str(values))
    config = yaml.safe_load(only(found, "Secret")["stringData"]["agent.yaml"])
    assert config["channels"][0]["max_items"] == 1001234567890
    assert config["retention"]["max_entries"] == 20_000_000
    assert config["project"] == "-1001234567890"
    assert pod(found)["securityContext"]["runAsUser"] == 1000710000
    assert not re.search(r"\de\+\d", shown)


def job(found: list[Object]) -> Any:
    """The pod of the Job that makes certificates."""
    return only(found, "Job")["spec"]["template"]["spec"]


@pytest.mark.parametrize("case", CASES)
def test_pod_security_is_restricted(helm4: str, case: str) -> None:
    found = objects(helm4, "--values", f"ci/{case}")
    kinds = {"Pod": ("spec",), "StatefulSet": ("spec", "template", "spec")}
    kinds["Job"] = kinds["StatefulSet"]
    seen = 0
    for one in found:
        if one["kind"] in kinds:
            spec: Any = one
            for step in kinds[one["kind"]]:
                spec = spec[step]
            assert spec["securityContext"]["runAsNonRoot"] is True
            assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
            assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
            context = spec["containers"][0]["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["readOnlyRootFilesystem"] is True
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in spec["containers"][0]["resources"]["limits"]
            seen += 1
    assert seen >= 2


def test_agents_need_no_rights_and_no_volume(helm4: str) -> None:
    found = objects(helm4)
    hooks = [one for one in found if "helm.sh/hook" in one["metadata"].get("annotations", {})]
    rights = {"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
    assert {one["kind"] for one in found if one not in hooks} & (rights | {"Job"}) == set()
    assert pod(found)["automountServiceAccountToken"] is False
    assert "volumeClaimTemplates" not in only(found, "StatefulSet")["spec"]
    assert only(objects(helm4, *FULL), "StatefulSet")["spec"]["volumeClaimTemplates"]


def test_the_certificate_job_may_do_just_that_and_its_rights_go_with_it(helm4: str) -> None:
    found = objects(helm4)
    rules = only(found, "Role")["rules"]
    assert [rule["verbs"] for rule in rules] == [["get"], ["create"]]
    names = [f"alarminati-agent-{what}" for what in ("tls", "ca", "cluster-key")]
    assert rules[0]["resourceNames"] == names
    (container,) = only(found, "Job")["spec"]["template"]["spec"]["containers"]
    assert "--key-secret=alarminati-agent-cluster-key" in container["args"]
    order = {}
    for kind in ("ServiceAccount", "Role", "RoleBinding", "NetworkPolicy", "Job"):
        one = only(found, kind, "-certificates")
        marks = one["metadata"]["annotations"]
        assert marks["helm.sh/hook"] == "pre-install,pre-upgrade"
        assert {"before-hook-creation", "hook-succeeded"} <= set(
            marks["helm.sh/hook-delete-policy"].split(",")
        )
        order[kind] = int(marks["helm.sh/hook-weight"])
    assert order["Job"] == max(order.values())
    assert sorted(order, key=order.__getitem__)[0] == "ServiceAccount"


def test_no_certificate_is_made_by_templates() -> None:
    sources = "".join(path.read_text() for path in (CHART / "templates").rglob("*.*"))
    actions = re.sub(r"/\*.*?\*/", "", " ".join(re.findall(r"{{.*?}}", sources)))
    changing = r"\b(gen\w*Cert|genCA\w*|genPrivateKey|rand\w+|uuidv4|lookup|now)\b"
    assert not re.findall(changing, actions)


@pytest.mark.parametrize("mode", ["job", "certManager", "existingSecret"])
def test_certificate_modes(helm4: str, mode: str) -> None:
    extra = ",certificates.existingSecret=mine" if mode == "existingSecret" else ""
    found = objects(helm4, "--set", f"certificates.mode={mode}{extra}")
    kinds = {one["kind"] for one in found}
    assert ("Job" in kinds) is (mode == "job")
    assert ("Role" in kinds) is (mode == "job")
    assert ("Certificate" in kinds) is (mode == "certManager")
    assert ("mine" in json.dumps(pod(found))) is (mode == "existingSecret")


@pytest.mark.parametrize(
    ("values", "secret"),
    [
        ("certificates.mode=job", "alarminati-agent-cluster-key"),
        ("certificates.mode=job,clusterKey.existingSecret=my-key", "my-key"),
        ("certificates.mode=certManager", ""),
        ("certificates.mode=certManager,clusterKey.existingSecret=my-key", "my-key"),
    ],
)
def test_g7_agents_share_a_key(helm4: str, values: str, secret: str, tmp_path: Path) -> None:
    found = objects(helm4, "--set", values)
    config = configuration(found, tmp_path)
    assert [key.reveal() for key in config.cluster_key] == [
        SECRETS[name]["cluster.key"] for name in (secret,) if name
    ]
    jobs = [one for one in found if one["kind"] == "Job"]
    made = any("--key-secret" in json.dumps(job) for job in jobs)
    assert made is (secret == "alarminati-agent-cluster-key")


@pytest.mark.parametrize(
    ("values", "secret"),
    [
        ("certificates.mode=job", "alarminati-agent-ca"),
        ("authorityKey.enabled=false", ""),
        ("certificates.mode=certManager", ""),
        ("certificates.mode=certManager,authorityKey.existingSecret=my-ca", "my-ca"),
    ],
)
def test_g7_agents_have_the_authority_where_it_was_said(
    helm4: str, values: str, secret: str, tmp_path: Path
) -> None:
    found = objects(helm4, "--set", values)
    authority = configuration(found, tmp_path).tls.ca_key
    assert (authority is not None) is bool(secret)
    assert ('"path": "ca/ca.key"' in json.dumps(pod(found))) is bool(secret)
    # Agents start when it is locked away.
    sources = next(it for it in pod(found)["volumes"] if it["name"] == "etc")["projected"][
        "sources"
    ]
    named = [it["secret"] for it in sources if it["secret"]["name"] == secret]
    assert all(it["optional"] is True for it in named)


def test_existing_secret_mode_asks_for_its_name(program: str) -> None:
    mode = "certificates.mode=existingSecret"
    ended = helm(program, "template", ".", "--set", mode, "--kube-version", NEWEST)
    assert "name the Secret with ca.crt, tls.crt and tls.key" in ended.stderr


def test_cert_manager_makes_what_agents_are_known_by(helm4: str) -> None:
    found = objects(helm4, *FULL)
    spec = only(found, "Certificate")["spec"]
    (uri,) = spec["uris"]
    assert parse(uri).fits("seoul-1") and not parse(uri).fits("tokyo-1")
    assert set(agent_names("seoul-1")) <= set(spec["dnsNames"])
    assert "alarms.example.com" in spec["dnsNames"]
    assert spec["privateKey"]["algorithm"] == "ECDSA"
    assert spec["issuerRef"]["name"] == "corp"
    own = objects(helm4, "--values", "ci/own-issuer-values.yaml")
    assert only(own, "Certificate", "-ca")["spec"]["isCA"] is True


def test_replicas_find_each_other_before_they_are_ready(helm4: str) -> None:
    found = objects(helm4)
    headless = only(found, "Service", "-headless")["spec"]
    assert headless["publishNotReadyAddresses"] is True and headless["clusterIP"] == "None"
    labels = only(found, "StatefulSet")["spec"]["template"]["metadata"]["labels"]
    assert headless["selector"].items() <= labels.items()
    certificates = only(found, "Job")["spec"]["template"]["metadata"]["labels"]
    assert not headless["selector"].items() <= certificates.items()
    spec = only(found, "StatefulSet")["spec"]
    assert (spec["replicas"], spec["podManagementPolicy"]) == (3, "Parallel")
    assert spec["serviceName"] == "alarminati-agent-headless"


def test_probes_ask_the_plain_port(helm4: str) -> None:
    container = pod(objects(helm4))["containers"][0]
    asked = {
        probe: container[f"{probe}Probe"]["httpGet"]
        for probe in ("startup", "readiness", "liveness")
    }
    assert asked == {
        "startup": {"path": "/readyz", "port": "health"},
        "readiness": {"path": "/readyz", "port": "health"},
        "liveness": {"path": "/livez", "port": "health"},
    }


def test_the_network_policy_lets_through_what_is_needed(helm4: str) -> None:
    spec = only(objects(helm4), "NetworkPolicy", "-agent")["spec"]
    egress = [(rule["ports"][0]["port"], "to" in rule) for rule in spec["egress"]]
    assert egress == [(53, False), (7443, True), (443, False)]
    assert [rule["ports"][0]["port"] for rule in spec["ingress"]] == [7443, 8080, 8081]
    full = only(objects(helm4, *FULL), "NetworkPolicy")["spec"]
    assert full["egress"][-1] == {"ports": [{"port": 80}]}
    inwards = [rule["from"][0] for rule in full["ingress"] if rule["ports"][0]["port"] == 7443]
    assert [set(one) for one in inwards] == [{"ipBlock"}, {"podSelector"}]


def test_only_a_change_that_agents_cannot_follow_replaces_the_pods(
    helm4: str, tmp_path: Path
) -> None:
    def marks(*sets: str) -> Any:
        found = objects(helm4, *(word for one in sets for word in ("--set", one)))
        return only(found, "StatefulSet")["spec"]["template"]

    assert marks("keepaliveInterval=20s") != marks()
    assert marks("slack.webhookUrl=https://x") == marks()
    assert marks("dashboard.enabled=true", "replicas=5") == marks()
    values = tmp_path / "values.yaml"
    values.write_text(ROUTING)
    routed = objects(helm4, "--values", str(values))
    assert only(routed, "StatefulSet")["spec"]["template"] == marks()
    helpers = (CHART / "templates" / "_helpers.tpl").read_text()
    (omitted,) = re.findall(r"omit \(.*? \| fromYaml\) (.*?) \|", helpers)
    assert sorted(omitted.replace('"', "").split()) == sorted(RELOADABLE - {"log.level"})


def test_old_kubernetes_gets_no_field_it_does_not_know(helm4: str) -> None:
    assert "lifecycle" in pod(objects(helm4))["containers"][0]
    assert "lifecycle" not in pod(objects(helm4, kube="1.27"))["containers"][0]


def test_what_people_add_arrives(helm4: str) -> None:
    found = objects(helm4, *FULL)
    assert only(found, "ConfigMap", "alarminati-extra")["data"] == {"a": "b"}
    spec = pod(found)
    assert [one["name"] for one in spec["containers"]] == ["agent", "beside"]
    assert spec["containers"][0]["image"].endswith("@sha256:" + "0" * 64)
    assert spec["tolerations"][0]["tolerationSeconds"] == 1_000_000
    assert spec["containers"][0]["volumeMounts"][-1]["mountPath"] == "/roots"
    assert spec["containers"][0]["envFrom"] == [{"configMapRef": {"name": "proxy"}}]
    assert "topology.kubernetes.io/zone" not in json.dumps(spec["topologySpreadConstraints"])


def exported() -> set[str]:
    """Names of series that an agent has on /metrics."""
    tally = Counters()
    tally.accepted("http", 1)
    tally.refused("http", "full")
    tally.answered("/v1/alarms", 1)
    tally.attempted("ops", Result.DELIVERED, DeliveryCause.NONE, 1, 1)
    certificate, config = CertificateStatus(True, 1, 1), ConfigStatus(True, False, 1)
    standing = AgentStatus("1", True, 1, True, 1, 1, 1, 1, ("ops",), {}, {}, certificate, config)
    series = {sample.name for family in families(tally, standing) for sample in family.samples}
    return series | {"process_resident_memory_bytes"}  # prometheus-client's own


def test_dashboard_and_rules_use_figures_that_exist(helm4: str) -> None:
    found = objects(helm4, *FULL)
    dashboard = json.loads(only(found, "ConfigMap", "-dashboard")["data"]["alarminati.json"])
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    rules = only(found, "PrometheusRule")["spec"]["groups"][0]["rules"]
    asked += [rule["expr"] for rule in rules]
    assert len(asked) > 15
    page = (CHART.parents[1] / "docs/metrics.md").read_text(encoding="utf-8")
    for rule in rules:
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
        where, heading = rule["annotations"]["runbook_url"].split("#")
        assert where.endswith("/docs/metrics.md")
        assert heading == rule["alert"].lower() and f"### {rule['alert']}\n" in page
    for expression in asked:
        names = set(re.findall(r"\b(?:alarminati|process)_\w+", expression))
        assert names and names <= exported(), expression
        assert expression.count("(") == expression.count(")")
    monitor = only(found, "ServiceMonitor")["spec"]
    service = only(found, "Service", "-agent")
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    headless = only(found, "Service", "-headless")
    assert not monitor["selector"]["matchLabels"].items() <= headless["metadata"]["labels"].items()
    assert monitor["endpoints"][0]["port"] in {port["name"] for port in service["spec"]["ports"]}
    (name,) = set(re.findall(r'job="([^"]*)"', rules[0]["expr"]))
    assert name == service["metadata"]["name"]


def test_helm_test_asks_an_agent_as_clients_do(helm4: str) -> None:
    found = objects(helm4)
    (container,) = only(found, "Pod")["spec"]["containers"]
    command, *arguments = container["args"]
    (mount,) = container["volumeMounts"]
    words = [str(CHART) if word == mount["mountPath"] else word for word in arguments]
    assert command == "status"
    reach = status.make_context("status", words).params
    assert reach["agents"] == ("alarminati-agent:7443",)
    assert reach["tls"] == CHART


ROUTING = """
channels: [{name: ops, type: webhook, url: "http://hook.example/"}]
route:
  channels: [ops]
  repeat_interval: 4h
  routes: [{matchers: [team="web"], continue: true, mute_time_intervals: [nights]}]
timeIntervals:
  - name: nights
    time_intervals: [{times: [{start_time: "22:00", end_time: "07:00"}], days_of_month: [1, "3:5"]}]
inhibitRules: [{source_matchers: severity=critical, target_matchers: [severity=warning]}]
flapping: {count: 5}
resolveTimeouts: {prometheus: 5m}
"""


def test_routes_and_times(program: str, tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(ROUTING)
    config = configuration(objects(program, "--values", str(values)), tmp_path)
    assert config.route.routes[0].go_on
    policy = config.policy()
    assert list(policy.intervals) == ["nights"]
    assert (len(policy.inhibitions), policy.damping.count) == (1, 5)
    assert policy.timeouts == {"prometheus": 300.0}


@pytest.mark.parametrize(
    ("values", "timeouts"),
    [
        ("{}", {"prometheus": 900.0}),
        ("resolveTimeouts: {vector: 1h}", {"prometheus": 900.0, "vector": 3600.0}),
        ("resolveTimeouts: {prometheus: null}", {}),
    ],
)
def test_timeouts(program: str, tmp_path: Path, values: str, timeouts: dict[str, float]) -> None:
    """The chart's default is the agent's, and it can be switched off."""
    path = tmp_path / "values.yaml"
    path.write_text(values)
    config = configuration(objects(program, "--values", str(path)), tmp_path)
    assert config.policy().timeouts == timeouts
