"""Matchers and the tree."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from alarminati.core.model.entries import Severity
from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.routes import EVERY_LABEL, ChannelRoute, Escalation, Route, Router
from tests.core.stage import alarm

WEB = (("host", "web1"), ("zone", "eu"))


def ways(router: Router, **labels: str) -> Mapping[str, ChannelRoute]:
    """How an alarm with these labels goes to each channel."""
    return router.assign(alarm("x", labels=tuple(sorted(labels.items()))), "p").ways


def test_an_alarm_of_its_own_project_is_not_of_the_clusters() -> None:
    router = Router(Route(("ops",), (Matcher("project", "=", "shop"),)))
    assert router.assign(alarm("x", project="bank"), "shop").channels == ()


def test_the_first_branch_that_fits_decides() -> None:
    tree = Route(
        ("ops",),
        routes=(
            Route(("web",), (Matcher("host", "=~", "web.*"),)),
            Route(("eu",), (Matcher("zone", "=", "eu"),)),
        ),
    )
    router = Router(tree)
    assert router.assign(alarm("x", labels=WEB), "p").channels == ("web",)
    assert router.assign(alarm("x", labels=(("zone", "eu"),)), "p").channels == ("eu",)
    assert router.assign(alarm("x"), "p").channels == ("ops",)


def test_a_branch_has_from_its_parent_what_it_leaves_empty() -> None:
    leaf = Route(match=(Matcher("host", "=", "web1"),), group_by=("host",))
    tree = Route(("ops", "ops", "team"), group_by=("zone",), group_wait=5.0, routes=(leaf,))
    assigned = Router(tree).assign(alarm("x", labels=WEB), "p")
    assert assigned.channels == ("ops", "team")
    for way in assigned.ways.values():
        assert (way.path, way.route.group_wait) == ("/0", 5.0)
        assert way.group[-1] == "web1"


def test_groups_are_per_branch_and_per_value() -> None:
    branches = tuple(Route(match=(Matcher("host", "=", f"web{n}"),)) for n in range(2))
    router = Router(Route(("ops",), group_by=("zone",), group_wait=1.0, routes=branches))
    groups = {
        (host, zone): ways(router, host=host, zone=zone)["ops"].group
        for host in ("web0", "web1", "db")
        for zone in ("eu", "us")
    }
    assert len(set(groups.values())) == 6


def test_a_wait_cannot_be_negative() -> None:
    with pytest.raises(ValueError, match="group_wait"):
        Route(group_wait=-1.0)


def severity(text: str) -> tuple[Matcher, ...]:
    return (Matcher("tier", "=", text),)


def test_a_branch_that_goes_on_lets_the_next_have_it_too() -> None:
    """As Alertmanager's `continue`; a channel named twice gets it once, by the first."""
    tree = Route(
        ("ops",),
        routes=(
            Route(("web", "all"), severity("1"), go_on=True, repeat_interval=60.0),
            Route(("db", "all"), severity("1"), repeat_interval=600.0),
            Route(("never",), severity("1")),
        ),
    )
    found = ways(Router(tree), tier="1")
    assert list(found) == ["web", "all", "db"]
    assert [way.route.repeat_interval for way in found.values()] == [60.0, 60.0, 600.0]
    assert [way.path for way in found.values()] == ["/0", "/0", "/1"]
    assert list(ways(Router(tree), tier="2")) == ["ops"]


def test_who_is_told_later_is_named_with_how_much() -> None:
    steps = (Escalation(300.0, ("boss", "ops")), Escalation(60.0, ("boss",)))
    router = Router(Route(("ops",), escalate=steps))
    assigned = router.assign(alarm("x"), "p")
    assert assigned.channels == ("ops",)
    assert {name: way.after for name, way in assigned.ways.items()} == {"ops": 0.0, "boss": 60.0}


def test_intervals_are_not_handed_down_and_the_rest_is() -> None:
    """As in Alertmanager: https://prometheus.io/docs/alerting/latest/configuration/#route"""
    step = (Escalation(60.0, ("boss",)),)
    tree = Route(
        ("ops",),
        muted=("night",),
        active=("work",),
        group_interval=5.0,
        repeat_interval=60.0,
        escalate=step,
        routes=(Route(match=severity("1")),),
    )
    route = ways(Router(tree), tier="1")["ops"].route
    assert (route.muted, route.active) == ((), ())
    assert (route.group_interval, route.repeat_interval, route.escalate) == (5.0, 60.0, step)


def test_an_alarm_that_does_not_fit_the_root_goes_nowhere() -> None:
    router = Router(Route(("ops",), severity("1")))
    assert (ways(router, tier="2"), list(ways(router, tier="1"))) == ({}, ["ops"])


def test_what_is_empty_on_purpose_is_not_had_from_the_parent() -> None:
    cleared = ("channels", "group_by", "group_wait", "escalate")
    tree = Route(
        ("ops",),
        group_by=("zone",),
        group_wait=5.0,
        group_interval=7.0,
        escalate=(Escalation(60.0, ("boss",)),),
        routes=(
            Route(match=severity("1"), cleared=cleared, routes=(Route(match=severity("1")),)),
            Route(match=severity("2"), cleared=("group_wait",)),
        ),
    )
    router = Router(tree)
    assert ways(router, tier="1") == {}
    ((path, route),) = router.branches({"tier": "1"}, Severity.INFO)
    assert (path, route.channels, route.group_by, route.group_wait) == ("/0/0", (), (), 0.0)
    assert route.group_interval == 7.0
    told = ways(router, tier="2")["ops"].route
    assert (told.group_wait, told.group_by) == (0.0, ("zone",))


def test_groups_of_every_label() -> None:
    router = Router(Route(("ops",), group_by=(EVERY_LABEL,), group_wait=1.0))
    groups = {ways(router, host=host, zone="eu")["ops"].group for host in ("a", "b", "a")}
    assert len(groups) == 2


def test_words_for_one_level_are_two_groups() -> None:
    router = Router(Route(("ops",), group_by=("severity",), group_wait=5.0))
    groups = {
        router.assign(alarm("x", labels=labels, source=source), "p").ways["ops"].group
        for labels, source in (
            ((("severity", "page"),), "prometheus"),
            ((("severity", "critical"),), "prometheus"),
            ((), "prometheus"),
            ((), "http"),
        )
    }
    assert {group[-1] for group in groups} == {"page", "critical", "", alarm("x").severity.name}
