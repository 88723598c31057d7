"""What an alert's own end means."""

from __future__ import annotations

from dataclasses import replace

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.ends import BEHIND, GRACE, UNKNOWN, Ends, Standing
from alarminati.core.model.entries import Alarm, Entry, Severity
from alarminati.core.model.validation import MAX_TTL

NOW = 1_758_166_920_000
MINUTE = 60_000
ALERT = Alarm("Latency is high", Severity.CRITICAL, NOW, key="k", source="prometheus")
OVER, FIRES = Standing(over=True), Standing(over=False, ttl=UNKNOWN, behind=True)


class Post:
    """A Prometheus whose clock is off, and a replica that hears it each minute."""

    def __init__(self, skew: int) -> None:
        self.skew = skew
        self.book = AlarmBook()
        self.ends = Ends(self.book)
        self.now = NOW
        self.sequence = 0

    def forget(self) -> None:
        """The replica starts anew."""
        self.ends = Ends(self.book)

    def judge(self, ends: int, starts: int = NOW) -> Standing:
        """A minute later an alert comes, and what comes of it is folded."""
        self.now += MINUTE
        alert = replace(ALERT, timestamp=starts)
        standing = self.ends.judge(alert, ends, self.now)
        self.sequence += 1
        notes = (BEHIND,) if standing.behind else ()
        told = replace(alert, resolved=standing.over, ttl=standing.ttl, annotations=notes)
        self.book.apply(Entry("o", self.sequence, self.now << 16, told))
        return standing

    def fires(self) -> Standing:
        return self.judge(self.now + MINUTE + self.skew + 4 * MINUTE)


def test_an_end_ahead_holds_from_when_it_came() -> None:
    assert Post(0).fires() == Standing(over=False, ttl=360 + GRACE)
    assert Post(-3 * MINUTE).fires() == Standing(over=False, ttl=90 + GRACE)
    assert Post(90 * 1_440 * MINUTE).fires() == Standing(over=False, ttl=MAX_TTL)


def test_without_an_end_it_does_not_say() -> None:
    assert Post(0).judge(0) == Standing(over=False)


def test_an_end_that_is_past_is_one_at_once_when_it_was_ahead_before() -> None:
    post = Post(0)
    post.fires()
    assert post.judge(post.now) == OVER
    for _ in range(15):  # also an end that moves on: some senders say when they say it
        assert post.judge(post.now) == OVER
    post.forget()
    assert [post.judge(post.now), post.judge(post.now)] == [OVER, OVER]


def test_an_end_that_moves_on_is_none() -> None:
    """A clock that is ten minutes behind: the second post shows it."""
    post = Post(-10 * MINUTE)
    assert post.fires() == OVER
    assert [post.fires() for _ in range(10)] == [FIRES] * 10
    ended = post.now + post.skew
    assert [post.judge(ended) for _ in range(5)] == [OVER] * 5


def test_a_replica_that_starts_anew_goes_on() -> None:
    post = Post(-10 * MINUTE)
    for _ in range(3):
        post.fires()
    post.forget()
    assert [post.fires(), post.fires()] == [FIRES, FIRES]
    post.forget()
    ended = post.now + post.skew
    assert [post.judge(ended), post.judge(ended)] == [FIRES, OVER]


def test_a_post_that_comes_twice_counts_once() -> None:
    post = Post(-10 * MINUTE)
    post.fires()
    assert post.fires() == FIRES
    assert post.ends.judge(ALERT, post.now + post.skew + 4 * MINUTE, post.now + 5) == FIRES


def test_another_beginning_is_another_alert() -> None:
    post = Post(0)
    assert post.judge(post.now, starts=NOW) == OVER
    assert post.judge(post.now, starts=NOW + MINUTE) == OVER


def test_g8_what_is_remembered_is_bounded() -> None:
    ends = Ends(AlarmBook(), size=10)
    for number in range(1000):
        ends.judge(replace(ALERT, key=str(number)), NOW - 1, NOW)
    assert len(ends._past) <= 20
