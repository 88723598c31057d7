"""Notifications of a Prometheus Alertmanager."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.core.journal.ingest import Overloaded
from alarminati.core.model.entries import Alarm, EntryId, Severity
from alarminati.core.model.validation import ALARM_SIZE, MAX_AGE, Invalid, check
from alarminati.edge.alertmanager import fingerprint, read_alerts, read_notification
from alarminati.edge.bodies import Item
from tests.edge.conftest import NOW, World

ALERT: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "HighLatency", "severity": "critical", "instance": "web-1:9090"},
    "annotations": {"summary": "Latency is high", "description": "p99 is 3 s"},
    "startsAt": "2025-09-18T03:42:00.123456789Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
    "fingerprint": "e4aa1b2c3d4e5f60",
}
NOTIFICATION: dict[str, Any] = {
    "version": "4",
    "groupKey": '{}:{alertname="HighLatency"}',
    "truncatedAlerts": 0,
    "receiver": "alarminati",
    "status": "firing",
    "groupLabels": {"alertname": "HighLatency"},
    "commonLabels": ALERT["labels"],
    "commonAnnotations": ALERT["annotations"],
    "externalURL": "http://alertmanager:9093",
    "alerts": [ALERT],
}


def read(alerts: object = None, **changes: object) -> list[Alarm]:
    body = NOTIFICATION | changes | ({} if alerts is None else {"alerts": alerts})
    return good(read_notification(json.dumps(body).encode(), NOW))


def good(items: Iterator[Item]) -> list[Alarm]:
    """The alarms; when all were refused, raises why the first was."""
    found = [item for item in items if item is not None]
    alarms = [item for item in found if isinstance(item, Alarm)]
    for item in found:
        if isinstance(item, Invalid) and not alarms:
            raise item
    return alarms


def one(**changes: object) -> Alarm:
    return read([ALERT | changes])[0]


def test_a_firing_alert() -> None:
    assert read() == [
        Alarm(
            "Latency is high",
            Severity.CRITICAL,
            NOW + 123,
            False,
            (("alertname", "HighLatency"), ("instance", "web-1:9090"), ("severity", "critical")),
            "",
            "e4aa1b2c3d4e5f60",
            (("description", "p99 is 3 s"), ("summary", "Latency is high")),
            "http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
            "alertmanager",
        )
    ]


def test_a_resolved_alert_is_the_same_alarm() -> None:
    resolved = one(status="resolved", endsAt="2025-09-18T03:43:00Z")
    assert (resolved.resolved, resolved.timestamp) == (True, NOW + 60_000)
    assert resolved.fingerprint() == one().fingerprint()


def test_every_alert_has_its_own_status() -> None:
    alarms = read([ALERT | {"status": "resolved"}, ALERT], status="firing")
    assert [alarm.resolved for alarm in alarms] == [True, False]
    without = {name: value for name, value in ALERT.items() if name != "status"}
    assert read([without], status="resolved")[0].resolved


def test_grafana_sends_the_same_shape() -> None:
    alert = ALERT | {"values": None, "valueString": ""}
    assert read([alert], version="1", orgId=1, title="t", state="alerting", message="m") == read()


@pytest.mark.parametrize(
    ("labels", "severity"),
    [
        ({"severity": "page"}, Severity.CRITICAL),
        ({"severity": "warning"}, Severity.WARNING),
        ({"severity": "none"}, Severity.INFO),
        ({"severity": "p3"}, Severity.WARNING),
        ({}, Severity.WARNING),
    ],
)
def test_severities(labels: dict[str, str], severity: Severity) -> None:
    assert one(labels=labels).severity is severity


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ({"summary": "s", "description": "d"}, "s"),
        ({"summary": " ", "description": "d"}, "d"),
        ({}, "HighLatency"),
    ],
)
def test_messages(annotations: dict[str, str], message: str) -> None:
    assert one(annotations=annotations).message == message


def test_an_alert_without_any_text_is_still_an_alarm() -> None:
    assert one(annotations={}, labels={}).message == "(no text)"


def test_truncated_alerts_are_told() -> None:
    """G8: what Alertmanager left out is said where people read."""
    alarm = read(truncatedAlerts=7)[0]
    told = dict(alarm.annotations)["truncated"]
    assert told == "7 more alerts of this group were left out (max_alerts)"


def test_what_a_sender_cannot_mend_is_made_to_fit() -> None:
    """G1: refusing would lose it, since Alertmanager drops what is refused."""
    alarm = one(
        labels={"alertname": "a\0b", "x" * 200: "y" * 2000} | {f"n{i:03}": "v" for i in range(99)},
        annotations={"summary": "s" * 9000, "text": "t" * 9000},
        startsAt="2001-01-01T00:00:00Z",
        generatorURL="http://p/graph?g0.expr=" + "x" * 3000,
    )
    assert check(alarm, NOW) is alarm
    assert dict(alarm.labels)["alertname"] == "a b"
    assert len(alarm.labels) == 64
    assert (len(alarm.message), alarm.message[-1]) == (8192, "…")
    assert len(dict(alarm.annotations)["text"]) == 8192
    assert alarm.timestamp == NOW - MAX_AGE
    assert alarm.link == ""
    assert alarm.key == ALERT["fingerprint"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "alerts"),
        (b'{"alerts":5}', "alerts"),
        (b'{"alerts":[5]}', "alerts[0]"),
        (b'{"alerts":[null]}', "alerts[0]"),
        (b'{"alerts":[{}]}', "alerts[0].status"),
        (b'{"alerts":[{"labels":[],"status":"firing"}]}', "alerts[0].labels"),
        (b'{"alerts":[{"labels":{"a":1}}]}', "alerts[0].status"),
        (b'{"alerts":[{"labels":{}}]}', "alerts[0].status"),
        (b'{"alerts":[{"labels":{},"status":"bad"}]}', "alerts[0].status"),
        (b'{"x":' + b"[" * 100_000, ""),
        (b"[]", ""),
        (b"", ""),
    ],
)
def test_garbage_is_refused(body: bytes, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        good(read_notification(body, NOW))
    assert caught.value.field == field


texts = st.text(st.characters(codec="utf-8"), max_size=30) | st.integers(0, 9999).map("x".__mul__)
mappings = st.dictionaries(texts, texts, max_size=80)


@given(labels=mappings, annotations=mappings, starts=texts, link=texts, fingerprint=texts)
def test_whatever_an_alert_holds_it_becomes_an_alarm(
    labels: dict[str, str], annotations: dict[str, str], starts: str, link: str, fingerprint: str
) -> None:
    alarm = one(
        labels=labels,
        annotations=annotations,
        startsAt=starts,
        generatorURL=link,
        fingerprint=fingerprint,
    )
    assert check(alarm, NOW) is alarm


async def test_over_the_wire(world: World) -> None:
    client = await world.client()
    reply = await client.ask(NOTIFICATION, path="/webhooks/alertmanager")
    assert (reply.status, reply.json()) == (200, {"ids": ["origin00-1"], "replicas": 2})
    assert world.witness.counts["accepted alertmanager"] == 1
    reply = await client.ask(NOTIFICATION | {"alerts": []}, path="/webhooks/alertmanager")
    assert (reply.status, reply.json()) == (200, {"ids": [], "replicas": 0})
    reply = await client.ask({"alerts": 5}, path="/webhooks/alertmanager")
    assert (reply.status, reply.json()["field"]) == (400, "alerts")


@pytest.mark.parametrize("path", ["/webhooks/alertmanager", "/api/v2/alerts", "/api/v1/alerts"])
async def test_any_number_is_taken_in_slices(world: World, path: str) -> None:
    """Nobody splits a group that is refused for its size: it would be lost as a whole."""
    alerts = [ALERT | {"labels": {"i": str(i)}, "fingerprint": f"{i:016x}"} for i in range(2500)]
    body = {"alerts": alerts} if "webhooks" in path else alerts
    client = await world.client()
    reply = await client.ask(body, path=path, Idempotency_Key="r")
    assert len(set(reply.json()["ids"])) == 2500
    # Each slice has an id of its own, or the second would count as the first sent again.
    slices = [(1000, "r"), (1000, "r+1"), (500, "r+2")]
    assert [call[:2] for call in world.reception.calls] == slices


async def test_a_door_that_is_full_says_what_it_took(world: World) -> None:
    """Alertmanager comes again with the whole group after 503; what is safe is known by its key."""
    full = Overloaded(2.5)
    world.reception.error_after = (2, full)
    alerts = [ALERT | {"fingerprint": f"{i:016x}"} for i in range(2500)]
    reply = await (await world.client()).ask({"alerts": alerts}, path="/webhooks/alertmanager")
    assert (reply.status, reply.headers["retry-after"]) == (503, "3")
    assert reply.json()["error"].startswith("2000 were taken, then: too many alarms")
    assert len(reply.json()["ids"]) == 2000
    assert world.witness.counts["accepted alertmanager"] == 2000


@pytest.mark.parametrize(
    "bad",
    [
        b'{"labels":3,"status":"firing"}',
        b"null",
        b"7",
        b'{"labels":{"a":"b"},"status":"odd"}',
        b'{"labels":{"a":"b"},"status":"firing","annotations":[1]}',
    ],
)
async def test_a_bad_alert_is_refused_by_name_and_the_others_taken(
    world: World, bad: bytes
) -> None:
    """200: after 4xx an Alertmanager would drop the group, after 5xx send it again for ever."""
    whole = json.dumps(ALERT).encode()
    body = b'{"alerts":[' + whole + b"," + bad + b"," + whole + b"]}"
    client = await world.client()
    reply = await client.ask(body, path="/webhooks/alertmanager")
    assert (reply.status, len(reply.json()["ids"])) == (200, 2)
    assert reply.json()["refused"][0]["field"].startswith("alerts[1]")
    assert world.witness.counts["refused alertmanager invalid"] == 1
    reply = await client.ask(b'{"alerts":[' + bad + b"]}", path="/webhooks/alertmanager")
    assert reply.status == 400
    assert reply.json()["field"].startswith("alerts[0]")


CUT = b'{"status":"firing","labels":{"alertname":"Cut","n":1},"annotations":{"summary":"%s"}}'


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (rb"cut in an emoji \ud83d", "cut in an emoji"),
        (rb"\ude00 low", "low"),
        (rb"a\ud83d\ud83d\ude00b", "a \U0001f600b"),
        (rb"path \\ud83d", "path \\ud83d"),
        (b"raw \x1b[31mred\x00 \x01", "raw  [31mred"),
        (rb"escaped \u001b[31mred\u0000", "escaped red"),
        (b"not \xff UTF-8", "not \ufffd UTF-8"),
    ],
)
@pytest.mark.parametrize("path", ["/webhooks/alertmanager", "/api/v2/alerts"])
async def test_half_a_character_costs_no_alert(
    world: World, path: str, sent: bytes, said: str
) -> None:
    """JavaScript cuts texts in the middle of an emoji; strict readers then refuse all of it."""
    whole = json.dumps(ALERT).encode()
    many = b"[" + whole + b"," + CUT % sent + b"]"
    body = b'{"alerts":' + many + b"}" if "webhooks" in path else many
    reply = await (await world.client()).ask(body, path=path)
    assert (reply.status, "refused" in reply.json()) == (200, False), reply.body
    cut = world.reception.alarms[1]
    assert (cut.message, dict(cut.labels)["n"]) == (said, "1")


def test_what_is_no_text_is_written_as_text() -> None:
    labels = {"a": 1, "b": True, "c": None, "d": 1.5, "e": {"f": [1]}, "g": "g"}
    (alarm,) = read([ALERT | {"labels": labels, "annotations": None, "startsAt": 5, "endsAt": {}}])
    assert dict(alarm.labels) == {"a": "1", "b": "true", "d": "1.5", "e": '{"f": [1]}', "g": "g"}
    assert alarm.message == "(no text)"


@pytest.mark.parametrize("body", [b"null", b"[]", b" [ ] "])
async def test_no_alerts_are_no_mistake(world: World, body: bytes) -> None:
    client = await world.client()
    assert (await client.ask(body, path="/api/v2/alerts")).json() == {"ids": [], "replicas": 0}
    reply = await client.ask(b'{"alerts":%s}' % body, path="/webhooks/alertmanager")
    assert (reply.status, reply.json()) == (200, {"ids": [], "replicas": 0})


def test_what_grafana_links_to_is_kept() -> None:
    alarm = one(
        generatorURL="http://g/rule",
        panelURL="http://g/d/x?viewPanel=2",
        dashboardURL="http://g/d/x",
        silenceURL="http://g/silence",
        imageURL="http://g/i.png",
        valueString="[ var='B' value=44.2 ]",
        values={"B": 44.2},
    )
    assert alarm.link == "http://g/d/x?viewPanel=2"
    assert dict(alarm.annotations) == ALERT["annotations"] | {
        "dashboardURL": "http://g/d/x",
        "generatorURL": "http://g/rule",
        "imageURL": "http://g/i.png",
        "silenceURL": "http://g/silence",
        "valueString": "[ var='B' value=44.2 ]",
        "values": "B=44.2",
    }
    assert one(generatorURL="", dashboardURL="http://g/d/x").link == "http://g/d/x"


# What Prometheus posts to an Alertmanager, posted here.

POSTED: dict[str, Any] = {
    "labels": {"alertname": "HighLatency", "severity": "critical", "job": ""},
    "annotations": {"summary": "Latency is high"},
    "startsAt": "2025-09-18T03:40:00Z",
    "endsAt": "2025-09-18T03:46:00Z",  # four minutes ahead of NOW
    "generatorURL": "http://prometheus:9090/graph",
}


def posted(*alerts: dict[str, Any]) -> list[Alarm]:
    return good(read_alerts(json.dumps(alerts).encode(), NOW))


def test_an_alert_from_prometheus_itself() -> None:
    assert posted(POSTED) == [
        Alarm(
            "Latency is high",
            Severity.CRITICAL,
            NOW - 120_000,
            False,
            (("alertname", "HighLatency"), ("severity", "critical")),
            "",
            "476c2d9d67794906",
            (("summary", "Latency is high"),),
            "http://prometheus:9090/graph",
            "prometheus",
        )
    ]


@pytest.mark.parametrize(
    ("ends", "over"),
    [
        ("2025-09-18T03:46:00Z", False),  # when it would be over if nothing more came
        ("2025-09-18T03:42:00Z", True),
        ("2025-09-18T03:41:00+00:00", True),
        ("2025-09-18T13:41:00+09:00", False),
        ("0001-01-01T00:00:00Z", False),
        ("", False),
    ],
)
def test_an_alert_is_over_once_its_end_has_passed(ends: str, over: bool) -> None:
    (alarm,) = posted(POSTED | {"endsAt": ends})
    assert alarm.resolved is over
    if over:
        assert alarm.timestamp <= NOW


def test_the_least_an_alert_may_be() -> None:
    (alarm,) = posted({"labels": {"alertname": "x"}})
    assert (alarm.message, alarm.severity, alarm.timestamp) == ("x", Severity.WARNING, NOW)


def test_a_bad_alert_does_not_keep_out_the_others() -> None:
    assert len(posted({"labels": {}}, POSTED, {"labels": {"a": ""}})) == 1
    assert posted() == []
    with pytest.raises(Invalid, match="give at least alertname"):
        posted({"labels": {}})


def test_an_alert_is_the_same_alarm_whichever_way_it_comes() -> None:
    """Known answers of LabelSet.Fingerprint in prometheus/common."""
    assert fingerprint(()) == "cbf29ce484222325"
    (direct,) = posted(POSTED)
    (told,) = read([ALERT | {"labels": POSTED["labels"], "fingerprint": direct.key}])
    assert told.fingerprint() == direct.fingerprint()


async def test_prometheus_may_post_here(world: World) -> None:
    client = await world.client()
    reply = await client.ask(
        [POSTED, POSTED | {"labels": {"alertname": "b"}}], path="/api/v2/alerts"
    )
    assert (reply.status, len(reply.json()["ids"])) == (200, 2)
    assert world.witness.counts["accepted prometheus"] == 2


async def test_what_prometheus_says_again_is_not_taken_in_again(world: World) -> None:
    """G6: it does so every minute."""
    told = EntryId("origin00", 7)
    world.told = {posted(POSTED)[0].key: told}
    client = await world.client()
    other = POSTED | {"labels": {"alertname": "b"}}
    reply = await client.ask([POSTED, other], path="/api/v2/alerts")
    assert (reply.status, reply.json()) == (200, {"ids": ["origin00-1", str(told)], "replicas": 2})
    reply = await client.ask([POSTED], path="/api/v2/alerts?min_replicas=2")
    assert (reply.status, reply.json()) == (200, {"ids": [str(told)], "replicas": 2})
    assert world.reception.confirmed == [((told,), 0), ((told,), 2)]
    assert [alarm.key for alarm in world.reception.alarms] == [posted(other)[0].key]
    notified = ALERT | {"fingerprint": posted(POSTED)[0].key}
    await client.ask(NOTIFICATION | {"alerts": [notified]}, path="/webhooks/alertmanager")
    assert len(world.reception.alarms) == 2, "an Alertmanager repeats itself on purpose"


def test_g8_what_is_too_large_in_all_is_cut(world: World) -> None:
    """Its sender could not mend it."""
    huge = {f"name {n:02} {'n' * 110}": "가" * 1100 for n in range(64)}
    alert = POSTED | {"labels": huge | POSTED["labels"], "annotations": huge}
    (alarm,) = posted(alert)
    assert alarm.size() <= ALARM_SIZE
    assert len(alarm.labels) > 60
    (alarm,) = posted(POSTED | {"annotations": huge | {"summary": "s"}})
    assert alarm.size() <= ALARM_SIZE
    assert (alarm.message, len(alarm.annotations) > 60) == ("s", True)
