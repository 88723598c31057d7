"""Intake lets through what alarm.proto promises, and nothing else."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.model.validation import (
    ANNOTATION_LIMIT,
    KEY_LIMIT,
    LABEL_LIMIT,
    LINK_LIMIT,
    MAX_AGE,
    MAX_AHEAD,
    MAX_TTL,
    MESSAGE_LIMIT,
    NAME_LIMIT,
    PAIRS_LIMIT,
    PROJECT_LIMIT,
    Invalid,
    check,
    parse_severity,
    parse_timestamp,
)

NOW = 1_758_166_920_000
PLAIN = Alarm("Health check failed", Severity.CRITICAL, NOW)


def refusal(alarm: Alarm) -> Invalid:
    with pytest.raises(Invalid) as caught:
        check(alarm, NOW)
    return caught.value


def test_what_is_already_right_comes_back_itself() -> None:
    alarm = replace(PLAIN, labels=(("a", "1"), ("b", "2")), link="https://x/y", key="k", source="s")
    assert check(alarm, NOW) is alarm


def test_no_time_is_now() -> None:
    assert check(replace(PLAIN, timestamp=0), NOW).timestamp == NOW


def test_pairs_are_sorted() -> None:
    pairs = (("b", "2"), ("a", "1"))
    alarm = check(replace(PLAIN, labels=pairs, annotations=pairs), NOW)
    assert alarm.labels == alarm.annotations == (("a", "1"), ("b", "2"))


def test_a_windows_newline_is_a_newline() -> None:
    alarm = check(replace(PLAIN, message="a\r\nb", labels=(("x", "1\r\n2"),)), NOW)
    assert alarm.message == "a\nb"
    assert alarm.labels == (("x", "1\n2"),)


AT_THE_LIMIT = {
    "message": "m" * MESSAGE_LIMIT,
    "project": "p" * PROJECT_LIMIT,
    "key": "k" * KEY_LIMIT,
    "link": "https://" + "l" * (LINK_LIMIT - 8),
    "timestamp": NOW - MAX_AGE,
    "labels": (("n" * NAME_LIMIT, "v" * LABEL_LIMIT),),
    "annotations": (("n" * NAME_LIMIT, "v" * ANNOTATION_LIMIT),),
}


@pytest.mark.parametrize("field", AT_THE_LIMIT)
def test_limits_include_themselves(field: str) -> None:
    alarm = replace(PLAIN, **{field: AT_THE_LIMIT[field]})  # type: ignore[arg-type]
    assert check(alarm, NOW) is alarm


def test_a_day_ahead_is_the_limit_too() -> None:
    assert check(replace(PLAIN, timestamp=NOW + MAX_AHEAD), NOW).timestamp == NOW + MAX_AHEAD


REFUSED: list[tuple[str, dict[str, object]]] = [
    ("message", {"message": ""}),
    ("message", {"message": " \n\t"}),
    ("message", {"message": "m" * (MESSAGE_LIMIT + 1)}),
    ("message", {"message": "\a\x1b[0m"}),
    ("message", {"message": "half \ud800 pair"}),
    ("project", {"project": "p" * (PROJECT_LIMIT + 1)}),
    ("project", {"project": "two\nlines"}),
    ("key", {"key": "k" * (KEY_LIMIT + 1)}),
    ("key", {"key": "two\rlines"}),
    ("source", {"source": "\0"}),
    ("link", {"link": "https://" + "l" * (LINK_LIMIT - 7)}),
    ("link", {"link": "javascript:alert(1)"}),
    ("link", {"link": "https://"}),
    ("link", {"link": "https://a b"}),
    ("link", {"link": "ftp://a"}),
    ("timestamp", {"timestamp": NOW - MAX_AGE - 1}),
    ("timestamp", {"timestamp": NOW + MAX_AHEAD + 1}),
    ("timestamp", {"timestamp": -1}),
    ("timestamp", {"timestamp": 2**63}),
    ("labels", {"labels": tuple((f"n{i:05}", "v") for i in range(PAIRS_LIMIT + 1))}),
    ("labels", {"labels": tuple((f"n{i:05}", "v") for i in range(10_000))}),
    ("labels", {"labels": (("", "v"),)}),
    ("labels", {"labels": (("n" * (NAME_LIMIT + 1), "v"),)}),
    ("labels", {"labels": (("a\nb", "v"),)}),
    ("labels.host", {"labels": (("host", "v" * (LABEL_LIMIT + 1)),)}),
    ("labels", {"labels": (("\x1b[1m", "v"),)}),
    ("labels.a", {"labels": (("a", "1"), ("a\x7f", "2"))}),
    ("ttl_seconds", {"ttl": -1}),
    ("ttl_seconds", {"ttl": MAX_TTL + 1}),
    ("labels.host", {"labels": (("host", "1"), ("host", "2"))}),
    ("annotations.text", {"annotations": (("text", "v" * (ANNOTATION_LIMIT + 1)),)}),
]


@pytest.mark.parametrize(("field", "change"), REFUSED)
def test_refuses_and_names_the_field(field: str, change: dict[str, object]) -> None:
    """G8: whatever is too much is refused at the door."""
    error = refusal(replace(PLAIN, **change))  # type: ignore[arg-type]
    assert error.field == field
    assert len(str(error)) < 300
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07done", "done"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x1b(Bascii", "ascii"),
        ("bell\a, \0nul and \x85next", "bell, nul and next"),
        ("10 %\r20 %\r\ndone", "10 %\n20 %\ndone"),
        ("a\x1b", "a"),
        ("\ttab\n", "\ttab\n"),
    ],
)
def test_the_colours_of_a_terminal_do_not_cost_an_alarm(sent: str, kept: str) -> None:
    """Cron pipes coloured output: it is taken, without what a terminal would obey."""
    pair = (("host", sent),)
    alarm = check(replace(PLAIN, message=sent, labels=pair, annotations=pair), NOW)
    assert (alarm.message, alarm.labels, alarm.annotations) == (kept, *[(("host", kept),)] * 2)
    assert check(alarm, NOW) is alarm
    if "\n" not in kept and "\t" not in kept:
        named = check(replace(PLAIN, key=sent, project=sent, labels=((sent, "v"),)), NOW)
        assert (named.key, named.project, named.labels) == (kept, kept, ((kept, "v"),))


def test_says_what_would_be_right() -> None:
    assert str(refusal(replace(PLAIN, message="m" * 9000))) == (
        "message: has 9000 characters; at most 8192 are allowed"
    )
    assert str(refusal(replace(PLAIN, timestamp=NOW - MAX_AGE * 2))) == (
        "timestamp: is 7320 days old; at most 3660 are allowed"
    )


def test_a_refusal_can_be_seen_from_outside() -> None:
    assert Invalid("labels.host", "x").within("alarms[3]").field == "alarms[3].labels.host"
    assert str(Invalid("", "is no object").within("alarms[3]")) == "alarms[3]: is no object"


anything = st.text(st.characters(), max_size=40) | st.sampled_from(["", "a", "http://x", "\r\n"])
long = st.integers(0, 10_000).map(lambda size: "x" * size)
pairs = st.lists(st.tuples(anything | long, anything | long), max_size=70).map(tuple)
alarms = st.builds(
    Alarm,
    message=anything | long,
    severity=st.sampled_from(Severity),
    timestamp=st.integers() | st.integers(NOW - MAX_AGE, NOW + MAX_AHEAD) | st.just(0),
    resolved=st.booleans(),
    labels=pairs,
    project=anything | long,
    key=anything | long,
    annotations=pairs,
    link=anything | long,
    source=anything | long,
)
decent = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=9)
decent_alarms = st.builds(
    Alarm,
    message=decent.map(lambda text: "m" + text),
    severity=st.sampled_from(Severity),
    timestamp=st.integers(NOW - MAX_AGE, NOW + MAX_AHEAD),
    labels=st.dictionaries(decent, decent, max_size=5).map(lambda d: tuple(d.items())),
)


@given(alarms)
def test_gives_an_alarm_or_a_refusal_and_never_anything_else(alarm: Alarm) -> None:
    refused = ""
    try:
        checked = check(alarm, NOW)
    except Invalid as error:
        refused = error.problem
    assert refused or check(checked, NOW) is checked


@given(decent_alarms)
def test_takes_decent_alarms_of_any_script(alarm: Alarm) -> None:
    checked = check(alarm, NOW)
    assert check(checked, NOW) is checked
    assert checked.labels == tuple(sorted(alarm.labels))
    assert checked.message == alarm.message


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("CRITICAL", Severity.CRITICAL),
        ("critical", Severity.CRITICAL),
        ("fatal", Severity.CRITICAL),
        ("Err", Severity.ERROR),
        ("major", Severity.ERROR),
        (" warn ", Severity.WARNING),
        ("info", Severity.INFO),
        ("Debug", Severity.INFO),
    ],
)
def test_severities(text: str, level: Severity) -> None:
    assert parse_severity(text) is level


@pytest.mark.parametrize("text", ["", "bad", "1", "CRITICAL!", "x" * 10_000, "\ud800"])
def test_unknown_severities(text: str) -> None:
    with pytest.raises(Invalid, match=r"severity: .* is not one of CRITICAL, ERROR") as caught:
        parse_severity(text)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        ("2025-09-18T12:42:00+09:00", NOW),
        ("2025-09-18T03:42:00Z", NOW),
        ("2025-09-18t03:42:00z", NOW),
        ("2025-09-18 03:42:00Z", NOW),
        ("2025-09-17T23:42:00.5-04:00", NOW + 500),
        ("2025-09-18T03:42:00.123456789Z", NOW + 123),
        ("2025-09-18T03:41:60Z", NOW),
        ("1969-12-31T23:59:59Z", -1000),
        (1_758_166_920, NOW),
        (1_758_166_920.25, NOW + 250),
        (NOW, NOW),
        (float(NOW), NOW),
        (0, 0),
    ],
)
def test_times(value: str | float, milliseconds: int) -> None:
    assert parse_timestamp(value) == milliseconds


def test_text_that_says_1970_is_not_now() -> None:
    alarm = replace(PLAIN, timestamp=parse_timestamp("1970-01-01T00:00:00Z"))
    assert refusal(alarm).field == "timestamp"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "now",
        "2025-09-18",
        "2025-09-18T12:42:00",
        "2025-13-01T00:00:00Z",
        "2025-02-30T00:00:00Z",
        "2025-09-18T24:00:00Z",
        "2025-09-18T12:42:61Z",
        "2025-09-18T12:42:00+24:00",
        "0000-01-01T00:00:00Z",
        "\uff12025-09-18T12:42:00Z",
        "1758166920",
        float("nan"),
        float("inf"),
        1e300,
        2**64,
        True,
    ],
)
def test_what_is_no_time(value: str | float) -> None:
    with pytest.raises(Invalid) as caught:
        parse_timestamp(value)
    assert caught.value.field == "timestamp"


@given(st.text() | st.integers() | st.floats() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"))
def test_a_time_is_read_or_refused(value: str | float) -> None:
    with contextlib.suppress(Invalid):
        assert isinstance(parse_timestamp(value), int)


def test_g8_an_alarm_is_bounded_in_all_and_told_what_most_of_it_is() -> None:
    many = tuple((f"a{n:02}", "x" * 8000) for n in range(9))
    with pytest.raises(Invalid, match="annotations: takes 72027 bytes of the 72032") as error:
        check(replace(PLAIN, message="large", annotations=many), NOW)
    assert "at most 65536 in all" in error.value.problem
    korean = tuple((f"l{n:02}", "가" * 1000) for n in range(30))
    with pytest.raises(Invalid) as error:
        check(replace(PLAIN, labels=korean), NOW)
    assert error.value.field == "labels"
    assert check(replace(PLAIN, annotations=many[:8]), NOW).annotations == many[:8]
