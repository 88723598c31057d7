"""Profiles: which cluster a command talks to, and what is said when one is broken."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alarminati.client import AlarminatiError, NotFound
from alarminati.client.profile import Profiles, profile_name, profiles_folder
from alarminati.pki.authority import Authority, Issued
from alarminati.pki.invitations import letter, write
from alarminati.wire.identity import Role
from tests.trust.conftest import Run

AUTHORITY = Authority.create("seoul-1")
NOBODY = "127.0.0.1:1"


def kept(profiles: Profiles, name: str) -> None:
    profiles.keep(name, agents=[NOBODY], project="w-sharing", cluster=name, invitation="i")


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    """Those of the person who runs the program in these tests."""
    return Profiles(tmp_path / ".config/alarminati")


def test_one_is_in_use_until_another_is_or_it_is_gone(profiles: Profiles) -> None:
    assert profiles.current() is None and profiles.names() == []
    for name in ("seoul-1", "busan-1"):
        kept(profiles, name)
        assert stat.S_IMODE((profiles.root / name / "profile.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((profiles.root / name).stat().st_mode) == 0o700
    profiles.use("seoul-1")
    current = profiles.current()
    assert current is not None and (current.name, current.agents) == ("seoul-1", (NOBODY,))
    profiles.remove("busan-1")
    assert profiles.current() is not None
    profiles.remove("seoul-1")
    assert profiles.current() is None and profiles.names() == []
    with pytest.raises(NotFound, match="there are: none"):
        profiles.use("seoul-1")


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "x" * 200])
def test_no_name_leads_out_of_the_folder(profiles: Profiles, name: str) -> None:
    with pytest.raises(AlarminatiError, match="cannot name a profile"):
        profiles.remove(name)


@pytest.mark.parametrize("said", ["", "[]", "{}", '{"agents": [], "project": "", "cluster": ""}'])
async def test_a_broken_one_is_named_and_can_be_removed(
    profiles: Profiles, run: Run, said: str
) -> None:
    kept(profiles, "work")
    profiles.use("work")
    (profiles.root / "work/profile.json").write_text(said)
    ended = await run("status", XDG_CONFIG_HOME="")
    assert ended.code == 1 and "work" in ended.err and "Traceback" not in ended.err
    (row,) = (await run("profiles", "list", "--json", XDG_CONFIG_HOME="")).json
    assert row["name"] == "work" and "work" in row["problem"]
    assert (await run("profiles", "delete", "work", XDG_CONFIG_HOME="")).code == 0
    assert profiles.names() == []


def test_names_are_made_of_what_a_folder_may_be_called() -> None:
    assert profile_name("w-sharing", "seoul-1") == "w-sharing.seoul-1"
    assert profile_name("우리 서비스", "서울") == "cluster"
    assert profile_name("../../etc", "x") == "etc.x"


def test_they_lie_where_such_files_belong(tmp_path: Path) -> None:
    assert profiles_folder({"XDG_CONFIG_HOME": "/x"}) == Path("/x/alarminati")
    assert profiles_folder({"XDG_CONFIG_HOME": "relative"}).parts[-2:] == (".config", "alarminati")


async def test_options_count_more_than_the_profile(profiles: Profiles, run: Run) -> None:
    kept(profiles, "work")
    profiles.use("work")
    home = {"XDG_CONFIG_HOME": ""}
    by_profile = await run("status", "--timeout", "1", **home)
    assert by_profile.code == 1 and "work/ca.crt" in by_profile.err, "its folder has no certificate"
    for given in (("--agent", "127.0.0.1:2"), ()):
        variables = home if given else home | {"ALARMINATI_AGENT": "127.0.0.1:2"}
        other = await run("status", "--timeout", "1", *given, **variables)
        assert other.code == 3 and "127.0.0.1:2" in other.err
    named = await run("status", "--profile", "home", **home)
    assert named.code == 5 and "there are: work" in named.err
    both = await run("status", "--profile", "work", "--agent", "127.0.0.1:2", **home)
    assert "work/ca.crt" in both.err, "the address replaces a part of it"


def invitation(begins: datetime, days: float, *, role: Role = Role.INVITEE) -> str:
    issued: Issued = AUTHORITY.issue(role, "0123456789abcdef", days=days, now=begins)
    return write(letter(issued, [NOBODY], "w-sharing", "seoul-1", complete=False))


@pytest.mark.parametrize(
    ("begins", "said"),
    [
        (timedelta(days=-2), "The invitation was good until"),
        (timedelta(days=2), "which is too early"),
    ],
)
async def test_an_invitation_out_of_its_time_asks_nobody(
    run: Run, begins: timedelta, said: str
) -> None:
    ended = await run("join", "-", input=invitation(datetime.now(UTC) + begins, 1.0))
    assert ended.code != 0 and said in ended.err


async def test_what_cannot_be_joined_with(run: Run, tmp_path: Path) -> None:
    member = invitation(datetime.now(UTC), 1.0, role=Role.VIEWER)
    assert "no invitation to join with" in (await run("join", "-", input=member)).err
    assert "No invitation was given" in (await run("join", "-", input=" \n")).err
    assert "an invitation would begin" in (await run("join", str(tmp_path / "none.txt"))).err
    unreachable = await run(
        *("join", "-", "--timeout", "1"), input=invitation(datetime.now(UTC), 1.0)
    )
    assert unreachable.code == 3 and NOBODY in unreachable.err
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls/tls.key").write_text("somebody's")
    taken = await run("join", "-", "--out", str(tmp_path / "tls"), input=member)
    assert taken.code == 1 and "exists already" in taken.err


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"agents": "10.0.0.1:7443", "project": "p", "cluster": "c"}',
        b'{"agents": [1], "project": "p", "cluster": "c"}',
        b'{"agents": ["10.0>0.1:7443"], "project": "p", "cluster": "c"}',
        b'{"agents": [], "project": "p", "cluster": "c"}',
        b'{"agents": ["10.0.0.1:7443"], "project": 7, "cluster": "c"}',
    ],
)
def test_a_damaged_profile_is_never_used_in_part(profiles: Profiles, damaged: bytes) -> None:
    kept(profiles, "seoul-1")
    profiles.use("seoul-1")
    (profiles.root / "seoul-1" / "profile.json").write_bytes(damaged)
    with pytest.raises(AlarminatiError, match=r"profile\.json"):
        profiles.current()


@pytest.mark.parametrize("damaged", [b"", b"\xff", b"seoul-0\n", b"../x", b"[" * 100_000])
def test_a_damaged_choice_is_said_in_one_sentence(profiles: Profiles, damaged: bytes) -> None:
    kept(profiles, "seoul-1")
    (profiles.root / "current").write_bytes(damaged)
    with pytest.raises(AlarminatiError, match=r"current names no profile .*profiles use") as caught:
        profiles.current()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("agent", ["a.example:7443", "[fe80::1%eth0]:1", "10.0.0.1:65535"])
def test_every_kind_of_address_is_kept(profiles: Profiles, agent: str) -> None:
    made = profiles.keep("x", agents=[agent], project="p", cluster="c")
    assert profiles.get("x") == made
