"""Branches of channels beside the tree of routes: what a channel asks for itself."""

from __future__ import annotations

import pytest

from alarminati.core.model.entries import Severity
from alarminati.core.model.matchers import parse_matchers
from alarminati.core.routing.explain import outlook
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import (
    ChannelBranch,
    ChannelConditions,
    Escalation,
    Route,
    Router,
    channel_branches,
)

WEB = parse_matchers("team=web")
TREE = Route(
    ("ops",),
    group_by=("team",),
    group_wait=5.0,
    repeat_interval=60.0,
    routes=(Route(("web",), WEB),),
    escalate=(Escalation(30.0, ("boss",)),),
)


def test_no_route_takes_an_alarm_away_from_a_branch() -> None:
    router = Router(TREE, [ChannelBranch("app"), ChannelBranch("team", WEB)])
    assert router.assign_labels({"team": "web"}, Severity.INFO).channels == ("web", "app", "team")
    assert router.assign_labels({"team": "db"}, Severity.INFO).channels == ("ops", "app")
    alone = Router(Route((), parse_matchers("never=yes")), [ChannelBranch("app")])
    assert alone.assign_labels({}, Severity.INFO).channels == ("app",)


@pytest.mark.parametrize("least", Severity)
def test_a_least_severity_means_this_or_worse(least: Severity) -> None:
    order = [Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.CRITICAL]
    router = Router(Route(()), [ChannelBranch("app", (), least)])
    got = [each for each in order if router.assign_labels({}, each).channels]
    assert got == order[order.index(least) :]


def test_waits_and_reminders_are_the_roots_and_escalations_are_not() -> None:
    router = Router(TREE, [ChannelBranch("app", WEB)])
    assignment = router.assign_labels({"team": "web"}, Severity.ERROR)
    way = assignment.ways["app"]
    assert (way.route.group_wait, way.route.repeat_interval) == (5.0, 60.0)
    assert way.path == "channels/app"
    assert way.group == ("channels/app", "web")
    only = Router(Route((), escalate=TREE.escalate), [ChannelBranch("app")])
    assert only.assign_labels({}, Severity.INFO).ways["app"].after == 0
    assert set(only.assign_labels({}, Severity.INFO).ways) == {"app", "boss"}


def test_a_group_stays_when_other_channels_come_and_its_own_conditions_do_not_change() -> None:
    before = Router(TREE, [ChannelBranch("app", WEB)])
    after = Router(Route(("other",), group_by=("team",)), [ChannelBranch("app", WEB),
                                                          ChannelBranch("new")])  # fmt: skip
    assert before.lineage("channels/app") == after.lineage("channels/app")
    other = Router(TREE, [ChannelBranch("app", WEB, Severity.ERROR)])
    assert other.lineage("channels/app") != before.lineage("channels/app")


def test_which_channels_have_a_branch() -> None:
    registered = ChannelConditions(registered=True)
    branches = channel_branches(
        TREE,
        {
            "ops": ChannelConditions(),
            "boss": registered,  # an escalation names it
            "web": registered,
            "app": registered,
            "silent": ChannelConditions(),
            "team": ChannelConditions(WEB),
            "worst": ChannelConditions(min_severity=Severity.CRITICAL, registered=True),
        },
    )
    assert branches == (
        ChannelBranch("app"),
        ChannelBranch("team", WEB),
        ChannelBranch("worst", (), Severity.CRITICAL),
    )


def test_people_are_told_of_branches() -> None:
    own = [ChannelBranch("app", WEB, Severity.ERROR)]
    found = outlook(Router(TREE, own), Policy(), {"team": "web"}, Severity.CRITICAL, 0)
    assert [(each.key, each.matchers, each.min_severity) for each in found.branches] == [
        ("route.routes[0]", ('team="web"',), None),
        ("channels/app", ('team="web"',), Severity.ERROR),
    ]
    assert {each.channel: each.key for each in found.prospects} == {
        "web": "route.routes[0]",
        "app": "channels/app",
        "boss": "route.routes[0]",
    }
