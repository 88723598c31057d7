"""Only the page that the person opened may speak to the server."""

from __future__ import annotations

import pytest

from alarminati.ui.schema.calls import WRITE_HEADER
from tests.ui.conftest import Browser


async def test_without_the_cookie_there_is_nothing(stranger: Browser) -> None:
    assert (await stranger.get("/api/summary")).status == 401
    assert (await stranger.get("/")).status == 401
    assert "alarm" not in (await stranger.get("/api/alarms")).body.decode().lower().replace(
        "alarminati", ""
    )


async def test_a_token_lets_in_once(stranger: Browser) -> None:
    token = stranger.guard.token(0.0)
    assert stranger.guard.redeem(token, 1.0) is not None
    assert stranger.guard.redeem(token, 1.0) is None
    assert stranger.guard.redeem(stranger.guard.token(0.0), 301.0) is None
    assert stranger.guard.redeem("guess", 1.0) is None


async def test_the_cookie_is_for_this_host_only(stranger: Browser) -> None:
    answer = await stranger.get(f"/?token={stranger.guard.token(2.0**40)}")
    told = answer.headers["set-cookie"]
    assert answer.status == 303 and answer.headers["location"] == "/"
    assert "HttpOnly" in told and "SameSite=Strict" in told and "Path=/" in told
    assert "Domain" not in told  # no other name on this computer is sent it


@pytest.mark.parametrize("cookie", ["alarminati=", "alarminati=a.b", "alarminati=a." + "0" * 64])
async def test_a_forged_cookie_is_refused(stranger: Browser, cookie: str) -> None:
    stranger.cookie = cookie
    assert (await stranger.get("/api/summary")).status == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1:1", ""])
async def test_another_name_for_this_computer_is_refused(browser: Browser, host: str) -> None:
    answer = await browser.get("/api/summary", Host=host)
    assert answer.status in (400, 421)
    assert b"clusters" not in answer.body


async def test_other_pages_are_refused(browser: Browser) -> None:
    for origin in ("http://evil.example", "null", f"http://localhost:{browser.port + 1}"):
        assert (await browser.get("/api/summary", Origin=origin)).status == 403
    sites = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert (await browser.get("/api/summary", **sites)).status == 403
    ours = f"http://alarminati.localhost:{browser.port}"
    assert (await browser.get("/api/summary", Origin=ours)).status == 200


async def test_writes_need_the_header(browser: Browser) -> None:
    act = {"id": "1", "kind": "done", "targets": []}
    answer = await browser.ask("POST", "/api/acts", act, {WRITE_HEADER: ""})
    assert answer.status == 403 and answer.json()["code"] == "HEADER_REQUIRED"


async def test_a_large_body_is_refused(browser: Browser) -> None:
    answer = await browser.ask("PUT", "/api/settings", {"language": "k" * 2**20})
    assert answer.status == 413 and answer.json()["ko"]


async def test_nothing_comes_from_elsewhere(browser: Browser) -> None:
    answer = await browser.get("/")
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in answer.headers["content-security-policy"]
