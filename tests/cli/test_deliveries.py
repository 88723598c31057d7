"""Why a channel was notified, or was not: one sentence a reason, in both languages."""

from __future__ import annotations

import pytest

from alarminati.cli.output.deliveries import REASONS, delivery_json, delivery_lines
from alarminati.client import ChannelDelivery, Mute, MuteReason, NotifyReason
from alarminati.v1 import alarm_service_pb2 as service

TIME = 1_760_000_000_000


def test_every_reason_has_a_number_and_a_sentence() -> None:
    numbers = {
        name.removeprefix("REASON_") for name in dict(service.ChannelDelivery.Reason.items())
    }
    assert numbers - {"UNSPECIFIED"} == set(NotifyReason.__members__)
    assert set(REASONS) == set(NotifyReason)


def test_numbers_below_ten_are_the_reasons_that_are_due() -> None:
    for reason in NotifyReason:
        number = service.ChannelDelivery.Reason.Value(f"REASON_{reason.name}")
        assert (number < 10) == reason.due


@pytest.mark.parametrize(
    ("delivery", "line"),
    [
        (ChannelDelivery("ops", NotifyReason.SENDING, 0), "ops: is being sent"),
        (
            ChannelDelivery("ops", NotifyReason.MUTED, 0, Mute(MuteReason.INHIBITED, "f00", 0, "")),
            "ops: not told: inhibited by alarm f00",
        ),
        (ChannelDelivery("ops", None, 0), "ops: a reason of a later version"),
    ],
)
def test_a_line_names_the_channel_and_why(delivery: ChannelDelivery, line: str) -> None:
    assert list(delivery_lines((delivery,))) == [line]


def test_a_time_to_come_is_told_apart_from_one_that_was() -> None:
    past, future = delivery_lines(
        (
            ChannelDelivery("ops", NotifyReason.ALREADY_NOTIFIED, TIME),
            ChannelDelivery("web", NotifyReason.GROUP_WAIT, TIME),
        )
    )
    assert past.startswith("ops: was notified, ") and "earliest" not in past
    assert future.startswith("web: waits for other alarms of its group, at ")
    assert future.endswith(" at the earliest")


def test_channels_that_no_route_leads_to_share_a_line() -> None:
    some = tuple(ChannelDelivery(name, NotifyReason.NOT_ROUTED, 0) for name in ("a", "b"))
    assert list(delivery_lines(some)) == ["a, b: no route leads there"]


def test_keys_for_programs() -> None:
    delivery = ChannelDelivery("ops", NotifyReason.ALREADY_NOTIFIED, TIME)
    assert delivery_json(delivery) == {
        "channel": "ops",
        "reason": "already_notified",
        "time": "2025-10-09T08:53:20.000Z",
        "muted_by": None,
    }
