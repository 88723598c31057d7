"""Calls that the app makes into a cluster, in the shapes of the local API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct, field

from alarminati.ui.schema.acts import Silence, TargetResult
from alarminati.ui.schema.alarms import Why
from alarminati.ui.schema.channels import Channel, ChannelRequest, ChannelTest, DeadLetter
from alarminati.ui.schema.clusters import Check, ClusterReplica, Diagnosis
from alarminati.ui.schema.common import Text


class ClusterFacts(Struct):
    """Answer of a cluster about itself."""

    asked_ms: int
    master: str = ""
    version: str = ""
    replicas: list[ClusterReplica] = field(default_factory=list)
    unreachable: list[Text] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    journal_entries: int = 0
    journal_bytes: int = 0
    pending: int = 0
    dead_letters: int = 0
    health: str = ""


class Calls(Protocol):
    """One cluster that can be asked. Every call may raise AlarminatiError's children."""

    async def act(
        self, kind: str, prints: Sequence[str], *, comment: str, assignee: str, id: str
    ) -> list[TargetResult]:
        """Do something to alarms; one result for each."""
        ...

    async def silences(self) -> list[Silence]:
        """Return all silences, ended ones, too."""
        ...

    async def create_silence(
        self, matchers: Sequence[str], *, start: int, end: int, comment: str, id: str
    ) -> Silence:
        """Create a silence; the same id again creates no second one."""
        ...

    async def update_silence(self, id: str, *, end: int, comment: str) -> Silence:
        """Change the end or the comment of a silence."""
        ...

    async def expire_silence(self, id: str) -> Silence:
        """End a silence now."""
        ...

    async def count_matching(self, matchers: Sequence[str]) -> int | None:
        """Return how many firing alarms fit; None: the cluster cannot say."""
        ...

    async def facts(self) -> ClusterFacts:
        """Return what the cluster says of itself."""
        ...

    async def why(self, fingerprint: str) -> Why:
        """Return why an alarm was delivered as it was."""
        ...

    async def diagnose(self) -> Diagnosis:
        """Find what keeps this computer from the cluster."""
        ...

    async def channels(self) -> list[Channel]:
        """Return the channels."""
        ...

    async def put_channel(self, name: str, asked: ChannelRequest) -> Channel:
        """Register or change a channel."""
        ...

    async def delete_channel(self, name: str) -> None:
        """Delete a channel that was registered."""
        ...

    async def test_channel(self, name: str) -> ChannelTest:
        """Send a test message."""
        ...

    async def dead_letters(self, channel: str) -> list[DeadLetter]:
        """Return dead letters, newest first."""
        ...

    async def resend(self, ids: Sequence[str], channel: str) -> int:
        """Send dead letters again; return how many."""
        ...
