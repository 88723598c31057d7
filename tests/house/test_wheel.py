"""The wheel holds the program, its stubs and their types, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from tests.house.source import ROOT


def test_the_wheel_is_whole_and_its_stubs_work(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=60,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "unpacked")
    tops = {name.split("/")[0] for name in names}
    assert len(tops) == 2, tops  # the package and its metadata
    assert {"alarminati/py.typed", "alarminati/v1/alarm_pb2.pyi"} <= set(names)
    assert "alarminati/mesh/v1/mesh_service_pb2_grpc.pyi" in names
    printed = subprocess.run(
        [
            sys.executable,
            "-P",
            "-c",
            "from alarminati.v1 import alarm_pb2; print(alarm_pb2.__file__)",
        ],
        env={"PYTHONPATH": str(tmp_path / "unpacked")},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert printed.startswith(str(tmp_path))
