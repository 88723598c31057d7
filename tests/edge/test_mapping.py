"""Any JSON by a mapping: what is made of it, what is said about it, and that no text is lost."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from alarminati.agent.sources import shape_of
from alarminati.config import ConfigError, SourceConfig
from alarminati.core.model.entries import Severity
from alarminati.core.model.severity_words import SeverityWords
from alarminati.core.model.validation import Invalid
from alarminati.edge.inlets import Inlets, SourcePage
from alarminati.edge.shapes.inbound import Inbound, as_time
from alarminati.edge.shapes.reading import Reading, tried
from tests.edge.conftest import NOW, World

MAP: dict[str, Any] = {
    "each": "events",
    "message": "[{{ host }}] {{ title }}",
    "key": "{{ id }}",
    "severity": {"from": "level", "words": {"Disaster": "CRITICAL", "*": "INFO"}},
    "resolved": {"from": "status", "in": ["OK", "RECOVERED"]},
    "time": "ts",
    "labels": {"host": "host", "cluster": "$.cluster", "via": "{{ headers['x-via'] }}"},
    "annotations": {"value": "{{ values.cpu }} %"},
    "link": "url",
}
EVENT: dict[str, Any] = {
    "host": "db-1",
    "title": "disk is full",
    "id": 17,
    "level": "Disaster",
    "status": "PROBLEM",
    "ts": 1_758_166_900,
    "values": {"cpu": 93.5},
    "url": "https://mon.example/17",
    "extra": {"a": 1, "b": [2]},
}


def source(**keys: Any) -> SourceConfig:
    return msgspec.convert({"name": "mon"} | keys, SourceConfig)


def told(document: Any, mapping: dict[str, Any] | None = None, **more: Any) -> Reading:
    shape = shape_of(source(map=MAP if mapping is None else mapping), "sources[0].map")
    assert shape is not None
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return tried(shape, Inbound(body, NOW, source="mon", **more))


def test_every_part_of_an_alarm() -> None:
    found = told({"events": [EVENT], "cluster": "seoul"}, headers={"x-via": "proxy"})
    (alarm,) = found.alarms
    assert alarm.message == "[db-1] disk is full"
    assert (alarm.key, alarm.source) == ("mon:17", "mon")
    assert (alarm.severity, alarm.resolved) == (Severity.CRITICAL, False)
    assert alarm.timestamp == 1_758_166_900_000
    assert alarm.labels == (("cluster", "seoul"), ("host", "db-1"), ("via", "proxy"))
    assert alarm.annotations == (("value", "93.5 %"),)
    assert alarm.link == "https://mon.example/17"
    assert found.unused == ["events[0].extra.a", "events[0].extra.b[0]"]
    assert found.notes == []


@pytest.mark.parametrize(
    ("changes", "resolved", "severity"),
    [
        ({"status": "ok"}, True, Severity.CRITICAL),
        ({"status": "RECOVERED"}, True, Severity.CRITICAL),
        ({"status": None}, False, Severity.CRITICAL),
        ({"level": "disaster"}, False, Severity.CRITICAL),
        ({"level": "high"}, False, Severity.ERROR),
        ({"level": "p1"}, False, Severity.INFO),
        ({"level": ""}, False, Severity.INFO),
    ],
)
def test_words(changes: dict[str, Any], resolved: bool, severity: Severity) -> None:
    (alarm,) = told({"events": [EVENT | changes]}).alarms
    assert (alarm.resolved, alarm.severity) == (resolved, severity)


def test_words_of_the_cluster_and_of_a_source() -> None:
    cluster = {"p1": Severity.CRITICAL, "p2": Severity.ERROR, "high": Severity.INFO}
    words = SeverityWords({"P2": Severity.WARNING}, cluster)
    assert [words.read(word).name for word in (" p1 ", "p2", "high", "crit")] == [
        "CRITICAL",
        "WARNING",
        "INFO",
        "CRITICAL",
    ]
    with pytest.raises(Invalid):
        words.read("p9")
    mapping = MAP | {"severity": "level"}
    (alarm,) = told({"events": [EVENT | {"level": "p1"}]}, mapping, words=words).alarms
    assert alarm.severity is Severity.CRITICAL
    found = told({"events": [EVENT | {"level": "p9"}]}, mapping, words=words)
    assert found.notes == ["severity: 'p9' is not known; WARNING is taken"]


def test_g8_a_bad_one_costs_no_other() -> None:
    bad = EVENT | {"host": None, "title": None}
    mapping = MAP | {"message": "title"}
    found = told({"events": [EVENT, bad, EVENT]}, mapping)
    assert len(found.alarms) == 2
    assert [error.field for error in found.refused] == ["events[1].title"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"alert": {"title": "db is down", "x": 1}}', "db is down"),
        (b'{"note": [{"Text": "db is down"}]}', "db is down"),
        (b"db is \x1b[31mdown\x1b[0m\n", "db is down"),
        (b'{"events": [{"host": "db-1"}], "summary": "db is down"}', "db is down"),
        (b'{"events": "db is down', '{"events": "db is down'),
    ],
)
def test_g1_a_body_that_nobody_understands_is_kept(body: bytes, message: str) -> None:
    found = told(body, MAP | {"message": "title"})
    (alarm,) = found.alarms
    assert (alarm.message, alarm.severity, alarm.source) == (message, Severity.WARNING, "mon")
    assert alarm.ttl == 86_400
    assert "not_understood" in dict(alarm.annotations)
    assert "its text is kept as a WARNING" in found.notes[0]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]{", b"\n\t", b'{"a": 1'])
def test_a_body_without_text_is_refused_or_kept_as_it_is(body: bytes) -> None:
    try:
        found = told(body, MAP)
    except Invalid:
        return
    assert found.alarms[0].message == body.decode()


def test_an_empty_list_is_no_mistake() -> None:
    found = told({"events": []})
    assert (found.alarms, found.refused) == ([], [])
    assert found.notes == ["events is empty: there is no alarm in it"]


@pytest.mark.parametrize("labels", ["tags", "$.tags"])
@pytest.mark.parametrize(
    "tags",
    [
        {"env": "prod", "team": "db"},
        "env:prod, team:db",
        ["env:prod", "team=db"],
        [{"tag": "env", "value": "prod"}, {"name": "team", "value": "db"}],
        [["env", "prod"], ["team", "db"]],
    ],
)
def test_all_labels_at_once(labels: str, tags: Any) -> None:
    (alarm,) = told({"m": "x", "tags": tags}, {"message": "m", "labels": labels}).alarms
    assert alarm.labels == (("env", "prod"), ("team", "db"))


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ a.b.c }}{{ items }}!", "7!"),
        ("{{ items }} {{ a.keys }}", "7 8"),
        ("{{ a['x y'] | upper }}", "Z"),
        ("{{ list[1] }}", "two"),
        ("{{ root.items }}", "7"),
        ("{% if a.keys > 7 %}high{% else %}low{% endif %}", "high"),
        ("{{ list }}", '["one","two"]'),
        ("{{ self }}{{ _pen }}{{ items }}", "7"),
        ("{{ missing | default('none') }}", "none"),
    ],
)
def test_templates(template: str, text: str) -> None:
    document = {"items": 7, "a": {"keys": 8, "x y": "z"}, "list": ["one", "two"], "_pen": "x"}
    (alarm,) = told(document, {"message": template}).alarms
    assert alarm.message == text


@pytest.mark.parametrize(
    "template",
    [
        "{{ big | replace('a', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb') }}",
        "{{ 1 / zero }}",
        "{{ " + "big ~ " * 60 + "big }}",
        "{{ big + 1 }}",
    ],
)
def test_g8_a_template_that_fails_costs_no_text(template: str) -> None:
    found = told({"big": "a" * 20_000, "zero": 0, "text": "disk is full"}, {"message": template})
    assert found.alarms[0].message == "disk is full"
    assert str(found.refused[0]).startswith("the template ")


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"message": "a b"}, "sources[0].map.message: 'a b' is neither a path such as alert.name"),
        ({"message": "{{ a.keys() }}"}, "sources[0].map.message: line 1: a call is not allowed"),
        ({"message": "{% for a in b %}{% endfor %}"}, "map.message: line 1: a loop is not allowed"),
        ({"message": "m", "each": "a..b"}, "sources[0].map.each: 'a..b' is neither"),
        ({"message": "m", "labels": {"x": "{{"}}, "sources[0].map.labels.x: line 1: "),
        ({"preset": "zabix"}, "sources[0].map.preset: 'zabix' is not known; "),
        ({"message": "m", "severity": {"from": "["}}, "sources[0].map.severity.from: '[' is"),
    ],
)
def test_mistakes_of_a_configuration(mapping: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        shape_of(source(map=mapping), "sources[0].map")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2025-09-18T03:42:00Z", NOW),
        ("2025-09-18 12:42:00+09:00", NOW),
        ("2025-09-18T03:42:00.000+0000", NOW),
        ("2025-09-18 03:42:00 UTC", NOW),
        ("2025-09-18T03:42:00", NOW),
        ("1758166920", NOW),
        ("1758166920000", NOW),
        ("1758166920.5", NOW + 500),
        ("yesterday", 0),
        ("-5", 0),
        ("9" * 60, 0),
        ("", 0),
    ],
)
def test_times_of_other_tools(text: str, milliseconds: int) -> None:
    assert as_time(text) == milliseconds


def page(**mapping: Any) -> Inlets:
    shape = shape_of(source(map=mapping), "map")
    assert shape is not None
    return Inlets([SourcePage("mon", shape)], SeverityWords({"p1": Severity.CRITICAL}))


async def test_the_page_of_a_source(world: World) -> None:
    world.inlets = page(**MAP)
    reply = await (await world.client()).ask({"events": [EVENT, 7]}, path="/webhooks/mon")
    assert (reply.status, reply.json()["ids"]) == (200, ["origin00-1"])
    assert reply.json()["refused"][0]["field"] == "events[1]"
    assert world.reception.alarms[0].source == "mon"
    assert world.witness.counts["accepted mon"] == 1
    reply = await (await world.client()).ask({"events": []}, path="/webhooks/mon")
    assert reply.json()["notes"] == ["events is empty: there is no alarm in it"]
    reply = await (await world.client()).ask({"m": 1}, path="/webhooks/other")
    assert (reply.status, "there is no source 'other' with a map" in reply.body.decode()) == (
        404,
        True,
    )


async def test_words_of_the_cluster_hold_at_the_usual_page(world: World) -> None:
    world.inlets = page(message="m")
    reply = await (await world.client()).ask({"message": "m", "severity": "P1"})
    assert reply.status == 200
    assert world.reception.alarms[0].severity is Severity.CRITICAL
