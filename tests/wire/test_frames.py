"""What is said on a wire is what is heard at its other end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.core.election.messages import ElectionMessage, Kind
from alarminati.core.journal.extents import Extent
from alarminati.core.journal.replication import Frame, Handshake
from alarminati.core.model.entries import Action, Entry
from alarminati.mesh.v1 import mesh_service_pb2 as pb
from alarminati.wire import codec
from alarminati.wire.frames import FrameCodec, word_from_proto, word_to_proto

ORIGINS = st.sampled_from(["aaaaaaaa", "bbbbbbbb", "cccccccc"])
NUMBERS = st.integers(1, 2**40)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    body = Action.acknowledge("0" * 16, draw(st.text(max_size=5)))
    return Entry(draw(ORIGINS), draw(NUMBERS), draw(NUMBERS), body, codec.encode(body))


FRAMES = st.builds(
    Frame,
    hello=st.none()
    | st.builds(
        Handshake,
        st.text(min_size=1, max_size=8),
        ORIGINS,
        st.dictionaries(ORIGINS, st.builds(Extent, NUMBERS, NUMBERS)),
    ),
    entries=st.lists(entries(), max_size=6).map(tuple),
    stored=st.integers(0, 2**40),
    caught_up=st.booleans(),
    floors=st.dictionaries(ORIGINS, NUMBERS),
)

WORDS = st.builds(
    ElectionMessage,
    kind=st.sampled_from(Kind),
    name=st.text(min_size=1, max_size=8),
    rank=st.integers(0, 2**63),
    epoch=NUMBERS,
    master=st.text(max_size=8),
    master_rank=st.integers(0, 2**63),
    master_address=st.text(max_size=8),
    hops=st.integers(0, 2),
    address=st.text(max_size=8),
    peers=st.lists(st.text(max_size=8)).map(tuple),
    successor=st.text(max_size=8),
)


@given(st.lists(FRAMES, max_size=6))
def test_frames_arrive_as_they_were_said(frames: list[Frame]) -> None:
    here, there = FrameCodec(), FrameCodec()
    for frame in frames:
        sent = here.frame_to_proto(frame).SerializeToString()
        assert there.frame_from_proto(pb.Frame.FromString(sent)) == frame


@given(WORDS)
def test_words_arrive_as_they_were_said(word: ElectionMessage) -> None:
    sent = word_to_proto(word).SerializeToString()
    assert word_from_proto(pb.ElectionMessage.FromString(sent)) == word


def test_a_beat_is_nothing_at_all() -> None:
    assert not Frame()
    assert pb.ReplicateResponse(frame=None).ByteSize() == 0


def test_a_second_entry_of_an_origin_costs_its_bytes_and_fifteen() -> None:
    """Origin and sequence are left out: what remains is a stamp and three lengths."""
    body = Action.acknowledge("0" * 16, "somebody")
    raw = codec.encode(body)
    spelling = FrameCodec()
    for sequence in (1, 2):
        entry = Entry("aaaaaaaa", sequence, sequence << 16, body, raw)
        message = spelling.frame_to_proto(Frame(entries=(entry,)))
    assert message.ByteSize() - len(raw) <= 15


@pytest.mark.parametrize(
    "message",
    [
        pb.Frame(entries=[pb.ReplicatedEntry(sequence=1, entry=b"")]),
        pb.Frame(entries=[pb.ReplicatedEntry(origin=7, sequence=1, entry=b"")]),
        pb.Frame(
            origins=[pb.OriginExtent(index=1, origin="aaaaaaaa")],
            entries=[pb.ReplicatedEntry(origin=1, sequence=1, entry=b"\xff\xff\xff")],
        ),
    ],
    ids=["no origin", "an origin never named", "bytes that are no entry"],
)
def test_what_makes_no_sense_is_refused(message: pb.Frame) -> None:
    with pytest.raises(ValueError, match=r"origin|not an entry"):
        FrameCodec().frame_from_proto(message)


def test_a_word_of_nobody_or_of_no_kind_is_refused() -> None:
    for word in (
        pb.ElectionMessage(kind=pb.ElectionMessage.KIND_PROBE),
        pb.ElectionMessage(name="a1"),
    ):
        with pytest.raises(ValueError, match=r"name|Kind"):
            word_from_proto(word)
