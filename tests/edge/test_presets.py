"""Presets: recorded bodies of other tools, and what becomes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.model.validation import Invalid
from alarminati.edge.alertmanager import read_notification
from alarminati.edge.shapes.inbound import Inbound
from alarminati.edge.shapes.reading import Reading, tried
from alarminati.edge.shapes.table import PRESETS
from tests.edge.conftest import NOW

PAYLOADS = Path(__file__).parent / "payloads"
C, E, W, I = Severity.CRITICAL, Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741


def body(file: str, **changes: Any) -> bytes:
    """A recorded body; changes are by path, a.b."""
    document = json.loads((PAYLOADS / f"{file}.json").read_text())
    for path, value in changes.items():
        at = document
        *outer, last = path.split(".")
        for name in outer:
            at = at[name]
        at[last] = value
    return json.dumps(document).encode()


def told(preset: str, data: bytes, headers: dict[str, str] | None = None) -> Reading:
    return tried(PRESETS[preset].shape, Inbound(data, NOW, headers or {}, source=preset))


def one(preset: str, data: bytes, headers: dict[str, str] | None = None) -> Alarm:
    found = told(preset, data, headers)
    assert found.refused == []
    (alarm,) = found.alarms
    assert "not_understood" not in dict(alarm.annotations)
    return alarm


GITHUB = {"x-github-event": "workflow_run"}
DEPENDABOT = {"x-github-event": "dependabot_alert"}
# preset, file, headers, severity, over, key, message, link
RECORDED: list[tuple[str, str, dict[str, str], Severity, bool, str, str, str]] = [
    ("uptimekuma", "uptimekuma_down", {}, C, False, "7",
     "[shop] connect ECONNREFUSED 10.0.0.9:443", "https://shop.example/healthz"),
    ("uptimekuma", "uptimekuma_up", {}, C, True, "7", "[shop] 200 - OK",
     "https://shop.example/healthz"),
    ("sentry", "sentry_event", {}, E, False, "issue/1117540176", "ValueError: card is empty",
     "https://sentry.example/organizations/acme/issues/1117540176/events/"
     "e4874d664c3540c1a32eab185f12c5ab/"),
    ("sentry", "sentry_metric", {}, C, False, "metric/12", "Critical: Too many errors",
     "https://sentry.example/organizations/acme/alerts/rules/details/7/?alert=11"),
    ("sentry", "sentry_issue", {}, E, True, "issue/1117540176", "ValueError: card is empty",
     "https://sentry.example/organizations/acme/issues/1117540176/"),
    ("pagerduty", "pagerduty", {}, C, False, "samplekeyhere/disk",
     "DISK at 99% on machine prod-datapipe03.example.com", "https://pagerduty.example.com/"),
    ("pagerduty", "pagerduty_resolve", {}, W, True, "samplekeyhere/disk",
     "samplekeyhere/disk is resolved", ""),
    ("github", "github", GITHUB, E, False, "workflow/acme/shop/1296269/main",
     "[acme/shop] CI failed on main", "https://github.example/acme/shop/actions/runs/289782451"),
    ("github", "github_dependabot", DEPENDABOT, E, False, "dependabot/acme/shop/12",
     "[acme/shop] Sandbox breakout", "https://github.example/acme/shop/security/dependabot/12"),
    ("gitlab", "gitlab", {}, E, False, "pipeline/acme/shop/main",
     "[acme/shop] pipeline failed on main", "https://gitlab.example/acme/shop/-/pipelines/31"),
    ("cloudevents", "cloudevents", {}, C, False, "/monitor/seoul db-1/data", "disk is full",
     "https://mon.example/17"),
    ("zabbix", "zabbix", {}, E, False, "4711",
     "[db-1] Disk space is critically low (used > 90%)",
     "https://zabbix.example/tr_events.php?triggerid=23456&eventid=4711"),
    ("gatus", "gatus", {}, C, False, "web/shop", "[shop] healthcheck failed 3 times in a row",
     "https://shop.example/healthz"),
    ("healthchecks", "healthchecks", {}, E, False, "f618072a-7bde-4eee-af63-71a77c5723bc",
     "[backup of db-1] has not pinged in time", ""),
    ("datadog", "datadog", {}, E, False, "8a4f2b",
     "[Triggered on {host:db-1}] disk is nearly full",
     "https://app.datadoghq.example/event/event?id=7234567890123456789"),
    ("newrelic", "newrelic", {}, C, False, "0ea2df1c-adab-45d2-aae0-042b609d2322",
     "Memory Used % > 90 for at least 2 minutes on 'db-1'",
     "https://radar-api.newrelic.example/accounts/1/issues/0ea2df1c"),
    ("elastic", "elastic", {}, E, False, "50e8bc90-1f2b-11ee-9b3d/db-1",
     "[CPU of hosts] CPU is 97% on db-1", "https://kibana.example/app/rules/50e8bc90"),
    ("argocd", "argocd", {}, E, False, "shop", "[shop] is degraded, synced",
     "https://argocd.example/applications/shop"),
    ("sns", "sns_cloudwatch", {}, E, False,
     "arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:ServerCpuTooHigh",
     "[ServerCpuTooHigh] CPU of web servers", ""),
    ("sns", "sns_text", {}, W, False, "", "backup", ""),
]  # fmt: skip


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda each: each[1])
def test_recorded_bodies(
    recorded: tuple[str, str, dict[str, str], Severity, bool, str, str, str],
) -> None:
    preset, file, headers, severity, over, key, message, link = recorded
    alarm = one(preset, body(file), headers)
    assert (alarm.message, alarm.link) == (message, link)
    assert (alarm.severity, alarm.resolved) == (severity, over)
    assert alarm.key == (f"{preset}:{key}" if key else "")
    assert alarm.source == preset


@pytest.mark.parametrize("preset", sorted(set(PRESETS) - {"text", "grafana"}))
def test_every_preset_has_a_recorded_body(preset: str) -> None:
    assert preset in {each[0] for each in RECORDED}


# preset, file, changes, headers, over
@pytest.mark.parametrize(
    ("preset", "file", "changes", "headers"),
    [
        ("zabbix", "zabbix", {"event_value": "0"}, {}),
        ("gatus", "gatus", {"state": "RESOLVED"}, {}),
        ("healthchecks", "healthchecks", {"status": "up"}, {}),
        ("datadog", "datadog", {"alert_transition": "Recovered"}, {}),
        ("newrelic", "newrelic", {"state": "CLOSED"}, {}),
        ("elastic", "elastic", {"action_group": "recovered"}, {}),
        ("argocd", "argocd", {"health": "Healthy"}, {}),
        ("github", "github", {"workflow_run.conclusion": "success"}, GITHUB),
        ("github", "github_dependabot", {"alert.state": "fixed"}, DEPENDABOT),
        ("gitlab", "gitlab", {"object_attributes.status": "success"}, {}),
        ("cloudevents", "cloudevents", {"type": "com.example.disk.resolved"}, {}),
        ("cloudevents", "cloudevents", {"data.resolved": True}, {}),
        ("sentry", "sentry_metric", {"action": "resolved"}, {}),
    ],
)
def test_what_is_over_is_the_same_alarm(
    preset: str, file: str, changes: dict[str, Any], headers: dict[str, str]
) -> None:
    firing = one(preset, body(file), headers)
    over = one(preset, body(file, **changes), headers)
    assert (firing.resolved, over.resolved) == (False, True)
    assert firing.fingerprint() == over.fingerprint()


def test_cloudwatch_that_is_over() -> None:
    firing = one("sns", body("sns_cloudwatch"))
    inner = json.loads(json.loads(body("sns_cloudwatch"))["Message"])
    over = one("sns", body("sns_cloudwatch", Message=json.dumps(inner | {"NewStateValue": "OK"})))
    assert (over.resolved, over.fingerprint()) == (True, firing.fingerprint())
    assert dict(firing.labels)["InstanceId"] == "i-0abc"
    assert firing.timestamp == NOW


@pytest.mark.parametrize(
    ("preset", "data", "headers", "note"),
    [
        ("github", b'{"zen": "Keep it", "hook_id": 1}', {"x-github-event": "ping"}, "'ping' makes"),
        ("github", body("github", action="requested"), GITHUB, "no alarm changes"),
        ("gitlab", b'{"object_kind": "push", "ref": "x"}', {}, "'push' makes no alarm"),
        ("gitlab", body("gitlab", **{"object_attributes.status": "running"}), {}, "running"),
        ("uptimekuma", body("uptimekuma_down", **{"heartbeat.status": 3}), {}, "status is 3"),
        ("sentry", b'{"action": "created", "data": {"comment": 1}}',
         {"sentry-hook-resource": "comment"}, "Sentry-Hook-Resource is 'comment'"),
        ("sentry", body("sentry_issue", action="assigned"), {}, "action is 'assigned'"),
        ("pagerduty", body("pagerduty", event_action="acknowledge"), {}, "acknowledge"),
        ("sns", body("sns_subscribe"), {}, "SubscriptionConfirmation: no alarm"),
    ],
)  # fmt: skip
def test_what_is_no_alarm_is_no_mistake(
    preset: str, data: bytes, headers: dict[str, str], note: str
) -> None:
    found = told(preset, data, headers)
    assert (found.alarms, found.refused) == ([], [])
    assert note in found.notes[0]


@pytest.mark.parametrize(
    ("preset", "data", "field"),
    [
        ("uptimekuma", body("uptimekuma_down", **{"heartbeat.status": 9}), "heartbeat.status"),
        ("pagerduty", body("pagerduty", event_action="triger"), "event_action"),
        ("pagerduty", body("pagerduty_resolve", dedup_key=""), "dedup_key"),
        ("sentry", body("sentry_event", **{"data.event.issue_id": None}), "data.event.issue_id"),
        ("sns", body("sns_text", Type="Other"), "Type"),
        ("cloudevents", body("cloudevents", source=""), "source"),
        ("newrelic", body("newrelic", title=None), "title"),
        ("gitlab", body("gitlab", project={}), "project.path_with_namespace"),
    ],
)
def test_g8_refusals_name_the_field_of_the_sender(preset: str, data: bytes, field: str) -> None:
    shape = PRESETS[preset].shape
    problems: list[Invalid] = []
    try:
        items = list(shape(Inbound(data, NOW, source=preset)))
        problems += [item for item in items if isinstance(item, Invalid)]
    except Invalid as error:
        problems.append(error)
    assert [error.field for error in problems] == [field]
    kept = told(preset, data).alarms  # and yet nothing is lost
    assert len(kept) == 1
    assert kept[0].severity is W


def test_a_batch_of_cloudevents_takes_the_good_ones() -> None:
    event = json.loads(body("cloudevents"))
    found = told("cloudevents", json.dumps([event, event | {"id": ""}, event]).encode())
    assert len(found.alarms) == 2
    assert [error.field for error in found.refused] == ["[1].id"]


def test_cloudevents_by_headers() -> None:
    names = {"specversion": "1.0", "type": "disk", "source": "/m", "id": "1", "subject": "db-1"}
    headers = {f"ce-{name}": value for name, value in names.items()}
    alarm = one("cloudevents", b'{"message": "disk is full", "severity": "critical"}', headers)
    assert (alarm.message, alarm.severity, alarm.key) == ("disk is full", C, "cloudevents:/m db-1")


def test_grafana_with_its_links_and_values() -> None:
    alarm = one("grafana", body("grafana"))
    notes = dict(alarm.annotations)
    assert alarm.source == "grafana"
    assert alarm.link == "https://play.grafana.example/d/abc?viewPanel=2"
    assert notes["values"] == "B=44.23943737541908, C=1"
    assert notes["imageURL"] == "https://play.grafana.example/img/1.png"
    assert notes["silenceURL"].startswith("https://play.grafana.example/alerting/silence")
    (other,) = [i for i in read_notification(body("grafana"), NOW) if isinstance(i, Alarm)]
    assert other.fingerprint() == alarm.fingerprint()


def test_kuma_as_a_form() -> None:
    document = body("uptimekuma_down")
    parts = (
        b'--b\r\ncontent-disposition: form-data; name="data"\r\n\r\n' + document + b"\r\n--b--\r\n"
    )
    alarm = one("uptimekuma", parts, {"content-type": "multipart/form-data; boundary=b"})
    assert alarm.key == "uptimekuma:7"
    test = one("uptimekuma", body("uptimekuma_test"))
    assert (test.message, test.ttl) == ("My Notification Testing", 86_400)


@pytest.mark.parametrize(
    ("headers", "severity", "message"),
    [
        ({}, W, "disk is full"),
        ({"priority": "5"}, C, "disk is full"),
        ({"x-priority": "high"}, E, "disk is full"),
        ({"priority": "low"}, I, "disk is full"),
        ({"priority": "whatever"}, W, "disk is full"),
        ({"title": "db-1"}, W, "db-1"),
        ({"title": "디스크".encode().decode("latin-1")}, W, "디스크"),
    ],
)
def test_text(headers: dict[str, str], severity: Severity, message: str) -> None:
    alarm = one("text", b"\x1b[1mdisk\x1b[0m is full\n", headers)
    assert (alarm.severity, alarm.message) == (severity, message)
    if "title" in headers:
        assert dict(alarm.annotations)["description"] == "disk is full"
    more = {"tags": "a,b", "key": "k", "resolved": "true", "click": "https://x.example/"}
    alarm = one("text", b"disk is full", headers | more)
    assert (alarm.key, alarm.resolved, alarm.link) == ("text:k", True, "https://x.example/")
    assert alarm.labels == (("tags", "a,b"),)
