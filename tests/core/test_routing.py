"""Matchers and the tree."""

from __future__ import annotations

import pytest

from alarminati.core.matching import Matcher
from alarminati.core.routing import Route, Router
from tests.core.stage import alarm

WEB = (("host", "web1"), ("zone", "eu"))


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
