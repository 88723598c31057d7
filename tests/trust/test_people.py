"""People's certificates renew themselves while they work, in peace until it is nearly too late."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alarminati.cli.commands.renewal import LOCK
from alarminati.client import Client
from alarminati.client.profile import Profiles
from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.credentials import Tls
from alarminati.wire.identity import Role
from tests.cli.conftest import Ended, Run
from tests.support.cluster import Cluster, Place
from tests.support.patience import until
from tests.trust.enrolling import give_authority

DAYS = 90


class Person:
    """Somebody with a home of her own and one profile, whose certificate has `left` days left."""

    def __init__(self, home: Path, cluster: Cluster, left: float) -> None:
        self.profiles = Profiles(home / ".config" / "alarminati")
        self.folder = self.profiles.folder("mine")
        now = datetime.now(UTC) - timedelta(days=DAYS - left)
        save_issued(cluster.authority.issue(Role.VIEWER, "jane", days=DAYS, now=now), self.folder)
        agents = [agent.grpc for agent in cluster.agents]
        self.profiles.keep("mine", agents=agents, project="w-sharing", cluster=cluster.cluster)
        self.profiles.use("mine")

    @property
    def left(self) -> float:
        """Days that her certificate is good for."""
        return (Tls.load(self.folder).not_after - datetime.now(UTC).timestamp()) / 86_400


@pytest.fixture
async def signing(tmp_path: Path) -> AsyncIterator[Cluster]:
    """One agent, which signs."""
    cluster = Cluster(tmp_path, [Place()])
    give_authority(cluster, *cluster.agents)
    async with cluster:
        yield cluster


@pytest.fixture
async def mute(tmp_path: Path) -> AsyncIterator[Cluster]:
    """One agent, which does not."""
    async with Cluster(tmp_path, [Place()]) as cluster:
        yield cluster


async def test_a_client_uses_what_its_folder_has_now(tmp_path: Path) -> None:
    authority, folder = Authority.create(), tmp_path / "jane"
    save_issued(authority.issue(Role.VIEWER, "jane", days=9), folder)
    async with Client(["127.0.0.1:1"], folder) as client:
        first = client.certificate
        assert first is not None and client.certificate is first
        (folder / "tls.crt").write_bytes(authority.issue(Role.VIEWER, "jane", days=9).certificate)
        assert client.certificate is first  # its key is not there yet
        save_issued(authority.issue(Role.VIEWER, "joan", days=9), folder, force=True)
        assert client.certificate.identity.name == "joan"


async def test_a_command_renews_what_has_a_third_left(
    signing: Cluster, tmp_path: Path, run: Run
) -> None:
    jane = Person(tmp_path, signing, left=29)
    key = (jane.folder / "tls.key").read_bytes()
    ended: Ended = await run("status")
    assert (ended.code, ended.err) == (0, "")
    assert jane.left > 89
    assert (jane.folder / "tls.key").read_bytes() != key
    again = (jane.folder / "tls.crt").read_bytes()
    ended = await run("status")  # with the new one, and it stays
    assert (ended.code, ended.err) == (0, "")
    assert (jane.folder / "tls.crt").read_bytes() == again


async def test_before_that_nothing_is_asked(signing: Cluster, tmp_path: Path, run: Run) -> None:
    jane = Person(tmp_path, signing, left=31)
    before = (jane.folder / "tls.crt").read_bytes()
    assert (await run("status")).code == 0
    assert (jane.folder / "tls.crt").read_bytes() == before
    assert not (jane.folder / LOCK).exists()


async def test_failures_are_quiet_until_close_to_the_end(
    mute: Cluster, tmp_path: Path, run: Run
) -> None:
    Person(tmp_path / "far", mute, left=10)
    ended = await run("status", HOME=str(tmp_path / "far"))
    assert (ended.code, ended.err) == (0, "")
    Person(tmp_path / "near", mute, left=2)
    ended = await run("status", HOME=str(tmp_path / "near"))
    assert ended.code == 0
    assert ended.err.startswith("alarminati: Your certificate ends on ")
    assert "could not be renewed: " in ended.err and "authority's key" in ended.err
    assert ended.err.count("\n") == 1


async def test_a_folder_that_was_named_is_not_written_but_its_end_is_told(
    signing: Cluster, tmp_path: Path, run: Run
) -> None:
    jane = Person(tmp_path, signing, left=20)
    before = (jane.folder / "tls.crt").read_bytes()
    address = signing.agents[0].grpc
    ended = await run("status", "--agent", address, "--tls", str(jane.folder))
    assert ended.code == 0
    assert "`alarminati renew` renews it" in ended.err
    assert (jane.folder / "tls.crt").read_bytes() == before


async def test_many_commands_at_once_renew_once(signing: Cluster, tmp_path: Path, run: Run) -> None:
    jane = Person(tmp_path, signing, left=5)
    for ended in await asyncio.gather(*(run("status") for _ in range(3))):
        assert (ended.code, ended.err) == (0, "")
    assert jane.left > 89
    assert (await run("status")).code == 0


async def test_tail_renews_while_it_runs(
    signing: Cluster, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    jane = Person(tmp_path, signing, left=5)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alarminati", "tail", "--from-now"),
        env=dict(environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await until("it is renewed", lambda: jane.left > 89)
        assert process.returncode is None
        assert process.stdout is not None
        async with asyncio.timeout(20):
            reading = asyncio.create_task(process.stdout.readline())
            while not reading.done():  # it may not follow yet
                await signing.agents[0].report("it goes on")
                await asyncio.wait({reading}, timeout=0.5)
        assert b"it goes on" in reading.result()
    finally:
        process.terminate()
        _, said = await process.communicate()
    assert said == b""
    assert process.returncode == 0


async def test_who_is_revoked_is_told_so_and_comes_back_with_another_certificate(
    mute: Cluster, tmp_path: Path, run: Run
) -> None:
    jane = Person(tmp_path, mute, left=80)
    well = await run("doctor")
    assert well.code == 0, well.out
    client = Client([mute.agents[0].grpc], jane.folder)  # connects when it is needed
    operator = ("--agent", mute.agents[0].grpc, "--tls", str(mute.tls))
    assert (await run("revoke", "jane", *operator)).code == 0
    ill = await run("doctor")
    assert ill.code == 4
    assert ill.out.splitlines()[-1].startswith(" x Your certificate was revoked.")
    save_issued(mute.authority.issue(Role.VIEWER, "joan", days=9), jane.folder, force=True)
    async with client:  # connects as who the folder says now
        assert (await client.cluster()).replica == "a1"
