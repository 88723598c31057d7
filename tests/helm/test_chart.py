"""The chart as a whole: clean, the same every time, valid for every Kubernetes it supports."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import msgspec
import pytest
import yaml

from alarminati import __version__
from alarminati.channels.table import TYPES, driver
from alarminati.config.schema import CHANNEL_KEYS
from scripts import chart_readme
from tests.helm.chart import CASES, CHART, FOREIGN, NEWEST, OLDEST, helm, objects, text

VALUES = (CHART / "values.yaml").read_text()


@pytest.mark.parametrize("case", [None, *CASES])
def test_lint_has_nothing_to_say(program: str, case: str | None) -> None:
    values = ["--values", f"ci/{case}"] if case else []
    ended = helm(program, "lint", "--strict", ".", "--kube-version", NEWEST, *values)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    assert "[WARNING]" not in said and "[ERROR]" not in said


def test_both_helms_render_the_same_every_time(tool: Callable[[str], str]) -> None:
    for case in CASES:
        values = ("--values", f"ci/{case}")
        first = text(tool("helm3"), *values)
        text.cache_clear()
        assert text(tool("helm3"), *values) == first
        # Helm 4 writes the objects in another order.
        three, four = (
            sorted(json.dumps(one) for one in objects(tool(program), *values))
            for program in ("helm3", "helm4")
        )
        assert three == four


@pytest.mark.parametrize("kube", [OLDEST, NEWEST])
@pytest.mark.parametrize("case", CASES)
def test_every_object_is_valid(helm4: str, case: str, kube: str) -> None:
    found = objects(helm4, "--values", f"ci/{case}", kube=kube)
    assert len(found) >= 5
    for one in found:
        assert one["metadata"].get("namespace", "alarms") == "alarms"
        if one["kind"] not in FOREIGN:
            kubernetes_validate.validate(one, kube, strict=True)


def test_what_is_not_valid_is_seen(helm4: str) -> None:
    found = objects(helm4)
    found[0]["spec"]["no-such-field"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(found[0], OLDEST, strict=True)


def test_an_older_kubernetes_is_refused(program: str) -> None:
    ended = helm(program, "template", ".", "--kube-version", "1.26")
    assert "kubeVersion: >=1.27" in ended.stderr


@pytest.mark.parametrize(
    ("typo", "said"),
    [
        ("slak.webhookUrl=x", "slak"),
        ("slack.webhookurl=x", "webhookurl"),
        ("slack.webhookUrl=hooks.slack.com/x", "webhookUrl"),
        ("replicas=0", "replicas"),
        ("replicas=three", "replicas"),
        ("projectName=", "projectName"),
        ("clusterName=a.b", "clusterName"),
        ("certificates.mode=magic", "mode"),
        ("channels[0].name=x,channels[0].type=slack,channels[0].ulr=y", "ulr"),
        ("channels[0].name=x,channels[0].type=telegramm,channels[0].url=y", "type"),
        ("checks[0].name=x,checks[0].url=http://x,checks[0].evry=1s", "evry"),
        ("keepaliveInterval=soon", "keepaliveInterval"),
        ("networkPolicy.enable=true", "enable"),
        ("relay.enable=true", "enable"),
        ("relay.clusters[0].name=x,relay.clusters[0].prt=1", "prt"),
    ],
)
def test_typos_are_refused(program: str, typo: str, said: str) -> None:
    ended = helm(program, "template", ".", "--set", typo, "--kube-version", NEWEST)
    assert ended.returncode != 0
    assert said in ended.stderr


def paths(values: Any, prefix: str = "") -> set[str]:
    """Keys of nested maps as dotted paths, down to what is no map or empty."""
    if not isinstance(values, dict) or not values:
        return {prefix.rstrip(".")}
    return {path for key in values for path in paths(values[key], f"{prefix}{key}.")}


def test_values_and_schema_know_the_same_keys() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())

    def known(node: dict[str, Any], prefix: str = "") -> set[str]:
        if node.get("additionalProperties") is not False:
            return {prefix.rstrip(".")}
        below = node["properties"].items()
        return {path for key, inner in below for path in known(inner, f"{prefix}{key}.")}

    free = {"resources", "podSecurityContext", "dashboard.labels", "limits", "route"}
    free |= {"certificates.issuerRef", "resolveTimeouts", "relay.resources"}
    there = {path for path in paths(yaml.safe_load(VALUES)) if not path.startswith(tuple(free))}
    told = {path for path in known(schema) if not path.startswith(tuple(free))}
    assert told - {"global", "enabled"} == there


def test_every_value_is_told_and_the_readme_is_fresh() -> None:
    told = {path for path, _ in chart_readme.described(VALUES)}
    untold = {path for path in paths(yaml.safe_load(VALUES)) if not path.startswith(tuple(told))}
    assert untold == set()
    readme = (CHART / "README.md").read_text()
    assert chart_readme.fresh(readme, VALUES) == readme, "run `make chart`"
    assert chart_readme.fresh(readme, VALUES.replace("replicas: 3", "replicas: 4")) != readme
    assert (CHART / "defaults.json").read_text() == chart_readme.defaults(VALUES), (
        "run `make chart`"
    )


def test_versions_agree() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["name"] == "agent"
    assert chart["appVersion"] == __version__
    assert chart["kubeVersion"] == f">={OLDEST}.0-0"
    (image,) = yaml.safe_load(chart["annotations"]["artifacthub.io/images"])
    assert image["image"] == f"ghcr.io/dongdorrong/alarminati:{__version__}"
    for annotation in ("links", "changes"):
        assert yaml.safe_load(chart["annotations"][f"artifacthub.io/{annotation}"])


def test_the_ci_files_are_not_in_the_package(program: str, tmp_path: Path) -> None:
    ended = helm(program, "package", ".", "--destination", str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    (package,) = tmp_path.iterdir()
    assert re.fullmatch(r"agent-[\d.]+\.tgz", package.name)
    with tarfile.open(package) as archive:
        names = archive.getnames()
    assert {"agent/README.md", "agent/values.schema.json", "agent/defaults.json"} <= set(names)
    assert not [name for name in names if "/ci/" in name]


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_the_schema_knows_every_key_of_every_channel(kind: str) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    known = schema["$defs"][f"{kind}Channel"]
    fields = msgspec.structs.fields(driver(kind).Settings)
    assert set(known["properties"]) == {*CHANNEL_KEYS, *(field.name for field in fields)}
    assert set(known["required"]) == {"name", "type", *(f.name for f in fields if f.required)}
    assert kind in schema["properties"]["channels"]["items"]["properties"]["type"]["enum"]


def test_names_may_be_of_any_script(program: str) -> None:
    for name, code in (("팀", 0), ("당직-1", 0), ("ทีมน้ำ", 0), ("a b", 1), ("-a", 1), ("a/b", 1)):
        channel = f'[{{"name":"{name}","type":"webhook","url":"http://example.org/"}}]'
        words = ("template", ".", "--set-json", f"channels={channel}", "--kube-version", NEWEST)
        ended = helm(program, *words)
        assert (ended.returncode != 0) == bool(code), (name, ended.stderr)
        assert code or f'"name":"{name}"' in ended.stdout.replace('": "', '":"')
