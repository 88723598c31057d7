"""Who may come in: inviting, joining, renewing, revoking. Only requests travel, never keys.

Not every agent holds the authority's key; who does not says so, and the next one is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import grpc

from alarminati.client.connection import Connection, Link
from alarminati.client.errors import Refused
from alarminati.core.model.entries import Invitation, Revocation
from alarminati.v1 import trust_service_pb2 as trust
from alarminati.wire.codec import invitation_from_proto, revocation_from_proto
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import read

Request = TypeVar("Request")
Answer = TypeVar("Answer")

"""Reason of an agent that cannot sign; another may."""


@dataclass(frozen=True, slots=True, repr=False)
class Invited:
    """An invitation with what redeems it. The key is a secret until it is used."""

    invitation: Invitation
    certificate: bytes  # DER
    key: bytes  # PKCS #8, DER
    authority: bytes  # PEM
    project: str
    cluster: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """A certificate for a key of ours."""

    certificate: bytes  # PEM
    authority: bytes  # PEM
    project: str
    cluster: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who joined by an invitation."""

    invitation: str  # its id
    role: str
    name: str
    by: str  # who invited
    time: int  # when the first certificate was fetched, milliseconds since 1970 UTC
    days: int  # for which it was good; it may have been renewed
    revoked: bool  # since


@dataclass(frozen=True, slots=True)
class Revoked:
    """What came of a revocation."""

    revocation: Revocation
    ended: int  # streams, at the replica that answered
    included: tuple[Revocation, ...]  # of those whom that one brought in
    invited: tuple[Member, ...]  # brought in by that one, and still let in
    cancelled: int  # invitations that nobody had used yet
    never_seen: bool  # no certificate of that name was


@dataclass(frozen=True, slots=True)
class Trusted:
    """What one replica knows of trust."""

    revocations: tuple[Revocation, ...]  # in force
    invitations: tuple[Invitation, ...]  # that somebody may still use
    members: tuple[Member, ...]  # who joined by invitation


class Enrolment:
    """The calls of TrustService. Every method raises AlarminatiError's children."""

    def __init__(self, connection: Connection, timeout: float) -> None:
        """`timeout`: seconds that one call may take in all."""
        self._connection = connection
        self._timeout = timeout

    async def invite(self, role: str, name: str, *, seconds: int = 0, days: int = 0) -> Invited:
        """Invite somebody: the text lasts `seconds` (0: an hour), the certificate `days` (0: 90).

        Each call that is answered is an invitation of its own.
        """
        request = trust.InviteRequest(role=role, name=name, seconds=seconds, days=days)
        answer = await self._signed(lambda link: link.trust.Invite, request)
        return Invited(
            invitation_from_proto(answer.invitation),
            answer.certificate,
            answer.key,
            answer.authority,
            answer.project,
            answer.cluster,
        )

    async def join(self, request: bytes) -> Welcome:
        """Redeem an invitation for the key of a request (PKCS #10, DER). Raises Forbidden.

        The connection must be made with the invitation's own certificate. Calling again with the
        same key is safe.
        """
        answer = await self._signed(
            lambda link: link.trust.Join, trust.JoinRequest(request=request)
        )
        return Welcome(answer.certificate, answer.authority, answer.project, answer.cluster)

    async def renew(self, request: bytes) -> tuple[bytes, bytes]:
        """Another certificate like ours, for the key of a request; and the authority's. PEM."""
        answer = await self._signed(
            lambda link: link.trust.Renew, trust.RenewRequest(request=request)
        )
        return answer.certificate, answer.authority

    async def revoke(
        self,
        role: str,
        name: str,
        comment: str = "",
        *,
        lift: bool = False,
        include_invited: bool = False,
    ) -> Revoked:
        """Refuse all certificates of a role and name from now on, or with `lift` no more.

        `include_invited`: and of all whom that one brought in. Raises NotFound when nothing is
        there to lift.
        """
        request = trust.RevokeRequest(
            role=role, name=name, comment=comment, lift=lift, include_invited=include_invited
        )
        answer = await self._connection.call(
            lambda link: link.trust.Revoke, request, timeout=self._timeout
        )
        return Revoked(
            revocation_from_proto(answer.revocation),
            answer.ended,
            tuple(revocation_from_proto(it) for it in answer.included),
            tuple(_member(it) for it in answer.invited),
            answer.cancelled_invitations,
            answer.never_seen,
        )

    async def trusted(self) -> Trusted:
        """Revocations in force and open invitations."""
        answer = await self._connection.call(
            lambda link: link.trust.ListTrust, trust.ListTrustRequest(), timeout=self._timeout
        )
        return Trusted(
            tuple(revocation_from_proto(it) for it in answer.revocations),
            tuple(invitation_from_proto(it) for it in answer.invitations),
            tuple(_member(it) for it in answer.members),
        )

    async def withdraw(self, id: str) -> None:
        """Take back an invitation. Raises NotFound, and Refused when it was used already."""
        await self._connection.call(
            lambda link: link.trust.Withdraw,
            trust.WithdrawRequest(id=id),
            timeout=self._timeout,
        )

    async def _signed(
        self,
        method: Callable[[Link], grpc.aio.UnaryUnaryMultiCallable[Request, Answer]],
        request: Request,
    ) -> Answer:
        """Ask one replica after the other until one can sign."""
        rotation = self._connection.rotation
        for left in reversed(range(len(rotation))):
            try:
                return await self._connection.call(method, request, timeout=self._timeout)
            except Refused as error:
                if not left or not _cannot_sign(error):
                    raise
                rotation.failed(rotation.current)
        raise AssertionError("a rotation is never empty")


def _member(it: trust.Member) -> Member:
    return Member(
        it.invitation_id, it.role, it.name, it.invited_by, it.join_time, it.days, it.revoked
    )


def _cannot_sign(error: Refused) -> bool:
    cause = error.__cause__
    return (
        isinstance(cause, grpc.aio.AioRpcError)
        and read(cause).reason == ErrorReason.NO_AUTHORITY_KEY
    )
