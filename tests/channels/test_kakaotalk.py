"""KakaoTalk: 200 characters say the worst and count the rest; a login that lasts (G1, G7, G8)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.channels import kakaotalk
from alarminati.channels.http_client import HttpClient
from alarminati.channels.kakao_login import DAY, forget
from alarminati.channels.message import Item
from alarminati.channels.port import InMemoryTokenStore, SendContext
from alarminati.channels.table import configure
from alarminati.config import Secret
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import DeliveryCause, NotificationReason, Result
from tests.channels.drawn import ITEMS, crowd
from tests.channels.samples import NOON, item, message
from tests.vendors.door import Reply, open_door
from tests.vendors.kakao import Kakao, Seen, error

LINK = "https://alarms.example/list"


def talk(url: str = "https://kakao.example", **more: Any) -> kakaotalk.Settings:
    how: dict[str, Any] = {
        "client_id": Secret("app-canary"),
        "refresh_token": Secret(f"refresh-canary-0{more.pop('again', '')}"),
        "link": LINK,
        "api": url,
        "auth": url,
    }
    return kakaotalk.Settings(**(how | more))


@dataclass
class Phone:
    """A channel of one replica; another with the same keeper is another replica."""

    url: str
    keeper: InMemoryTokenStore = field(default_factory=InMemoryTokenStore)
    now: int = NOON

    def means(self, http: HttpClient) -> SendContext:
        return SendContext(http, "phone", self.keeper, lambda: self.now)

    async def send(self, http: HttpClient, told: Item | None = None, **more: Any) -> Verdict:
        how = talk(self.url, **more)
        payload = kakaotalk.render(how, message(told or item()))
        verdict = await kakaotalk.deliver(self.means(http), how, payload, "key")
        assert "canary" not in f"{verdict} {how}"
        return verdict


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    forget(talk().login)
    client = HttpClient()
    yield client
    await client.close()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(ITEMS, min_size=1, max_size=5),
    st.sampled_from(["en", "ko"]),
    st.sampled_from([0.0, 700.0, 9e6]),
    st.sampled_from([0, 499]),
)
def test_any_alarms_make_a_message_that_kakao_takes(
    items: list[Item], language: str, late: float, left_out: int
) -> None:
    told = message(*items, late=late, left_out=left_out)
    seen = Seen(kakaotalk.render(talk(language=language), told))
    assert seen.refusal == ""


@pytest.mark.parametrize("seed", range(30))
def test_a_digest_lists_or_counts_every_alarm(seed: int) -> None:
    items, tokens = crowd(Random(seed), (2, 3, 8, 60, 500)[seed % 5])
    seen = Seen(kakaotalk.render(talk(), message(*items, late=700.0)))
    assert seen.refusal == ""
    firing = sum(not one.resolved for one in items)
    assert f"{firing} firing, {len(items) - firing} resolved" in seen.text
    listed = tokens.intersection(re.findall(r"t\d{5}", seen.text))
    rest = sum(map(int, re.findall(r"(\d+) more, not listed", seen.text)))
    assert len(listed) + rest == len(items), f"seed {seed}: {seen.text}"
    assert seen.text.endswith("late by 11m 40s")


def test_one_alarm_in_korean() -> None:
    one = item(labels={"host": "ws-1"}, link="https://alarms.example/a/1", began=3)
    seen = Seen(kakaotalk.render(talk(language="ko"), message(one, late=700)))
    assert seen.text.split("\n") == [
        "🔴 발생 CRITICAL | seoul-1",
        "[WS-API] Health check failed",
        "host=ws-1",
        "11분 40초 늦게 도착 | 1시간 동안 3번 발생",
    ]
    assert seen.template["link"]["web_url"] == "https://alarms.example/a/1"
    assert seen.template["button_title"] == "열기"
    seen_by = item(
        reason=NotificationReason.ACKNOWLEDGED, comment="보고 있음", link="https://other/1"
    )
    seen = Seen(kakaotalk.render(talk(language="ko"), message(seen_by)))
    assert seen.text.split("\n")[:2] == [
        "👀 확인됨 CRITICAL | seoul-1",
        "kim 님이 확인: 보고 있음",
    ]
    assert seen.template["link"]["web_url"] == LINK  # no other domain is registered


def test_a_storm_says_the_worst_and_counts_the_rest_by_group() -> None:
    items = [item(n, message=f"{n} {'가' * 300}", project=f"p{n % 2}") for n in range(500)]
    seen = Seen(kakaotalk.render(talk(language="ko"), message(*items)))
    assert seen.text.startswith("🔴 발생 500건, 해소 0건 | seoul-1\n")
    assert "🔴 CRITICAL p0 2" in seen.text


async def test_it_arrives_with_one_login_for_many(http: HttpClient) -> None:
    kakao = Kakao()
    async with open_door(kakao) as door:
        phone = Phone(door.url)
        assert [(await phone.send(http)).result for _ in range(3)] == [Result.DELIVERED] * 3
        phone.now += 21_600_000  # six hours later
        assert (await phone.send(http)).result is Result.DELIVERED
    assert (len(kakao.messages), kakao.logins) == (4, 2)


async def test_an_access_token_that_ended_early_is_renewed_once(http: HttpClient) -> None:
    kakao = Kakao()
    async with open_door(kakao) as door:
        phone = Phone(door.url)
        await phone.send(http)
        kakao.tokens.append("another")
        assert (await phone.send(http)).result is Result.DELIVERED
        kakao.failures = [error(-401, 401), error(-401, 401)]
        verdict = await phone.send(http)
    assert (verdict.result, verdict.cause) == (Result.RETRY, DeliveryCause.MISCONFIGURED)


async def test_g1_a_new_refresh_token_is_kept_for_every_replica(http: HttpClient) -> None:
    kakao = Kakao(renews=True)
    async with open_door(kakao) as door:
        first = Phone(door.url)
        assert (await first.send(http)).result is Result.DELIVERED
        assert kakao.refresh == "refresh-canary-1"
        forget(talk().login)  # another process, a day later
        other = Phone(door.url, first.keeper, NOON + DAY)
        assert (await other.send(http)).result is Result.DELIVERED
        stranger = Phone(door.url)  # knows the settings only
        forget(talk().login)
        verdict = await stranger.send(http)
    assert (verdict.cause, verdict.after) == (DeliveryCause.MISCONFIGURED, 300.0)
    assert "KOE322: the refresh token has ended, sign in again" in verdict.detail


async def test_a_token_that_people_set_anew_counts(http: HttpClient) -> None:
    kakao = Kakao(renews=True)
    async with open_door(kakao) as door:
        phone = Phone(door.url)
        await phone.send(http)
        kakao.refresh = "refresh-canary-0b"
        assert (await phone.send(http, again="b")).result is Result.DELIVERED


async def test_before_the_refresh_token_ends_people_are_told(http: HttpClient) -> None:
    kakao = Kakao()
    async with open_door(kakao) as door:
        phone = Phone(door.url)
        how = talk(door.url)
        assert await kakaotalk.upkeep(phone.means(http), how) == ""
        phone.now += 47 * DAY  # and Kakao has not renewed it
        told = await kakaotalk.upkeep(phone.means(http), how)
        assert "ends in 13 days and was not renewed; sign in again" in str(told)
        kakao.renews = True
        assert await kakaotalk.upkeep(phone.means(http), how) == ""
        kakao.refresh = "gone"
        assert "sign in again" in str(await kakaotalk.upkeep(phone.means(http), how))


async def test_g8_the_quota_is_waited_for(http: HttpClient) -> None:
    async with open_door(Kakao(quota=0)) as door:
        verdict = await Phone(door.url).send(http)
    assert (verdict.result, verdict.cause) == (Result.RETRY, DeliveryCause.QUOTA_EXCEEDED)
    assert verdict.after == 1860.0  # 23:30 in Korea: at midnight there may be more
    assert "code -536: what may be sent in a day is spent" in verdict.detail


async def test_friends(http: HttpClient) -> None:
    kakao = Kakao()
    async with open_door(kakao) as door:
        phone = Phone(door.url)
        both = await phone.send(http, friends=("u1", "u2"))
        one = await phone.send(http, friends=("u1", "stranger"))
        none = await phone.send(http, friends=("stranger",))
    assert both == Verdict.delivered()
    assert (one.result, one.detail) == (
        Result.DELIVERED,
        "KakaoTalk answered 200: not every friend got it",
    )
    assert (none.result, none.cause) == (Result.RETRY, DeliveryCause.QUOTA_EXCEEDED)
    assert len(kakao.messages) == 2


async def test_nobody_there_and_a_login_that_is_down(http: HttpClient) -> None:
    nowhere = await Phone("http://127.0.0.1:1").send(http, again="nowhere")
    assert (nowhere.result, nowhere.cause) == (Result.RETRY, DeliveryCause.UNREACHABLE)
    async with open_door(lambda _: Reply(503, b"canary", {"Retry-After": "9"})) as door:
        down = await Phone(door.url).send(http, again="down")
    assert (down.cause, down.after) == (DeliveryCause.UNREACHABLE, 9.0)


@pytest.mark.parametrize(
    ("status", "code", "result", "cause", "after"),
    [
        (200, 0, Result.DELIVERED, DeliveryCause.NONE, None),
        (400, -1, Result.RETRY, DeliveryCause.UNREACHABLE, None),
        (400, -7, Result.RETRY, DeliveryCause.UNREACHABLE, None),
        (400, -603, Result.RETRY, DeliveryCause.UNREACHABLE, None),
        (503, -9798, Result.RETRY, DeliveryCause.UNREACHABLE, None),
        (400, -10, Result.RETRY, DeliveryCause.QUOTA_EXCEEDED, 3600.0),
        (400, -532, Result.RETRY, DeliveryCause.QUOTA_EXCEEDED, 3600.0),
        (400, -533, Result.RETRY, DeliveryCause.QUOTA_EXCEEDED, 3600.0),
        (400, -536, Result.RETRY, DeliveryCause.QUOTA_EXCEEDED, 3600.0),
        (401, -401, Result.RETRY, DeliveryCause.MISCONFIGURED, 300.0),
        (403, -402, Result.RETRY, DeliveryCause.MISCONFIGURED, 300.0),
        (403, -3, Result.RETRY, DeliveryCause.MISCONFIGURED, 300.0),
        (400, -2, Result.RETRY, DeliveryCause.MISCONFIGURED, 300.0),
        (429, 0, Result.RETRY, DeliveryCause.RATE_LIMITED, None),
        (500, 0, Result.RETRY, DeliveryCause.UNREACHABLE, None),
    ],
)
def test_judge(
    status: int, code: int, result: Result, cause: DeliveryCause, after: float | None
) -> None:
    body = f'{{"msg":"canary","code":{code}}}' if code else '{"result_code":0}'
    verdict = kakaotalk.judge(status, {}, body.encode())
    assert (verdict.result, verdict.cause, verdict.after) == (result, cause, after)
    assert "canary" not in verdict.detail
    assert kakaotalk.judge(200, {}, b"<html>").cause is DeliveryCause.MISCONFIGURED


def test_the_budget_of_a_day() -> None:
    pace = kakaotalk.limits(talk())
    assert (pace.burst, pace.reserve) == (8, 4)
    assert pace.burst + 86400 * pace.rate == pytest.approx(20)
    assert kakaotalk.limits(talk(per_day=1)).burst == 1
    assert kakaotalk.destination(talk()) == "kakao.example"


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"link": "canary"}, "url is not an http"),
        ({"friends": ["u"] * 6}, "friends must be up to five"),
        ({"per_day": 0}, r"per_day \(0\)"),
        ({"refresh_token": "can ary"}, "refresh_token must be printable"),
        ({"client_id": ""}, "client_id must be"),
    ],
)
def test_nonsense_is_refused(changed: dict[str, object], problem: str) -> None:
    good: dict[str, object] = {"client_id": "canary", "refresh_token": "canary", "link": LINK}
    with pytest.raises(ValueError, match=problem) as caught:
        configure("phone", "kakaotalk", good | changed)
    assert "canary" not in str(caught.value)
