"""What keeps secrets in the journal from whoever reads the disk or the wire."""

from __future__ import annotations

import pytest

from alarminati.wire.sealing import BadKey, CannotOpen, Seal, new_key

OLD, NEW = new_key(), new_key()


def test_what_was_closed_opens_under_its_name_only() -> None:
    box = Seal([OLD]).close("channel/ops", b"canary")
    assert b"canary" not in box
    assert Seal([OLD]).open("channel/ops", box) == b"canary"
    with pytest.raises(CannotOpen, match="another cluster_key"):
        Seal([OLD]).open("channel/team", box)


def test_two_boxes_of_the_same_are_not_the_same() -> None:
    seal = Seal([OLD])
    assert seal.close("a", b"x") != seal.close("a", b"x")


def test_the_first_key_closes_and_all_open() -> None:
    before, both, after = Seal([OLD]), Seal([NEW, OLD]), Seal([NEW])
    box = both.close("a", b"x")
    assert after.open("a", box) == b"x"
    assert both.open("a", before.close("a", b"y")) == b"y"
    with pytest.raises(CannotOpen):
        before.open("a", box)


@pytest.mark.parametrize("damage", [0, 1, 12, 13, -1])
def test_damage_is_noticed(damage: int) -> None:
    box = bytearray(Seal([OLD]).close("a", b"x"))
    box[damage] ^= 1
    with pytest.raises(CannotOpen):
        Seal([OLD]).open("a", bytes(box))


@pytest.mark.parametrize("box", [b"", b"\x01", b"\x01" + bytes(27), b"\x02" + bytes(40)])
def test_what_is_no_box_does_not_open(box: bytes) -> None:
    with pytest.raises(CannotOpen):
        Seal([OLD]).open("a", box)


def test_without_a_key_nothing_is_closed_or_opened() -> None:
    assert not Seal()
    with pytest.raises(CannotOpen, match="no cluster_key"):
        Seal().close("a", b"x")
    with pytest.raises(CannotOpen, match="no cluster_key"):
        Seal().open("a", Seal([OLD]).close("a", b"x"))


@pytest.mark.parametrize("text", ["", "canary", "Y2FuYXJ5", "카나리아"])
def test_g7_what_is_no_key_is_not_repeated(text: str) -> None:
    with pytest.raises(BadKey) as caught:
        Seal([text])
    assert not text or text not in str(caught.value)


def test_g7_it_does_not_show_its_keys() -> None:
    assert OLD not in repr(Seal([OLD]))
