"""The life of a release on a real API server: install, upgrade, rollback, uninstall."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from kube.cluster import Cluster, Node

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "charts/alarminati"


class Release:
    """A release in a namespace of its own, by one Helm."""

    def __init__(self, cluster: Cluster, helm: str, home: Path, namespace: str) -> None:
        cluster.make_namespace(namespace)
        self.cluster = cluster
        self.node = Node(cluster, namespace)
        self.core = f"/api/v1/namespaces/{namespace}"
        self.apps = f"/apis/apps/v1/namespaces/{namespace}"
        self.rights = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
        self._helm, self._home, self._namespace = helm, home, namespace

    def helm(self, *words: str) -> tuple[int, str]:
        """Run Helm while Jobs are carried out; exit code and output."""
        process = subprocess.Popen(
            [self._helm, *words, "--namespace", self._namespace],
            cwd=self._home,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self._home),
                "KUBECONFIG": str(self.cluster.kubeconfig),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self.node.during(process)

    def well(self, *words: str) -> str:
        """The same; it must succeed, and without a warning."""
        code, said = self.helm(*words)
        assert code == 0, (said, self.node.said)
        assert not re.search("warning", said, re.IGNORECASE), said
        return said

    def certificates(self) -> dict[str, dict[str, str]]:
        """Contents of the Secrets that the Job creates: certificates and the cluster's key."""
        names = tuple(f"alarminati-agent-{name}" for name in ("tls", "ca", "cluster-key"))
        found = (self.cluster.get(f"{self.core}/secrets/{name}") for name in names)
        return {one["metadata"]["name"]: one["data"] for one in found}

    def leftovers(self) -> list[str]:
        """What the certificate Job needs and should have gone with it."""
        places = (f"{self.rights}/roles", f"{self.rights}/rolebindings", self.node.jobs)
        left = [name for place in places for name in self.cluster.names(place)]
        accounts = self.cluster.names(f"{self.core}/serviceaccounts")
        return left + [name for name in accounts if name.endswith("-certificates")]


@pytest.fixture
def release(cluster: Cluster, helm: str, tmp_path: Path) -> Release:
    """Nothing installed yet."""
    return Release(cluster, helm, tmp_path, f"alarms-{Path(helm).name}")


def test_the_life_of_a_release(release: Release) -> None:
    values = ("--set", "slack.webhookUrl=https://hooks.slack.com/services/T0/B0/x")
    release.well("install", "alarminati", str(CHART), *values)
    (first,) = release.node.said
    assert first[0] == 0 and "alarminati-agent-tls: created" in first[1]
    assert release.leftovers() == []
    certificates = release.certificates()
    path = f"{release.apps}/statefulsets/alarminati-agent"
    installed = release.cluster.get(path)["spec"]["template"]
    release.node.admit(installed)

    release.well("upgrade", "alarminati", str(CHART), *values, "--set", "keepaliveInterval=20s")
    assert "kept" in release.node.said[-1][1]
    assert release.certificates() == certificates
    upgraded = release.cluster.get(path)["spec"]["template"]
    assert upgraded != installed

    # What agents could not start with is refused before they are touched.
    code, said = release.helm("upgrade", "alarminati", str(CHART), "--set", "clusterName=other")
    assert code != 0 and "pre-upgrade" in said
    assert "keep the cluster's name" in release.node.said[-1][1]
    assert release.cluster.get(path)["spec"]["template"] == upgraded
    assert release.certificates() == certificates

    release.well("rollback", "alarminati", "1")
    assert release.cluster.get(path)["spec"]["template"] == installed
    assert release.certificates() == certificates

    release.well("uninstall", "alarminati")
    # All that is left is what people's certificates and registered channels hang on, and it is
    # taken up again.
    assert release.cluster.names(f"{release.core}/secrets") == sorted(certificates)
    release.well("install", "alarminati", str(CHART), *values)
    assert release.certificates() == certificates
    release.well("uninstall", "alarminati")


def test_every_case_is_taken_by_the_api_server(cluster: Cluster, helm: str, tmp_path: Path) -> None:
    # Objects of cert-manager and of the Prometheus Operator are theirs to judge.
    ours = ["--set", "certificates.mode=existingSecret,certificates.existingSecret=mine"]
    ours += ["--set", "serviceMonitor.enabled=false,prometheusRule.enabled=false"]
    for values in sorted((CHART / "ci").glob("*-values.yaml")):
        name = values.name.removesuffix("-values.yaml")
        release = Release(cluster, helm, tmp_path, f"{name}-{Path(helm).name}")
        release.well("install", "alarminati", str(CHART), "--values", str(values), *ours)
        release.well("uninstall", "alarminati")


def test_pod_security_is_enforced_here(cluster: Cluster) -> None:
    cluster.make_namespace("strict")
    spec = {"containers": [{"name": "x", "image": "x"}]}
    with pytest.raises(AssertionError, match='violates PodSecurity "restricted'):
        Node(cluster, "strict").admit({"metadata": {"labels": {}}, "spec": spec})
