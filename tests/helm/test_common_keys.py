"""Keys that most charts have, and ports that follow what is configured."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.helm.chart import Object, objects, only


def test_a_mirror_and_its_secrets_are_named_once_for_all_charts(helm4: str) -> None:
    found = objects(
        helm4,
        *("--set", "global.imageRegistry=registry.local:5000/mirror/"),
        *(
            "--set",
            "global.imagePullSecrets[0]=all",
            "--set",
            "global.imagePullSecrets[1].name=own",
        ),
        *("--set", "imagePullSecrets[0].name=own"),
    )
    pods = [o["spec"]["template"]["spec"] for o in found if o["kind"] in ("StatefulSet", "Job")]
    pods += [o["spec"] for o in found if o["kind"] == "Pod"]
    assert len(pods) == 3
    for spec in pods:
        image = spec["containers"][0]["image"]
        assert image.startswith("registry.local:5000/mirror/dongdorrong/alarminati:")
        assert spec["imagePullSecrets"] == [{"name": "own"}, {"name": "all"}]


def test_common_labels_are_on_every_object_and_on_no_selector(helm4: str) -> None:
    found = objects(helm4, "--set", "commonLabels.team=ops")
    made = [o for o in found if o["kind"] != "Pod"]
    assert {o["metadata"]["labels"].get("team") for o in made} == {"ops"}
    assert "team" not in only(found, "StatefulSet")["spec"]["selector"]["matchLabels"]


def test_the_service_may_have_two_families_and_a_balancer(helm4: str) -> None:
    found = objects(
        helm4,
        *("--set", "service.type=LoadBalancer", "--set", "service.labels.a=b"),
        *("--set", "service.ipFamilyPolicy=PreferDualStack"),
        *("--set", "service.loadBalancerClass=example.org/lb"),
        *("--set", "service.loadBalancerSourceRanges={10.0.0.0/8}"),
    )
    service = only(found, "Service", "-agent")
    assert service["metadata"]["labels"]["a"] == "b"
    spec = service["spec"]
    assert (spec["ipFamilyPolicy"], spec["loadBalancerClass"]) == (
        "PreferDualStack",
        "example.org/lb",
    )
    assert spec["loadBalancerSourceRanges"] == ["10.0.0.0/8"]


@pytest.mark.parametrize(
    ("channel", "ports"),
    [
        ({"type": "mail", "host": "mx", "sender": "a@b", "to": "c@d"}, [587]),
        ({"type": "mail", "host": "mx", "sender": "a@b", "to": "c@d", "port": 465}, [465]),
        ({"type": "webhook", "url": "http://hook.shop:9000/x"}, [9000]),
        ({"type": "webhook", "url": "http://hook.shop/x"}, [80]),
        ({"type": "webhook", "url": "https://hook.example.org/x"}, []),
        ({"type": "webhook", "url": {"existingSecret": "s", "key": "k"}}, []),
    ],
)
def test_the_network_policy_follows_the_channels(
    helm4: str, tmp_path: Path, channel: Object, ports: list[int]
) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(yaml.safe_dump({"channels": [{"name": "one", **channel}]}))
    egress = only(objects(helm4, "-f", str(values)), "NetworkPolicy", "-agent")["spec"]["egress"]
    assert [rule["ports"][0]["port"] for rule in egress] == [53, 7443, 443, *ports]
