"""Mail: any alarms make a mail, alarms thread, and every reply is understood (G1, G2)."""

from __future__ import annotations

import asyncio
import re
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.channels import mail
from alarminati.channels.http_client import HttpClient
from alarminati.channels.message import Item, Message
from alarminati.channels.port import RECONFIGURE_AFTER, BadSettings, SendContext
from alarminati.channels.table import configure
from alarminati.config import Duration, Secret
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import DeliveryCause, Result
from tests.channels.drawn import ITEMS, crowd
from tests.channels.samples import item, message
from tests.vendors.certificates import server_tls
from tests.vendors.mailserver import Delivered, MailServer, mail_server

A, B = "a@team.example", "b@team.example"
ENGLISH = mail.Settings(host="h", sender="Alarms <alarms@our.example>", to=f"{A}, B <{B}>")
KOREAN = mail.Settings(host="h", sender="alarms@our.example", to=A, language="ko")


def seen(how: mail.Settings, told: Message) -> Delivered:
    raw = mail.render(how, told)
    assert raw == mail.render(how, told)  # a second attempt is the same mail
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    return Delivered([], raw)


async def send(server: MailServer, key: str, timeout: float = 5.0, **more: Any) -> Verdict:
    how = mail.Settings(
        host="127.0.0.1", port=server.port, sender="alarms@our.example", to=f"{A}, {B}",
        timeout=Duration(timeout), **({"tls": "none"} | more),
    )  # fmt: skip
    verdict = await mail.deliver(
        SendContext(HttpClient()), how, mail.render(how, message(item())), key
    )
    assert "canary" not in f"{verdict} {how}"
    return verdict


@settings(max_examples=60, deadline=None)
@given(st.lists(ITEMS, min_size=1, max_size=4), st.sampled_from([ENGLISH, KOREAN]))
def test_any_alarms_make_a_mail(items: list[Item], how: mail.Settings) -> None:
    got = seen(how, message(*items, late=90.0, left_out=1))
    assert not got.mail.defects
    assert set(re.findall(r"<(/?\w+)", got.text("html"))) <= {
        "html", "/html", "body", "/body", "br", "b", "/b", "i", "/i", "a", "/a",
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_a_digest_lists_or_counts_every_alarm(seed: int) -> None:
    items, tokens = crowd(Random(seed), (3, 200, 500)[seed % 3])
    got = seen(ENGLISH, message(*items))
    for kind in ("plain", "html"):
        text = got.text(kind)
        rest = sum(map(int, re.findall(r"(\d+) more, not listed", text)))
        assert len(tokens.intersection(re.findall(r"t\d{5}", text))) + rest == len(items)
    firing = sum(not one.resolved for one in items)
    assert f"{firing} firing, {len(items) - firing} resolved" in str(got.mail["Subject"])


def test_one_alarm_in_full() -> None:
    one = item(labels={"host": "<ws>"}, annotations={"why": "5 of 5"}, link="https://g.example/d")
    got = seen(KOREAN, message(one, late=700))
    assert got.mail["Subject"] == "🔴 발생 CRITICAL | [WS-API] Health check failed"
    assert (got.mail["From"], got.mail["To"]) == ("alarms@our.example", A)
    assert parsedate_to_datetime(got.mail["Date"]).isoformat() == "2025-09-18T03:53:40+00:00"
    assert got.text("plain").splitlines() == [
        "🔴 발생 CRITICAL | w-sharing · seoul-1",
        "[WS-API] Health check failed",
        "",
        "host <ws>",
        "why 5 of 5",
        "",
        "보고 시각 2025-09-18T03:42:00Z | 11분 40초 늦게 도착 | k3v9x2ab-1",
        "열기: https://g.example/d",
    ]
    assert "<b>host</b> &lt;ws&gt;<br>" in got.text("html")
    assert '<a href="https://g.example/d">' in got.text("html")


def test_an_alarm_and_its_end_are_one_thread_and_the_key_names_the_mail() -> None:
    fired = seen(ENGLISH, message(item(1))).mail
    over = seen(ENGLISH, message(item(2, resolved=True))).mail
    other = seen(ENGLISH, message(item(3, "disk"))).mail
    assert fired["References"] == over["References"] == over["In-Reply-To"]
    assert fired["References"] != other["References"]
    assert fired["Message-ID"] == other["Message-ID"]  # samples share one key
    assert str(over["Subject"]).startswith("✅ RESOLVED")
    assert "References" not in seen(ENGLISH, message(item(1), item(2, "b"))).mail


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_mail_arrives_over_tls_with_a_password(tls: str, tmp_path: Path) -> None:
    server = MailServer(server_tls(tmp_path), tls == "tls", account="me canary")
    secrets: dict[str, Any] = {"username": "me", "password": Secret("canary")}
    async with mail_server(server):
        ca = (tmp_path / "ca.crt").read_text()
        verdict = await send(server, "tls", tls=tls, ca=ca, **secrets)
        assert verdict == Verdict.delivered()
        wrong = await send(server, "x", tls=tls, ca=ca, username="me", password=Secret("canary2"))
        assert (wrong.result, wrong.after) == (Result.RETRY, RECONFIGURE_AFTER)
        assert "535" in wrong.detail
        stranger = await send(server, "x", tls=tls, **secrets)
        assert "not to be trusted" in stranger.detail
    assert [one.to for one in server.taken] == [[A, B]]


@pytest.mark.parametrize(
    ("logins", "words"),
    [
        ("NTLM GSSAPI", "(it offers NTLM, GSSAPI); known are CRAM-MD5, PLAIN, LOGIN"),
        ("XOAUTH2", "(it offers XOAUTH2); known are"),
        ("canary:/ XOAUTH2", "(it offers XOAUTH2); known are"),
        ("", "no login that this agent knows; known are"),
    ],
)
async def test_a_server_without_a_login_we_know_is_to_be_set_up(
    logins: str, words: str, tmp_path: Path
) -> None:
    server = MailServer(server_tls(tmp_path), logins=logins, account="me canary")
    async with mail_server(server):
        verdict = await send(
            server, "x", tls="starttls", ca=(tmp_path / "ca.crt").read_text(), username="me",
            password=Secret("canary"),
        )  # fmt: skip
    assert (verdict.cause, verdict.after) == (DeliveryCause.MISCONFIGURED, RECONFIGURE_AFTER)
    assert words in verdict.detail


async def test_a_server_without_starttls_is_to_be_set_up() -> None:
    async with mail_server(MailServer()) as server:
        verdict = await send(server, "x", tls="starttls")
    assert verdict.cause is DeliveryCause.MISCONFIGURED
    assert "offers no STARTTLS" in verdict.detail


async def test_the_server_is_greeted_by_the_name_that_is_set() -> None:
    async with mail_server(MailServer(only_as="alarms.our.example")) as server:
        assert "550 to EHLO" in (await send(server, "x")).detail
        assert await send(server, "y", hello="alarms.our.example") == Verdict.delivered()


async def test_a_port_that_speaks_tls_at_once_is_named_when_it_was_not_expected(
    tmp_path: Path,
) -> None:
    server = MailServer(server_tls(tmp_path), from_the_start=True)
    async with mail_server(server):
        verdict = await send(server, "x", timeout=0.3, tls="starttls")
    assert verdict.detail.endswith("if it speaks TLS from the first byte, set tls: tls")


@pytest.mark.parametrize(
    ("keys", "security"),
    [
        ({}, "starttls"),
        ({"port": 465}, "tls"),
        ({"port": "465"}, "tls"),
        ({"port": 465, "tls": "tls"}, "tls"),
        ({"port": 25, "tls": "none"}, "none"),
        ({"port": 587, "tls": ""}, "starttls"),
    ],
)
def test_the_port_says_how_the_line_is_secured(keys: dict[str, object], security: str) -> None:
    told = {"host": "h", "sender": "a@our.example", "to": A} | keys
    assert configure("m", "mail", told).settings.security == security


async def test_g2_who_took_it_is_not_asked_again() -> None:
    server = MailServer(codes={f"RCPT {B}": [451, 450]})
    async with mail_server(server):
        verdicts = [await send(server, "g2") for _ in range(3)]
    assert [one.result for one in verdicts] == [Result.RETRY, Result.RETRY, Result.DELIVERED]
    assert [one.to for one in server.taken] == [[A], [B]]
    assert server.taken[0].mail["Message-ID"] == server.taken[1].mail["Message-ID"]


async def test_a_recipient_that_refuses_for_good_stops_no_other() -> None:
    server = MailServer(codes={f"RCPT {A}": [550, 550], f"RCPT {B}": [550]})
    async with mail_server(server):
        nobody = await send(server, "none")
        one = await send(server, "one")
    assert (nobody.result, nobody.after) == (Result.RETRY, RECONFIGURE_AFTER)
    assert one.result is Result.DELIVERED
    assert "550 to RCPT: it refuses 1 of" in one.detail
    assert [one.to for one in server.taken] == [[B]]


async def test_a_lost_answer_is_the_same_mail_again() -> None:
    server = MailServer(lost=1)
    async with mail_server(server):
        verdicts = [await send(server, "lost") for _ in range(2)]
    assert [one.result for one in verdicts] == [Result.RETRY, Result.DELIVERED]
    assert len({one.mail["Message-ID"] for one in server.taken}) == 1


@pytest.mark.parametrize(("code", "result"), [(451, Result.RETRY), (554, Result.FAILED)])
async def test_a_mail_that_is_refused(code: int, result: Result) -> None:
    server = MailServer(codes={"DATA": [code]})
    async with mail_server(server):
        verdict = await send(server, f"data {code}")
    assert (verdict.result, verdict.after) == (result, None)


async def test_a_mail_over_the_size_told_is_dead() -> None:
    async with mail_server(MailServer()) as server:
        how = mail.Settings(host="127.0.0.1", port=server.port, sender=A, to=B, tls="none")
        verdict = await mail.deliver(SendContext(HttpClient()), how, b"x" * 500_000, "large")
    assert verdict.result is Result.FAILED


async def test_the_largest_alarm_is_taken() -> None:
    pairs = {f"{'가' * 120}{n}": "가" * 1024 for n in range(64)}
    told = message(item(1, "가" * 8192, labels=pairs, annotations=pairs))
    assert len(mail.render(ENGLISH, told)) < 10_000_000


async def test_a_dripping_server_has_one_limit_in_time_and_its_thread_ends() -> None:
    server = MailServer(dripping=True)
    async with mail_server(server):
        verdict = await send(server, "dripping", timeout=0.2)
        async with asyncio.timeout(5):
            while server.open:
                await asyncio.sleep(0.01)
    assert verdict.result is Result.RETRY
    assert "within 0.2 s" in verdict.detail


async def test_nobody_there() -> None:
    verdict = await send(MailServer(port=1), "nobody")
    assert verdict == Verdict.retry("127.0.0.1:1 refused the connection")


@pytest.mark.parametrize(
    ("code", "command", "result", "after"),
    [
        (250, "DATA", Result.DELIVERED, None),
        (251, "RCPT", Result.DELIVERED, None),
        (421, "the connection", Result.RETRY, None),
        (454, "AUTH", Result.RETRY, None),
        (450, "RCPT", Result.RETRY, None),
        (550, "RCPT", Result.FAILED, None),
        (530, "RCPT", Result.RETRY, RECONFIGURE_AFTER),
        (552, "DATA", Result.FAILED, None),
        (550, "MAIL", Result.RETRY, RECONFIGURE_AFTER),
        (535, "AUTH", Result.RETRY, RECONFIGURE_AFTER),
        (502, "STARTTLS", Result.RETRY, RECONFIGURE_AFTER),
        (-1, "EHLO", Result.RETRY, None),
    ],
)
def test_judge(code: int, command: str, result: Result, after: float | None) -> None:
    verdict = mail.judge(code, {"command": command}, b"canary")
    assert (verdict.result, verdict.after) == (result, after)
    assert "canary" not in verdict.detail


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"host": ""}, "host must be"),
        ({"to": "canary"}, "to must hold mail addresses"),
        ({"to": ""}, "to must hold mail addresses"),
        ({"to": "a@b.example\r\nBcc: x@canary.example"}, "to must hold mail addresses"),
        ({"sender": "canary"}, "sender must hold mail addresses"),
        ({"sender": "사업@b.example"}, "sender must hold mail addresses"),
        ({"port": 0}, r"port \(0\)"),
        ({"username": "me"}, "username and password go together"),
        ({"password": Secret("canary")}, "username and password go together"),
        ({"username": "me", "password": Secret("canary"), "tls": "none"}, "over TLS only"),
        ({"port": 465, "tls": "starttls"}, "port 465 speaks TLS from the first byte; set tls: tls"),
        ({"port": 465, "tls": "none"}, "port 465 speaks TLS from the first byte"),
        ({"tls": "ssl"}, "tls: must be one of starttls, tls, none"),
        ({"hello": "a b"}, "hello must be a host name"),
        ({"hello": "a\r\nQUIT"}, "hello must be a host name"),
    ],
)
def test_nonsense_is_refused(settings: dict[str, object], problem: str) -> None:
    good = {"host": "h", "sender": "a@b.example", "to": "c@d.example"}
    with pytest.raises(BadSettings, match=problem) as caught:
        configure("post", "mail", good | settings)
    assert "canary" not in str(caught.value)
