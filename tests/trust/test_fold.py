"""Trust as a fold: whatever the order of arrival, the same people are let in (G7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.core.access.trust import KEPT, AccessState, GrantKey, GrantState, Trust
from alarminati.core.model.entries import Body, Entry, Invitation, Redemption, Revocation

WALL = 1_790_000_000_000
ENDS = WALL + 3_600_000
K1, K2 = b"1" * 32, b"2" * 32
INVITED = Invitation("i1", "viewer", "laptop", ENDS, 90, "jane")


def entry(number: int, body: Body, at: int = WALL, origin: str = "") -> Entry:
    return Entry(origin or f"o{number % 3}", number, (at << 16) + number, body)


def trusting(*bodies: Body) -> Trust:
    trust = Trust()
    for number, body in enumerate(bodies, 1):
        trust.apply(entry(number, body))
    return trust


BODIES = st.one_of(
    st.builds(
        Revocation,
        st.sampled_from(["viewer", "operator"]),
        st.sampled_from(["laptop", "phone", "jane"]),
        st.just("jane"),
        undone=st.booleans(),
    ),
    st.builds(
        Invitation,
        st.sampled_from(["i1", "i2"]),
        st.just("viewer"),
        st.just("laptop"),
        st.sampled_from([ENDS, WALL + 10]),
        st.just(90),
        st.just("jane"),
        st.booleans(),
    ),
    st.builds(Redemption, st.sampled_from(["i1", "i2"]), st.sampled_from([K1, K2])),
)


def picture(trust: Trust) -> object:
    return (
        [trust.grant(key, WALL + 5) for key in trust.grant_keys()],
        [trust.standing(id, key, WALL + 5) for id in ("i1", "i2") for key in (b"", K1, K2)],
        trust.open_invitations(WALL + 5),
        trust.thefts(),
        trust.joined(),
        trust.brought_in("operator", "jane"),
        sorted(trust.alive_ids()),
    )


def folded(entries: Sequence[Entry]) -> Trust:
    trust = Trust()
    for each in entries:
        trust.apply(each)
    return trust


@settings(max_examples=300, deadline=None)
@given(st.lists(BODIES, max_size=9), st.integers())
def test_any_order_and_any_repetition_come_to_the_same(bodies: list[Body], seed: int) -> None:
    entries = [entry(number, body) for number, body in enumerate(bodies, 1)]
    expected = picture(folded(entries))
    shuffled = entries + entries[: len(entries) // 2]
    Random(seed).shuffle(shuffled)
    assert picture(folded(shuffled)) == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(BODIES, max_size=9))
def test_what_retention_keeps_is_enough(bodies: list[Body]) -> None:
    entries = [entry(number, body) for number, body in enumerate(bodies, 1)]
    whole = folded(entries)
    alive = set(whole.alive_ids())
    assert picture(folded([each for each in entries if each.id in alive])) == picture(whole)


def test_the_last_word_on_somebody_counts() -> None:
    revoked = Revocation("viewer", "laptop", "jane")
    lifted = Revocation("viewer", "laptop", "jane", undone=True)
    assert trusting(revoked).refuses("viewer", "laptop")
    assert not trusting(revoked).refuses("operator", "laptop")
    assert not trusting(revoked, lifted).refuses("viewer", "laptop")
    assert trusting(revoked, lifted, revoked).refuses("viewer", "laptop")
    # However old it is, it is kept.
    old = trusting(revoked)
    old.apply(entry(9, lifted, WALL + 1000 * KEPT, "far"))
    assert len(list(old.alive_ids())) == 1


def test_an_invitation_lets_one_key_in() -> None:
    assert trusting().standing("i1", K1, WALL) is AccessState.UNKNOWN
    trust = trusting(INVITED)
    assert trust.standing("i1", K1, WALL) is AccessState.OPEN
    assert trust.standing("i1", K1, ENDS) is AccessState.OVER
    trust = trusting(INVITED, Redemption("i1", K1))
    assert trust.standing("i1", K1, WALL) is AccessState.OPEN, "the answer may have been lost"
    assert trust.standing("i1", K2, WALL) is AccessState.USED
    assert trust.open_invitations(WALL) == []
    assert trusting(INVITED, _withdrawn()).standing("i1", K1, WALL) is AccessState.WITHDRAWN


def _withdrawn() -> Invitation:
    return Invitation("i1", "viewer", "laptop", ENDS, 90, "jane", cancelled=True)


def test_two_keys_mean_theft_and_neither_is_good() -> None:
    stolen = (INVITED, Redemption("i1", K1), Redemption("i1", K2))
    trust = trusting(*stolen)
    assert trust.refuses("viewer", "laptop")
    assert trust.standing("i1", K1, WALL) is AccessState.STOLEN
    assert [theft.invitation.id for theft in trust.thefts()] == ["i1"]
    revocation = trust.revocation("viewer", "laptop")
    assert revocation is not None and "two computers" in revocation.comment
    (key,) = trust.grant_keys()
    assert trust.grant(key, WALL).state is GrantState.COMPROMISED
    lifted = Revocation("viewer", "laptop", "jane", undone=True)
    assert not trusting(*stolen, lifted).refuses("viewer", "laptop")
    # A word from before the theft was known does not cover it.
    assert trusting(lifted, *stolen).refuses("viewer", "laptop")


def test_an_open_invitation_of_who_is_revoked_is_over() -> None:
    revoked = Revocation("operator", "jane", "kim")
    trust = trusting(INVITED, revoked)
    assert trust.standing("i1", K1, WALL) is AccessState.DISOWNED
    assert trust.open_invitations(WALL) == []
    # Whose answer was lost gets none any more either.
    assert trusting(INVITED, Redemption("i1", K1), revoked).standing("i1", K1, WALL) is (
        AccessState.DISOWNED
    )
    assert trusting(INVITED, Revocation("viewer", "jane", "kim")).open_invitations(WALL)
    lifted = Revocation("operator", "jane", "kim", undone=True)
    assert trusting(INVITED, revoked, lifted).standing("i1", K1, WALL) is AccessState.OPEN


def test_who_joined_is_known_with_all_whom_they_brought_in() -> None:
    chain = [("i1", "operator", "bot", "jane"), ("i2", "operator", "bot2", "bot")]
    chain += [("i3", "viewer", "screen", "bot2"), ("i4", "viewer", "other", "kim")]
    chain += [("i5", "operator", "jane", "bot2")]  # round in a circle
    trust = Trust()
    for number, (id, role, name, by) in enumerate(chain):
        trust.apply(entry(2 * number + 1, Invitation(id, role, name, ENDS, 90, by)))
        trust.apply(entry(2 * number + 2, Redemption(id, K1), WALL + number))
    assert [each.who[1] for each in trust.joined()] == ["bot", "bot2", "screen", "other", "jane"]
    brought = {each.who for each in trust.brought_in("operator", "jane")}
    assert brought == {
        ("operator", "bot"),
        ("operator", "bot2"),
        ("viewer", "screen"),
        ("operator", "jane"),
    }
    assert trust.brought_in("viewer", "jane") == []
    assert [each.who for each in trust.brought_in("operator", "kim")] == [("viewer", "other")]


def test_whose_name_was_never_heard_is_known() -> None:
    trust = trusting(INVITED, Revocation("viewer", "phone", "kim"))
    assert trust.knows("viewer", "laptop") and trust.knows("viewer", "phone")
    assert trust.knows("operator", "jane")
    assert not trust.knows("operator", "laptop") and not trust.knows("viewer", "latop")


def test_what_nobody_used_is_forgotten_and_who_joined_is_not() -> None:
    later = Revocation("viewer", "other", "jane")
    unused = trusting(INVITED)
    unused.apply(entry(7, later, ENDS + KEPT + 1))
    assert [str(id) for id in unused.alive_ids()] == ["o1-7"]
    for keys in ([K1], [K1, K2]):
        used = trusting(INVITED, *(Redemption("i1", key) for key in keys))
        used.apply(entry(7, later, ENDS + 1000 * KEPT))
        assert len(list(used.alive_ids())) == 2 + len(keys)


def test_who_joined_long_ago_is_forgotten_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("alarminati.core.access.trust.JOINED", 2)
    trust = Trust()
    for number in range(3):
        invitation = Invitation(f"i{number}", "viewer", f"v{number}", ENDS, 90, "jane")
        trust.apply(entry(2 * number + 1, invitation))
        trust.apply(entry(2 * number + 2, Redemption(invitation.id, K1), WALL + number))
    assert len(trust.joined()) == 3  # the certificate of the first may still live
    trust.apply(entry(9, Revocation("viewer", "x", "kim"), WALL + 92 * KEPT))
    assert [each.who[1] for each in trust.joined()] == ["v1", "v2"]


def test_a_grant_says_who_was_let_in_by_whom_and_who_is_refused() -> None:
    joined, unused = Redemption("i1", K1), replace(INVITED, id="i2", name="phone", end_time=ENDS)
    restored = Revocation("viewer", "laptop", "jane", undone=True)
    by_hand = Revocation("viewer", "unheard-of", "kim", "lost")

    def states(*bodies: Body, wall: int = WALL) -> list[tuple[str, GrantState]]:
        trust = trusting(*bodies)
        grants = [trust.grant(key, wall) for key in trust.grant_keys()]
        return [(grant.key.name, grant.state) for grant in grants]

    assert states(INVITED) == [("laptop", GrantState.INVITED)]
    assert states(INVITED, wall=ENDS) == [("laptop", GrantState.EXPIRED)]
    assert states(_withdrawn()) == [("laptop", GrantState.CANCELLED)]
    assert states(INVITED, joined, unused) == [
        ("laptop", GrantState.ACTIVE),
        ("phone", GrantState.INVITED),
    ]
    revoked = Revocation("viewer", "laptop", "kim")
    assert states(INVITED, joined, revoked) == [("laptop", GrantState.REVOKED)]
    assert states(INVITED, joined, revoked, restored) == [("laptop", GrantState.ACTIVE)]
    # Who came without an invitation is known by name only, and listed while refused.
    assert states(by_hand) == [("unheard-of", GrantState.REVOKED)]
    assert states(by_hand, replace(by_hand, undone=True)) == []
    # A cancelled invitation says nothing of the certificates of that name.
    assert states(_withdrawn(), revoked) == [
        ("laptop", GrantState.REVOKED),
        ("laptop", GrantState.CANCELLED),
    ]
    trust = trusting(INVITED, joined, by_hand)
    grant = trust.grant_of("viewer", "unheard-of", WALL)
    assert grant.key == GrantKey("viewer", "unheard-of") and grant.revocation == by_hand
    assert grant.revoke_time and not grant.join_time
    assert trust.grant_of("viewer", "laptop", WALL).invitation == INVITED
