"""`alarminati cost`: bytes and money of clusters and followers, beside an Alertmanager."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import click

from alarminati.cli.output.columns import table
from alarminati.cli.output.terminal import headings, json_option, print_json, tell, translated

DAY = 86_400
MONTH = 30  # days
# Measured by `make bench` as whole IP packets: docs/figures.md.
KEEPALIVE = 140  # bytes, a sign of life on a connection that has nothing else to say
REPLICATED = 950  # bytes on the link to each standby: an alarm, its notification, its result
LIVE = 189  # bytes, a live alarm on a subscription
LOOK = 315  # bytes, a GET of Alertmanager's alerts over a kept connection, nothing firing
LISTED = 390  # bytes more for each alert that fires
POLLED = 15  # seconds between two looks
GOSSIP = 49_400_000  # bytes a day, three nodes of Alertmanager with nothing to do


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes a day, of all clusters together."""

    between_replicas_at_rest: int
    between_replicas_alarms: int
    followers_at_rest: int
    followers_alarms: int
    polling: int
    gossip: int

    @property
    def total(self) -> int:
        """All that Alarminati sends, without what channels are sent."""
        return (
            self.between_replicas_at_rest
            + self.between_replicas_alarms
            + self.followers_at_rest
            + self.followers_alarms
        )


def estimate(
    clusters: int, replicas: int, followers: int, alarms: int, firing: int, keepalive: int
) -> Estimate:
    """Return bytes a day; `alarms` are for each cluster and day, `keepalive` in seconds."""
    links, signs = replicas - 1, DAY // keepalive
    return Estimate(
        between_replicas_at_rest=clusters * links * signs * KEEPALIVE,
        between_replicas_alarms=clusters * links * alarms * REPLICATED,
        followers_at_rest=clusters * followers * signs * KEEPALIVE,
        followers_alarms=clusters * followers * alarms * LIVE,
        polling=clusters * followers * DAY // POLLED * (LOOK + firing * LISTED),
        gossip=clusters * GOSSIP,
    )


@click.command()
@click.option(
    "--clusters", type=click.IntRange(1, 1_000_000), default=1, show_default=True, help="Clusters."
)
@click.option(
    "--replicas", type=click.IntRange(1, 7), default=3, show_default=True, help="Of each cluster."
)
@click.option(
    "--followers",
    type=click.IntRange(0, 1_000),
    default=1,
    show_default=True,
    help="People who follow each cluster.",
)
@click.option(
    "--alarms-per-day",
    "alarms",
    type=click.IntRange(0, 100_000_000),
    default=100,
    show_default=True,
    help="Reports that each cluster takes in a day.",
)
@click.option(
    "--firing",
    type=click.IntRange(0, 1_000_000),
    default=0,
    show_default=True,
    help="Alarms that fire at a time, for the comparison.",
)
@click.option(
    "--keepalive-interval",
    "--heartbeat",
    "keepalive",
    type=click.IntRange(1, 300),
    default=15,
    show_default=True,
    metavar="SECONDS",
    help="Between two signs of life.",
)
@click.option(
    "--price",
    type=click.FloatRange(0, 1_000_000),
    default=180.0,
    show_default=True,
    help="Of a gigabyte, in the unit of your bill; the default is won.",
)
@json_option
def cost(
    clusters: int,
    replicas: int,
    followers: int,
    alarms: int,
    firing: int,
    keepalive: int,
    price: float,
    as_json: bool,
) -> None:
    """Estimate traffic and its price, beside an Alertmanager.

    Counts what goes between replicas and to people who follow, as measured for docs/figures.md.
    What channels are sent is not counted: it depends on the vendor. No agent is asked.

    \b
    Example:
      alarminati cost --clusters 300 --alarms-per-day 50
      alarminati cost --clusters 1000 --followers 5 --keepalive-interval 60 --json
    """
    found = estimate(clusters, replicas, followers, alarms, firing, keepalive)
    if as_json:
        bytes_a_day = {f"{name}_bytes_per_day": value for name, value in asdict(found).items()}
        monthly = {"total": found.total, "alertmanager": found.polling + found.gossip}
        prices = {
            f"{name}_price_per_month": _price(value, price) for name, value in monthly.items()
        }
        print_json({**bytes_a_day, "total_bytes_per_day": found.total, **prices})
        return
    rows = [
        (translated("between replicas, at rest"), found.between_replicas_at_rest),
        (translated("between replicas, alarms"), found.between_replicas_alarms),
        (translated("to followers, at rest"), found.followers_at_rest),
        (translated("to followers, alarms"), found.followers_alarms),
        (translated("all of Alarminati"), found.total),
        (translated("Alertmanager, three nodes at rest"), found.gossip),
        (translated("Alertmanager, polled by followers every 15 s"), found.polling),
    ]
    heading = headings("WHAT", "A DAY", "A MONTH", "PRICE")
    lines = [
        [name, size(value), size(value * MONTH), f"{_price(value, price):,.0f}"]
        for name, value in rows
    ]
    for line in table([heading, *lines]):
        click.echo(line)
    tell("Whole IP packets of {clusters} clusters; a month has 30 days.", clusters=clusters)


def _price(daily: int, price: float) -> float:
    return round(daily * MONTH / 1e9 * price, 2)


def size(count: int) -> str:
    """Return bytes for people, in units of 1000."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.2f} {unit}"
        amount /= 1000
    raise AssertionError
