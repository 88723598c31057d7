"""Prometheus Alertmanager, three nodes in a mesh, for comparison in the same run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from bench.cluster import SIZE, page
from bench.process import HERE, ROOT, Place, Process, until


def program() -> str | None:
    """Where it is; None when `make tools` could not get it."""
    path = os.pathsep.join([str(ROOT / ".tools/bin"), os.environ.get("PATH", "")])
    return shutil.which("prometheus-alertmanager", path=path)


def alert(mark: str) -> list[dict[str, Any]]:
    """What Prometheus posts to /api/v2/alerts."""
    labels = {"alertname": mark, "severity": "critical", "service": "ws-api"}
    return [{"labels": labels, "annotations": {"summary": "[WS-API] Health check failed"}}]


@dataclass(slots=True)
class Node:
    """One node."""

    http: str
    command: tuple[str, ...]
    log: Path
    place: Place
    process: Process | None = None

    @property
    def running(self) -> Process:
        """The process; it must have been started."""
        assert self.process is not None
        return self.process

    def ready(self) -> bool:
        """Whether it says so."""
        self.running.check()
        return page(f"http://{self.http}/-/ready") is not None

    def settled(self) -> bool:
        """Whether it has found its peers, or given up; it notifies nobody before."""
        return self.mesh().get("status") == "ready"

    def mesh(self) -> dict[str, Any]:
        """What it says of its mesh: its own `name`, `status` and `peers`."""
        self.running.check()
        status = json.loads(page(f"http://{self.http}/api/v2/status") or "{}")
        mesh: dict[str, Any] = status.get("cluster", {})
        return mesh


class Alertmanagers:
    """A context manager; starts them with `start`, notifies at once and alone."""

    def __init__(
        self, folder: Path, sink: str, places: Sequence[Place] = (HERE,) * SIZE, peers: bool = True
    ) -> None:
        binary = program()
        assert binary is not None, "look at program() first"
        route = {
            "receiver": "sink",
            "group_by": ["..."],
            "group_wait": "0s",
            "group_interval": "1s",
            "repeat_interval": "4h",
        }
        config = {
            "route": route,
            "receivers": [{"name": "sink", "webhook_configs": [{"url": sink}]}],
        }
        (folder / "config.yml").write_text(yaml.safe_dump(config))
        ports = [place.ports(2) for place in places]
        mesh = [f"{place.host}:{port[1]}" for place, port in zip(places, ports, strict=True)]
        self.nodes: list[Node] = []
        for number, place in enumerate(places):
            http = f"{place.host}:{ports[number][0]}"
            others = [other for other in mesh if other != mesh[number]] if peers else []
            command = (
                binary,
                f"--config.file={folder / 'config.yml'}",
                f"--storage.path={folder / f'n{number}'}",
                f"--web.listen-address={http}",
                f"--cluster.listen-address={mesh[number]}",
                *(f"--cluster.peer={other}" for other in others),
            )
            self.nodes.append(Node(http, command, folder / f"n{number}.log", place))

    def start(self) -> None:
        """Start all at once."""
        for node in self.nodes:
            node.process = Process(node.command, node.log, node.place)

    async def up(self) -> None:
        """Start, and wait until the mesh has settled."""
        self.start()
        for node in self.nodes:
            await until(node.settled, "a settled mesh", 60)

    @property
    def first(self) -> Node:
        """The one that notifies at once; the next waits 15 s for its word, and so on."""
        return min(self.nodes, key=lambda node: str(node.mesh().get("name")))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for node in self.nodes:
            if node.process is not None:
                node.process.stop()
