"""Who may report by HTTP, and how often (G7, G8)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.channels.webhook import sign
from alarminati.edge import tokens
from alarminati.edge.exchange import Request, Response
from alarminati.edge.gate import Anonymous, Gate, Source
from alarminati.edge.signatures import BadSignature, Signature
from alarminati.edge.whence import LOOPBACK, whence
from tests.edge.client import Reply
from tests.edge.conftest import NOW, World

TOKEN = tokens.make_token()
SECRET = "a secret of the shop"
BODY = b'{"message":"m"}'
SECONDS = NOW // 1000
SIGNED = Signature(SECRET.encode())


def stamped(moment: int = SECONDS, body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    """The header as our own webhook channel makes it."""
    return {"x-alarminati-signature": sign(secret, moment, body)}


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


# Tokens.


def test_tokens_are_long_and_differ() -> None:
    made = {tokens.make_token() for _ in range(100)}
    assert len(made) == 100
    assert all(token.startswith("alm_") and len(token) == 47 for token in made)


@pytest.mark.parametrize(
    "header",
    [f"Bearer {TOKEN}", f"bearer  {TOKEN} ", basic("anybody", TOKEN), basic("", TOKEN)],
    ids=["bearer", "spaces", "basic", "nameless"],  # not the token: names are the same in each run
)
async def test_a_token_lets_in(world: World, header: str) -> None:
    world.sources = [
        Source("other", tokens.hashed("x")),
        Source("shop", tokens.hashed(TOKEN)),
    ]
    world.anonymous = Anonymous("none")
    reply = await (await world.client()).ask(BODY, Authorization=header)
    assert reply.status == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {tokens.hashed(TOKEN)}",
        f"Token {TOKEN}",
        basic(TOKEN, ""),
        basic(TOKEN, "wrong"),
        "Basic ???",
        "Basic //8=",
        f"Bearer {TOKEN}, Bearer {TOKEN}",
        "Bearer " + "x" * 20_000,
    ],
    ids=lambda header: f"{header.partition(' ')[0]}-{len(header)}",
)
@pytest.mark.parametrize("allowed", ["none", "any"])
async def test_g7_another_token_does_not(world: World, header: str, allowed: str) -> None:
    """Who shows a wrong token is told so even where no token is needed: it meant to be known."""
    world.sources = [Source("shop", tokens.hashed(TOKEN))]
    world.anonymous = Anonymous("any" if allowed == "any" and header else "none")
    reply = await (await world.client()).ask(BODY, Authorization=header)
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == 'Bearer realm="alarminati"'
    assert TOKEN not in str(reply)
    reason = "token" if header else "anonymous"
    assert world.witness.counts == {f"refused http {reason}": 1}
    assert world.reception.calls == []


async def test_g8_who_may_not_come_in_gets_to_send_no_body(world: World) -> None:
    """So nobody without a token can fill the memory that bodies have in common."""
    world.sources = [Source("shop", tokens.hashed(TOKEN))]
    world.anonymous = Anonymous("none")
    client = await world.client()
    client.writer.write(b"POST /v1/alarms HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000\r\n\r\n")
    assert (await client.reply()).status == 401


async def test_health_is_for_everybody_and_figures_are_not(world: World) -> None:
    world.anonymous = Anonymous("none")
    for path, status in (("/h", 200), ("/healthz", 200), ("/metrics", 401), ("/nothing", 401)):
        reply = await (await world.client()).ask(path=path, method="GET")
        assert (path, reply.status) == (path, status)
    assert world.witness.counts == {"refused elsewhere anonymous": 2}  # no label of their making


async def test_g7_anonymous_on_this_machine_only(world: World) -> None:
    world.anonymous = Anonymous("loopback")
    assert (await (await world.client()).ask(BODY, host="localhost")).status == 200
    gate = world.gate()
    request = Request("POST", "/v1/alarms", "", {}, b"", "10.1.2.3")
    answer = gate.head(request)
    assert answer is not None and answer.status == 401
    assert b"this needs a token, for it comes from 10.1.2.3; `alarminati tokens create` makes" in (
        answer.body
    )


HERE = ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.1.2.3", "[::1]:8080", "[::1]"]
NOT_HERE = ["evil.example:8080", "localhost.evil.example", "127.0.0.1.nip.io", "10.0.0.1", ""]
FAR: list[dict[str, str]] = [
    {"origin": "http://localhost:8080"},
    {"origin": "null"},
    {"x-forwarded-for": "8.8.8.8"},
    {"x-forwarded-proto": "https"},
    {"x-forwarded-host": "localhost"},
    {"forwarded": "for=127.0.0.1"},
    {"x-real-ip": "127.0.0.1"},
    {"via": "1.1 varnish"},
    {"x-envoy-external-address": "10.0.0.1"},
]


@pytest.mark.parametrize("host", HERE)
async def test_this_machine_by_its_names(world: World, host: str) -> None:
    world.anonymous = Anonymous("loopback")
    assert (await (await world.client()).ask(BODY, host=host)).status == 200


@pytest.mark.parametrize("path", ["/v1/alarms", "/metrics", "/api/v2/alerts"])
@pytest.mark.parametrize("host", NOT_HERE)
async def test_g7_a_page_whose_name_leads_here_is_not_this_machine(
    world: World, host: str, path: str
) -> None:
    """DNS rebinding: for the browser it is the page's own server, which it may post to and read."""
    world.anonymous = Anonymous("loopback")
    client = await world.client()
    method = "GET" if path == "/metrics" else "POST"
    client.writer.write(
        f"{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
        "content-length: 0\r\n\r\n".encode()
    )
    reply = await client.reply()
    assert reply.status == 401
    assert "not for localhost or 127.0.0.1; `alarminati tokens create`" in reply.json()["error"]


async def test_g7_an_address_in_absolute_form_counts_before_host(world: World) -> None:
    world.anonymous = Anonymous("loopback")
    client = await world.client()
    client.writer.write(b"GET http://evil.example/metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert (await client.reply()).status == 401


@pytest.mark.parametrize("headers", FAR)
async def test_g7_what_a_proxy_passes_on_is_not_this_machine(
    world: World, headers: dict[str, str]
) -> None:
    world.anonymous = Anonymous("loopback")
    reply = await (await world.client()).ask(BODY, host="127.0.0.1", **headers)
    assert reply.status == 401
    assert next(iter(headers)) in reply.json()["error"]
    world.sources = [Source("am", tokens.hashed(TOKEN))]
    with_token = headers | {"Authorization": f"Bearer {TOKEN}"}
    client = await world.client(await world.serve())
    reply = await client.ask(BODY, host="alarms.example", **with_token)
    assert reply.status == 200


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("none", 200)])
async def test_g7_a_page_of_another_site_is_refused(world: World, site: str, status: int) -> None:
    reply = await (await world.client()).ask(BODY, sec_fetch_site=site)
    assert reply.status == status


def test_g8_what_a_proxy_passes_on_has_a_pace() -> None:
    """The whole internet is not "this machine" because there is a proxy on it."""
    gate = Gate([], Anonymous("any", rate=1, burst=1), ticks=lambda: 0.0, now=lambda: 0.0)
    headers = {"x-forwarded-for": "8.8.8.8"}
    request = Request("POST", "/v1/alarms", "", headers, b"", LOOPBACK, host="localhost")
    assert gate.head(request) is None
    refused = gate.head(request)
    assert refused is not None and refused.status == 429


async def test_a_source_keeps_to_its_paths(world: World) -> None:
    token = {"Authorization": f"Bearer {TOKEN}"}
    world.sources = [
        Source("am", tokens.hashed(TOKEN), paths=frozenset({"/webhooks/alertmanager"}))
    ]
    reply = await (await world.client()).ask(BODY, **token)
    assert (reply.status, reply.json()["error"]) == (
        403,
        "am may post to /webhooks/alertmanager only",
    )
    reply = await (await world.client()).ask({"alerts": []}, path="/webhooks/alertmanager", **token)
    assert reply.status == 200


def test_g7_every_hash_is_compared() -> None:
    """Where among the sources a token stands does not show in what is done."""
    looked: list[str] = []

    class Watched(dict[str, str]):
        def items(self):  # type: ignore[no-untyped-def]
            for name, kept in super().items():
                looked.append(name)
                yield name, kept

    hashes = Watched(a=tokens.hashed("1"), b=tokens.hashed("2"), c=tokens.hashed("3"))
    assert tokens.holder("1", hashes) == "a"
    assert tokens.holder("none", hashes) == ""
    assert looked == ["a", "b", "c"] * 2


# Signatures.


async def signed(world: World, *headers: dict[str, str]) -> Reply:
    sent = {name: value for each in headers for name, value in each.items()}
    return await (await world.client()).ask(BODY, **sent)


async def test_what_our_own_webhook_channel_signs_is_believed(world: World) -> None:
    world.sources = [Source("shop", signature=SIGNED)]
    world.anonymous = Anonymous("none")
    assert (await signed(world, stamped())).status == 200
    assert (await signed(world)).status == 401


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (stamped(secret="another secret !"), "the signature does not fit"),
        (stamped(body=b'{"message":"n"}'), "the signature does not fit"),
        (stamped(SECONDS - 301), "made more than 300 s from now"),
        (stamped(SECONDS + 301), "made more than 300 s from now"),
        ({"x-alarminati-signature": f"t={SECONDS}"}, "does not fit"),
        ({"x-alarminati-signature": "v1=00"}, "the time of the signature is missing"),
        ({"x-alarminati-signature": "t=,v1=00"}, "the time of the signature is missing"),
        ({"x-alarminati-signature": f"t={'9' * 20},v1=00"}, "is missing"),
        ({"x-alarminati-signature": "t=-5,v1=00"}, "is missing"),
        ({"x-alarminati-signature": ""}, "needs a token"),
        ({"x-alarminati-signature": "," * 30_000}, "is missing"),
        (
            {"x-alarminati-signature": f"t={SECONDS},{sign(SECRET, SECONDS - 900, BODY)}"},
            "the time of the signature is missing",
        ),
    ],
)
async def test_g7_forged_and_late_ones_are_not(
    world: World, headers: dict[str, str], said: str
) -> None:
    world.sources = [Source("shop", signature=SIGNED)]
    world.anonymous = Anonymous("none")
    reply = await signed(world, headers)
    assert reply.status == 401
    assert said in reply.json()["error"]
    assert SECRET not in str(reply)
    assert world.reception.calls == []


async def test_g7_a_replay_changes_nothing_and_says_what_was_said(world: World) -> None:
    """Its id is made of the signature; ids in headers do not count, for they are not signed."""
    world.sources = [Source("shop", signature=SIGNED)]
    await signed(world, stamped())
    await signed(world, stamped(), {"Idempotency-Key": "mine"})
    first, again = world.reception.keys
    assert first is not None and first == again and first.id != "mine"
    assert first.caller == "source/shop"
    await signed(world, stamped(SECONDS + 1))
    assert world.reception.calls[-1][1] != first.id


async def test_an_alertmanagers_replay_too(world: World) -> None:
    world.sources = [Source("shop", signature=SIGNED)]
    alert = {"labels": {"alertname": "a"}, "status": "firing"}
    body = json.dumps({"alerts": [alert]}).encode()
    client = await world.client()
    await client.ask(body, path="/webhooks/alertmanager", **stamped(body=body))
    assert world.reception.calls[0][1].startswith("signed-")


async def test_g7_a_replay_to_another_page_is_another_content_of_the_same_id(world: World) -> None:
    """A signature covers the body, not the path: what two pages can read counts once."""
    world.sources = [Source("shop", signature=SIGNED)]
    body = b'[{"message":"m","labels":{"alertname":"a"}}]'
    client = await world.client()
    for path in ("/v1/alarms", "/api/v2/alerts"):
        await client.ask(body, path=path, **stamped(body=body))
    one, other = world.reception.keys
    assert one is not None and other is not None
    assert (one.caller, one.id) == (other.caller, other.id)
    assert one.digest != other.digest


async def test_an_id_is_the_callers_own(world: World) -> None:
    """Whoever guesses the ids of another source silences nobody."""
    secrets = {name: tokens.make_token() for name in ("web", "billing")}
    world.sources = [Source(name, tokens.hashed(secret)) for name, secret in secrets.items()]
    client = await world.client()
    for secret in secrets.values():
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "deploy-42"}
        await client.ask(b'{"message":"m"}', **headers)
    callers = [key.caller for key in world.reception.keys if key is not None]
    assert callers == ["source/web", "source/billing"]


def hex_of(data: bytes) -> str:
    return hmac.new(SECRET.encode(), data, hashlib.sha256).hexdigest()


STYLES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "github": ({"x-hub-signature-256": f"sha256={hex_of(BODY)}"}, {}),
    "sentry": ({"sentry-hook-signature": hex_of(BODY), "sentry-hook-timestamp": "1"}, {}),
    "grafana": ({"x-grafana-alerting-signature": hex_of(BODY)}, {}),
    "grafana with a time": (
        {
            "x-grafana-alerting-signature": hex_of(b"%d:%s" % (SECONDS, BODY)),
            "x-grafana-alerting-signature-timestamp": str(SECONDS),
        },
        {"timestamp_header": "x-grafana-alerting-signature-timestamp"},
    ),
    "sentry in another place": ({"x-sig": hex_of(BODY).upper()}, {"header": "x-sig"}),
}


@pytest.mark.parametrize("style", STYLES)
def test_the_styles_of_others(style: str) -> None:
    headers, settings = STYLES[style]
    signature = Signature(SECRET.encode(), style.split()[0], **settings)
    mark = signature.check(headers, BODY, SECONDS)
    assert signature.check(headers, BODY, SECONDS) == mark
    with pytest.raises(BadSignature):
        signature.check(headers, BODY + b" ", SECONDS)
    with pytest.raises(BadSignature):
        Signature(b"another secret!!", style.split()[0], **settings).check(headers, BODY, SECONDS)


def test_a_time_that_must_be_signed_cannot_be_left_out() -> None:
    signature = Signature(SECRET.encode(), "grafana", timestamp_header="x-time")
    with pytest.raises(BadSignature, match="time of the signature is missing"):
        signature.check({"x-grafana-alerting-signature": hex_of(BODY)}, BODY, SECONDS)
    old = {"x-grafana-alerting-signature": hex_of(b"5:" + BODY), "x-time": "5"}
    with pytest.raises(BadSignature, match="from now"):
        signature.check(old, BODY, SECONDS)


def test_two_secrets_while_one_is_changed() -> None:
    header = f"{sign('the old secret!!', SECONDS, BODY)},v1={hex_of(b'%d.%s' % (SECONDS, BODY))}"
    SIGNED.check({"x-alarminati-signature": header}, BODY, SECONDS)


@given(st.text(max_size=200), st.binary(max_size=50))
def test_g7_no_header_is_believed_by_chance(header: str, body: bytes) -> None:
    for style in ("alarminati", "github", "grafana", "sentry"):
        signature = Signature(b"another secret entirely", style)
        with pytest.raises(BadSignature):
            signature.check({signature.place: header}, body, SECONDS)


async def test_a_source_with_both_needs_both(world: World) -> None:
    world.sources = [Source("shop", tokens.hashed(TOKEN), SIGNED)]
    world.anonymous = Anonymous("none")
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert (await signed(world, bearer)).status == 401
    assert (await signed(world, stamped())).status == 401
    assert (await signed(world, bearer, stamped())).status == 200


# Pace.


async def test_g8_a_source_has_a_pace_of_its_own(world: World) -> None:
    world.sources = [Source("shop", tokens.hashed(TOKEN), rate=0.5, burst=2)]
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert [(await signed(world, bearer)).status for _ in range(2)] == [200, 200]
    reply = await signed(world, bearer)
    assert (reply.status, reply.headers["retry-after"]) == (429, "2")
    assert "shop sends more than 0.5 requests a second" in reply.json()["error"]
    assert world.witness.counts["refused http rate"] == 1
    world.ticks += 2
    assert (await signed(world, bearer)).status == 200


async def test_g8_a_request_with_many_alarms_counts_as_several_and_is_taken_whole(
    world: World,
) -> None:
    """A group cannot be split: only what comes behind it waits, and never longer than a burst."""
    world.sources = [Source("am", tokens.hashed(TOKEN), rate=1, burst=4)]

    async def ask(count: int) -> Reply:
        alarms = [{"message": f"m{n}"} for n in range(count)]
        client = await world.client()
        return await client.ask(alarms, Authorization=f"Bearer {TOKEN}")

    assert [(await ask(100)).status for _ in range(4)] == [200] * 4  # one each, as before
    world.ticks += 4
    assert (await ask(300)).status == 200  # three
    assert (await ask(1)).status == 200
    assert ((await ask(1)).status, (await ask(1)).headers["retry-after"]) == (429, "1")
    world.ticks += 4
    assert (await ask(1000)).status == 200  # ten, of which four were there and four are owed
    assert (await ask(1)).headers["retry-after"] == "5"
    world.ticks += 5
    assert (await ask(1)).status == 200


async def test_an_alertmanager_is_told_so_in_the_way_it_understands(world: World) -> None:
    """G8: it drops what is refused with 429, and comes again after 503."""
    world.sources = [Source("am", tokens.hashed(TOKEN), rate=0.5, burst=1)]
    client = await world.client()
    for status in (200, 503):
        reply = await client.ask(
            {"alerts": []}, path="/webhooks/alertmanager", Authorization=f"Bearer {TOKEN}"
        )
        assert reply.status == status
    assert reply.headers["retry-after"] == "2"


async def test_g8_forged_requests_do_not_use_up_a_sources_pace(world: World) -> None:
    world.sources = [Source("shop", signature=SIGNED, rate=0.1, burst=1)]
    for _ in range(20):
        assert (await signed(world, stamped(secret="another secret !"))).status == 401
    assert (await signed(world, stamped())).status == 200
    assert (await signed(world, stamped(SECONDS + 1))).status == 429


def test_g8_each_address_has_its_pace_and_this_machine_none() -> None:
    gate = Gate([], Anonymous("any", rate=1, burst=1), ticks=lambda: 0.0, now=lambda: 0.0)

    def ask(place: str) -> int:
        answer = gate.head(Request("POST", "/v1/alarms", "", {}, b"", place, host="localhost"))
        return 200 if answer is None else answer.status

    assert [ask("10.0.0.1"), ask("10.0.0.1"), ask("10.0.0.2")] == [200, 429, 200]
    assert [ask(LOOPBACK) for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("by", ["token", "signature", "nothing"])
def test_g7_who_is_taken_out_while_its_body_comes_stays_out(by: str) -> None:
    source = Source("shop", tokens.hashed(TOKEN)) if by == "token" else Source("shop", "", SIGNED)
    headers = {"token": {"authorization": f"Bearer {TOKEN}"}, "signature": stamped(), "nothing": {}}
    gate = Gate([source], Anonymous("any"), ticks=lambda: 0.0, now=lambda: SECONDS)
    request = Request("POST", "/v1/alarms", "", headers[by], BODY, "10.0.0.1")
    assert gate.head(request) is None
    assert isinstance(gate.whole(request), Request)
    gate.use([Source("other", tokens.hashed("x"))], Anonymous("none"))
    refused = gate.whole(request)
    assert isinstance(refused, Response) and refused.status == 401


def test_what_was_let_in_without_name_is_not_asked_again() -> None:
    gate = Gate([], Anonymous("any"), ticks=lambda: 0.0, now=lambda: 0.0)
    request = Request("POST", "/v1/alarms", "", {"authorization": "Bearer x"}, BODY, "10.0.0.1")
    assert gate.head(request) is None  # nobody has a token here, so it means nothing
    assert not isinstance(gate.whole(request), Response)


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("127.0.0.1", LOOPBACK),
        ("127.9.9.9", LOOPBACK),
        ("::1", LOOPBACK),
        ("::ffff:127.0.0.1", LOOPBACK),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_who_counts_as_one(host: str, place: str) -> None:
    assert whence(host) == place
