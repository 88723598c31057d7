"""Proxies are found in the environment as curl finds them, and what is wrong is said in words."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from alarminati.channels.http_client import HttpClient, NotSetUp
from alarminati.channels.port import unanswered
from alarminati.channels.proxies import BadProxy, mistakes, proxy_for
from alarminati.core.model.entries import DeliveryCause
from alarminati.demo.sink import Sink

PROXY = "http://127.0.0.1:1"  # nobody listens there, nor at 2, where curl goes when it goes direct
NAME, V4, V6 = "http://api.shop.svc/x", "http://10.1.2.3/x", "http://[fd00::17]/x"

EXCEPTIONS = [
    (NAME, entry)
    for entry in (
        "", "*", "*,x", "x *", " *", "*.svc", "svc", ".svc", "..svc", "shop.svc", "hop.svc",
        "api.shop.svc", "API.Shop.SVC", "api.shop.svc.", ".svc.", "x,.svc", "x .svc", "x\t.svc",
        "x, .svc ,y", ",,.svc", "api.shop.svc:80", ".", "..", "api", "10.0.0.0/8",
    )
] + [
    (V4, entry)
    for entry in (
        "10.1.2.3", "10.1.2.0/24", "10.0.0.0/8", "10.0.0.0/8,.svc", ".svc 10.0.0.0/8",
        "11.0.0.0/8", "10.1.2.3/32", "10.1.2.2/31", "10.1.2.4/31", "10.0.0.0/0", "10.1.2.3/0",
        "10.0.0.0/33", "10.0.0.0/", "10.1.2.3/", "10.0.0.0/x", "10.0.0.0/8x", "10.1.2.3:80",
        ".2.3", "2.3", "10.", "10", "10.1.2.3.", "0.0.0.0/1", "128.0.0.0/1", "fd00::/8", "*",
    )
] + [
    ("http://localhost./x", "localhost"),
    ("http://localhost/x", "localhost."),
    ("http://localhost/x", "127.0.0.1"),
    ("http://127.0.0.1/x", "localhost"),
    ("http://a.localhost/x", "localhost"),
    ("http://localhost:8080/x", "localhost:8080"),
    ("http://localhost:8080/x", "localhost"),
]  # fmt: skip

# Up to curl 8.0 an IPv6 address is compared as text, against what its manual says since 7.86.
SIX = [
    ("fd00::17", True),
    ("FD00::17", True),
    ("fd00:0:0::17", True),
    ("fd00::/8", True),
    ("fd00::/7", True),
    ("10.0.0.0/8 fd00::/8", True),
    ("fd00::10/124", True),
    ("fd00::10/125", True),
    ("fd00::17/0", True),
    ("fd00::18/125", False),
    ("fd00::/0", False),
    ("fd00::/129", False),
    ("fd01::/16", False),
    ("[fd00::17]", False),
    ("10.0.0.0/8", False),
    (".svc *", False),
]

VARIABLES = [
    (url, variables)
    for url in ("http://a.example/x", "https://a.example/x")
    for variables in (
        {},
        {"http_proxy": PROXY},
        {"HTTP_PROXY": PROXY},
        {"https_proxy": PROXY},
        {"HTTPS_PROXY": PROXY},
        {"all_proxy": PROXY},
        {"ALL_PROXY": PROXY},
        {"http_proxy": "", "ALL_PROXY": PROXY},
        {"https_proxy": "", "HTTPS_PROXY": PROXY},
        {"https_proxy": PROXY, "HTTPS_PROXY": "http://127.0.0.1:2"},
        {"all_proxy": PROXY, "ALL_PROXY": "http://127.0.0.1:2"},
        {"ALL_PROXY": PROXY, "NO_PROXY": "example"},
        {"ALL_PROXY": PROXY, "no_proxy": "other", "NO_PROXY": "example"},
        {"ALL_PROXY": PROXY, "no_proxy": "", "NO_PROXY": "example"},
        {"ALL_PROXY": "127.0.0.1:1"},
        {"ALL_PROXY": "HTTP://127.0.0.1:1"},
    )
]


def curl_uses_the_proxy(url: str, environ: dict[str, str]) -> bool:
    """Where the curl of this machine goes first."""
    found = shutil.which("curl")
    if found is None:
        pytest.skip("there is no curl here")
    done = subprocess.run(
        [found, "-sv", "-m", "5", "--connect-to", "::127.0.0.1:2", url],
        env=environ,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    through, direct = (f"connect to 127.0.0.1 port {port}" in done.stderr for port in (1, 2))
    assert through != direct, done.stderr
    return through


@pytest.mark.parametrize(("url", "exceptions"), EXCEPTIONS)
def test_no_proxy_is_read_as_curl_reads_it(url: str, exceptions: str) -> None:
    environ = {"http_proxy": PROXY, "no_proxy": exceptions}
    assert (proxy_for(url, environ) == PROXY) == curl_uses_the_proxy(url, environ)


@pytest.mark.parametrize(("exceptions", "direct"), SIX)
def test_no_proxy_takes_addresses_and_ranges_of_ipv6(exceptions: str, direct: bool) -> None:
    assert (proxy_for(V6, {"http_proxy": PROXY, "no_proxy": exceptions}) == "") is direct


@pytest.mark.parametrize(("url", "environ"), VARIABLES)
def test_the_variable_that_counts_is_the_one_that_counts_for_curl(
    url: str, environ: dict[str, str]
) -> None:
    assert (proxy_for(url, environ) == PROXY) == curl_uses_the_proxy(url, environ)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("socks5://me:canary@127.0.0.1:1080", "names a SOCKS proxy, which is not supported"),
        ("socks5h://127.0.0.1:1080", "names a SOCKS proxy"),
        ("socks4://127.0.0.1:1080", "names a SOCKS proxy"),
        ("socks4a://127.0.0.1:1080", "names a SOCKS proxy"),
        ("socks://127.0.0.1:1080/", "names a SOCKS proxy"),
        ("SOCKS5://127.0.0.1:1080/", "names a SOCKS proxy"),
        ("ftp://canary", "neither http nor https"),
        ("http://", "is not the address of a proxy"),
        ("http://canary:port", "is not the address of a proxy"),
        ("http://canary:0", "is not the address of a proxy"),
        ("http://canary:99999", "is not the address of a proxy"),
        ("http://can ary:1", "is not the address of a proxy"),
        ("http://[canary:1", "is not the address of a proxy"),
        ("http://카나리:1", "is not the address of a proxy"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_said_in_words_wherever_it_is_met(
    value: str, words: str
) -> None:
    (said,) = mistakes({"ALL_PROXY": value})
    assert said.startswith("ALL_PROXY ") and words in said and "NO_PROXY" in said
    assert "canary" not in said and "카나리" not in said
    with pytest.raises(BadProxy, match=words):
        proxy_for("https://h/x", {"all_proxy": value})
    http = HttpClient({"ALL_PROXY": value})
    with pytest.raises(NotSetUp) as caught:
        await http.post("https://hooks.example/x", b"", {}, timeout=5)
    assert str(caught.value) == said
    assert unanswered(caught.value).cause is DeliveryCause.MISCONFIGURED


def test_only_a_variable_that_counts_can_be_a_mistake() -> None:
    socks = "socks://127.0.0.1:1"
    assert list(mistakes({})) == []
    assert list(mistakes({"ALL_PROXY": socks, "NO_PROXY": "*"})) == []
    assert list(mistakes({"ALL_PROXY": socks, "http_proxy": "p:1", "https_proxy": "p:1"})) == []
    assert len(list(mistakes({"ALL_PROXY": socks, "https_proxy": "p:1"}))) == 1
    assert len(list(mistakes({"http_proxy": socks, "https_proxy": socks}))) == 2


@pytest.mark.parametrize(
    ("value", "proxy"),
    [
        ("p", "http://p:1080"),
        ("http://p", "http://p:1080"),
        ("https://p", "https://p:443"),
        ("p:3128/", "http://p:3128"),
        ("me:se%40cret@p:3128", "http://me:se%40cret@p:3128"),
        ("[::1]:3128", "http://[::1]:3128"),
    ],
)
def test_short_forms_of_a_proxy(value: str, proxy: str) -> None:
    assert proxy_for("https://h/x", {"https_proxy": value}) == proxy


async def test_a_range_in_no_proxy_keeps_a_request_inside() -> None:
    receiver, proxy = Sink(), Sink()
    await receiver.start()
    await proxy.start()
    through = {"http_proxy": f"127.0.0.1:{proxy.port}", "no_proxy": ".svc 127.0.0.0/8"}
    http = HttpClient(through)
    try:
        await http.post(receiver.url, b"{}", {}, timeout=5)
    finally:
        await http.close()
        await receiver.stop()
        await proxy.stop()
    assert (len(receiver.received), len(proxy.received)) == (1, 0)
