"""What befalls a release later: newer charts, other tools that deploy it, values of any shape."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helm.chart import CASES, CHART, NEWEST, helm, objects, only, pod

VALUES = yaml.safe_load((CHART / "values.yaml").read_text())


def keys(values: Any, prefix: str = "") -> Iterator[str]:
    """Every key of nested maps, as Helm's --set writes it."""
    if isinstance(values, dict):
        for key, below in values.items():
            path = prefix + key.replace(".", r"\.")
            yield path
            yield from keys(below, f"{path}.")


@pytest.mark.parametrize("key", list(keys(VALUES)))
def test_a_release_without_a_key_renders(helm4: str, key: str) -> None:
    # `helm upgrade --reuse-values` has the values of the chart that was installed.
    ended = helm(helm4, "template", ".", "--kube-version", NEWEST, "--set", f"{key}=null")
    assert ended.returncode == 0, ended.stderr
    assert not re.search(r"null|<nil>|<no value>", ended.stdout)


@pytest.mark.parametrize("key", sorted(VALUES))
def test_a_top_key_that_is_missing_has_its_default(helm4: str, key: str) -> None:
    assert objects(helm4, "--set", f"{key}=null") == objects(helm4)


def test_a_key_that_is_removed_on_purpose_stays_removed(helm4: str) -> None:
    removed = [f"podSecurityContext.{key}=null" for key in ("runAsUser", "runAsGroup", "fsGroup")]
    found = objects(helm4, "--set", ",".join(removed))
    assert not {"runAsUser", "runAsGroup", "fsGroup"} & set(pod(found)["securityContext"])


@pytest.mark.parametrize("case", [None, *CASES])
def test_argo_cd_does_not_track_what_the_job_creates(helm4: str, case: str | None) -> None:
    # Argo CD 2 tracks by the label, and prunes what carries it and stands in no manifest:
    # https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
    found = objects(helm4, *(("--values", f"ci/{case}") if case else ()))
    for job in (one for one in found if one["kind"] == "Job"):
        (container,) = job["spec"]["template"]["spec"]["containers"]
        labels = [word for word in container["args"] if word.startswith("--label=")]
        assert labels
        assert not [word for word in labels if "instance" in word]
        assert (
            "--annotation=argocd.argoproj.io/compare-options=IgnoreExtraneous"
            in (container["args"])
        )
        assert (
            "--annotation=argocd.argoproj.io/sync-options=Prune=false,Delete=false"
            in (container["args"])
        )


def test_the_chart_is_a_dependency_with_a_condition(program: str, tmp_path: Path) -> None:
    parent = tmp_path / "platform"
    shutil.copytree(CHART, parent / "charts/agent")
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["version"]
    dependency = {
        "name": "agent",
        "version": version,
        "repository": "",
        "condition": "agent.enabled",
    }
    chart = {
        "apiVersion": "v2",
        "name": "platform",
        "version": "0.1.0",
        "dependencies": [dependency],
    }
    (parent / "Chart.yaml").write_text(json.dumps(chart))
    for enabled in (True, False):
        values = {"global": {"team": "x"}, "agent": {"enabled": enabled, "projectName": "shop"}}
        (parent / "values.yaml").write_text(json.dumps(values))
        ended = helm(program, "template", str(parent), "--kube-version", NEWEST)
        assert ended.returncode == 0, ended.stderr
        assert ("kind: StatefulSet" in ended.stdout) is enabled


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("persistence.storageClass", "-"),
        ("persistence.storageClass", "1e3"),
        ("persistence.storageClass", "@fast"),
        ("persistence.size", "12"),
        ("priorityClassName", "yes"),
        ("priorityClassName", "*star"),
        ("emptyDirSize", "12"),
    ],
)
def test_any_text_stays_the_text_it_is(helm4: str, key: str, value: str) -> None:
    volumes = f"persistence.enabled={str(key != 'emptyDirSize').lower()}"
    found = objects(helm4, "--set", volumes, "--set-string", f"{key}={value}")
    there = json.dumps(only(found, "StatefulSet")["spec"])
    meant = "" if value == "-" else value  # "-" asks for no class, as in other charts
    assert f'"{meant}"' in there
