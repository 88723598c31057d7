"""Revocations and invitations of a cluster: a fold.

Certificates themselves are not stored. An invitation names the role and name of one certificate;
only the first key that redeems it gets one. Two replicas that could not reach each other may each
have accepted a key. Then the invitation was stolen, and because the thief's key is not known, the
role and name count as revoked from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from alarminati.core.model.entries import (
    Body,
    Entry,
    EntryId,
    Invitation,
    Order,
    Redemption,
    Revocation,
)
from alarminati.core.model.fold import LatestByKey
from alarminati.core.model.hlc import milliseconds

KEPT = 86_400_000  # milliseconds that an invitation is remembered after its end
DAY = 86_400_000  # milliseconds
JOINED = 10_000
"""Newest members that are remembered for good; the others for the life of their certificate.

Certificates renew themselves, and a renewal leaves no entry.
"""
INVITER = "operator"  # role that may invite


class AccessState(Enum):
    """State of an invitation for one key."""

    OPEN = "open"
    UNKNOWN = "unknown"
    OVER = "over"
    WITHDRAWN = "withdrawn"
    USED = "used"
    STOLEN = "stolen"
    DISOWNED = "disowned"  # the inviter is revoked


@dataclass(frozen=True, slots=True)
class KeyConflict:
    """An invitation was redeemed with two keys."""

    invitation: Invitation
    known: int  # milliseconds since 1970: when the second redemption was written


@dataclass(frozen=True, slots=True)
class Joined:
    """A member that joined by an invitation."""

    invitation: Invitation
    time: int  # milliseconds since 1970

    @property
    def who(self) -> tuple[str, str]:
        """Return role and name."""
        return self.invitation.role, self.invitation.name


class GrantState(Enum):
    """State of access that was granted; the numbers of `AccessGrant.State`."""

    INVITED = 1
    ACTIVE = 2
    EXPIRED = 3
    CANCELLED = 4
    REVOKED = 5
    COMPROMISED = 6


class GrantKey(NamedTuple):
    """Place of a grant in the list of all: by role, name and invitation."""

    role: str
    name: str
    invitation: str = ""  # id; empty: a revocation without an invitation that is kept


@dataclass(frozen=True, slots=True)
class Grant:
    """Access that was granted or refused to a role and name."""

    key: GrantKey
    state: GrantState
    invitation: Invitation | None = None
    invite_time: int = 0  # milliseconds since 1970, as the others; 0: it is not known
    join_time: int = 0
    revocation: Revocation | None = None  # in force
    revoke_time: int = 0


class Trust:
    """Revocations, invitations and redemptions. A `Fold`."""

    def __init__(self) -> None:
        self._revocations: LatestByKey[Revocation] = LatestByKey()
        self._invitations: LatestByKey[Invitation] = LatestByKey()
        self._redemptions: dict[str, dict[bytes, Order]] = {}  # by invitation, by key: the first
        self._stolen: dict[tuple[str, str], dict[str, None]] = {}  # invitations with two keys
        self._refused: set[tuple[str, str]] = set()
        self._now = 0  # milliseconds since 1970, as the latest entry has it

    def apply(self, entry: Entry) -> None:
        """Fold one entry."""
        self._now = max(self._now, milliseconds(entry.stamp))
        match entry.body:
            case Revocation(role=role, name=name):
                if self._revocations.put(_who(role, name), entry, entry.body):
                    self._judge(role, name)
            case Invitation(id=id):
                if self._invitations.put(id, entry, entry.body):
                    self._judge(entry.body.role, entry.body.name, id)
            case Redemption(invitation=id, key_sha256=key):
                keys = self._redemptions.setdefault(id, {})
                keys[key] = min(keys.get(key, entry.order), entry.order)
                if (invitation := self._invitations.get(id)) is not None:
                    self._judge(invitation.role, invitation.name, id)

    def _judge(self, role: str, name: str, invitation: str = "") -> None:
        if len(self._redemptions.get(invitation, ())) > 1:
            self._stolen.setdefault((role, name), {})[invitation] = None
        if self.revocation(role, name) is not None:
            self._refused.add((role, name))
        else:
            self._refused.discard((role, name))

    def behind(self, body: Body) -> int:
        """Return the stamp of the last entry on the subject; see `Fold`."""
        match body:
            case Revocation(role=role, name=name):
                return self._revocations.stamp_of(_who(role, name))
            case Invitation(id=id):
                return self._invitations.stamp_of(id)
            case _:
                return 0

    # Revocations.

    def refuses(self, role: str, name: str) -> bool:
        """Return whether certificates of that role and name are refused."""
        return (role, name) in self._refused

    def revocation(self, role: str, name: str) -> Revocation | None:
        """Return the revocation in force, written or implied by a theft; None: there is none."""
        return self._in_force(role, name)[0]

    def _in_force(self, role: str, name: str) -> tuple[Revocation | None, int]:
        """Return the revocation in force, and since when (milliseconds since 1970)."""
        who = _who(role, name)
        said, order = self._revocations.get(who), self._revocations.order_of(who)
        if said is not None and not said.undone:
            return said, milliseconds(self._revocations.stamp_of(who))
        thefts = [order for order, _ in self._thefts(role, name)]
        if not thefts or (order is not None and order > max(thefts)):
            return None, 0
        stolen = Revocation(role, name, "", "two computers used its invitation")
        return stolen, milliseconds(max(thefts)[0])

    # Invitations.

    def invitation(self, id: str) -> Invitation | None:
        """Return the invitation; None when it is unknown or forgotten."""
        return self._invitations.get(id)

    def standing(self, id: str, key: bytes, wall: int) -> AccessState:
        """Return the state of an invitation for a key (SHA-256); b"" stands for a new key."""
        invitation = self._invitations.get(id)
        if invitation is None:
            return AccessState.UNKNOWN
        keys = self._redemptions.get(id, {})
        if len(keys) > 1:
            return AccessState.STOLEN
        if keys and key not in keys:
            return AccessState.USED
        if invitation.cancelled:
            return AccessState.WITHDRAWN
        if self.refuses(INVITER, invitation.created_by):
            return AccessState.DISOWNED
        return AccessState.OPEN if wall < invitation.end_time else AccessState.OVER

    def redeemed(self, id: str, key: bytes) -> bool:
        """Return whether that key (SHA-256) has redeemed the invitation."""
        return key in self._redemptions.get(id, {})

    def open_invitations(self, wall: int) -> list[Invitation]:
        """Return the invitations that are still valid, by their end."""
        found = [
            invitation
            for id, invitation in self._invitations.items()
            if self.standing(id, b"", wall) is AccessState.OPEN
        ]
        return sorted(found, key=lambda invitation: (invitation.end_time, invitation.id))

    def joined(self) -> list[Joined]:
        """Return the remembered members that joined by invitation, first come first."""
        found = [
            Joined(invitation, milliseconds(min(keys.values())[0]))
            for id, keys in self._redemptions.items()
            if (invitation := self._invitations.get(id)) is not None
        ]
        found.sort(key=lambda each: (each.time, each.invitation.id))
        old, new = found[:-JOINED], found[-JOINED:]
        return [
            each
            for each in old
            if self._now < each.time + (each.invitation.validity_days + 1) * DAY
        ] + new

    def brought_in(self, role: str, name: str) -> list[Joined]:
        """Return the members that joined by an invitation of that one, directly or indirectly."""
        by_inviter: dict[str, list[Joined]] = {}
        for each in self.joined():
            by_inviter.setdefault(each.invitation.created_by, []).append(each)
        found, inviters = list[Joined](), [name] if role == INVITER else []
        while inviters:
            of = by_inviter.pop(inviters.pop(), [])
            found += of
            inviters += [each.invitation.name for each in of if each.invitation.role == INVITER]
        return found

    def knows(self, role: str, name: str) -> bool:
        """Return whether a party of that role and name was invited, revoked or invited others."""
        invitations = [invitation for _, invitation in self._invitations.items()]
        return self._revocations.get(_who(role, name)) is not None or any(
            _fits(it, role, name) or (it.created_by, INVITER) == (name, role) for it in invitations
        )

    def thefts(self) -> list[KeyConflict]:
        """Return the invitations that were redeemed with two keys, first noticed first."""
        found = [theft for who in self._stolen for theft in self._thefts(*who)]
        return [
            KeyConflict(invitation, milliseconds(order[0]))
            for order, invitation in sorted(found, key=lambda theft: theft[0])
        ]

    def _thefts(self, role: str, name: str) -> Iterator[tuple[Order, Invitation]]:
        for id in self._stolen.get((role, name), ()):
            invitation = self._invitations.get(id)
            if invitation is not None and _fits(invitation, role, name):
                yield sorted(self._redemptions[id].values())[1], invitation

    # Grants.

    def grant_keys(self) -> list[GrantKey]:
        """Return the keys of all grants, in the order in which they are listed."""
        joined = {each.invitation.id for each in self.joined()}
        found = [
            GrantKey(invitation.role, invitation.name, id)
            for id, invitation in self._invitations.items()
            if id in joined or self._now < invitation.end_time + KEPT
        ]
        invited = {
            (key.role, key.name) for key in found if not self._cancelled_unused(key.invitation)
        }
        found += [GrantKey(*who) for who in self._refused - invited]
        return sorted(found)

    def grant(self, key: GrantKey, wall: int) -> Grant:
        """Return the grant of a key at that time (milliseconds since 1970)."""
        invitation = self._invitations.get(key.invitation)
        revocation, revoked = self._in_force(key.role, key.name)
        if invitation is None:
            state = GrantState.ACTIVE if revocation is None else GrantState.REVOKED
            return Grant(key, state, None, 0, 0, revocation, revoked)
        orders = self._redemptions.get(key.invitation, {}).values()
        return Grant(
            key,
            self._state_of(invitation, revocation, wall),
            invitation,
            0 if invitation.cancelled else milliseconds(self._invitations.stamp_of(invitation.id)),
            milliseconds(min(orders)[0]) if orders else 0,
            revocation,
            revoked,
        )

    def grant_of(self, role: str, name: str, wall: int) -> Grant:
        """Return the grant by which that role and name joined last, else the newest."""
        of = [key for key in self.grant_keys() if (key.role, key.name) == (role, name)]
        found = [self.grant(key, wall) for key in of] or [self.grant(GrantKey(role, name), wall)]
        return max(found, key=lambda each: (each.join_time, each.invite_time))

    def _state_of(
        self, invitation: Invitation, revocation: Revocation | None, wall: int
    ) -> GrantState:
        if keys := self._redemptions.get(invitation.id, {}):
            if revocation is None:
                return GrantState.ACTIVE
            return GrantState.COMPROMISED if len(keys) > 1 else GrantState.REVOKED
        if invitation.cancelled:
            return GrantState.CANCELLED
        if revocation is not None:
            return GrantState.REVOKED
        valid = self.standing(invitation.id, b"", wall) is AccessState.OPEN
        return GrantState.INVITED if valid else GrantState.EXPIRED

    def _cancelled_unused(self, id: str) -> bool:
        invitation = self._invitations.get(id)
        return invitation is not None and invitation.cancelled and not self._redemptions.get(id)

    # Retention.

    def alive_ids(self) -> Iterator[EntryId]:
        """Return the entries that count: the last on every party, and invitations until they end.

        An undone revocation is kept as well: an older entry that is kept elsewhere would bring the
        revocation back.
        """
        for who, _ in self._revocations.items():
            yield from _known(self._revocations.id_of(who))
        joined = {each.invitation.id for each in self.joined()}
        for id, invitation in self._invitations.items():
            keys = self._redemptions.get(id, {})
            if len(keys) > 1 or self._now < invitation.end_time + KEPT or id in joined:
                yield from _known(self._invitations.id_of(id))
                yield from (EntryId(*order[1:]) for order in sorted(keys.values())[:2])


def _who(role: str, name: str) -> str:
    return f"{role}/{name}"


def _fits(invitation: Invitation, role: str, name: str) -> bool:
    return (invitation.role, invitation.name) == (role, name)


def _known(id: EntryId | None) -> Iterator[EntryId]:
    if id is not None:
        yield id
