"""Alarms by lot: the nastiest texts, and crowds in which each alarm can be found again."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import strategies as st

from alarminati.channels.message import Item
from alarminati.core.model.entries import NotificationReason, Severity
from tests.channels.samples import item

NASTY = st.sampled_from(list("&<>|*_`~@!^\\\"'\n\t 가힣🔥👩‍👩‍👧\u202e\u0301a"))
TEXT = st.one_of(
    st.text(NASTY, min_size=1, max_size=300),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=100),
    st.sampled_from(
        ["<!channel>", "@here @EVERYONE", "&" * 8192, "🔥" * 8192, "<" * 8192, "가" * 8192]
    ),
)
PAIRS = st.dictionaries(
    TEXT.map(lambda text: text[:128]), TEXT.map(lambda text: text[:1024]), max_size=64
)
LINKS = st.one_of(
    st.sampled_from(["", f"https://h/{'&' * 2038}"]),
    st.text(st.sampled_from("&<>|a/ "), max_size=2030).map(lambda text: f"https://h/{text}"),
)
ITEMS = st.builds(
    item,
    number=st.integers(1, 10**12),
    message=TEXT,
    severity=st.sampled_from(list(Severity)),
    resolved=st.booleans(),
    labels=PAIRS,
    annotations=PAIRS,
    link=LINKS,
    project=TEXT.map(lambda text: text[:128]),
    reason=st.sampled_from(list(NotificationReason)),
    by=TEXT.map(lambda text: text[:128]),
    comment=TEXT,
    began=st.integers(1, 256),
)
PROJECTS = ["", "other", "사업"]


def crowd(dice: Random, size: int) -> tuple[list[Item], set[str]]:
    """Alarms told apart by a token: in a label when they share a message, else in the message."""
    kinds = dice.choice([1, 5, size])
    texts = [f"kind {kind} {'x' * dice.randrange(200)}" for kind in range(kinds)]
    drawn = [
        (
            dice.choice(texts),
            dice.choice(list(Severity)),
            dice.random() < 0.3,
            dice.choice(PROJECTS),
        )
        for _ in range(size)
    ]
    shared = Counter((text, severity * (not over), over, to) for text, severity, over, to in drawn)
    items = []
    for number, (text, severity, over, to) in enumerate(drawn):
        alone = shared[text, severity * (not over), over, to] == 1
        items.append(
            item(
                number,
                message=f"t{number:05d} {text}" if alone else text,
                severity=severity,
                resolved=over,
                labels={} if alone else {"a": f"t{number:05d}", "zone": dice.choice("abc")},
                project=to,
            )
        )
    return items, {f"t{number:05d}" for number in range(size)}
