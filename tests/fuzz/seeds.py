"""Good inputs, from which bad ones are made."""

from __future__ import annotations

import gzip
import json
import zlib

from alarminati.core.model.entries import (
    Action,
    Alarm,
    Body,
    DeliveryAttempt,
    DeliveryCause,
    EntryId,
    HeartbeatSeen,
    Invitation,
    Mark,
    Notification,
    NotificationItem,
    Redemption,
    Result,
    Revocation,
    Sealed,
    Severity,
    Signal,
    Silence,
)
from alarminati.mesh.v1 import mesh_service_pb2 as mesh
from alarminati.wire import codec, cursor

NOW = 1_758_166_920_000  # milliseconds since 1970
ORIGIN = "k3v9x2ab"
PRINT = "00112233aabbccdd"

ALARM = Alarm(
    "[WS-API] Health check failed",
    Severity.CRITICAL,
    NOW,
    labels=(("host", "a1"), ("service", "ws-api")),
    project="w-sharing",
    key="ws-api",
    annotations=(("summary", "응답 없음"),),
    link="https://example.com/a?b=c",
    source="grpc",
)
ITEM = NotificationItem(EntryId(ORIGIN, 1), ALARM.fingerprint(), False)
BODIES: tuple[Body, ...] = (
    ALARM,
    Alarm("it is over", Severity.INFO, NOW, resolved=True, key="ws-api", project="w-sharing"),
    Action.acknowledge(ALARM.fingerprint(), "kim", "on it"),
    Notification("ops", (ITEM,), "0123456789abcdef"),
    Notification("ops", (ITEM, ITEM), "fedcba9876543210", EntryId(ORIGIN, 4)),
    DeliveryAttempt(EntryId(ORIGIN, 4), Result.DELIVERED, 1, "a1", 12, message_id="C0/1.2"),
    DeliveryAttempt(
        EntryId(ORIGIN, 4),
        Result.RETRY,
        1,
        "a1",
        12,
        "answered 503",
        "",
        900,
        DeliveryCause.UNREACHABLE,
    ),
    Silence(PRINT, ('severity="WARNING"', 'host=~"web.*"'), NOW, NOW + 3_600_000, "kim", "night"),
    Mark("deploy", NOW, NOW + 1000, "shop", (("service", "api"),), "https://a/b", "ci"),
    Sealed("channel/ops", b"\x01" * 60, "kim"),
    Revocation("viewer", "laptop", "kim", "lost"),
    Invitation(PRINT, "viewer", "laptop", NOW + 900_000, 90, "kim"),
    Redemption(PRINT, b"\x02" * 32),
    HeartbeatSeen("backup", Signal.FAILURE, NOW, "no space left"),
)
ENTRIES = tuple(codec.encode(body) for body in BODIES)
CURSORS = (cursor.encode({}), cursor.encode({ORIGIN: 7, "0ther123": 2**40}))

REPORT = {
    "project": "w-sharing",
    "timestamp": "2025-09-18T12:42:00+09:00",
    "message": "[WS-API] Health check failed",
    "severity": "CRITICAL",
}
FULL = REPORT | {
    "resolved": True,
    "labels": {"host": "a1"},
    "annotations": {"summary": "x"},
    "key": "k",
    "link": "https://example.com/",
    "timestamp": 1758166920,
}
ALERT = {
    "status": "firing",
    "labels": {"alertname": "Down", "severity": "page"},
    "annotations": {"summary": "it is down"},
    "startsAt": "2025-09-18T12:42:00.123456789+09:00",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
    "fingerprint": "b1c2",
}
NOTIFICATION = {"version": "4", "status": "firing", "truncatedAlerts": 3, "alerts": [ALERT, ALERT]}


def _json(*documents: object) -> tuple[bytes, ...]:
    return tuple(json.dumps(document).encode() for document in documents)


REPORTS = _json(REPORT, FULL, [REPORT, FULL])
NOTIFICATIONS = (
    *_json(NOTIFICATION),
    b'{"status":"firing","alerts":[{"labels":{"a":1,"b":null},'
    b'"annotations":{"c":"\\ud83d\\ud83d"}}]}',
)
ALERTS = (
    *_json([ALERT, ALERT | {"endsAt": "2025-09-18T12:50:00+09:00"}]),
    b'[{"labels":{"a":"\\ud83d \\\\ud83d \\ud83d\\ude00","b":[]}},{"labels":3},null]',
)
PACKED = (
    b"g" + gzip.compress(REPORTS[0], mtime=0),
    b"d" + zlib.compress(REPORTS[1]),
    b"d" + zlib.compress(REPORTS[0])[2:-4],
)


def _request(body: bytes, path: str = "/v1/alarms", more: str = "") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{more}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


CHUNKED = (
    b"POST /v1/alarms HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Type: application/json\r\n\r\n"
    + b"".join(
        b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (REPORTS[0][:20], REPORTS[0][20:])
    )
    + b"0\r\nX-Trailer: 1\r\n\r\n"
)
TOKEN = "alm_" + "0" * 43
SIGNED = f"X-Alarminati-Signature: t={NOW // 1000},v1={'ab' * 32}\r\n"
REQUESTS = (
    _request(REPORTS[0], more=f"Authorization: Bearer {TOKEN}\r\n"),
    _request(REPORTS[0], more=SIGNED),
    _request(REPORTS[0], more=f"X-Hub-Signature-256: sha256={'ab' * 32}\r\n"),
    _request(REPORTS[0]),
    _request(REPORTS[2], "/v1/alarms?min_replicas=2", "Idempotency-Key: k1\r\n"),
    _request(REPORTS[0], more="Upgrade: h2c\r\nConnection: Upgrade\r\n"),
    _request(gzip.compress(REPORTS[0], mtime=0), more="Content-Encoding: gzip\r\n"),
    _request(ALERTS[1], "/api/v2/alerts"),
    _request(NOTIFICATIONS[0], "/webhooks/alertmanager", "Authorization: Bearer x\r\n"),
    _request(REPORTS[0], more="Expect: 100-continue\r\nX-Request-Id: 1\r\n"),
    CHUNKED,
    b"GET /h HTTP/1.1\r\nHost: a\r\n\r\nHEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /metrics HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
)

CONFIGS = (
    b"""
project: w-sharing
cluster: seoul-1
name: a1
data: /tmp/alarminati
listen: {grpc: "127.0.0.1:7443", http: "127.0.0.1:8080", health: off}
discovery: {mode: static, peers: ["127.0.0.1:7543"]}
tls: {mode: insecure}
channels:
  - {name: ops, type: webhook, url: "http://127.0.0.1:9000/hook", secret: x, timeout: 5s}
  - {name: team, type: slack, url: "https://hooks.example/T/B/x", max_items: 20}
route: {channels: [ops], group_by: [host], group_wait: 30s, routes: [{match: [severity=INFO]}]}
checks: [{name: web, url: "http://127.0.0.1/h", interval: 15s, labels: {a: b}}]
retention: {max_age: 30d, max_entries: 200000}
limits: {body_size: 4MiB}
""",
    b"name: a1\ntls: {mode: insecure}\nlisten: {grpc: '[::1]:0', http: '127.0.0.1:0'}\n"
    b"keepalive_interval: 15s\n",
)
MATCHERS = (b'host=~"web.*"', b"severity!=INFO", b'a="b"', b"a!~(x|y)+", b'{a="b",c=~"d"}')

WORDS = (
    mesh.ElectionMessage(
        kind=2,  # type: ignore[arg-type]
        name="a2",
        rank=2**63,
        epoch=7,
        master="a1",
        master_rank=9,
        master_address="127.0.0.1:7443",
        hops=1,
        address="127.0.0.1:7543",
        peers=["127.0.0.1:7643"],
        cluster="seoul-1",
    ).SerializeToString(),
)
FRAMES = (
    mesh.Frame(
        handshake=mesh.Handshake(
            name="a2", origin=ORIGIN, have=[mesh.OriginExtent(origin=ORIGIN, sequence=9, floor=2)]
        )
    ).SerializeToString(),
    mesh.Frame(
        origins=[mesh.OriginExtent(index=1, origin=ORIGIN)],
        entries=[
            mesh.ReplicatedEntry(origin=1, sequence=1, stamp=NOW << 16, entry=ENTRIES[0]),
            mesh.ReplicatedEntry(stamp=(NOW << 16) + 1, entry=ENTRIES[2]),
        ],
        stored=3,
    ).SerializeToString(),
    mesh.Frame(
        caught_up=True, origins=[mesh.OriginExtent(index=2, origin="0ther123", floor=5)]
    ).SerializeToString(),
)
ANSWERS = (
    b"ok",
    b"invalid_payload",
    b'{"ok":false,"error":"ratelimited","retry_after":30}',
    b'{"ok":false,"error_code":429,"parameters":{"retry_after":5,"migrate_to_chat_id":-100}}',
    b'{"message":"You are being rate limited.","retry_after":0.659,"global":false,"code":20016}',
    b'{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"x"}}',
    b'{"status":"invalid event","errors":["x"]}',
    b"<html>sign in</html>",
    b"",
)
"""Bodies of vendors' answers."""


RESPONSES = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=5\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
    b"HTTP/1.0 503 Busy\r\nRetry-After: 7\r\n\r\nto its close",
    b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\nx",
    b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
)
