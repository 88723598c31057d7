"""No alarm turns what people read around, on any channel that people read."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from alarminati.agent.delivery import sender
from alarminati.channels.legible import MACHINES, legible
from alarminati.channels.table import TYPES
from alarminati.core.model.entries import NotificationReason
from tests.channels.every import channel
from tests.channels.samples import item, message

TURNED = "invoice\u202egpj.exe \u2066a\u2069 \u202bb\u202c \u206e"
TURNING = re.compile(r"[\u202a-\u202e\u2066-\u206f]|\\u20[26][0-9a-f]", re.IGNORECASE)
PEOPLE = sorted(set(TYPES) - MACHINES)
TRICK = item(
    1,
    TURNED,
    labels={"host": TURNED, f"n{TURNED}": "x"},
    annotations={"summary": TURNED},
    project=TURNED,
    reason=NotificationReason.ACKNOWLEDGED,
    by=TURNED,
    comment=TURNED,
)


@pytest.mark.parametrize("type_", PEOPLE)
@pytest.mark.parametrize("count", [1, 3])
async def test_g7_nothing_runs_the_wrong_way(type_: str, count: int) -> None:
    told = message(*[TRICK] * count)
    parcel = await sender._parcel(channel(type_), told)
    assert isinstance(parcel, sender.RenderedMessage)
    if type_ != "mail":  # whose texts are base64: what is rendered of `legible` holds none
        assert not TURNING.search(parcel.payload.decode())
    assert not TURNING.search(str(legible(told)))


async def test_programs_get_every_character() -> None:
    parcel = await sender._parcel(channel("webhook"), message(TRICK))
    assert isinstance(parcel, sender.RenderedMessage)
    assert "\u202e" in parcel.payload.decode() or "\\u202e" in parcel.payload.decode()


def test_what_languages_need_is_left() -> None:
    told = message(item(1, "שלום\u200f 👩\u200d💻 한글", labels={"a": "\u200eb\u061c"}))
    assert legible(told) is told
    assert legible(replace(told, items=())).items == ()
