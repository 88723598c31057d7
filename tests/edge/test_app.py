"""POST /v1/alarms and the pages for machines, over a real socket."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Sequence
from typing import Any

import pytest

from alarminati.core.journal.ingest import (
    FiringLimit,
    Overloaded,
    Receipt,
    RequestIdReused,
    Stopping,
    StorageFull,
    TooFewReplicas,
)
from alarminati.core.model.entries import Alarm, EntryId, Severity
from alarminati.edge.exchange import Request
from alarminati.edge.health import FRESH, Health
from tests.edge.conftest import NOW, World

SMALLEST = (
    b'{"project":"w-sharing","timestamp":"2025-09-18T12:42:00+09:00",'
    b'"message":"[WS-API] Health check failed","severity":"CRITICAL"}'
)
STORED = Alarm(
    "[WS-API] Health check failed", Severity.CRITICAL, NOW, project="w-sharing", source="http"
)


async def test_the_smallest_alarm(world: World) -> None:
    reply = await (await world.client()).ask(SMALLEST)
    assert (reply.status, reply.json()) == (200, {"ids": ["origin00-1"], "replicas": 2})
    assert reply.headers["content-type"] == "application/json"
    assert world.reception.alarms == [STORED]
    assert world.witness.counts == {"accepted http": 1, "answered /v1/alarms": 1}


async def test_a_whole_alarm(world: World) -> None:
    alarm = {
        "message": "m",
        "severity": "warn",
        "timestamp": NOW / 1000,
        "resolved": True,
        "labels": {"b": "2", "a": "1"},
        "project": "p",
        "key": "k",
        "annotations": {"d": "e"},
        "link": "https://x",
    }
    reply = await (await world.client()).ask(alarm)
    assert reply.status == 200
    assert world.reception.alarms == [
        Alarm(
            "m",
            Severity.WARNING,
            NOW,
            True,
            (("a", "1"), ("b", "2")),
            "p",
            "k",
            (("d", "e"),),
            "https://x",
            "http",
        )
    ]


async def test_many_at_once(world: World) -> None:
    reply = await (await world.client()).ask([{"message": f"m{i}"} for i in range(1000)])
    assert reply.status == 200
    assert reply.json()["ids"][-1] == "origin00-1000"
    assert world.reception.calls == [(1000, "", 0)]


async def test_a_request_id_makes_sending_again_safe(world: World) -> None:
    """G2: the same request is known again by its id."""
    client = await world.client()
    await client.ask(SMALLEST, Idempotency_Key="one", X_Request_Id="other")
    await client.ask(SMALLEST, Idempotency_Key="one")
    await client.ask(SMALLEST.replace(b"WS", b"XX"), Idempotency_Key="one")
    first, again, another = world.reception.keys
    assert first is not None and another is not None
    assert (first.caller, first.id) == (another.caller, another.id) == ("anonymous/loopback", "one")
    assert first == again and first.digest != another.digest
    reply = await client.ask(SMALLEST, Idempotency_Key="x" * 129)
    assert (reply.status, reply.json()["field"]) == (400, "request_id")


async def test_a_correlation_id_is_no_request_id(world: World) -> None:
    """Services pass X-Request-Id on: two alarms of one web request carry the same."""
    await (await world.client()).ask(SMALLEST, X_Request_Id="trace-1")
    assert world.reception.keys == [None]


async def test_g8_an_id_that_was_used_for_something_else_is_said(world: World) -> None:
    world.reception.error = RequestIdReused("one")
    reply = await (await world.client()).ask(SMALLEST, Idempotency_Key="one")
    assert (reply.status, reply.json()["field"]) == (422, "request_id")
    assert "'one' was used for something else" in reply.json()["error"]
    assert world.witness.counts["refused http invalid"] == 1


async def test_g8_what_was_taken_of_a_request_and_what_was_not(world: World) -> None:
    client = await world.client()
    world.reception.refused = FiringLimit([1], "9 fire already")
    reply = await client.ask([{"message": "a"}, {"message": "b"}])
    assert (reply.status, reply.headers["retry-after"]) == (429, "60")
    assert reply.json()["ids"] == ["origin00-1", "origin00-2"]
    assert reply.json()["error"].endswith("9 fire already; the others were taken")
    alert = {"labels": {"alertname": "a"}, "status": "firing"}
    reply = await client.ask({"alerts": [alert]}, path="/webhooks/alertmanager")
    assert reply.status == 503
    world.reception.error = world.reception.refused
    reply = await client.ask(SMALLEST)
    assert (reply.status, "ids" in reply.json()) == (429, False)
    assert world.witness.counts["refused http firing_limit"] == 2


async def test_more_replicas_can_be_asked_for(world: World) -> None:
    client = await world.client()
    await client.ask(SMALLEST, path="/v1/alarms?min_replicas=3")
    assert world.reception.calls == [(1, "", 3)]
    for wrong in ("x", "-1", "1000", "%C2%B2"):
        reply = await client.ask(SMALLEST, path=f"/v1/alarms?min_replicas={wrong}")
        assert (reply.status, reply.json()["field"]) == (400, "min_replicas")


BAD: list[tuple[bytes, str, str]] = [
    (b"", "", 'the body is empty; send for example {"message": "disk is full"}'),
    (b" \n", "", "the body is empty; send for example"),
    (b"{", "", "the body is not JSON: it ends too early"),
    (b'{"message":"a', "", "the body is not JSON: it ends too early"),
    (b"nonsense", "", "the body is not JSON; send for example {"),
    (b"message=disk+is+full", "", "the body is not JSON, but a form; send for example {"),
    (
        b"{'message':'x'}",
        "",
        "the body is not JSON: texts stand in double quotes, not",
    ),
    (b'{"message":"a",}', "", "the body is not JSON: a comma stands before } (line 1, column 16)"),
    (b'{"message":"a\nb"}', "", "the body is not JSON: a text holds a raw newline or control"),
    (
        b'{"message":"a"} x',
        "",
        "the body is not JSON: more follows after its end (line 1",
    ),
    (b"\xff\xfe", "", "the body is empty"),
    (b'{"message":"\xff"}', "", "the body is not UTF-8 text; send UTF-8, or name what it is"),
    (b'{"message":"x \\ud83d y"}', "message", "message: holds half a surrogate pair"),
    (b'{"message":"a","labels":{"h":"\\ud800"}}', "labels.h", "labels.h: holds half a surrogate"),
    (b'[{"message":"\\ud800"}]', "alarms[0].message", "alarms[0].message: holds half a surro"),
    (b'{"message":"a","timestamp":NaN}', "timestamp", "timestamp: 'nan' is not a time"),
    (b"5", "", "must be an object, not a number"),
    (b"{}", "message", "message: is missing"),
    (b'{"message":5}', "message", "message: must be text, not a number"),
    (b'{"message":null}', "message", "message: must be text, not null"),
    (b'{"message":""}', "message", "message: is empty; say what happened"),
    (
        b'{"message":"a","severty":"INFO"}',
        "severty",
        'severty: is not known; did you mean "severity"?',
    ),
    (b'{"message":"a","qqq":1}', "qqq", "qqq: is not known; check its name"),
    (
        b'{"message":"a","status":"resolved"}',
        "status",
        'status: is not known; did you mean "resolved": true or false?',
    ),
    (b'{"text":"a"}', "text", 'text: is not known; did you mean "message"?'),
    (
        b'{"alerts":[]}',
        "alerts",
        "alerts: is of an Alertmanager; POST its notifications to /webhooks/alertmanager",
    ),
    (b'{"message":"a","ttl_seconds":-1}', "ttl_seconds", "ttl_seconds: is -1; 0 to 2592000 sec"),
    (b'{"message":"a","severity":"bad"}', "severity", "severity: 'bad' is not one of CRITICAL"),
    (b'{"message":"a","severity":1}', "severity", "severity: must be text, not a number"),
    (b'{"message":"a","timestamp":"now"}', "timestamp", "timestamp: 'now' is not a time"),
    (b'{"message":"a","timestamp":true}', "timestamp", "timestamp: must be"),
    (b'{"message":"a","timestamp":1e400}', "timestamp", "timestamp: 'inf' is not a time"),
    (b'{"message":"a","timestamp":9e18}', "timestamp", "timestamp: is"),
    (b'{"message":"a","timestamp":"1999-01-01T00:00:00Z"}', "timestamp", "timestamp: is 9"),
    (b'{"message":"a","timestamp":"2099-01-01T00:00:00Z"}', "timestamp", "timestamp: is 2"),
    (b'{"message":"a","labels":[]}', "labels", "labels: must be an object, not an array"),
    (b'{"message":"a","labels":{"a":1}}', "labels.a", "labels.a: must be text, not a number"),
    (b'{"message":"a","link":"x"}', "link", "link: 'x' is not an http or https address"),
    (b'{"message":"a","x":' + b"[" * 100_000, "x", "x: is not known"),
    (b"[" * 100_000, "", "the body is nested too deeply"),
    (b"[[]]", "alarms[0]", "alarms[0]: must be an object, not an array"),
    (b"[]", "alarms", "alarms: is empty; 1 to 1000 are taken"),
    (b"[{}]", "alarms[0].message", "alarms[0].message: is missing"),
    (
        b'[{"message":"b","labels":{"h":"%s"}}]' % (b"v" * 2000),
        "alarms[0].labels.h",
        "alar",
    ),
    (
        b'{"message":"a","labels":{%s}}' % b",".join(b'"n%d":"v"' % i for i in range(10_000)),
        "labels",
        "labels: 10000 pairs; at most 64 are allowed",
    ),
]


async def test_g8_more_alarms_than_are_taken_at_once(world: World) -> None:
    reply = await (await world.client()).ask([{"message": "a"}] * 1001)
    assert (reply.status, reply.json()["field"]) == (413, "alarms")
    assert reply.json()["error"] == "alarms: 1001 in one request; at most 1000 are taken"
    assert world.reception.calls == []


@pytest.mark.parametrize(("body", "field", "error"), BAD, ids=range(len(BAD)))
async def test_bad_input_names_the_field_and_takes_nothing(
    world: World, body: bytes, field: str, error: str
) -> None:
    """G8: nothing malformed gets in, and nothing half."""
    client = await world.client()
    reply = await client.ask(body)
    assert reply.status == 400
    assert reply.json().get("field", "") == field
    assert reply.json()["error"].startswith(error)
    assert len(reply.body) < 400
    assert world.reception.calls == []
    assert world.witness.counts["refused http invalid"] == 1
    assert (await client.ask(SMALLEST)).status == 200  # the connection lives on


UNSAID = ["", "text/plain", "application/x-www-form-urlencoded"]


@pytest.mark.parametrize("kind", UNSAID)
async def test_g7_web_pages_are_kept_out(world: World, kind: str) -> None:
    """They may send these types to any address without asking, but never without an Origin."""
    client = await world.client()
    reply = await client.ask(SMALLEST, content_type=kind, origin="http://elsewhere.example")
    assert (reply.status, reply.json()["field"]) == (415, "content-type")
    assert world.reception.calls == []


@pytest.mark.parametrize("kind", [*UNSAID, "application/json; charset=utf-8", "Application/JSON"])
async def test_json_is_accepted_by_any_name_and_without_one(world: World, kind: str) -> None:
    assert (await (await world.client()).ask(SMALLEST, content_type=kind)).status == 200


async def test_a_bad_alarm_does_not_cost_those_beside_it(world: World) -> None:
    """400, so that its maker looks; what was good is safe, and sending all again does no harm."""
    many = [{"message": "a"}, {"message": "b", "status": "firing"}, {"message": "c"}, {}]
    reply = await (await world.client()).ask(many)
    assert (reply.status, reply.json()) == (
        400,
        {
            "error": "2 taken, 2 refused; alarms[1].status: is not known; did you mean"
            ' "resolved": true or false?',
            "reason": "INVALID_FIELD",
            "field": "alarms[1].status",
            "ids": ["origin00-1", "origin00-2"],
            "replicas": 2,
            "refused": [
                {
                    "field": "alarms[1].status",
                    "error": "alarms[1].status: is not known; did you mean"
                    ' "resolved": true or false?',
                },
                {"field": "alarms[3].message", "error": "alarms[3].message: is missing"},
            ],
            "refused_count": 2,
        },
    )
    assert [alarm.message for alarm in world.reception.alarms] == ["a", "c"]
    assert world.witness.counts["accepted http"] == 2
    assert world.witness.counts["refused http invalid"] == 2


KOREAN = '{"message":"디스크가 가득 찼습니다"}'


@pytest.mark.parametrize(
    ("kind", "codec"),
    [
        ("application/json", "utf-8"),
        ("application/json", "utf-8-sig"),
        ("application/json", "utf-16"),
        ("application/json", "utf-16-le"),
        ("application/json", "utf-16-be"),
        ("application/json; charset=utf-16le", "utf-16-le"),
        ("application/json; charset=UTF-8", "utf-8"),
        ('application/json; charset="utf-8"', "utf-8"),
        ("application/json;charset=CP949", "cp949"),
        ("text/plain; charset=EUC-KR", "euc-kr"),
        ("application/json; charset=ks_c_5601-1987", "cp949"),
    ],
)
async def test_text_in_what_it_says_it_is(world: World, kind: str, codec: str) -> None:
    reply = await (await world.client()).ask(KOREAN.encode(codec), content_type=kind)
    assert reply.status == 200, reply.body
    assert world.reception.alarms[0].message == "디스크가 가득 찼습니다"


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("application/json", KOREAN.encode("cp949"), "charset=cp949"),
        (
            "application/json; charset=klingon",
            b"{}",
            "the charset 'klingon' is not known",
        ),
        ("application/json; charset=rot13", b"{}", "the charset 'rot13' is not known; send UTF-8"),
        ("application/json; charset=cp949", b'{"\xff\xff', "the body is not cp949, as it says"),
        ("application/json; charset=cp949", b" " * 1_100_000, "are taken in UTF-8 only"),
    ],
)
async def test_text_in_something_else(world: World, kind: str, body: bytes, said: str) -> None:
    reply = await (await world.client()).ask(body, content_type=kind)
    assert reply.status == 400
    assert said in reply.json()["error"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("//v1/alarms", "did you mean /v1/alarms?"),
        ("/v1%2falarms", "did you mean /v1/alarms?"),
        ("/api/v2/silences", "only alerts are taken here, by POST to /api/v2/alerts"),
        ("/api/v1/status", "`alarminati list` and `alarminati silence` read and silence"),
        ("/am/api/v2/alerts", "set http.prefix to /am, or post to /api/v2/alerts"),
        ("/nothing", "POST alarms to /v1/alarms"),
    ],
)
async def test_who_is_lost_is_told_the_way(world: World, path: str, said: str) -> None:
    reply = await (await world.client()).ask(path=path)
    assert (reply.status, said in reply.json()["error"]) == (404, True), reply.body


async def test_a_prefix_of_senders(world: World) -> None:
    """Prometheus's path_prefix; what a source may post to is named without it."""
    world.prefix = "/alertmanager"
    client = await world.client()
    for path, status in (("/alertmanager/v1/alarms", 200), ("/alertmanagerx/v1/alarms", 404)):
        assert (await client.ask(SMALLEST, path=path)).status == status
    assert (await client.ask(SMALLEST)).status == 200


async def test_another_type_is_refused(world: World) -> None:
    reply = await (await world.client()).ask(SMALLEST, content_type="application/xml")
    assert (reply.status, reply.json()["field"]) == (415, "content-type")


RECEIPT = Receipt((EntryId("origin00", 7),), 1)
ERRORS: list[tuple[Exception, int, int, str | None, str]] = [
    (Overloaded(2.2), 429, 503, "3", "overloaded"),
    (StorageFull(5), 503, 503, "5", "full"),
    (Stopping(), 503, 503, "1", "stopping"),
    (TooFewReplicas(RECEIPT, 3), 503, 503, "1", "replicas"),
    (RuntimeError("canary-81c2"), 500, 500, None, ""),
]


@pytest.mark.parametrize(("error", "status", "alertmanager", "after", "reason"), ERRORS)
async def test_what_a_reporter_is_told_when_it_fails(
    world: World,
    error: Exception,
    status: int,
    alertmanager: int,
    after: str | None,
    reason: str,
) -> None:
    """G8: overload is told with a hint. Alertmanager sends again only after 5xx."""
    world.reception.error = error
    client = await world.client()
    reply = await client.ask(SMALLEST)
    assert (reply.status, reply.headers.get("retry-after")) == (status, after)
    assert "canary-81c2" not in reply.body.decode()
    if reason:
        assert reply.json()["error"] == str(error)
        assert world.witness.counts[f"refused http {reason}"] == 1
    body = {"alerts": [{"status": "firing", "labels": {"alertname": "a"}}]}
    reply = await client.ask(body, path="/webhooks/alertmanager")
    assert (reply.status, reply.headers.get("retry-after")) == (alertmanager, after)


async def test_too_few_replicas_says_what_is_kept(world: World) -> None:
    world.reception.error = TooFewReplicas(RECEIPT, 3)
    reply = await (await world.client()).ask(SMALLEST)
    assert reply.json() == {
        "error": "kept on 1 replica(s), 3 were asked for; it travels on",
        "reason": "TOO_FEW_REPLICAS",
        "ids": ["origin00-7"],
        "replicas": 1,
    }


async def test_nothing_here_and_not_so(world: World) -> None:
    client = await world.client()
    assert (await client.ask(path="/nothing", method="GET")).status == 404
    assert (await client.ask(path="/v1", method="POST")).status == 404
    reply = await client.ask(path="/v1/alarms", method="GET")
    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    reply = await client.ask(SMALLEST, path="/healthz")
    assert (reply.status, reply.headers["allow"]) == (405, "GET")


async def test_one_byte_of_health(world: World) -> None:
    """G6: the whole answer is 40 bytes."""
    client = await world.client()
    client.send(path="/h", method="GET")
    assert await client.reader.readexactly(39) == b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1"
    world.trouble = "the disk is full"
    reply = await client.ask(path="/h", method="GET")
    assert (reply.status, reply.body) == (503, b"0")


async def test_health_in_words(world: World) -> None:
    client = await world.client()
    reply = await client.ask(path="/healthz", method="GET")
    assert (reply.status, reply.body) == (200, b"ok\n")
    reply = await client.ask(path="/healthz", method="HEAD")
    assert (reply.status, reply.headers["content-length"], reply.body) == (200, "3", b"")
    world.trouble = "the disk is full"
    reply = await client.ask(path="/healthz", method="GET")
    assert (reply.status, reply.body) == (503, b"the disk is full\n")


async def test_metrics_are_compressed_when_they_may_be(world: World) -> None:
    client = await world.client()
    plain = await client.ask(path="/metrics", method="GET")
    packed = await client.ask(path="/metrics", method="GET", accept_encoding="gzip, deflate")
    assert gzip.decompress(packed.body) == plain.body == b"figure 1\n" * 500
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < 100


async def test_500_at_once(world: World) -> None:
    server = await world.serve()

    async def one(number: int) -> int:
        client = await world.client(server)
        return (await client.ask({"message": f"m{number}"})).status

    statuses = await asyncio.gather(*(one(number) for number in range(500)))
    assert statuses == [200] * 500
    assert len({alarm.message for alarm in world.reception.alarms}) == 500


async def test_g8_figures_are_not_made_for_each_who_asks() -> None:
    """They take milliseconds, and anybody may ask."""
    made: list[int] = []
    now = 100.0

    def figures() -> tuple[bytes, str]:
        made.append(1)
        return b"figure %d\n" % len(made), "text/plain"

    health = Health(lambda: "", figures, ticks=lambda: now)
    request = Request("GET", "/metrics", "", {}, b"")
    assert {(await health.figures(request)).body for _ in range(1000)} == {b"figure 1\n"}
    now += FRESH
    assert (await health.figures(request)).body == b"figure 2\n"


async def test_who_reads_answers_learns_what_each_report_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when some of them may not begin to fire. Tools are answered as ever."""
    body = b'[{"message":"a"},{"message":"b"},{"message":"c"}]'
    edge = world.edge(change=lambda alarm, id: (f"of {alarm.message}", f"by {id}"))

    async def answer(path: str, body: bytes) -> dict[str, Any]:
        said: dict[str, Any] = json.loads((await edge(Request("POST", path, "", {}, body))).body)
        return said

    said = await answer("/v1/alarms", body)
    assert said["fingerprints"] == ["of a", "of b", "of c"]
    assert said["effects"] == [f"by {id}" for id in said["ids"]]
    firing = b'{"alerts":[{"status":"firing","labels":{"alertname":"x"}}]}'
    assert list(await answer("/webhooks/alertmanager", firing)) == ["ids", "replicas"]

    async def accept(alarms: Sequence[Alarm], **more: object) -> Receipt:
        return Receipt((EntryId("o", 1), EntryId("o", 2)), 1, FiringLimit([1], "full"))

    monkeypatch.setattr(world.reception, "accept", accept)
    said = await answer("/v1/alarms", body)
    assert said["ids"] == ["o-1", "o-2"]
    assert said["fingerprints"] == ["of a", "of c"]
    assert said["effects"] == ["by o-1", "by o-2"]
