"""Matchers and the tree."""

from __future__ import annotations

import pytest

from alarminati.core.entries import Severity
from alarminati.core.matching import Matcher
from alarminati.core.routing import Route, Router
from tests.core.stage import alarm

WEB = (("host", "web1"), ("zone", "eu"))


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
        ("host!~web[12]", False),
        ("host!~web", True),
        ("rack=", True),  # not there counts as empty
        ("rack=~.+", False),
        ("rack!=x", True),
        ("severity=critical", True),
        ("severity=CRITICAL", True),
        ("severity!=Critical", False),
        ("severity=~critical|error", True),
        ("project=shop", True),
        ("source=check", True),
        ("host=~a=b|web1", True),
    ],
)
def test_matchers(text: str, fits: bool) -> None:
    report = alarm("x", labels=WEB, severity=Severity.CRITICAL, source="check")
    router = Router(Route(("ops",), (Matcher.parse(text),)))
    assert router.channels_for(report, "shop") == (("ops",) if fits else ())


@pytest.mark.parametrize("text", ["host", "", "=x", "host=~[", "host!x", "host~x"])
def test_what_is_no_matcher_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="matcher"):
        Matcher.parse(text)


def test_an_operator_must_be_known() -> None:
    with pytest.raises(ValueError, match="none of"):
        Matcher("host", "==", "x")


def test_an_alarm_of_its_own_project_is_not_of_the_clusters() -> None:
    router = Router(Route(("ops",), (Matcher("project", "=", "shop"),)))
    assert router.channels_for(alarm("x", project="bank"), "shop") == ()


def test_the_first_branch_that_fits_decides() -> None:
    tree = Route(
        ("ops",),
        routes=(
            Route(("web",), (Matcher("host", "=~", "web.*"),)),
            Route(("eu",), (Matcher("zone", "=", "eu"),)),
        ),
    )
    router = Router(tree)
    assert router.channels_for(alarm("x", labels=WEB), "p") == ("web",)
    assert router.channels_for(alarm("x", labels=(("zone", "eu"),)), "p") == ("eu",)
    assert router.channels_for(alarm("x"), "p") == ("ops",)


def test_a_branch_has_from_its_parent_what_it_leaves_empty() -> None:
    leaf = Route(match=(Matcher("host", "=", "web1"),), group_by=("host",))
    tree = Route(("ops", "ops", "team"), group_by=("zone",), group_wait=5.0, routes=(leaf,))
    channels, group, wait = Router(tree).assign(alarm("x", labels=WEB), "p")
    assert (channels, wait) == (("ops", "team"), 5.0)
    assert group[-1] == "web1"


def test_groups_are_per_branch_and_per_value() -> None:
    branches = tuple(Route(match=(Matcher("host", "=", f"web{n}"),)) for n in range(2))
    router = Router(Route(("ops",), group_by=("zone",), group_wait=1.0, routes=branches))
    groups = {
        (host, zone): router.assign(alarm("x", labels=(("host", host), ("zone", zone))), "p").group
        for host in ("web0", "web1", "db")
        for zone in ("eu", "us")
    }
    assert len(set(groups.values())) == 6


def test_a_wait_cannot_be_negative() -> None:
    with pytest.raises(ValueError, match="group_wait"):
        Route(group_wait=-1.0)
