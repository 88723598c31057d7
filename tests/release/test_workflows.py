"""The workflows: read by actionlint, and holding what a release is to have."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.house.source import ROOT

FOLDER = ROOT / ".github/workflows"
RELEASE: dict[str, Any] = yaml.safe_load((FOLDER / "release.yaml").read_text())


def linted(program: str, *files: Path) -> tuple[int, str]:
    """Exit code and complaints."""
    ended = subprocess.run(
        [program, "-no-color", *map(str, files)], capture_output=True, text=True, timeout=60
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_actionlint_has_nothing_to_say(tool: Callable[[str], str], tmp_path: Path) -> None:
    files = sorted(FOLDER.glob("*.yaml"))
    assert len(files) == 4
    assert linted(tool("actionlint"), *files) == (0, "")
    broken = tmp_path / "release.yaml"
    broken.write_text((FOLDER / "release.yaml").read_text().replace("needs: check", "needs: chekc"))
    assert "chekc" in linted(tool("actionlint"), broken)[1]


def test_nothing_is_published_before_the_checks() -> None:
    jobs = RELEASE["jobs"]
    assert set(jobs) == {"check", "wheel", "npm", "image", "publish"}
    assert all(jobs[name]["needs"] == "check" for name in ("wheel", "npm", "image"))
    assert set(jobs["publish"]["needs"]) == {"image", "wheel", "npm"}
    assert ".ci/run" in jobs["check"]["steps"][-1]["run"]


def test_a_run_by_hand_publishes_nothing() -> None:
    jobs = RELEASE["jobs"]
    triggers = {str(key): value for key, value in RELEASE.items()}[
        "True"
    ]  # YAML reads `on` as true
    assert triggers.keys() == {"push", "workflow_dispatch"}
    assert all(jobs[name]["if"] == "github.ref_type == 'tag'" for name in ("wheel", "npm", "image"))
    assert "--dry-run" in str(jobs["check"]["steps"])


def test_actions_are_pinned_by_hash_with_their_version() -> None:
    used = [
        line.split("uses:")[1].strip()
        for file in FOLDER.glob("*.yaml")
        for line in file.read_text().splitlines()
        if "uses:" in line
    ]
    assert len(used) > 20
    assert [use for use in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", use)] == []


def test_rights_are_given_one_by_one() -> None:
    assert RELEASE["permissions"] == {"contents": "read"}
    writes = {
        name: [right for right, level in job.get("permissions", {}).items() if level == "write"]
        for name, job in RELEASE["jobs"].items()
    }
    assert writes == {
        "check": [],
        "wheel": ["id-token"],
        "npm": ["id-token"],
        "image": ["packages", "id-token"],
        "publish": ["contents", "packages"],
    }


def test_the_image_is_for_two_kinds_of_machine_with_its_parts_listed_and_signed() -> None:
    steps = RELEASE["jobs"]["image"]["steps"]
    (build,) = (step["with"] for step in steps if step.get("id") == "build")
    assert build["platforms"] == "linux/amd64,linux/arm64"
    assert build["sbom"] is True
    assert "cosign sign --yes" in steps[-1]["run"]
