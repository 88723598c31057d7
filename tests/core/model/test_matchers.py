"""Matchers: Alertmanager's syntax, RE2's expressions."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.core.model.entries import Severity
from alarminati.core.model.matchers import (
    OPERATORS,
    PATTERN_LIMIT,
    Matcher,
    labels_of,
    parse_matchers,
)
from tests.core.stage import alarm

LABELS = {"host": "web1", "zone": "eu", "severity": "CRITICAL", "k8s.io/app": 'a "b", c'}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("host=web1", True),
        ("host = web1", True),
        ('host="web1"', True),
        ("host=web", False),
        ("host!=web1", False),
        ("host!=db1", True),
        ("host=~web.*", True),
        ("host=~we", False),  # the whole value, not a part
        ("host=~web1|db1", True),
        ("host=~w|web", False),
        ("host!~web[12]", False),
        ("host!~web", True),
        ("host=~a=b|web1", True),
        ('host=~"web\\d+"', True),
        ("rack=", True),  # not there counts as empty
        ('rack=""', True),
        ("rack=~a|", True),
        ("rack=~.+", False),
        ("rack!=x", True),
        ("severity=CRITICAL", True),
        ("severity!=CRITICAL", False),
        ("severity=~CRITICAL|ERROR", True),
        ("severity=~CRIT.*", True),
        ('"k8s.io/app"="a \\"b\\", c"', True),
        ('k8s.io/app="a \\"b\\", c"', True),
        ('{host="web1"}', True),
    ],
)
def test_one(text: str, fits: bool) -> None:
    assert Matcher.parse(text).fits(LABELS) is fits


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", []),
        ("{}", []),
        ("{ }", []),
        ("a=b", [("a", "=", "b")]),
        ("a=b,c!=d", [("a", "=", "b"), ("c", "!=", "d")]),
        ('{a="b,}", c=~"d|e",}', [("a", "=", "b,}"), ("c", "=~", "d|e")]),
        ('{"이름"="값", 호스트!~"웹.*"}', [("이름", "=", "값"), ("호스트", "!~", "웹.*")]),
        ('a="x\\\\y\\n\\d"', [("a", "=", "x\\y\n\\d")]),
        ("a==b", [("a", "=", "=b")]),
    ],
)
def test_several(text: str, pairs: list[tuple[str, str, str]]) -> None:
    assert [(m.name, m.op, m.value) for m in parse_matchers(text)] == pairs


@pytest.mark.parametrize(
    "text",
    [
        *("host", "=x", "host=~[", "host!x", "host~x", "a b=c", "{a=b", "a=b,,c=d", ",a=b"),
        *(
            'a="b',
            'a="b"c',
            'a=b"c',
            'a="b",c',
            '"a=b',
            'a=b c="d"',
            "host=~web{1,3}",
            "a=b}",
            "a=~b{2}",
        ),
    ],
)
def test_what_is_no_matcher_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="matcher"):
        parse_matchers(text)


@pytest.mark.parametrize("text", ["", "a=b,c=d"])
def test_one_is_one(text: str) -> None:
    with pytest.raises(ValueError, match="expected one matcher"):
        Matcher.parse(text)


def test_an_operator_must_be_known() -> None:
    with pytest.raises(ValueError, match="none of"):
        Matcher("host", "==", "x")


@pytest.mark.parametrize("pattern", ["(?=a)b", "(a)\\1", "(?<!x)y"])
def test_what_re2_has_not_is_said(pattern: str) -> None:
    with pytest.raises(ValueError, match="no lookahead, no lookbehind and no backreferences"):
        Matcher("host", "=~", pattern)


@pytest.mark.parametrize(
    "pattern", ["(?:a{1000}){1000}", "\\pL{1000}", "x." * PATTERN_LIMIT, "[\ud800]"]
)
def test_what_costs_too_much_is_refused(pattern: str) -> None:
    """G8."""
    with pytest.raises(ValueError, match="matcher on host"):
        Matcher("host", "=~", pattern)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(.*)*(.*)*(.*)*b", "(a|aa)+b"])
def test_no_expression_holds_an_agent_up(pattern: str) -> None:
    """G8: each of these takes Python's own expressions longer than the universe has."""
    assert not Matcher("host", "=~", pattern).fits({"host": "a" * 1024 + "c"})


# What both sides of a label may be; the journal's text has no surrogates.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(texts.filter(bool), st.sampled_from(OPERATORS), texts)
def test_written_and_read_it_is_the_same(name: str, op: str, value: str) -> None:
    try:
        matcher = Matcher(name, op, value)
    except ValueError:
        return  # no expression
    assert parse_matchers(f"{matcher}, {matcher}") == (matcher, matcher)


@given(texts)
def test_whatever_is_read_makes_matchers_or_a_sentence(text: str) -> None:
    problem = ""
    try:
        parse_matchers(text)
    except ValueError as error:
        problem = str(error)
    assert not problem or "matcher" in problem


@given(st.sampled_from(("=", "=~")), texts, texts)
def test_the_opposite_is_the_opposite(op: str, value: str, actual: str) -> None:
    try:
        matcher = Matcher("a", op, value)
    except ValueError:
        return
    opposite = Matcher("a", {"=": "!=", "=~": "!~"}[op], value)
    assert matcher.fits({"a": actual}) is not opposite.fits({"a": actual})


def test_what_matchers_see() -> None:
    report = alarm("x", labels=(("zone", "eu"),), severity=Severity.ERROR, source="check")
    assert labels_of(report, "shop") == {
        "zone": "eu",
        "severity": "ERROR",
        "project": "shop",
        "source": "check",
    }


def test_labels_of_ones_own_count_before_what_the_cluster_says() -> None:
    labels = (("project", "bank"), ("source", "node"))
    own = labels_of(alarm("x", labels=labels, source="check"), "shop")
    assert (own["project"], own["source"]) == ("bank", "node")
    given = labels_of(alarm("x", labels=labels, project="lab"), "shop")
    assert given["project"] == "lab"


SEVERITIES = (
    *("critical", "Critical", "CRITICAL", "crit", "page", "emergency", "error", "high", "ticket"),
    *("warning", "warn", "info", "none", "p3", ""),
)


@pytest.mark.parametrize("own", SEVERITIES)
@pytest.mark.parametrize("other", SEVERITIES)
def test_a_severity_is_the_word_it_was_reported_with(own: str, other: str) -> None:
    """Two words for one level are two words: page and critical may mean different people."""
    seen = labels_of(alarm("x", labels=(("severity", own),), source="prometheus"), "p")
    same = own == other or (other == "CRITICAL" and own.upper() == other)
    for op, value in (("=", other), ("=~", other), ("=~", f"x|{other}")):
        assert Matcher("severity", op, value).fits(seen) is same
    for op, value in (("!=", other), ("!~", other)):
        assert Matcher("severity", op, value).fits(seen) is not same
    assert Matcher("severity", "=~", f"(?:{other})").fits(seen) is (own == other)


@pytest.mark.parametrize("level", Severity)
@pytest.mark.parametrize("labels", [(), (("severity", ""),)])
def test_without_a_word_it_is_the_level_in_any_case(
    level: Severity, labels: tuple[tuple[str, str], ...]
) -> None:
    seen = labels_of(alarm("x", severity=level, labels=labels, source="http"), "p")
    for name in Severity.__members__:
        for word in (name, name.lower(), name.title()):
            same = name == level.name
            assert Matcher("severity", "=", word).fits(seen) is same
            assert Matcher("severity", "!=", word).fits(seen) is not same
            assert Matcher("severity", "=~", f"{word[:3]}.*").fits(seen) is same
    assert not Matcher("severity", "=~", "page|crit|warn|high|none|").fits(seen)


@pytest.mark.parametrize("source", ["alertmanager", "prometheus", "grafana"])
@pytest.mark.parametrize("labels", [(), (("severity", ""),)])
def test_an_alert_without_a_severity_has_none(
    source: str, labels: tuple[tuple[str, str], ...]
) -> None:
    seen = labels_of(alarm("x", labels=labels, source=source), "p")
    assert Matcher("severity", "=", "").fits(seen)
    assert Matcher("severity", "!=", "WARNING").fits(seen)
    assert not Matcher("severity", "=~", "WARNING|warning|.+").fits(seen)


def test_where_re2_is_not_installed_expressions_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(ValueError, match=r"^matcher on app: .*: pip install google-re2$"):
        Matcher.parse('app=~"w.*"')
