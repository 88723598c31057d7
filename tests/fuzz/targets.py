"""What takes in bytes from outside, and what it may do with bad ones.

A target is fed anything. It passes over the exceptions that its entry point documents; any other
is a finding, and so is an answer that cannot be right.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

from alarminati.channels.http_reader import BODY_LIMIT, NotHttp, ResponseReader
from alarminati.channels.port import retry_after
from alarminati.channels.table import TYPES, driver
from alarminati.config import ConfigError, load
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.model.entries import Entry, EntryId, UnknownInternal
from alarminati.core.model.matchers import Matcher
from alarminati.core.model.validation import Invalid, check
from alarminati.core.routing.routes import Route, Router
from alarminati.edge.alertmanager import read_alerts, read_notification
from alarminati.edge.bodies import as_utf8, not_json
from alarminati.edge.reports import read_reports
from alarminati.edge.unpacking import Damaged, TooLarge, Unpacker
from alarminati.mesh.v1 import mesh_service_pb2 as mesh
from alarminati.v1 import alarm_pb2 as pb
from alarminati.wire import codec, cursor, frames, identity
from alarminati.wire.intake_proto import report_from_proto
from tests.fuzz import seeds
from tests.fuzz.scratch import written
from tests.fuzz.shapes import Feed, Target, shape_targets, webhook
from tests.fuzz.spools import spool_targets

NAMES = ("authorization", "retry-after", "date", "content-type", "x-ratelimit-reset-after")
MARK = b"c4n4ry"  # in answers of vendors: it must not come back in a verdict


def entries(data: bytes) -> None:
    """Bodies on disk and between replicas; what is readable is written as it was read."""
    try:
        entry = codec.decode(seeds.ORIGIN, 1, seeds.NOW << 16, data)
    except codec.Unreadable:
        return
    if entry.body is not None and not isinstance(entry.body, UnknownInternal):
        again = codec.decode(seeds.ORIGIN, 1, seeds.NOW << 16, codec.encode(entry.body))
        assert again.body == entry.body


class Folding:
    """A replica's memory, fed whatever can be decoded; begun anew now and then."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._book = AlarmBook()
        limits = {"ops": Limits(rate=1e6, burst=100)}
        router = Router(Route(("ops",)))
        self._outbox = Outbox(self._book, router, limits, random.Random(1), "a1", "w-sharing")
        self._sequence = 0
        self._outbox.lead(0.0, seeds.NOW)

    def __call__(self, data: bytes) -> None:
        """One entry, then everything that follows from it."""
        self._sequence += 1
        stamp = seeds.NOW + (data[0] if data else 0) << 16 | self._sequence
        try:
            entry = codec.decode(seeds.ORIGIN, self._sequence, stamp, data[1:])
        except codec.Unreadable:
            return
        self._fold(entry)
        now = float(self._sequence)
        for attempt in self._outbox.attempts(now):
            outcome = self._outbox.finished(now, attempt, Verdict.retry("no"))
            self._fold(Entry(seeds.ORIGIN + "x", self._sequence, stamp, outcome))
        if self._sequence % 97 == 0:
            list(self._outbox.alive_ids())
            list(self._book.newest())
        if self._sequence >= 500:
            self._begin()

    def _fold(self, entry: Entry) -> None:
        self._book.apply(entry)
        self._outbox.apply(entry, float(self._sequence))


def cursors(data: bytes) -> None:
    """Cursors that clients hand in."""
    try:
        position = cursor.decode(data)
    except cursor.BadCursor:
        return
    assert all(0 <= sequence <= cursor.HIGHEST for sequence in position.values())


def protos(data: bytes) -> None:
    """Reports by gRPC."""
    try:
        message = pb.Alarm.FromString(data)
    except Exception:  # protobuf's DecodeError has no common public base across backends
        return
    try:
        alarm = report_from_proto(message, seeds.NOW, "grpc")
    except Invalid:
        return
    assert check(alarm, seeds.NOW) is alarm  # nothing is left to mend
    codec.encode(alarm)


def charsets(data: bytes) -> None:
    """Bodies in whatever they say they are in; the first byte chooses."""
    kinds = ("", "utf-8", "utf-16", "utf-16le", "cp949", "iso-8859-1", "x", '"', "\xff")
    kind = kinds[data[0] % len(kinds)] if data else ""
    try:
        body = as_utf8(data[1:], f"application/json; charset={kind}" if kind else "")
    except Invalid as error:
        said = str(error)
    else:
        assert len(body) <= 3 * len(data)
        said = str(not_json(body))
    assert len(said) < 300
    assert said.isprintable()


def unpacked(data: bytes) -> None:
    """Compressed bodies: never more than there is room for."""
    unpacker = Unpacker("gzip" if data[:1] == b"g" else "deflate")
    room = 4096
    try:
        for at in range(1, len(data), 7):
            room -= len(unpacker.unpack(data[at : at + 7], room))
            assert room >= 0
        unpacker.end()
    except (Damaged, TooLarge):
        pass


def words(data: bytes) -> None:
    """What replicas say in elections."""
    try:
        message = mesh.ElectionMessage.FromString(data)
    except Exception:  # as above
        return
    try:
        word = frames.word_from_proto(message)
    except ValueError:
        return
    assert frames.word_from_proto(frames.word_to_proto(word)) == word


def links(data: bytes) -> None:
    """Frames of one link; the first byte of each piece is its length in 16 bytes."""
    spelling = frames.FrameCodec()
    while data:
        size = max(1, data[0]) * 16
        piece, data = data[1 : 1 + size], data[1 + size :]
        try:
            message = mesh.Frame.FromString(piece)
        except Exception:  # as above
            return
        try:
            spelling.frame_from_proto(message)
        except ValueError:
            return


def configs(data: bytes) -> None:
    """Configuration files and the channels they name."""
    with written(data) as path:
        try:
            load(path, {}, {})
        except ConfigError as error:
            str(error).encode()


def matchers(data: bytes) -> None:
    """Conditions on labels."""
    try:
        text = data.decode()
        matcher = Matcher.parse(text)
    except ValueError:
        return
    matcher.fits({})


def names(data: bytes) -> None:
    """Ids, and the names in certificates."""
    text = data.decode("latin-1")
    for read in (EntryId.parse, identity.parse, identity.check_name, identity.check_cluster):
        try:
            read(text)
        except ValueError:
            pass


def _headers(data: bytes) -> tuple[int, Mapping[str, str], bytes]:
    """A status, headers and a body out of anything."""
    status = 100 + int.from_bytes(data[:2], "big") % 500
    lines, _, body = data[2:].partition(b"\n\n")
    values = lines.decode("latin-1").split("\n")
    return status, dict(zip(NAMES, values, strict=False)), body


def judged(kind: str) -> Feed:
    """What a channel makes of a vendor's answer: a verdict that repeats nothing of it."""

    def feed(data: bytes) -> None:
        status, headers, body = _headers(data)
        verdict = driver(kind).judge(status, headers, body)
        assert isinstance(verdict, Verdict)
        assert MARK.decode() not in verdict.detail
        assert len(verdict.detail) < 500
        assert verdict.detail.isprintable()
        after = verdict.after
        assert after is None or (math.isfinite(after) and after >= 0), after

    return feed


def responses(data: bytes) -> None:
    """Answers of servers, in pieces; the first byte chooses how large these are."""
    size, data = (data[0] or 256, data[1:]) if data else (1, b"")
    reader = ResponseReader("CONNECT" if size % 16 == 0 else "POST")
    try:
        for at in range(0, len(data), size):
            if not reader.done:
                reader.feed(data[at : at + size])
        reader.end()
    except NotHttp:
        assert not reader.done
    assert reader.status == 0 or 200 <= reader.status <= 999
    assert len(reader.body) <= min(len(data), BODY_LIMIT)
    assert sum(map(len, reader.headers)) <= len(data)
    assert not reader.whole or (reader.done and reader.status)


def pauses(data: bytes) -> None:
    """Retry-After."""
    _, headers, _ = _headers(data)
    wait = retry_after(headers)
    assert wait is None or (math.isfinite(wait) and wait >= 0)


def answers() -> tuple[bytes, ...]:
    """Statuses, headers and bodies as vendors send them, with a mark in the texts."""
    heads = (b"x\n120\nThu, 18 Sep 2025 03:42:00 GMT", b"x\nThu, 18 Sep 2025 03:42:09 GMT\nno")
    bodies = (*seeds.ANSWERS, MARK, b'{"message":"%s"}' % MARK, b'{"error":"%s"}' % MARK)
    made = []
    for number, body in enumerate(bodies):
        for status in (200, 204, 400, 401, 404, 413, 429, 500, 503):
            head = (status - 100).to_bytes(2, "big") + heads[number % len(heads)]
            made.append(head + b"\n\n" + body)
    return tuple(made)


def pure() -> list[Target]:
    """Targets that need nothing but a processor."""
    marked = tuple(b"\x01" + raw for raw in seeds.ENTRIES)
    linked = tuple(bytes((len(f) // 16 + 1,)) + f for f in seeds.FRAMES)
    fixed = [
        Target("entries", seeds.ENTRIES, entries),
        Target("fold", marked, Folding()),
        Target("cursors", seeds.CURSORS, cursors),
        Target("protos", (seeds.ENTRIES[0][2:],), protos),
        Target("reports", seeds.REPORTS, webhook(read_reports)),
        Target("alertmanager", seeds.NOTIFICATIONS, webhook(read_notification)),
        Target("alerts", seeds.ALERTS, webhook(read_alerts)),
        *shape_targets(),
        *spool_targets(),
        Target("charsets", tuple(b"\x01" + body for body in seeds.REPORTS), charsets),
        Target("unpacked", seeds.PACKED, unpacked),
        Target("words", seeds.WORDS, words),
        Target("links", linked, links),
        Target("configs", seeds.CONFIGS, configs, 0.2),
        Target("matchers", seeds.MATCHERS, matchers),
        Target("names", (b"k3v9x2ab-12", b"spiffe://alarminati/c/agent/a1"), names),
        Target("pauses", answers(), pauses),
        Target("responses", tuple(b"\x40" + each for each in seeds.RESPONSES), responses),
    ]
    judges = [Target(f"answers of {kind}", answers(), judged(kind), 0.5) for kind in sorted(TYPES)]
    return [*fixed, *judges]
