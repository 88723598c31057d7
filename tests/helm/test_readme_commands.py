"""The commands of the README, as they are written there, against the address they name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.identity import Role
from tests.helm.chart import CHART, helm
from tests.helm.served import HOST
from tests.helm.served import __file__ as served
from tests.house.source import ROOT


def commands(readme: Path) -> list[str]:
    """The lines that start with `helm` in a README."""
    return re.findall(r"^helm .*", readme.read_text(encoding="utf-8"), re.MULTILINE)


def test_all_readmes_show_the_same() -> None:
    lines = commands(ROOT / "README.md")
    assert len(lines) == 2
    assert commands(ROOT / "README.ko.md") == lines
    assert commands(CHART / "README.md")[:2] == lines


@pytest.fixture
def site(program: str, tmp_path: Path) -> Path:
    """What https://HOST/ holds: the packaged chart and its index, as they are published."""
    charts = tmp_path / "site/alarminati/charts"
    charts.mkdir(parents=True)
    for ended in (
        helm(program, "package", ".", "--destination", str(charts)),
        helm(program, "repo", "index", str(charts), "--url", f"https://{HOST}/alarminati/charts"),
    ):
        assert ended.returncode == 0, ended.stderr
    return tmp_path / "site"


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """A folder with a certificate for HOST and its authority."""
    folder = tmp_path / "certificates"
    save_issued(Authority.create().issue(Role.AGENT, "site", hosts=[HOST], days=1), folder)
    return folder


def test_they_work(
    as_root: None,
    tool: Callable[[str], str],
    program: str,
    site: Path,
    certificates: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/helm").symlink_to(program)
    add, install = commands(ROOT / "README.md")
    # There is no cluster here: all is done but sending the objects to it. Helm 3 asks a cluster
    # even then; `make kube` has one.
    three = program.endswith("3")
    render = install.replace("install", "template", 1) if three else f"{install} --dry-run=client"
    script = f"{add}\nhelm search repo alarminati\n{render}\n"
    ended = subprocess.run(
        [tool("unshare"), "--net", "--mount", sys.executable, served, str(site), str(certificates)],
        input=script,
        cwd=tmp_path,  # in a clone, Helm takes the folder alarminati/agent for the chart
        env={
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "SSL_CERT_FILE": str(certificates / "ca.crt"),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert '"alarminati" has been added to your repositories' in ended.stdout
    assert re.search(r"^alarminati/agent\s+0\.1\.0", ended.stdout, re.MULTILINE)
    manifest, _, notes = ended.stdout[ended.stdout.index("\n---\n") :].partition("\nNOTES:")
    kinds = {one["kind"]: one for one in yaml.safe_load_all(manifest) if one}
    assert {"StatefulSet", "Service", "Secret", "NetworkPolicy"} <= set(kinds)
    config = yaml.safe_load(kinds["Secret"]["stringData"]["agent.yaml"])
    assert config["project"] == "my-project"
    assert config["channels"][0]["url"] == "https://hooks.slack.com/..."
    if not three:
        assert '3 agents of cluster "default" for project "my-project"' in notes
        assert "helm test alarminati --namespace alarminati" in notes
        assert "hooks.slack.com" not in notes
