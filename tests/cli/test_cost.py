"""`alarminati cost`."""

from __future__ import annotations

from alarminati.cli.commands.cost import GOSSIP, KEEPALIVE, LIVE, LOOK, REPLICATED, estimate, size
from alarminati.cli.output.terminal import Exit
from tests.cli.conftest import Run


def test_a_day_at_rest_is_what_three_replicas_were_measured_to_send() -> None:
    found = estimate(clusters=1, replicas=3, followers=0, alarms=0, firing=0, keepalive=15)
    assert found.total == 2 * 86_400 // 15 * KEEPALIVE
    assert 1.6e6 < found.total < 1.7e6  # G6, docs/figures.md


def test_each_part_grows_with_its_cause() -> None:
    found = estimate(clusters=2, replicas=3, followers=5, alarms=10, firing=1, keepalive=60)
    assert found.between_replicas_alarms == 2 * 2 * 10 * REPLICATED
    assert found.followers_at_rest == 2 * 5 * 1440 * KEEPALIVE
    assert found.followers_alarms == 2 * 5 * 10 * LIVE
    assert found.polling == 2 * 5 * 5760 * (LOOK + 390)
    assert found.gossip == 2 * GOSSIP
    assert estimate(1, 1, 0, 1000, 0, 15).total == 0  # a single replica sends nothing


def test_units() -> None:
    assert [size(0), size(999), size(1_610_000), size(2 * 10**16)] == [
        "0 B",
        "999 B",
        "1.61 MB",
        "20000.00 TB",
    ]


async def test_a_table_and_json(run: Run) -> None:
    said = await run("cost", "--clusters", "300", "--alarms-per-day", "50", "--heartbeat", "15")
    assert said.code == Exit.OK
    assert "all of Alarminati" in said.out
    assert "300 clusters" in said.out
    found = (await run("cost", "--clusters", "300", "--json")).json
    assert found["total_bytes_per_day"] > found["followers_at_rest_bytes_per_day"] > 0
    assert found["alertmanager_price_per_month"] > found["total_price_per_month"]


async def test_a_number_that_is_none(run: Run) -> None:
    ended = await run("cost", "--replicas", "9")
    assert ended.code == Exit.USAGE
    assert "--replicas" in ended.err
