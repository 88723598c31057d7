"""Access to the agents: inviting, joining, renewing, revoking. Only requests travel, never keys.

Not every agent holds the authority's key; one without it says so, and the next one is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

import grpc
from google.protobuf.duration_pb2 import Duration

from alarminati.client.connection import Connection, Link
from alarminati.client.errors import Refused
from alarminati.v1 import access_service_pb2 as pb
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.roles import identity_to_proto, role_from_proto
from alarminati.wire.status import read
from alarminati.wire.timestamps import since_epoch

Request = TypeVar("Request")
Answer = TypeVar("Answer")

_PAGE: Final = 500


class AccessState(Enum):
    """State of access that was granted."""

    UNKNOWN = "unknown"
    """Of a later version."""
    INVITED = "invited"
    ACTIVE = "active"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REVOKED = "revoked"
    COMPROMISED = "compromised"


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """Access that was granted, and by whom. Times are milliseconds since 1970 UTC; 0: none."""

    role: str
    name: str
    state: AccessState
    invitation_id: str
    """Empty: there was no invitation that is kept."""
    invited_by: str
    invite_time: int
    invitation_expire_time: int
    join_time: int
    certificate_expire_time: int
    """End of the first certificate, which may have been renewed."""
    revoked_by: str
    revoke_time: int
    comment: str


@dataclass(frozen=True, slots=True, repr=False)
class Invited:
    """An invitation with what redeems it. The key is a secret until it is used."""

    grant: AccessGrant
    certificate: bytes  # DER
    private_key: bytes  # PKCS #8, DER
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
class RevokedAccess:
    """Result of a revocation."""

    grants: tuple[AccessGrant, ...]
    """One for each role and name that is revoked."""
    ended_streams: int  # at the replica that answered
    cancelled_invitations: int  # that were not used yet
    never_seen: bool  # no certificate of that name was


class Access:
    """The calls of AccessService. Every method raises AlarminatiError's children."""

    def __init__(self, connection: Connection, timeout: float) -> None:
        """`timeout`: seconds that one call may take in all."""
        self._connection = connection
        self._timeout = timeout

    async def invite(
        self, role: str, name: str, *, seconds: int = 0, days: int = 0, comment: str = ""
    ) -> Invited:
        """Create an invitation for `seconds` (0: an hour), to a certificate for `days` (0: 90).

        Each call that is answered is an invitation of its own.
        """
        request = pb.CreateInvitationRequest(
            identity=identity_to_proto(role, name),
            ttl=Duration(seconds=seconds) if seconds else None,
            validity_days=days,
            comment=comment,
        )
        answer = await self._signed(lambda link: link.access.CreateInvitation, request)
        return Invited(
            grant(answer.grant),
            answer.certificate,
            answer.private_key,
            answer.authority,
            answer.project,
            answer.cluster,
        )

    async def cancel_invitation(self, id: str) -> AccessGrant:
        """Cancel an invitation. Raises NotFound, and Forbidden when it was used already."""
        answer = await self._connection.call(
            lambda link: link.access.CancelInvitation,
            pb.CancelInvitationRequest(invitation_id=id),
            timeout=self._timeout,
        )
        return grant(answer.grant)

    async def join(self, certificate_request: bytes) -> Welcome:
        """Redeem an invitation for the key of a request (PKCS #10, DER). Raises Forbidden.

        The connection must be made with the invitation's own certificate. Calling again with the
        same key is safe.
        """
        request = pb.JoinRequest(certificate_request=certificate_request)
        answer = await self._signed(lambda link: link.access.Join, request)
        return Welcome(answer.certificate, answer.authority, answer.project, answer.cluster)

    async def renew(self, certificate_request: bytes) -> tuple[bytes, bytes]:
        """Return another certificate like ours, and the authority's; both PEM."""
        request = pb.RenewCertificateRequest(certificate_request=certificate_request)
        answer = await self._signed(lambda link: link.access.RenewCertificate, request)
        return answer.certificate, answer.authority

    async def revoke(
        self,
        name: str,
        role: str = "",
        comment: str = "",
        *,
        include_invited: bool = False,
        validate_only: bool = False,
    ) -> RevokedAccess:
        """Refuse all certificates of a name from now on; without a role, of every role but agent.

        `include_invited`: also of all who joined by an invitation of that name.
        """
        request = pb.RevokeAccessRequest(
            identity=identity_to_proto(role, name),
            comment=comment,
            include_invited=include_invited,
            validate_only=validate_only,
        )
        answer = await self._connection.call(
            lambda link: link.access.RevokeAccess, request, timeout=self._timeout
        )
        return RevokedAccess(
            tuple(map(grant, answer.grants)),
            answer.ended_streams,
            answer.cancelled_invitations,
            answer.never_seen,
        )

    async def restore(self, role: str, name: str, comment: str = "") -> AccessGrant:
        """Accept the certificates of a role and name again. Raises NotFound."""
        request = pb.RestoreAccessRequest(identity=identity_to_proto(role, name), comment=comment)
        answer = await self._connection.call(
            lambda link: link.access.RestoreAccess, request, timeout=self._timeout
        )
        return grant(answer.grant)

    async def list(self, states: Iterable[AccessState] = ()) -> Sequence[AccessGrant]:
        """Return the grants in these states (none given: in any), by role and name."""
        wanted = [pb.AccessGrant.State.Value(f"STATE_{state.name}") for state in states]
        found: list[AccessGrant] = []
        token = ""
        while True:
            answer = await self._connection.call(
                lambda link: link.access.ListAccess,
                pb.ListAccessRequest(page_size=_PAGE, page_token=token, states=wanted),
                timeout=self._timeout,
            )
            found += map(grant, answer.grants)
            token = answer.next_page_token
            if not token:
                return found

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


def grant(given: pb.AccessGrant) -> AccessGrant:
    """Return a grant from its message."""
    names = pb.AccessGrant.State
    state = AccessState.UNKNOWN
    if given.state in names.values():
        word = names.Name(given.state).removeprefix("STATE_")
        state = AccessState[word] if word in AccessState.__members__ else state
    return AccessGrant(
        role_from_proto(given.identity.role),
        given.identity.name,
        state,
        given.invitation_id,
        given.invited_by,
        since_epoch(given.invite_time),
        since_epoch(given.invitation_expire_time),
        since_epoch(given.join_time),
        since_epoch(given.certificate_expire_time),
        given.revoked_by,
        since_epoch(given.revoke_time),
        given.comment,
    )


def _cannot_sign(error: Refused) -> bool:
    cause = error.__cause__
    return (
        isinstance(cause, grpc.aio.AioRpcError)
        and read(cause).reason == ErrorReason.NO_AUTHORITY_KEY
    )
