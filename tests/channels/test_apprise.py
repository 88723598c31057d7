"""Apprise: the real library against a service of ours; its bounds in time and in what it tells."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.channels import apprise
from alarminati.channels.http_client import HttpClient
from alarminati.channels.markup import length
from alarminati.channels.message import Item
from alarminati.channels.port import SendContext
from alarminati.config import Duration, Secret
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import DeliveryCause, Result, Severity
from alarminati.demo.sink import Fault, Sink
from tests.channels.drawn import ITEMS
from tests.channels.samples import item, message

# One of its hundred plugins imports a module that Python 3.13 no longer has.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def service(url: str, **more: Any) -> apprise.Settings:
    return apprise.Settings(url=Secret(url), **more)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    made = Sink()
    await made.start()
    yield made
    await made.stop()


async def send(sink: Sink, name: str = "any", told: Item | None = None, **more: Any) -> Verdict:
    how = service(f"{sink.url.replace('http:', 'json:')}/canary", **more)
    payload = apprise.render(how, message(told or item()))
    verdict = await apprise.deliver(SendContext(HttpClient(), name), how, payload, "key")
    assert "canary" not in f"{verdict} {how}"
    return verdict


@settings(max_examples=60, deadline=None)
@given(st.lists(ITEMS, min_size=1, max_size=5), st.sampled_from(["en", "ko"]))
def test_any_alarms_make_a_bounded_text(items: list[Item], language: Any) -> None:
    how = service("json://h", length=1000, language=language)
    document = msgspec.json.decode(apprise.render(how, message(*items, late=700, left_out=2)))
    assert 0 < length(document["body"]) <= 1000
    assert 0 < length(document["title"]) <= 250


@pytest.mark.parametrize(
    ("severities", "kind"),
    [
        ((Severity.INFO, Severity.CRITICAL), "failure"),
        ((Severity.WARNING, Severity.INFO), "warning"),
        ((Severity.INFO,), "info"),
    ],
)
def test_its_kind_is_that_of_the_worst_that_fires(
    severities: tuple[Severity, ...], kind: str
) -> None:
    told = [item(n, severity=severity) for n, severity in enumerate(severities)]
    over = item(9, severity=Severity.CRITICAL, resolved=True)
    document = msgspec.json.decode(apprise.render(service("json://h"), message(*told, over)))
    assert document["kind"] == kind


async def test_it_arrives(sink: Sink) -> None:
    assert await send(sink) == Verdict.delivered()
    assert (await send(sink, told=item(resolved=True), language="ko")).result is Result.DELIVERED
    fired, over = (msgspec.json.decode(one.body) for one in sink.received)
    assert (fired["title"], fired["type"]) == (
        "🔴 FIRING CRITICAL | w-sharing · seoul-1",
        "failure",
    )
    assert fired["message"].startswith("[WS-API] Health check failed\nreported 2025-09-18")
    assert (over["title"], over["type"]) == ("✅ 해소 CRITICAL | w-sharing · seoul-1", "success")


@pytest.mark.parametrize(
    ("status", "result", "cause"),
    [
        (400, Result.FAILED, DeliveryCause.REJECTED),
        (403, Result.RETRY, DeliveryCause.MISCONFIGURED),
        (429, Result.RETRY, DeliveryCause.RATE_LIMITED),
        (503, Result.RETRY, DeliveryCause.UNREACHABLE),
    ],
)
async def test_what_a_service_refuses(
    sink: Sink, status: int, result: Result, cause: DeliveryCause, caplog: pytest.LogCaptureFixture
) -> None:
    sink.faults.append(Fault(kind="status", status=status, body="canary"))
    verdict = await send(sink)
    assert (verdict.result, verdict.cause) == (result, cause)
    assert str(status) in verdict.detail
    assert "canary" not in caplog.text


async def test_nobody_there_and_no_such_address() -> None:
    for url, cause in (
        ("json://127.0.0.1:1/canary", DeliveryCause.UNREACHABLE),
        ("smoke://canary", DeliveryCause.MISCONFIGURED),
    ):
        verdict = await apprise.deliver(
            SendContext(HttpClient(), "any"),
            service(url),
            apprise.render(service(url), message(item())),
            "",
        )
        assert (verdict.result, verdict.cause) == (Result.RETRY, cause)
        assert "canary" not in verdict.detail


async def test_a_hanging_service_has_a_limit_and_one_thread(sink: Sink) -> None:
    sink.faults.append(Fault(kind="hang"))
    verdicts = [await send(sink, "slow", timeout=Duration(0.2)) for _ in range(3)]
    assert "no answer within 0.2 s" in verdicts[0].detail
    assert "an earlier attempt has not ended" in verdicts[2].detail
    async with asyncio.timeout(20):
        while apprise._busy:
            await asyncio.sleep(0.05)
    assert len(sink.received) == 1


async def test_without_the_library_people_are_told_how_to_get_it(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    verdict = await send(sink)
    assert verdict.cause is DeliveryCause.MISCONFIGURED
    assert "pip install 'alarminati[apprise]'" in verdict.detail


@pytest.mark.parametrize("url", ["canary", "json://canary x", "json://a,json://canary"])
def test_nonsense_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not an address of Apprise") as caught:
        service(url)
    assert "canary" not in str(caught.value)
    assert apprise.destination(service("JSON://canary")) == "json://"
