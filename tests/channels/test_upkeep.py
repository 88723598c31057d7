"""Logins that end: an alarm about each, over once it is renewed (G7: without the token)."""

from __future__ import annotations

from itertools import count

import pytest

from alarminati.agent.master_tasks.credential_refresh import CredentialRefresh
from alarminati.channels.http_client import HttpClient
from alarminati.channels.kakao_login import DAY, forget
from alarminati.channels.port import Channel, InMemoryTokenStore, SendContext
from alarminati.channels.table import configure
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.journal.ingest import Stopping
from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.model.hlc import COUNTER_BITS
from tests.channels.samples import NOON
from tests.channels.test_kakaotalk import LINK
from tests.vendors.door import Reply, open_door
from tests.vendors.kakao import Kakao


class Cluster:
    """A book, a clock and the reports that were handed in."""

    def __init__(self, url: str, http: HttpClient) -> None:
        self.now = NOON
        self.book = AlarmBook()
        self.reports: list[Alarm] = []
        self.keeper = InMemoryTokenStore()
        self.numbers = count(1)
        self.warnings: dict[str, str] = {}
        settings = {"client_id": "app-canary", "refresh_token": "refresh-canary-0", "link": LINK}
        self.channels: dict[str, Channel] = {
            "phone": configure("phone", "kakaotalk", settings | {"api": url, "auth": url}),
            "ops": configure("ops", "webhook", {"url": url}),
        }
        forget(self.channels["phone"].settings.login)
        self.upkeep = CredentialRefresh(
            self.channels,
            self.book,
            lambda name: SendContext(http, name, self.keeper, lambda: self.now),
            self.warnings.__setitem__,
            self.report,
            lambda: self.now,
        )

    async def report(self, alarm: Alarm) -> None:
        self.reports.append(alarm)
        stamp = self.now << COUNTER_BITS
        self.book.apply(Entry("k3v9x2ab", next(self.numbers), stamp, alarm))

    async def after(self, days: int) -> list[str]:
        """What is reported in a look so many days later."""
        self.now += days * DAY
        known = len(self.reports)
        await self.upkeep.look()
        told = self.reports[known:]
        assert "canary" not in f"{told}"
        return [f"{'over' if one.resolved else 'fires'} {one.key}" for one in told]


async def test_an_alarm_before_the_login_ends_and_its_end_once_renewed(http: HttpClient) -> None:
    kakao = Kakao()
    async with open_door(kakao) as door:
        cluster = Cluster(door.url, http)
        assert await cluster.after(0) == []
        assert await cluster.after(47) == ["fires login:phone"]
        assert "ends in 13 days" in dict(cluster.reports[0].annotations)["detail"]
        assert await cluster.after(1) == []  # it is known
        assert "ends in 12 days" in cluster.warnings["phone"]
        kakao.renews = True
        assert await cluster.after(1) == ["over login:phone"]
        assert cluster.warnings == {"phone": ""}
        kakao.refresh = "another"
        assert await cluster.after(1) == ["fires login:phone"]


async def test_a_login_that_cannot_be_asked_changes_nothing(http: HttpClient) -> None:
    kakao = Kakao(refresh="another")
    down = False

    async with open_door(lambda request: Reply(503, b"") if down else kakao(request)) as door:
        cluster = Cluster(door.url, http)
        assert await cluster.after(0) == ["fires login:phone"]
        down = True
        assert await cluster.after(1) == []
        down = False
        kakao.refresh = "refresh-canary-0"
        assert await cluster.after(1) == ["over login:phone"]


async def test_a_channel_that_is_no_more_has_no_alarm(http: HttpClient) -> None:
    async with open_door(Kakao(refresh="another")) as door:
        cluster = Cluster(door.url, http)
        assert await cluster.after(0) == ["fires login:phone"]
        del cluster.channels["phone"]
        assert await cluster.after(1) == ["over login:phone"]
        assert await cluster.after(1) == []


async def test_it_looks_again_when_an_alarm_is_not_accepted(
    http: HttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_door(Kakao(refresh="another")) as door:
        cluster = Cluster(door.url, http)

        async def refuse(alarm: Alarm) -> None:
            raise Stopping

        cluster.upkeep = CredentialRefresh(
            cluster.channels,
            cluster.book,
            lambda name: SendContext(http, name, cluster.keeper, lambda: cluster.now),
            cluster.warnings.__setitem__,
            refuse,
            lambda: cluster.now,
        )
        await cluster.upkeep.look()
        assert "was not accepted" in caplog.text
        cluster.upkeep.led(True)
        await cluster.upkeep.stop()
