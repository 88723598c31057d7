"""grpcurl, which knows nothing of us but reflection and a certificate."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alarminati.wire.identity import Role, server_name
from tests.support.cluster import Cluster, Place

ALARMS = "alarminati.v1.AlarmService"
ALARM = {"message": "[WS-API] Health check failed", "severity": "SEVERITY_CRITICAL"}


class Grpcurl:
    """Calls one agent."""

    def __init__(self, program: str, cluster: Cluster) -> None:
        self.cluster = cluster
        self._program = program

    def run(self, *arguments: str, data: Any = None, tls: Path | None) -> subprocess.Popen[str]:
        """Start it with a certificate, or (None) without one."""
        ca = self.cluster.tls / "ca.crt"
        command = [self._program, "-cacert", str(ca), "-max-time", "20", "-connect-timeout", "3"]
        command += ["-authority", server_name(self.cluster.cluster)]
        if tls is not None:
            command += ["-cert", str(tls / "tls.crt"), "-key", str(tls / "tls.key")]
        flags = [argument for argument in arguments if argument.startswith("-")]
        if data is not None:
            flags += ["-d", json.dumps(data)]
        names = [argument for argument in arguments if not argument.startswith("-")]
        return subprocess.Popen(
            [*command, *flags, self.cluster.agents[0].grpc, *names],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *arguments: str, data: Any = None, tls: Path | None = None) -> str:
        """What it says, as operator unless told otherwise. Raises AssertionError when it fails."""
        process = self.run(*arguments, data=data, tls=tls or self.cluster.tls)
        said, failed = process.communicate(timeout=30)
        assert process.returncode == 0, failed
        return said

    def refused(self, *arguments: str, data: Any = None, tls: Path | None) -> str:
        """What it says when it fails, as it must."""
        process = self.run(*arguments, data=data, tls=tls)
        said, failed = process.communicate(timeout=30)
        assert process.returncode != 0, said
        return failed


@pytest.fixture(scope="module")
def grpcurl(
    tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grpcurl]:
    program = tool("grpcurl")
    cluster = Cluster(tmp_path_factory.mktemp("grpcurl"), [Place()])
    try:
        asyncio.run(cluster.start())
        yield Grpcurl(program, cluster)
    finally:
        cluster.end()


def test_services_are_listed_and_described_by_reflection(grpcurl: Grpcurl) -> None:
    listed = set(grpcurl.call("list").split())
    assert {ALARMS, "alarminati.v1.ClusterService", "alarminati.v1.ChannelService"} <= listed
    assert {"grpc.health.v1.Health"} <= listed
    described = grpcurl.call("describe", "alarminati.v1.ReportRequest")
    assert "request_id" in described and "min_replicas" in described


def test_a_ping_is_answered_with_two_bytes(grpcurl: Grpcurl) -> None:
    said = grpcurl.call("-vv", "alarminati.v1.ClusterService/Ping", data={})
    sizes = [line for line in said.splitlines() if "response size" in line]
    assert len(sizes) == 1, said
    assert int(sizes[0].split()[-2]) == 2


def test_what_is_reported_is_followed(grpcurl: Grpcurl) -> None:
    receipt = json.loads(grpcurl.call(f"{ALARMS}/Report", data={"alarm": ALARM}))
    assert receipt["replicas"] == 1
    follower = grpcurl.run(f"{ALARMS}/Subscribe", data={}, tls=grpcurl.cluster.tls)
    assert follower.stdout is not None
    seen = ""
    try:
        for line in follower.stdout:
            seen += line
            if receipt["id"] in line:
                break
    finally:
        follower.kill()
        follower.communicate()
    assert ALARM["message"] in seen and receipt["id"] in seen


def test_roles_are_kept_g7(grpcurl: Grpcurl) -> None:
    viewer = grpcurl.cluster.certificate(Role.VIEWER, "reader")
    failed = grpcurl.refused(f"{ALARMS}/Report", data={"alarm": ALARM}, tls=viewer)
    assert "PermissionDenied" in failed and "role operator or reporter" in failed
    reporter = grpcurl.cluster.certificate(Role.REPORTER, "writer")
    grpcurl.call(f"{ALARMS}/Report", data={"alarm": ALARM}, tls=reporter)
    assert "PermissionDenied" in grpcurl.refused(f"{ALARMS}/ListAlarms", data={}, tls=reporter)


def test_nobody_comes_in_without_a_certificate_g7(grpcurl: Grpcurl) -> None:
    failed = grpcurl.refused("alarminati.v1.ClusterService/Ping", data={}, tls=None)
    assert "PermissionDenied" not in failed, "the call must not even begin"
    assert "certificate" in failed or "Failed to dial" in failed


def test_a_wrong_field_is_named(grpcurl: Grpcurl) -> None:
    failed = grpcurl.refused(
        f"{ALARMS}/Report", data={"alarm": {"message": ""}}, tls=grpcurl.cluster.tls
    )
    assert "InvalidArgument" in failed and "alarm.message" in failed
