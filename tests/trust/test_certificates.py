"""A replica's certificate files: what is good is used, what is broken is said (G7)."""

from __future__ import annotations

import os
import stat
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from alarminati.agent.tls.certificates import Certificates
from alarminati.agent.tls.monitor import EXPIRY_EVERY, OUTSET, RENEWAL_EVERY, CertificateMonitor
from alarminati.agent.tls.renewal import RenewalFailed, open_certificates
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.journal.ingest import StorageFull
from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.monitors.certificate_expiry import DAY, CertificateExpiryBoard
from alarminati.core.monitors.reload_status import SETTLE, ReloadStatus
from alarminati.pki.authority import Authority, Issued
from alarminati.wire.credentials import OutOfTime, TlsError
from alarminati.wire.identity import Role

CLUSTER = "seoul-1"


class Desk:
    """A folder of certificate files, and who writes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "tls"
        self.data = folder / "data"
        self.folder.mkdir()
        self.data.mkdir()
        self.authority = Authority.create()
        self.files = tuple(self.folder / name for name in ("ca.crt", "tls.crt", "tls.key"))

    def issue(
        self,
        *,
        days: int = 100,
        ago: float = 0.0,
        authority: Authority | None = None,
        role: Role = Role.AGENT,
        cluster: str = CLUSTER,
    ) -> Issued:
        """A certificate issued `ago` days ago."""
        now = datetime.now(UTC) - timedelta(days=ago)
        return (authority or self.authority).issue(role, "a1", cluster, days=days, now=now)

    def place(self, issued: Issued, folder: Path | None = None) -> None:
        """Write all three files."""
        contents = (issued.ca, issued.certificate, issued.key)
        for path, content in zip(self.files, contents, strict=True):
            where = (folder or self.folder) / path.name
            where.parent.mkdir(exist_ok=True)
            where.write_bytes(content)

    def fetched(self, issued: Issued) -> None:
        """As the replica itself keeps a pair."""
        self.place(issued, self.data / "certificate")

    def open(self) -> Certificates:
        """What a replica makes of it."""
        ca, certificate, key = self.files
        return Certificates((ca, certificate, key), self.data, CLUSTER)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.place(desk.issue())
    return desk


def test_a_good_new_pair_is_used(desk: Desk) -> None:
    certificates = desk.open()
    before = certificates.current
    assert not certificates.look()
    issued = desk.issue()
    desk.place(issued)
    assert certificates.look()
    assert certificates.current.certificate == issued.certificate
    assert certificates.current is not before
    assert not certificates.look() and not certificates.problem


def test_the_links_of_kubernetes_are_followed(desk: Desk) -> None:
    """A mounted Secret: files are links into `..data`, itself a link that is set elsewhere."""
    mount = desk.folder.parent / "mount"
    mount.mkdir()
    for version, issued in (("..1", desk.issue()), ("..2", desk.issue())):
        desk.place(issued, mount / version)
    (mount / "..data").symlink_to("..1")
    for path in desk.files:
        (mount / path.name).symlink_to(f"..data/{path.name}")
    certificates = Certificates(
        (mount / "ca.crt", mount / "tls.crt", mount / "tls.key"), desk.data, CLUSTER
    )
    beside = mount / "..data_tmp"
    beside.symlink_to("..2")
    beside.rename(mount / "..data")
    assert certificates.look()
    assert certificates.current.certificate == (mount / "..2" / "tls.crt").read_bytes()


def test_a_file_written_in_place_within_the_same_second_is_noticed(desk: Desk) -> None:
    certificates = desk.open()
    stamps = [path.stat().st_mtime for path in desk.files]
    desk.place(desk.issue())
    for path, stamp in zip(desk.files, stamps, strict=True):
        os.utime(path, (stamp, stamp))  # as `cp -p` and some synchronisers do
    assert certificates.look()


def half(desk: Desk) -> None:
    (desk.folder / "tls.crt").write_bytes(desk.issue().certificate)


def cut(desk: Desk) -> None:
    path = desk.folder / "tls.crt"
    path.write_bytes(path.read_bytes()[:-100])


def gone(desk: Desk) -> None:
    (desk.folder / "tls.key").unlink()


def expired(desk: Desk) -> None:
    desk.place(desk.issue(days=5, ago=9))


def early(desk: Desk) -> None:
    desk.place(desk.issue(ago=-5))


def elsewhere(desk: Desk) -> None:
    desk.place(desk.issue(cluster="busan-1"))


def viewer(desk: Desk) -> None:
    desk.place(desk.issue(role=Role.VIEWER))


def stranger(desk: Desk) -> None:
    (desk.folder / "ca.crt").write_bytes(Authority.create().certificate)


@pytest.mark.parametrize(
    ("breaking", "problem"),
    [
        (half, r"tls\.key is not the key of"),
        (cut, "damaged"),
        (gone, "cannot read the key: No such file"),
        (expired, "has expired"),
        (early, "is not valid yet"),
        (elsewhere, "'busan-1', but this agent's cluster is 'seoul-1'"),
        (viewer, "needs one of role agent"),
        (stranger, "did not issue"),
    ],
)
def test_a_broken_new_pair_keeps_the_old_one(
    desk: Desk, breaking: Callable[[Desk], None], problem: str
) -> None:
    certificates = desk.open()
    before = certificates.current
    breaking(desk)
    assert not certificates.look()
    assert certificates.current is before
    with pytest.raises(TlsError, match=problem):
        raise TlsError(certificates.problem)
    assert "PRIVATE" not in certificates.problem
    issued = desk.issue()
    desk.place(issued)
    assert certificates.look() and not certificates.problem
    assert certificates.current.certificate == issued.certificate


def test_what_was_broken_only_by_the_clock_is_used_once_it_is_right(desk: Desk) -> None:
    """Nothing changes on disk, and yet it is looked at again."""
    certificates = desk.open()
    good = (desk.folder / "tls.crt").read_bytes()
    cut(desk)
    assert not certificates.look() and certificates.problem
    (desk.folder / "tls.crt").write_bytes(good)
    certificates.look()
    assert not certificates.problem


def test_the_pair_issued_last_counts(desk: Desk) -> None:
    desk.place(desk.issue(ago=60))
    fetched = desk.issue(ago=10)
    desk.fetched(fetched)
    certificates = desk.open()
    assert certificates.current.certificate == fetched.certificate
    short = desk.issue(days=5)  # ends long before the fetched one: somebody wants it used
    desk.place(short)
    assert certificates.look()
    assert certificates.current.certificate == short.certificate


def test_a_spent_pair_is_no_trouble_while_a_fetched_one_is_good(desk: Desk) -> None:
    desk.place(desk.issue(days=5, ago=9))
    with pytest.raises(OutOfTime):
        desk.open()
    fetched = desk.issue(ago=6)
    desk.fetched(fetched)
    certificates = desk.open()
    assert certificates.current.certificate == fetched.certificate
    assert not certificates.problem and not certificates.look()


def test_a_broken_new_pair_does_not_bring_back_what_was_fetched_before_it(desk: Desk) -> None:
    desk.fetched(desk.issue(ago=10))
    certificates = desk.open()
    before = certificates.current
    assert before.certificate == (desk.folder / "tls.crt").read_bytes()
    half(desk)
    assert not certificates.look() and certificates.current is before
    assert desk.open().current is not before  # after a restart it is better than nothing


def test_an_authority_taken_away_takes_its_certificates_along(desk: Desk) -> None:
    """What was fetched is trusted by the configured authorities only."""
    desk.fetched(desk.issue())
    other = Authority.create()
    new = desk.issue(authority=other, ago=1)
    desk.place(new)
    assert desk.open().current.certificate == new.certificate
    (desk.folder / "ca.crt").write_bytes(other.certificate + desk.authority.certificate)
    assert desk.open().current.certificate != new.certificate


def test_when_the_authority_ends_is_known(desk: Desk) -> None:
    other = Authority.create(days=1)
    (desk.folder / "ca.crt").write_bytes(other.certificate + desk.authority.certificate)
    ends = desk.open().current.authority_ends
    assert ends - datetime.now(UTC).timestamp() > 3000 * 86_400


async def test_who_signs_starts_with_a_spent_pair_after_its_data_was_lost(desk: Desk) -> None:
    ca, certificate, key = desk.files
    signing = desk.folder / "ca.key"
    signing.write_bytes(desk.authority.key)
    desk.place(desk.issue(days=5, ago=9))
    with pytest.raises(OutOfTime):
        await open_certificates((ca, certificate, key), desk.data, CLUSTER, None)
    opened = await open_certificates((ca, certificate, key), desk.data, CLUSTER, signing)
    left = opened.current.not_after - datetime.now(UTC).timestamp()
    assert 4.9 * 86_400 < left < 5.1 * 86_400 and not opened.problem
    assert opened.current.identity.name == "a1"
    assert stat.S_IMODE((desk.data / "certificate" / "tls.key").stat().st_mode) == 0o600


async def test_who_cannot_sign_says_both_reasons(desk: Desk) -> None:
    ca, certificate, key = desk.files
    desk.place(desk.issue(days=5, ago=9))
    signing = desk.folder / "ca.key"
    with pytest.raises(TlsError, match=r"has expired.*nor can it sign.*No such file"):
        await open_certificates((ca, certificate, key), desk.data, CLUSTER, signing)
    signing.write_bytes(Authority.create().key)
    with pytest.raises(TlsError, match=r"has expired.*nor can it sign.*does not belong"):
        await open_certificates((ca, certificate, key), desk.data, CLUSTER, signing)


class Watch:
    """A warden with its surroundings: what it reported, and a clock."""

    def __init__(self, desk: Desk, certificates: Certificates, *, leading: bool = False) -> None:
        self.told: list[Alarm] = []
        self.changes = 0
        self.ahead = 0  # milliseconds
        self.renewals = 0
        self.renew: Callable[[], Awaitable[None]] = self._nobody
        self.full = False
        self._book = AlarmBook()
        self.warden = CertificateMonitor(
            certificates,
            ReloadStatus(self._book, "a1"),
            CertificateExpiryBoard(self._book, "a1"),
            report=self._report,
            renew=self._renew,
            changed=self._changed,
            leading=lambda: leading,
            wall=lambda: int(datetime.now(UTC).timestamp() * 1000) + self.ahead,
            dice=Random(1),
        )

    async def _report(self, alarm: Alarm) -> None:
        if self.full:
            raise StorageFull()
        self.told.append(alarm)
        number = len(self.told)
        self._book.apply(Entry("origin00", number, number << 16, alarm))

    async def _renew(self) -> None:
        self.renewals += 1
        await self.renew()

    async def _nobody(self) -> None:
        raise RenewalFailed("nobody could be asked for a new certificate; a2: it holds no key")

    async def _changed(self) -> None:
        self.changes += 1

    @property
    def keys(self) -> list[str]:
        """Of what was reported; a minus before what is over."""
        return [("-" if alarm.resolved else "") + alarm.key for alarm in self.told]


async def test_broken_files_are_an_alarm_and_a_figure_until_they_are_mended(desk: Desk) -> None:
    watch = Watch(desk, desk.open())
    half(desk)
    await watch.warden.look(0.0)
    await watch.warden.look(SETTLE - 1)
    assert watch.keys == [] and watch.warden.standing.reload_ok
    await watch.warden.look(SETTLE)
    await watch.warden.look(SETTLE + 2)
    assert watch.keys == ["certificate-files:a1"] and not watch.warden.standing.reload_ok
    assert "is not the key of" in dict(watch.told[0].annotations)["detail"]
    desk.place(desk.issue())
    await watch.warden.look(SETTLE + 4)
    assert watch.keys == ["certificate-files:a1", "-certificate-files:a1"]
    assert watch.changes == 1 and watch.warden.standing.reload_ok


async def test_a_pair_that_is_half_written_for_a_moment_is_nothing(desk: Desk) -> None:
    watch = Watch(desk, desk.open())
    issued = desk.issue()
    (desk.folder / "tls.crt").write_bytes(issued.certificate)
    await watch.warden.look(0.0)
    (desk.folder / "tls.key").write_bytes(issued.key)
    await watch.warden.look(2.0)
    await watch.warden.look(SETTLE + 2)
    assert watch.keys == [] and watch.changes == 1


async def test_an_end_that_comes_near_is_told_with_why_it_was_not_renewed(desk: Desk) -> None:
    watch = Watch(desk, desk.open())
    await watch.warden.look(OUTSET)
    assert watch.renewals == 0 and watch.keys == []
    watch.ahead = 80 * DAY
    await watch.warden.look(EXPIRY_EVERY * 2)
    assert watch.renewals == 1 and watch.keys == ["certificate:agent/a1"]
    assert "a2: it holds no key" in dict(watch.told[0].annotations)["detail"]
    await watch.warden.look(EXPIRY_EVERY * 2 + 1)
    assert watch.renewals == 1  # not at every look
    for number in range(1000):
        watch.ahead += 60_000
        await watch.warden.look(EXPIRY_EVERY * 2 + number)
    assert 10 < watch.renewals < 20  # ever more seldom
    before = watch.renewals
    for number in range(96):
        watch.ahead += DAY // 24
        await watch.warden.look(EXPIRY_EVERY * 3 + number)
    assert before + 3 < watch.renewals < before + 12  # in the end once a day, or twice
    watch.renewals = 1
    watch.ahead += int(RENEWAL_EVERY * 1000)
    await watch.warden.look(EXPIRY_EVERY * 3 + 100)
    assert watch.renewals == 2


async def test_an_alarm_that_was_not_accepted_is_reported_again(desk: Desk) -> None:
    watch = Watch(desk, desk.open())
    watch.ahead = 98 * DAY
    watch.full = True
    await watch.warden.look(OUTSET)
    assert watch.keys == []
    watch.full = False
    await watch.warden.look(OUTSET + 60)
    assert watch.keys == ["certificate:agent/a1", "certificate:agent/a1:last"]


async def test_what_was_fetched_is_used_and_ends_the_alarms(desk: Desk) -> None:
    desk.place(desk.issue(days=100, ago=90))
    certificates = desk.open()
    watch = Watch(desk, certificates)
    await watch.warden.look(OUTSET)
    assert watch.keys == ["certificate:agent/a1"]
    fetched = desk.issue(days=100)

    async def renew() -> None:
        desk.fetched(fetched)

    watch.renew = renew
    watch.ahead = int(RENEWAL_EVERY * 1000)
    await watch.warden.look(OUTSET + 2)
    await watch.warden.look(OUTSET + 4)
    assert certificates.current.certificate == fetched.certificate
    assert watch.keys == ["certificate:agent/a1", "-certificate:agent/a1"]
    assert watch.changes == 1


async def test_only_the_master_speaks_of_the_authority(desk: Desk) -> None:
    desk.authority = Authority.create(days=10)
    desk.place(desk.issue(days=300))
    said = {}
    for leading in (True, False):
        watch = Watch(desk, desk.open(), leading=leading)
        await watch.warden.look(OUTSET)
        said[leading] = watch.keys
    assert said == {True: ["certificate:authority"], False: []}
