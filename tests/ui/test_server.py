"""The local API over made-up clusters: lists, acts, silences, events."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from alarminati.ui.events import LISTENERS
from tests.support.patience import until
from tests.support.ui_alarms import Story, made
from tests.ui.conftest import Browser


async def alarms(browser: Browser, query: str = "") -> Any:
    answer = await browser.get(f"/api/alarms?{query}")
    assert answer.status == 200, answer.body
    return answer.json()


async def firing(browser: Browser) -> Any:
    rows = (await alarms(browser, "tab=todo&limit=500"))["rows"]
    live = {live.id for live in browser.app.live.values() if live.state == "live"}
    return next(row for row in rows if row["cluster"] in live)


async def test_counts_are_of_everything_and_windows_meet(browser: Browser) -> None:
    whole = await alarms(browser, "tab=all&limit=500")
    assert whole["total"] == len(whole["rows"]) == whole["tabs"]["all"]
    seen, after = [], ""
    while True:
        window = await alarms(browser, f"tab=all&limit=7&after={after}")
        seen += [(row["cluster"], row["fingerprint"]) for row in window["rows"]]
        assert window["total"] == whole["total"]
        after = window["after"]
        if not after:
            break
    assert seen == [(row["cluster"], row["fingerprint"]) for row in whole["rows"]]


async def test_tabs_share_out_what_fires(browser: Browser) -> None:
    told = (await browser.get("/api/summary")).json()
    for tab, count in told["tabs"].items():
        assert (await alarms(browser, f"tab={tab}&limit=1"))["total"] == count
    assert sum(told["severities"].values()) == told["tabs"]["firing"]
    assert told["clusters"][0]["state"] == "silent"


@pytest.mark.parametrize(
    ("q", "fits"),
    [
        ("결제", lambda row: "결제" in row["message"]),
        ("REDIS", lambda row: "Redis" in row["message"]),
        ('alertname="HPAMaxedOut"', lambda row: row["labels"]["alertname"] == "HPAMaxedOut"),
        ('alertname!="HPAMaxedOut"', lambda row: row["labels"]["alertname"] != "HPAMaxedOut"),
        ('host=~"ws-[12]"', lambda row: row["labels"].get("host") in ("ws-1", "ws-2")),
        ('host=""', lambda row: "host" not in row["labels"]),
        ("severity=critical, env=prod", lambda row: row["severity"] == "CRITICAL"),
        ("-결제 노드", lambda row: "노드" in row["message"] and "결제" not in row["message"]),
    ],
)
async def test_searches_by_matchers_and_words(browser: Browser, q: str, fits: Any) -> None:
    whole = await alarms(browser, "tab=all&limit=500")
    found = await alarms(browser, f"tab=all&limit=500&q={quote(q)}")
    wanted = [row["fingerprint"] for row in whole["rows"] if row["kind"] == "alarm" and fits(row)]
    assert wanted and [row["fingerprint"] for row in found["rows"]] == wanted
    assert found["total"] == len(wanted)


async def test_a_search_that_makes_no_sense_is_a_word_and_said_so(browser: Browser) -> None:
    found = await alarms(browser, f"q={quote('host=~(')}")
    assert found["total"] == 0 and "host=~(" in found["problem"]["ko"]


async def test_groups_hold_every_alarm(browser: Browser) -> None:
    found = await alarms(browser, "tab=all&group=alertname,namespace&limit=500")
    assert sum(group["count"] for group in found["groups"]) == found["total"] - 1  # the silent one
    assert found["total_groups"] == len(found["groups"])
    one = found["groups"][0]
    inside = await alarms(browser, f"tab=all&limit=500&q={quote(one['q'])}")
    assert inside["total"] == one["count"]


async def test_what_i_put_away_comes_back_when_it_changes(browser: Browser) -> None:
    row = await firing(browser)
    key = {"cluster": row["cluster"], "fingerprint": row["fingerprint"]}
    before = (await alarms(browser))["tabs"]
    answer = await browser.ask("POST", "/api/acts", {"id": "a", "kind": "done", "targets": [key]})
    assert answer.json()["results"][0]["state"] == "ok"
    assert (await alarms(browser))["tabs"]["todo"] == before["todo"] - 1
    again = await browser.ask("POST", "/api/acts", {"id": "a", "kind": "done", "targets": [key]})
    assert again.json() == answer.json()
    await browser.ask("DELETE", "/api/acts/a")
    assert (await alarms(browser))["tabs"] == before


async def test_an_act_on_a_live_cluster_comes_back_as_an_event(browser: Browser) -> None:
    row = await firing(browser)
    key = {"cluster": row["cluster"], "fingerprint": row["fingerprint"]}
    act = {"id": "b", "kind": "ack", "targets": [key], "comment": "보는 중"}
    answer = await browser.ask("POST", "/api/acts", act)
    assert answer.json()["results"][0]["state"] == "sending"
    await until("all is sent", lambda: browser.app.outbox.waiting() == 0)
    told = (await browser.get(f"/api/alarms/{key['cluster']}/{key['fingerprint']}")).json()
    assert told["row"]["ack"]["comment"] == "보는 중" and told["row"]["ack"]["mine"]
    path = f"/api/alarms/{key['cluster']}/{key['fingerprint']}/timeline"
    kinds = [event["kind"] for event in (await browser.get(path)).json()["events"]]
    assert kinds[0] == "reported" and "ack" in kinds


async def test_an_act_on_a_silent_cluster_waits_and_can_be_cancelled(browser: Browser) -> None:
    rows = (await alarms(browser, "tab=todo&limit=500"))["rows"]
    silent = next(each for each in browser.app.live.values() if each.state == "silent")
    row = next(row for row in rows if row["cluster"] == silent.id and row["kind"] == "alarm")
    key = {"cluster": row["cluster"], "fingerprint": row["fingerprint"]}
    await browser.ask("POST", "/api/acts", {"id": "c", "kind": "ack", "targets": [key]})

    async def queued() -> bool:
        acts = (await browser.get("/api/acts")).json()["acts"]
        return [each["results"][0]["state"] for each in acts] == ["queued"]

    await until("it is queued", queued)
    assert (await browser.get("/api/summary")).json()["queue"] == 1
    answer = await browser.ask("DELETE", "/api/acts/c")
    assert answer.json()["results"][0]["state"] == "cancelled"
    assert (await browser.get("/api/summary")).json()["queue"] == 0


async def test_a_silence_from_a_selection_mutes_what_it_previewed(browser: Browser) -> None:
    row = await firing(browser)
    key = {"cluster": row["cluster"], "fingerprint": row["fingerprint"]}
    asked = {"targets": [key]}
    preview = (await browser.ask("POST", "/api/silences/preview", asked)).json()
    assert preview["selected"] == 1 and preview["count"] >= 1 and preview["matchers"]
    wanted = {
        "id": "s",
        "clusters": [row["cluster"]],
        "matchers": preview["matchers"],
        "end_ms": browser.app.now() + 3_600_000,
        "comment": "점검",
    }
    answer = (await browser.ask("POST", "/api/silences", wanted)).json()
    assert answer["results"][0]["state"] == "ok"
    muted = (await alarms(browser, "tab=muted&limit=500"))["rows"]
    mine = [each for each in muted if each["mute"]["comment"] == "점검"]
    assert len(mine) == preview["count"]
    id = answer["results"][0]["fingerprint"]
    ended = await browser.ask("DELETE", f"/api/silences/{row['cluster']}/{id}")
    assert ended.json()["state"] == "expired"
    bad = await browser.ask("POST", "/api/silences", {**wanted, "comment": " "})
    assert bad.status == 400 and bad.json()["field"] == "comment"


async def test_events_are_bounded_and_told_once(browser: Browser) -> None:
    streams = []
    for _ in range(6):
        reader, writer = await asyncio.open_connection("127.0.0.1", browser.port)
        head = f"Host: alarminati.localhost:{browser.port}\r\nCookie: {browser.cookie}\r\n"
        writer.write(f"GET /api/events HTTP/1.1\r\n{head}\r\n".encode())
        await reader.readuntil(b"event: hello\n")
        streams.append((reader, writer))
    assert len(browser.app.hub) == 6 <= LISTENERS
    live = next(each for each in browser.app.live.values() if each.state == "live")
    story = Story(browser.app, live)
    story.add(made(Random(3), browser.app.now(), 0, 77))
    story.flush()
    for reader, writer in streams:
        async with asyncio.timeout(5):
            await reader.readuntil(b"event: changed\n")
            line = (await reader.readline()).decode()
        assert '"began":1' in line and '"notify_count":1' in line
        writer.close()
    await until("all have left", lambda: len(browser.app.hub) == 0, 20)


async def test_every_call_that_reads_answers(browser: Browser) -> None:
    for path in ("clusters", "channels", "channel-types", "silences", "stats", "about", "demo"):
        answer = await browser.get(f"/api/{path}")
        assert answer.status == 200, (path, answer.body)
    for format, first in (("csv", "\ufeffcluster,"), ("jsonl", '{"cluster"')):
        answer = await browser.get(f"/api/export?tab=all&format={format}")
        assert first in answer.body.decode()


async def test_mistakes_have_a_sentence_in_both_languages(browser: Browser) -> None:
    for path in ("alarms?limit=0", "alarms/none/none", "clusters/none", "stats?days=3", "nothing"):
        answer = await browser.get(f"/api/{path}")
        told = answer.json()
        assert answer.status in (400, 404) and told["ko"] and told["en"] and told["code"]


async def test_an_archived_company_is_read_only_and_shown_on_request(browser: Browser) -> None:
    shown = (await alarms(browser, "tab=all&limit=1"))["total"]
    every = (await alarms(browser, "tab=all&limit=1&archived=1"))["total"]
    assert every > shown
    rows = (await alarms(browser, "tab=all&limit=500&archived=1"))["rows"]
    old = next(row for row in rows if row["cluster"] == "old-shop.shop-1")
    key = {"cluster": old["cluster"], "fingerprint": old["fingerprint"]}
    answer = await browser.ask("POST", "/api/acts", {"id": "d", "kind": "ack", "targets": [key]})
    assert answer.status == 409 and answer.json()["code"] == "ARCHIVED"
    gone = await browser.ask("DELETE", "/api/companies/old?history=delete")
    assert gone.status == 200
    assert (await alarms(browser, "tab=all&limit=1&archived=1"))["total"] == shown
