"""Whoever revokes a stolen operator finds, and closes, the doors that the thief left open (G7)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alarminati.wire.identity import Role
from tests.support.cluster import Cluster, Place
from tests.trust.conftest import Run
from tests.trust.enrolling import domain, give_authority


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """One agent, which signs."""
    made = Cluster(tmp_path, [Place()])
    give_authority(made, *made.agents)
    async with made:
        yield made


class Thief:
    """Somebody with the key of operator mallory, who has let in others."""

    def __init__(self, cluster: Cluster, run: Run) -> None:
        self.cluster = cluster
        self.run = run
        self.tls = cluster.certificate(Role.OPERATOR, "mallory")

    def home(self, name: str) -> dict[str, str]:
        folder = self.cluster.folder / f"home-{name}"
        folder.mkdir(exist_ok=True)
        return {"HOME": str(folder), "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": ""}

    async def invite(self, name: str, role: str, *reach: str, **env: str) -> str:
        where = ("--domain", domain(self.cluster), *reach)
        ended = await self.run("invite", "--name", name, "--role", role, *where, **env)
        assert ended.code == 0, ended.err
        return ended.out.strip()

    async def join(self, name: str, text: str) -> None:
        ended = await self.run("join", text, **self.home(name))
        assert ended.code == 0, ended.err

    async def leave_doors(self) -> str:
        """Two in a chain, and the text of an invitation that nobody used."""
        own = ("--agent", domain(self.cluster), "--tls", str(self.tls))
        await self.join("ops-bot", await self.invite("ops-bot", "operator", *own))
        bot = self.home("ops-bot")
        await self.join("screen", await self.invite("screen", "viewer", **bot))
        return await self.invite("ops-bot2", "operator", *own)


async def test_g7_what_a_revoked_operator_left_open_is_shut_and_who_came_in_is_named(
    run: Run, cluster: Cluster
) -> None:
    thief = Thief(cluster, run)
    text = await thief.leave_doors()
    me = ("--agent", domain(cluster), "--tls", str(cluster.tls))
    listed = (await run("access", "list", "--json", *me)).json
    joined = [one for one in listed if one["state"] == "active"]
    assert [(one["identity"]["name"], one["invited_by"]) for one in joined] == [
        ("ops-bot", "mallory"),
        ("screen", "ops-bot"),
    ]
    revoked = await run("revoke", "mallory", *me)
    assert revoked.code == 0
    assert "Invitations that nobody can use any more: 1." in revoked.out
    assert "operator ops-bot joined by an invitation of mallory and is still let in." in revoked.out
    assert "alarminati revoke mallory --include-invited" in revoked.out
    late = await run("join", text, **thief.home("late"))
    assert late.code == 4 and "who wrote it is revoked" in late.err
    listed = (await run("access", "list", "--json", *me)).json
    assert not [one for one in listed if one["state"] == "invited"]
    # Those who came in are let in still, until they are revoked with whom they came by.
    for name in ("ops-bot", "screen"):
        assert (await run("list", **thief.home(name))).code == 0
    with_them = (
        await run("revoke", "mallory", "--role", "operator", "--include-invited", "--json", *me)
    ).json
    assert [tuple(one["identity"].values()) for one in with_them["grants"]] == [
        ("operator", "mallory"),
        ("operator", "ops-bot"),
        ("viewer", "screen"),
    ]
    assert {one["state"] for one in with_them["grants"]} == {"revoked"}
    assert with_them["still_let_in"] == []
    for name in ("ops-bot", "screen"):
        assert (await run("list", **thief.home(name))).code == 4
    listed = (await run("access", "list", "--json", *me)).json
    names = {one["identity"]["name"]: one["state"] for one in listed}
    assert names["ops-bot"] == names["screen"] == "revoked"


async def test_nobody_revokes_himself_with_whom_he_came_by(run: Run, cluster: Cluster) -> None:
    thief = Thief(cluster, run)
    await thief.leave_doors()
    bot = thief.home("ops-bot")
    refused = await run("revoke", "mallory", "--include-invited", **bot)
    assert refused.code == 4 and "you would lock yourself out" in refused.err
    assert (await run("revoke", "mallory", **bot)).code == 0


async def test_a_name_that_was_never_seen_is_revoked_and_asked_about(
    run: Run, cluster: Cluster
) -> None:
    me = ("--agent", domain(cluster), "--tls", str(cluster.tls))
    typo = await run("revoke", "work-latop", *me)
    assert typo.code == 0
    assert "work-latop is let in no more" in typo.out
    assert "No certificate of that name was seen here; is it spelled right?" in typo.out
    viewer = cluster.certificate(Role.VIEWER, "work-laptop")
    assert (await run("list", "--agent", domain(cluster), "--tls", str(viewer))).code == 0
    seen = await run("revoke", "work-laptop", "--json", *me)
    assert not seen.json["never_seen"]
    roles = {one["identity"]["role"] for one in seen.json["grants"]}
    assert roles == {"operator", "viewer", "reporter"}
    said = await run("revoke", "work-laptop", *me)
    assert "spelled" not in said.out
    both = await run("revoke", "work-laptop", "--undo", "--include-invited", *me)
    assert both.code == 2
