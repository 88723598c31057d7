"""Decisions without clocks: who is silent, who is offline, what a storm is."""

from __future__ import annotations

from alarminati.ui.judgement.liveness import Heard, Network, state_of
from alarminati.ui.judgement.storms import StormWatch
from alarminati.ui.judgement.suggesting import matchers_of, suggestions


def heard(host: str, at: float = 0.0, interval: float = 15.0) -> Heard:
    return Heard(interval, 0.0, frozenset([host]), at)


def test_silent_after_three_signs_and_45_s() -> None:
    one = heard("a")
    assert [state_of(one, now) for now in (0, 30, 31, 45, 46)] == [
        *("live", "live", "late", "late", "silent")
    ]
    slow = heard("a", interval=60.0)
    assert [state_of(slow, now) for now in (120, 121, 180, 181)] == [
        *("live", "late", "late", "silent")
    ]


def test_a_refused_certificate_is_not_silence() -> None:
    one = heard("a")
    one.ended = True
    assert state_of(one, 1000.0) == "ended"


def test_one_of_two_silent_is_a_silent_cluster() -> None:
    network, all = Network(), {"a": heard("a"), "b": heard("b", 100.0)}
    network.look(all, 110.0)
    assert network.states == {"a": "silent", "b": "live"} and not network.offline


def test_all_silent_together_is_my_own_network() -> None:
    network, all = Network(), {"a": heard("a", 5.0), "b": heard("b", 10.0)}
    network.look(all, 56.0)
    assert [network.offline, set(network.states.values())] == [True, {"unknown"}]
    all["a"].heard = 300.0
    network.look(all, 301.0)
    assert [network.offline] == [False]
    assert network.states == {"a": "live", "b": "late"}  # the other has its grace
    network.look(all, 332.0)
    assert network.states["b"] == "silent"


def test_all_silent_one_after_the_other_is_silence() -> None:
    network, all = Network(), {"a": heard("a", 0.0), "b": heard("b", 60.0)}
    network.look(all, 200.0)
    assert set(network.states.values()) == {"silent"}


def test_one_host_alone_or_this_computer_is_silence() -> None:
    network = Network()
    network.look({"a": heard("a"), "b": heard("a")}, 60.0)
    assert network.states["b"] == "silent"
    network.look({"a": heard("127.0.0.1")}, 60.0, route=False)
    assert network.states == {"a": "silent"}


def test_no_route_is_my_own_network_at_once() -> None:
    network = Network()
    network.look({"a": heard("a", 55.0)}, 60.0, route=False)
    assert network.offline and network.states["a"] == "live"  # nothing is overdue yet


def test_sleep_gives_thirty_seconds() -> None:
    network, all = Network(), {"a": heard("a")}
    network.woke(1000.0)
    seen = []
    for now in (1001.0, 1031.0):
        network.look(all, now)
        seen.append(network.states["a"])
    assert seen == ["late", "silent"]


def test_a_storm_begins_at_51_in_10_s_and_ends_after_two_calm_minutes() -> None:
    watch = StormWatch()
    assert not watch.look(0, 50, 50)
    assert watch.look(9_000, 1, 51) and watch.on
    assert not watch.look(100_000, 0, 51)
    assert watch.look(220_000, 0, 51) and not watch.on and watch.end == 220_000
    watch.close()
    assert not watch.start


def test_over_500_that_fire_are_a_storm() -> None:
    watch = StormWatch()
    assert watch.look(1, 0, 501) and watch.on
    assert sum(watch.rate(1)) == 0


def test_matchers_of_a_selection_leave_out_instances() -> None:
    common = {"alertname": "NotReady", "namespace": "pay", "env": "prod"}
    found = suggestions([{**common, "pod": "a"}, {**common, "pod": "b"}])
    assert matchers_of(found) == ['alertname="NotReady"', 'env="prod"', 'namespace="pay"']
    pod = next(each for each in found if each.name == "pod")
    assert not pod.on and pod.values == 2
