"""The workflows: read by actionlint, and holding what a release is to have."""

from __future__ import annotations

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
    assert len(files) == 3
    assert linted(tool("actionlint"), *files) == (0, "")
    broken = tmp_path / "release.yaml"
    broken.write_text((FOLDER / "release.yaml").read_text().replace("needs: check", "needs: chekc"))
    assert "chekc" in linted(tool("actionlint"), broken)[1]


def test_nothing_is_published_before_the_checks() -> None:
    jobs = RELEASE["jobs"]
    assert set(jobs) == {"check", "wheel", "image", "chart"}
    assert jobs["wheel"]["needs"] == jobs["image"]["needs"] == "check"
    assert set(jobs["chart"]["needs"]) == {"image", "wheel"}
    assert ".ci/run" in jobs["check"]["steps"][-1]["run"]


def test_rights_are_given_one_by_one() -> None:
    assert RELEASE["permissions"] == {"contents": "read"}
    writes = {
        name: [right for right, level in job.get("permissions", {}).items() if level == "write"]
        for name, job in RELEASE["jobs"].items()
    }
    assert writes == {
        "check": [],
        "wheel": ["id-token"],
        "image": ["packages", "id-token"],
        "chart": ["contents"],
    }


def test_the_image_is_for_two_kinds_of_machine_with_its_parts_listed_and_signed() -> None:
    steps = RELEASE["jobs"]["image"]["steps"]
    (build,) = (step["with"] for step in steps if step.get("id") == "build")
    assert build["platforms"] == "linux/amd64,linux/arm64"
    assert build["sbom"] is True
    assert "cosign sign --yes" in steps[-1]["run"]
