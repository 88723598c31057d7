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
        who = _who(role, name)
        said = self._revocations.get(who)
        if said is not None and not said.undone:
            return said
        thefts = [order for order, _ in self._thefts(role, name)]
        lifted = self._revocations.order_of(who)
        if not thefts or (lifted is not None and lifted > max(thefts)):
            return None
        return Revocation(role, name, "", "two computers used its invitation")

    def revocations(self) -> list[Revocation]:
        """Return all revocations in force, by role and name."""
        found = (self.revocation(role, name) for role, name in sorted(self._refused))
        return [revocation for revocation in found if revocation is not None]

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
