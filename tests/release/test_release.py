"""A release, played here: what it builds, and what people install from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.source import ROOT

VERSION = "0.1.0"
MODULE = "github.com/dongdorrong/alarminati/generated/go"


def run(*command: str, cwd: Path = ROOT, **variables: str) -> str:
    """Return what a command prints; a failure shows its errors."""
    ended = subprocess.run(
        command, cwd=cwd, env=os.environ | variables, capture_output=True, text=True, timeout=170
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that a dry run builds."""
    if shutil.which("npm") is None or shutil.which("helm4") is None:
        pytest.skip("npm or helm4 is not installed and `make tools` could not get it")
    out = tmp_path_factory.mktemp("release")
    told = run("scripts/release.sh", "--dry-run", RELEASE_OUT=str(out), HELM="helm4", TAG="")
    assert told.endswith("nothing was published\n")
    return out


def test_a_dry_run_builds_every_part(built: Path) -> None:
    names = {path.name for path in built.iterdir()}
    assert names == {
        f"alarminati-{VERSION}-py3-none-any.whl",
        f"alarminati-{VERSION}.tar.gz",
        f"dongdorrong-alarminati-{VERSION}.tgz",
        f"agent-{VERSION}.tgz",
        "alarminati.service",
        "compose.yaml",
        "notes.md",
        "SHA256SUMS",
    }
    run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=built)


def test_the_wheel_is_the_program_only(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"alarminati", f"alarminati-{VERSION}.dist-info"}


def test_the_npm_package_says_who_may_read_it_and_has_an_entrance(built: Path) -> None:
    with tarfile.open(next(built.glob("dongdorrong-*.tgz"))) as package:
        names = set(package.getnames())
        file = package.extractfile("package/package.json")
        assert file is not None
        described = json.load(file)
    assert {"package/LICENSE", "package/README.md", "package/alarminati/index.js"} <= names
    assert described["publishConfig"] == {"access": "public"}
    assert described["exports"]["."]["default"] == "./alarminati/index.js"
    # The relay's are of a package that is not stable yet, and are imported by their own path.
    stable = {name for name in names if name.startswith("package/alarminati/v1/")}
    stubs = {name.rsplit("/", 1)[1] for name in stable if name.endswith("_pb.js")}
    index = (ROOT / "generated/typescript/alarminati/index.js").read_text()
    assert {line.split("/")[-1].removesuffix('";') for line in index.splitlines()} == stubs


def test_a_tag_without_notes_is_refused(tmp_path: Path) -> None:
    ended = subprocess.run(
        ["scripts/release.sh", "version"],
        cwd=ROOT,
        env=os.environ | {"TAG": "v9.9.9", "RELEASE_OUT": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert ended.stderr == f"release: the tag v9.9.9 is not v{VERSION}\n"


def test_go_get_finds_the_module_under_the_tags_of_a_release(
    tool: Callable[[str], str], tmp_path: Path
) -> None:
    """Go takes a nested module only from a tag with the path of its folder.

    https://go.dev/ref/mod#vcs-version
    """
    go = tool("go")
    clone = tmp_path / "alarminati.git"
    run("git", "clone", "--quiet", "--bare", "--no-hardlinks", str(ROOT), str(clone))
    tags = (f"v{VERSION}", f"generated/go/v{VERSION}")
    for tag in tags:
        run("git", "-C", str(clone), "tag", "--force", tag, "HEAD")
    user = tmp_path / "user"
    user.mkdir()
    settings = {
        "GONOSUMDB": MODULE,
        "GONOPROXY": MODULE,
        "GOFLAGS": "-mod=mod",
        "GOMODCACHE": str(tmp_path / "modules"),
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": f"url.file://{clone}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/dongdorrong/alarminati",
        "GIT_CONFIG_KEY_1": "safe.directory",
        "GIT_CONFIG_VALUE_1": "*",
    }
    run(go, "mod", "init", "example.org/user", cwd=user, **settings)
    run(go, "mod", "edit", f"-require={MODULE}@v{VERSION}", cwd=user, **settings)
    said = run(go, "list", "-m", "-json", f"{MODULE}@v{VERSION}", cwd=user, **settings)
    assert json.loads(said)["Version"] == f"v{VERSION}"
    run("chmod", "-R", "u+w", str(tmp_path))  # Go makes its cache read-only
