"""Helm, both majors, and a Kubernetes API server for all tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from kube.cluster import Cluster, running


def program(name: str) -> str:
    """A program that `make kube` built."""
    path = shutil.which(name)
    assert path is not None, f"{name} is not there; run `make kube`"
    return path


@pytest.fixture(scope="session", params=["helm3", "helm4"])
def helm(request: pytest.FixtureRequest) -> str:
    """Each Helm in turn."""
    return program(request.param)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """An API server with etcd, on free ports of loopback."""
    folder = tmp_path_factory.mktemp("cluster")
    with running(program("etcd"), program("kube-apiserver"), folder) as cluster:
        yield cluster
