"""The way in that the chart's notes and docs/trust.md tell, with what the chart makes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.helm.chart import decoded, helm, lay_out, objects, only, pod
from tests.house.source import ROOT
from tests.pki.api_server import NAMESPACE, TOKEN, ApiServer, serving

SECRETS = ("alarminati-agent-tls", "alarminati-agent-ca", "alarminati-agent-cluster-key")
STAGE = """
ip link set lo up
kubectl() {{ # of the pod that is there: its environment, which has no home
    case "$*" in *" port-forward "*) return;; esac
    while [ "$1" != -- ]; do shift; done; shift
    env --ignore-environment PATH="$PATH" {environ} "$@"
}}
env PATH="$PATH" ALARMINATI_DATA={data} {environ} alarminati {arguments} > {data}.log 2>&1 &
agent=$!
trap 'kill $agent; wait' EXIT
until alarminati status --tls {folder}/tls > {data}.status 2>&1; do sleep 0.1; done
{lines}
alarminati access list --json
alarminati profiles list --json
"""


def way_in() -> list[str]:
    """The lines of docs/trust.md for who has no certificate yet."""
    page = (ROOT / "docs/trust.md").read_text(encoding="utf-8")
    return re.findall(r"^kubectl .*", page, re.MULTILINE)


def certificates(job: Any, folder: Path) -> dict[str, dict[str, str]]:
    """The Secrets that the chart's Job makes."""
    server = ApiServer()
    server.may_get = set(SECRETS)
    folder.mkdir()
    with serving(server, folder) as port:
        made = subprocess.run(
            [
                *(sys.executable, "-m", "alarminati", *job["containers"][0]["args"]),
                *("--service-account", str(folder)),
            ],
            env={"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert made.returncode == 0, made.stderr
    assert TOKEN not in made.stdout + made.stderr
    assert NAMESPACE == "alarms"  # where `objects` renders for
    return {name: decoded(secret) for name, secret in server.secrets.items()}


def test_g7_the_notes_tell_what_the_page_tells(helm4: str) -> None:
    ended = helm(
        helm4, "install", "alarminati", ".", "--namespace", "alarminati", "--dry-run=client"
    )
    assert ended.returncode == 0, ended.stderr
    assert len(way_in()) == 2
    for line in way_in():
        assert f"  {line}\n" in ended.stdout


def test_g7_who_may_exec_lets_himself_in(
    as_root: None, tool: Callable[[str], str], helm4: str, tmp_path: Path
) -> None:
    found = objects(helm4)
    secrets = certificates(only(found, "Job")["spec"]["template"]["spec"], tmp_path / "account")
    folder = tmp_path / "etc"
    config = lay_out(found, folder, secrets)
    container = pod(found)["containers"][0]
    environ = [f"{it['name']}={it['value']}" for it in container["env"] if "value" in it]
    environ = [it.replace("$(POD_IP)", "127.0.0.1") for it in environ]
    script = STAGE.format(
        environ=" ".join(["ALARMINATI_NAME=alarminati-agent-0", *environ]),
        data=tmp_path / "data",
        folder=folder,
        arguments=" ".join(container["args"]).replace("/etc/alarminati", str(folder)),
        lines="\n".join(way_in()).replace("/etc/alarminati", str(folder)),
    )
    ended = subprocess.run(
        # Port 7443 is then nobody else's, and nothing outlives the shell.
        [tool("unshare"), "--net", "--pid", "--fork", "--kill-child", "/bin/sh", "-eu"],
        input=script,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said + (tmp_path / "data.log").read_text()
    project, cluster = (yaml.safe_load(config.read_text())[key] for key in ("project", "cluster"))
    assert f"You are operator me in {project}, cluster {cluster}, until " in ended.stdout
    *_, trusted, profiles = ended.stdout.splitlines()
    let_in = json.loads(trusted)
    (mine,) = let_in  # it is used up
    assert (mine["identity"], mine["state"]) == ({"role": "operator", "name": "me"}, "active")
    assert [it["agents"] for it in json.loads(profiles)] == [["127.0.0.1:7443"]]
    assert "PRIVATE KEY" not in said and "alarminati-invite:" not in said
