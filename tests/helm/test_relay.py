"""A relay by the chart: what it is given, who reaches it, and what is refused before it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alarminati.config.relay import RelayConfig, load_relay
from alarminati.pki.authority import Authority
from alarminati.wire.identity import Role
from tests.helm.chart import NEWEST, Object, helm, lay_out, objects, only

RELAY = ("--values", "ci/relay-values.yaml")
ISSUED = Authority.create().issue(Role.AGENT, "relay", days=1)
SECRETS = {
    "relay-tls": {"tls.crt": ISSUED.certificate.decode(), "tls.key": ISSUED.key.decode()},
    "seoul-1": {"ca.crt": ISSUED.ca.decode()},
    "senders": {"team": f"sha256:{'2' * 64}\n"},
}


def _config(found: list[Object], folder: Path) -> RelayConfig:
    return load_relay(lay_out(found, folder, SECRETS, "Deployment", "relay.yaml"))


def _service(found: list[Object], name: str) -> Any:
    return only(found, "Service", name)["spec"]


def test_there_is_none_unless_it_is_asked_for(helm4: str) -> None:
    found = objects(helm4)
    assert not [one for one in found if one["kind"] in ("Deployment", "Ingress")]
    assert not [one for one in found if one["metadata"]["name"].endswith("-relay")]


def test_a_relay_accepts_its_configuration(helm4: str, tmp_path: Path) -> None:
    config = _config(objects(helm4, *RELAY), tmp_path)
    assert (config.name, int(config.room), int(config.body_size)) == ("edge-1", 512 << 20, 1 << 20)
    seoul, busan = config.clusters
    assert [str(each.listen) for each in config.clusters] == ["0.0.0.0:7447", "0.0.0.0:7448"]
    assert seoul.ca is not None and seoul.ca.read_text() == SECRETS["seoul-1"]["ca.crt"]
    assert busan.ca is not None and busan.ca.read_text().startswith("-----BEGIN CERTIFICATE")
    grafana, team = seoul.sources
    assert (grafana.token, team.token) == (f"sha256:{'0' * 64}", f"sha256:{'2' * 64}")
    assert (team.name, team.rate, team.burst) == ("팀", 5, 1_000_000)
    assert (
        config.pull is not None and config.pull.key.read_text() == SECRETS["relay-tls"]["tls.key"]
    )


def test_senders_and_agents_have_doors_of_their_own(helm4: str, tmp_path: Path) -> None:
    found = objects(helm4, *RELAY)
    assert _config(found, tmp_path / "plain").http.cert is None
    assert [port["port"] for port in _service(found, "-relay")["ports"]] == [80]
    assert [port["port"] for port in _service(found, "-pull")["ports"]] == [7447, 7448]
    assert _service(found, "-relay")["type"] == "ClusterIP"
    assert _service(found, "-pull")["type"] == "LoadBalancer"
    ingress = only(found, "Ingress")["spec"]
    assert [path["path"] for path in ingress["rules"][0]["http"]["paths"]] == ["/w/"]
    assert ingress["tls"] == [{"hosts": ["relay.example.com"], "secretName": "relay-public"}]
    found = objects(helm4, *RELAY, "--set", "relay.ingress.enabled=false")
    assert _config(found, tmp_path / "tls").http.cert is not None
    assert [port["port"] for port in _service(found, "-relay")["ports"]] == [443]
    assert not [one for one in found if one["kind"] == "Ingress"]


def test_a_full_relay_stays_in_its_service_so_that_agents_empty_it(helm4: str) -> None:
    for plain, scheme in (("true", "HTTP"), ("false", "HTTPS")):
        found = objects(helm4, *RELAY, "--set", f"relay.ingress.enabled={plain}")
        (container,) = only(found, "Deployment")["spec"]["template"]["spec"]["containers"]
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            asked = {"path": "/livez", "port": "http", "scheme": scheme}
            assert container[kind]["httpGet"] == asked


def test_one_process_has_the_volume_which_outlives_the_release(helm4: str) -> None:
    found = objects(helm4, *RELAY)
    spec = only(found, "Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    claim = only(found, "PersistentVolumeClaim")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    (data,) = (v for v in spec["template"]["spec"]["volumes"] if v["name"] == "data")
    assert data["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    found = objects(helm4, *RELAY, "--set", "relay.persistence.existingClaim=mine")
    assert not [one for one in found if one["kind"] == "PersistentVolumeClaim"]


def test_a_relay_needs_no_rights_and_reaches_nothing(helm4: str) -> None:
    found = objects(helm4, *RELAY)
    pod = only(found, "Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert not pod["automountServiceAccountToken"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    policy = only(found, "NetworkPolicy", "-relay")["spec"]
    assert policy["egress"] == []
    assert [[port["port"] for port in rule["ports"]] for rule in policy["ingress"]] == [
        [8080],
        [7447, 7448],
    ]


def test_a_new_configuration_replaces_the_pod(helm4: str) -> None:
    def checksum(*sets: str) -> str:
        template = only(objects(helm4, *RELAY, *sets), "Deployment")["spec"]["template"]
        return str(template["metadata"]["annotations"]["checksum/config"])

    assert checksum() == checksum("--set", "relay.podAnnotations.a=b")
    assert checksum() != checksum("--set", "relay.room=1GiB")
    assert checksum() != checksum("--set", "relay.clusters[0].ca.key=other.crt")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("relay.tlsSecret=", "relay.tlsSecret: name the Secret"),
        ("relay.clusters=null", "relay.clusters: name at least one"),
        ("relay.clusters[1].port=7447", "two of them have port 7447"),
        ("relay.clusters[1].port=8080", "port"),
        ("relay.clusters[1].ca=ca.crt", "ca"),
        ("relay.clusters[1].sources[0].token=secret", "token"),
        ("relay.ingress.host=", "relay.ingress.host: name the host"),
    ],
)
def test_what_would_not_start_is_refused(helm4: str, change: str, said: str) -> None:
    ended = helm(helm4, "template", ".", "--kube-version", NEWEST, *RELAY, "--set", change)
    assert ended.returncode != 0
    assert said in ended.stderr
