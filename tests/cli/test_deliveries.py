"""Why a channel was notified, or was not: one sentence a reason, in both languages."""

from __future__ import annotations

import pytest

from alarminati.cli.output.deliveries import REASONS, delivery_lines
from alarminati.cli.output.statuses import delivery_json
from alarminati.client import (
    ChannelDelivery,
    ChannelState,
    DeliveryCause,
    Mute,
    MuteReason,
    NotifyReason,
)
from alarminati.v1 import alarm_status_pb2 as views

TIME = 1_760_000_000_000
PENDING, DELIVERED, MUTED = ChannelState.PENDING, ChannelState.DELIVERED, ChannelState.MUTED
UNREACHABLE = DeliveryCause.UNREACHABLE


def test_every_reason_has_a_number_and_a_sentence() -> None:
    numbers = {name.removeprefix("REASON_") for name in dict(views.ChannelDelivery.Reason.items())}
    assert numbers - {"UNSPECIFIED"} == set(NotifyReason.__members__)
    assert set(REASONS) == set(NotifyReason)


def test_every_state_has_a_number() -> None:
    numbers = {name.removeprefix("STATE_"): n for name, n in views.ChannelDelivery.State.items()}
    del numbers["UNSPECIFIED"]
    assert numbers == {each.name: each.value for each in ChannelState}


def test_numbers_below_ten_are_the_reasons_that_are_due() -> None:
    for reason in NotifyReason:
        number = views.ChannelDelivery.Reason.Value(f"REASON_{reason.name}")
        assert (number < 10) == reason.due


@pytest.mark.parametrize(
    ("delivery", "line"),
    [
        (ChannelDelivery("ops", PENDING, NotifyReason.SENDING), "ops: is being sent"),
        (
            ChannelDelivery(
                "ops", MUTED, NotifyReason.MUTED, mute=Mute(MuteReason.INHIBITED, "f00")
            ),
            "ops: not told: inhibited by alarm f00",
        ),
        (ChannelDelivery("ops", None, None), "ops: a reason of a later version"),
        (
            ChannelDelivery("ops", PENDING, NotifyReason.CHANNEL_FAILING, cause=UNREACHABLE),
            "ops: the channel failed and is tried again [unreachable]",
        ),
    ],
)
def test_a_line_names_the_channel_and_why(delivery: ChannelDelivery, line: str) -> None:
    assert list(delivery_lines((delivery,))) == [line]


def test_a_time_to_come_is_told_apart_from_one_that_was() -> None:
    past, future = delivery_lines(
        (
            ChannelDelivery("ops", DELIVERED, NotifyReason.ALREADY_NOTIFIED, TIME),
            ChannelDelivery("web", PENDING, NotifyReason.GROUP_WAIT, 0, TIME),
        )
    )
    assert past.startswith("ops: was notified, ") and "earliest" not in past
    assert future.startswith("web: waits for other alarms of its group, at ")
    assert future.endswith(" at the earliest")


def test_channels_that_no_route_leads_to_share_a_line() -> None:
    some = tuple(
        ChannelDelivery(name, ChannelState.NOT_DUE, NotifyReason.NOT_ROUTED) for name in ("a", "b")
    )
    assert list(delivery_lines(some)) == ["a, b: no route leads there"]


def test_keys_for_programs() -> None:
    delivery = ChannelDelivery("ops", DELIVERED, NotifyReason.ALREADY_NOTIFIED, TIME)
    assert delivery_json(delivery) == {
        "channel": "ops",
        "state": "delivered",
        "update_time": "2025-10-09T08:53:20.000Z",
        "cause": None,
        "reason": "already_notified",
        "next_time": None,
        "mute": None,
    }
