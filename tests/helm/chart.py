"""Renders the chart with real Helm and reads what comes out, as strictly as an API server would."""

from __future__ import annotations

import base64
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.house.source import ROOT

CHART = ROOT / "charts/alarminati"
OLDEST, NEWEST = "1.27", "1.37"
"""Of Kubernetes: the chart's own bound, and the newest whose schemas we have."""
CASES = sorted(path.name for path in (CHART / "ci").glob("*-values.yaml"))
FOREIGN = {"Certificate", "Issuer", "ServiceMonitor", "PrometheusRule"}
"""Kinds that other projects define."""

Object = dict[str, Any]


class _Strict(yaml.CSafeLoader):
    """Refuses a key given twice, as the API server does with strict field validation."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key is given twice: {keys}"
        return super().construct_mapping(node, deep)


def helm(program: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run Helm in the chart's folder."""
    return subprocess.run(
        [program, *arguments], cwd=CHART, capture_output=True, text=True, timeout=60
    )


@cache
def text(program: str, *arguments: str, kube: str = NEWEST) -> str:
    """What `helm template` prints for the release `alarminati` in the namespace `alarms`."""
    ended = helm(
        *(program, "template", "alarminati", ".", "--namespace", "alarms"),
        *("--kube-version", kube, *arguments),
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def objects(program: str, *arguments: str, kube: str = NEWEST) -> list[Object]:
    """The same, read."""
    documents = yaml.load_all(text(program, *arguments, kube=kube), _Strict)
    return [document for document in documents if document]


def only(found: list[Object], kind: str, name: str = "") -> Object:
    """The one object of a kind (whose name ends so)."""
    (one,) = (o for o in found if o["kind"] == kind and o["metadata"]["name"].endswith(name))
    return one


def pod(found: list[Object]) -> Object:
    """What a pod of an agent is to be."""
    spec: Object = only(found, "StatefulSet")["spec"]["template"]["spec"]
    return spec


def lay_out(
    found: list[Object],
    folder: Path,
    secrets: dict[str, dict[str, str]],
    kind: str = "StatefulSet",
    file: str = "agent.yaml",
) -> Path:
    """Fill `folder` as the kubelet fills /etc/alarminati of a pod; the path of its file."""
    spec = only(found, kind)["spec"]["template"]["spec"]
    (volume,) = (v for v in spec["volumes"] if v["name"] == "etc")
    made = [o for o in found if o["kind"] == "Secret" and "stringData" in o]
    known = secrets | {o["metadata"]["name"]: o["stringData"] for o in made}
    for source in volume["projected"]["sources"]:
        content = known[source["secret"]["name"]]
        whole = [{"key": key, "path": key} for key in content]
        for item in source["secret"].get("items", whole):
            path = folder / item["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            assert not path.exists(), f"{path} comes from two places"
            path.write_text(content[item["key"]].replace("/etc/alarminati", str(folder)))
    return folder / file


def decoded(secret: Object) -> dict[str, str]:
    """The contents of a Secret as an API server tells them."""
    return {key: base64.b64decode(data).decode() for key, data in secret["data"].items()}
