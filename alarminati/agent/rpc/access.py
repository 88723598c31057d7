"""AccessService: invitations, certificates and revocations."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, Never

import grpc

from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.access_views import grant_to_proto, place_of, read_place
from alarminati.agent.rpc.authorization import Authorization
from alarminati.agent.rpc.paging import page_size, page_token, read_token
from alarminati.agent.rpc.turns import ROOM, Turns, breathing
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.agent.tls.signing import BadRequest, CannotSign, Signer
from alarminati.config import AgentConfig
from alarminati.core.access.trust import AccessState, GrantKey, KeyConflict, Trust
from alarminati.core.bounded.rate_limiter import RateLimiter
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import (
    Alarm,
    Entry,
    Invitation,
    Redemption,
    RequestKey,
    Revocation,
    Severity,
)
from alarminati.core.model.validation import Invalid
from alarminati.v1 import access_service_pb2 as pb
from alarminati.v1 import access_service_pb2_grpc as pb_grpc
from alarminati.v1 import identity_pb2
from alarminati.wire.background import begin
from alarminati.wire.credentials import Tls
from alarminati.wire.identity import MEMBERS, Identity, NotAnIdentity, Role, check_name
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.roles import identity_to_proto, role_from_proto, role_to_proto
from alarminati.wire.status import Problem, abort, invalid, not_found, problem_of, refusal

SECONDS: Final = (60, 604_800)  # shortest and longest life of an invitation
DAYS: Final = (1, 825)  # of a certificate
DEFAULT_SECONDS: Final = 3600
DEFAULT_DAYS: Final = 90
COMMENT_LIMIT: Final = 1024
RENEWALS: Final = (0.1, 20)  # of one name: a second, and at once
NEWS: Final = 3_600_000  # milliseconds; older thefts were told before this process began
SOURCE: Final = "trust"

log = logging.getLogger(__name__)

_Context = grpc.aio.ServicerContext[Any, Any]
_REFUSED: Final = {
    AccessState.UNKNOWN: "the invitation is not known here (any more); ask for a new one",
    AccessState.OVER: "the invitation is over; ask for a new one",
    AccessState.WITHDRAWN: "the invitation was withdrawn; ask who invited you",
    AccessState.DISOWNED: (
        "the invitation is over, for who wrote it is revoked; ask another operator for a new one"
    ),
    AccessState.USED: (
        "the invitation is used up: somebody joined with it already; if that was not you, tell who"
        " invited you to revoke it at once"
    ),
    AccessState.STOLEN: (
        "the invitation was used by two computers, so its text was stolen and what it fetched is"
        " revoked; ask for a new one under another name"
    ),
}


class Access(pb_grpc.AccessServiceServicer):
    """The calls of AccessService; also acts on what other replicas journal about access."""

    def __init__(
        self,
        live: LiveReplica,
        trust: Trust,
        gate: Authorization,
        signer: Signer,
        *,
        project: str,
        cluster: str,
        own_name: Callable[[], str],
    ) -> None:
        """`trust` is one of the replica's folds; `own_name`: that in its certificate now."""
        self._live = live
        self._trust = trust
        self._gate = gate
        self._signer = signer
        self._project = project
        self._cluster = cluster
        self._own_name = own_name
        self._turns = Turns()
        self._renewals = RateLimiter(*RENEWALS)
        self._told: set[str] = set()  # invitations whose theft was reported from here
        self._tasks: set[asyncio.Task[None]] = set()
        live.folded.append(self._folded)

    # Inviting.

    async def CreateInvitation(
        self, request: pb.CreateInvitationRequest, context: _Context
    ) -> pb.CreateInvitationResponse:
        """Journal an invitation and make the certificate that it is redeemed with."""
        try:
            invitation = self._invitation(request)
            await self._signer.check()  # nothing is journaled for what cannot be made
            await self._live.write(invitation)
            signed = await self._signer.invite(invitation.id, invitation.end_time)
        except (Invalid, NotAccepted, TooFewReplicas, CannotSign, BadRequest) as error:
            await _refuse(context, error)
        who = f"{invitation.role} {invitation.name}"
        log.info("%s invited %s (invitation %s)", invitation.created_by, who, invitation.id)
        return pb.CreateInvitationResponse(
            grant=self._grant(GrantKey(invitation.role, invitation.name, invitation.id)),
            certificate=signed.certificate,
            private_key=signed.key,
            authority=signed.authority,
            project=self._project,
            cluster=self._cluster,
        )

    def _invitation(self, request: pb.CreateInvitationRequest) -> Invitation:
        role, name = _who(request.identity)
        if self._trust.refuses(role, name):
            raise Invalid(
                "identity.name",
                f"{name!r} is that of a {role} who is revoked, and who would be let in again with"
                " it; choose another name",
            )
        ttl = request.ttl.ToSeconds() if request.HasField("ttl") else DEFAULT_SECONDS
        seconds = _within("ttl", ttl, SECONDS, " s")
        return Invitation(
            secrets.token_hex(8),
            role,
            name,
            wall() + seconds * 1000,
            _within("validity_days", request.validity_days or DEFAULT_DAYS, DAYS),
            authorization.caller().name,
            comment=_comment(request.comment),
        )

    async def CancelInvitation(
        self, request: pb.CancelInvitationRequest, context: _Context
    ) -> pb.CancelInvitationResponse:
        """Take an invitation back before it is used."""
        id = request.invitation_id
        invitation = self._trust.invitation(id)
        if invitation is None:
            await abort(context, not_found(f"there is no invitation {id[:80]!r}"))
        match self._trust.standing(id, b"", wall()):
            case AccessState.USED | AccessState.STOLEN:
                who = f"{invitation.role} {invitation.name}"
                sentence = f"somebody joined with it as {who}; revoke that instead"
                await abort(context, refusal(ErrorReason.INVITATION_USED, sentence))
            case AccessState.OPEN:
                await self._write(context, replace(invitation, cancelled=True))
            case _:
                pass  # it cannot be used, as wanted
        grant = self._grant(GrantKey(invitation.role, invitation.name, id))
        return pb.CancelInvitationResponse(grant=grant)

    # Joining.

    async def Join(self, request: pb.JoinRequest, context: _Context) -> pb.JoinResponse:
        """Redeem an invitation: the first key to come is the only one."""
        id = authorization.caller().name
        try:
            await self._signer.check()
            key = await self._signer.read(request.certificate_request)
            invitation = await self._redeemed(id, key, context)
            who = Identity(Role(invitation.role), invitation.name, self._cluster)
            signed = await self._signer.sign(
                request.certificate_request, who, invitation.validity_days
            )
        except (NotAccepted, TooFewReplicas, CannotSign, BadRequest) as error:
            await _refuse(context, error)
        log.info("%s joined (invitation %s)", who, id)
        return pb.JoinResponse(
            certificate=signed.certificate,
            authority=signed.authority,
            project=self._project,
            cluster=self._cluster,
        )

    async def _redeemed(self, id: str, key: bytes, context: _Context) -> Invitation:
        """The invitation, once this key's claim to it is on disk and no other is known."""
        await self._require(id, key, context)
        if not self._trust.redeemed(id, key):
            await self._live.write(Redemption(id, key))
        # The second copy was awaited: had another replica let in another key, we may know by now.
        await self._require(id, key, context)
        invitation = self._trust.invitation(id)
        assert invitation is not None
        return invitation

    async def _require(self, id: str, key: bytes, context: _Context) -> None:
        standing = self._trust.standing(id, key, wall())
        if standing is not AccessState.OPEN:
            if standing is AccessState.USED:
                log.warning("invitation %s is used up, and somebody else tried to use it", id)
            await abort(context, refusal(_reason(standing), _REFUSED[standing]))
        invitation = self._trust.invitation(id)
        if invitation is not None and self._trust.refuses(invitation.role, invitation.name):
            who = f"{invitation.role} {invitation.name}"
            await abort(
                context,
                refusal(ErrorReason.ACCESS_REVOKED, f"{who} is revoked; ask who invited you"),
            )

    async def RenewCertificate(
        self, request: pb.RenewCertificateRequest, context: _Context
    ) -> pb.RenewCertificateResponse:
        """The like of the caller's certificate, for another key."""
        who = authorization.caller()
        if wait := self._renewals.admit(time.monotonic(), str(who)):
            await abort(context, _too_often(who, wait))
        pem = context.auth_context().get("x509_pem_cert", ())
        try:
            if not pem:
                raise BadRequest("without TLS there is no certificate to renew")
            longest = timedelta(days=DAYS[1])
            signed = await self._signer.renew(
                request.certificate_request, bytes(next(iter(pem))), longest
            )
        except (CannotSign, BadRequest) as error:
            await _refuse(context, error)
        return pb.RenewCertificateResponse(
            certificate=signed.certificate, authority=signed.authority
        )

    # Revoking.

    async def RevokeAccess(
        self, request: pb.RevokeAccessRequest, context: _Context
    ) -> pb.RevokeAccessResponse:
        """Journal it; streams end on each replica as it is folded there."""
        me = authorization.caller()
        try:
            asked = _whom(request.identity)
            comment = _comment(request.comment)
        except Invalid as error:
            await _refuse(context, error)
        revocations = [Revocation(*who, me.name, comment) for who in asked]
        if request.include_invited:
            revocations += self._invited_by(asked, me.name, comment)
            if any(
                (each.role, each.name) == (me.role, me.name) for each in revocations[len(asked) :]
            ):
                await abort(context, _invited_yourself(request.identity.name))
        for each in revocations:
            if each.role == Role.AGENT and each.name == self._own_name():
                await abort(context, _own_certificate(each.name))
        answer = self._revoking(revocations, asked)
        if not request.validate_only:
            await self._write(context, *revocations)
        answer.grants.extend(self._grant_of(each.role, each.name) for each in revocations)
        return answer

    def _invited_by(
        self, asked: Sequence[tuple[str, str]], by: str, comment: str
    ) -> list[Revocation]:
        """Return revocations of all whom those invited, and who are not revoked yet."""
        reason = f"brought in by {asked[0][1]}" + (comment and f": {comment}")
        found = {each.who for who in asked for each in self._trust.brought_in(*who)}
        return [
            Revocation(*who, by, reason[:COMMENT_LIMIT])
            for who in sorted(found - set(asked))
            if not self._trust.refuses(*who)
        ]

    def _revoking(
        self, revocations: Sequence[Revocation], asked: Sequence[tuple[str, str]]
    ) -> pb.RevokeAccessResponse:
        """Return what to answer but the grants; it is asked before it is done."""
        operators = {each.name for each in revocations if each.role == Role.OPERATOR}
        open_now = self._trust.open_invitations(wall())
        return pb.RevokeAccessResponse(
            ended_streams=sum(self._gate.streams(each.role, each.name) for each in revocations),
            cancelled_invitations=sum(it.created_by in operators for it in open_now),
            never_seen=not any(self._gate.saw(*who) or self._trust.knows(*who) for who in asked),
        )

    async def RestoreAccess(
        self, request: pb.RestoreAccessRequest, context: _Context
    ) -> pb.RestoreAccessResponse:
        """Journal that a role and name is accepted again."""
        try:
            role, name = _who(request.identity)
            comment = _comment(request.comment)
        except Invalid as error:
            await _refuse(context, error)
        if not self._trust.refuses(role, name):
            await abort(context, not_found(f"{role} {name} is not revoked"))
        by = authorization.caller().name
        await self._write(context, Revocation(role, name, by, comment, undone=True))
        return pb.RestoreAccessResponse(grant=self._grant_of(role, name))

    async def ListAccess(
        self, request: pb.ListAccessRequest, context: _Context
    ) -> pb.ListAccessResponse:
        """List a page of grants."""
        try:
            size, place = page_size(request.page_size), read_place(read_token(request))
        except Invalid as error:
            await _refuse(context, error)
        return await self._turns.do(self._listed(request, size, place), context)

    def _listed(
        self, request: pb.ListAccessRequest, size: int, place: GrantKey | None
    ) -> Generator[None, None, pb.ListAccessResponse]:
        answer, states, now, room = pb.ListAccessResponse(), set(request.states), wall(), ROOM
        last = place
        for key, late in breathing(self._trust.grant_keys()):
            if late:
                yield
            if place is not None and key <= place:
                continue
            grant = self._trust.grant(key, now)
            if states and grant.state.value not in states:
                continue
            if len(answer.grants) == size or room < 0:
                assert last is not None
                answer.next_page_token = page_token(request, place_of(last))
                break
            answer.grants.append(grant_to_proto(grant))
            room -= answer.grants[-1].ByteSize()
            last = key
        return answer

    def _grant(self, key: GrantKey) -> pb.AccessGrant:
        return grant_to_proto(self._trust.grant(key, wall()))

    def _grant_of(self, role: str, name: str) -> pb.AccessGrant:
        return grant_to_proto(self._trust.grant_of(role, name, wall()))

    async def _write(self, context: _Context, *bodies: Revocation | Invitation) -> None:
        try:
            await self._live.write(*bodies)
        except (NotAccepted, TooFewReplicas) as error:
            await _refuse(context, error)

    # What comes from anywhere.

    def _folded(self, entries: Sequence[Entry]) -> None:
        if not any(isinstance(it.body, Revocation | Invitation | Redemption) for it in entries):
            return
        self._gate.sweep()
        self._live.mesh.sweep()
        for entry in entries:
            if isinstance(entry.body, Revocation):
                log.info("%s", _word(entry.body))
        for theft in self._trust.thefts():
            id, age = theft.invitation.id, wall() - theft.known
            if id not in self._told and age < NEWS:
                self._told.add(id)
                task = begin(self._tell(theft), "telling that an invitation was stolen")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _tell(self, theft: KeyConflict) -> None:
        """Raise the alarm. Every replica does, and it is one alarm: they give it the same key."""
        alarm = _theft_alarm(theft)
        state = self._live.replica.book.find(alarm.fingerprint())
        if state is not None and state.firing:
            return
        try:
            await self._live.accept([alarm], request=RequestKey("agent", alarm.key, b""))
        except (NotAccepted, TooFewReplicas) as error:
            log.warning("an invitation was stolen, and no alarm could be raised: %s", error)


def add_access(
    server: grpc.aio.Server,
    live: LiveReplica,
    trust: Trust,
    gate: Authorization,
    config: AgentConfig,
    tls: Callable[[], Tls | None],
) -> None:
    """Let a server answer AccessService. Whoever wants to read waits until `gate.release`.

    `tls`: what this replica shows at the moment.
    """
    gate.hold()

    def own_name() -> str:
        shown = tls()
        return shown.identity.name if shown is not None else ""

    service = Access(
        live,
        trust,
        gate,
        Signer(config.tls.ca, config.tls.ca_key, config.cluster),
        project=config.project,
        cluster=config.cluster,
        own_name=own_name,
    )
    pb_grpc.add_AccessServiceServicer_to_server(service, server)


def _own_certificate(name: str) -> Problem:
    return refusal(
        ErrorReason.OWN_CERTIFICATE,
        f"agent {name} is the replica that answers, which would lock itself out; ask another one,"
        " or, where all share one certificate, replace that: see docs/trust.md",
    )


def _invited_yourself(name: str) -> Problem:
    return refusal(
        ErrorReason.OWN_CERTIFICATE,
        f"{name} brought you in, too, so you would lock yourself out; revoke {name} without those"
        " invited, or let another operator do it",
    )


def _too_often(who: Identity, wait: float) -> Problem:
    sentence = f"{who} renews too often; try again in {wait:.3g} s"
    return refusal(ErrorReason.RATE_LIMITED, sentence, retry_after=wait)


def _word(revocation: Revocation) -> str:
    verb = "lets in again" if revocation.undone else "revokes"
    return f"{revocation.created_by} {verb} {revocation.role} {revocation.name}"


def _theft_alarm(theft: KeyConflict) -> Alarm:
    who = theft.invitation
    return Alarm(
        f"The invitation of {who.role} {who.name} was used by two computers: its text was stolen."
        " What it fetched is revoked; invite again under another name.",
        Severity.CRITICAL,
        theft.known,
        labels=(("name", who.name), ("role", who.role)),
        key=f"trust:{who.id}",
        source=SOURCE,
    )


def _who(given: identity_pb2.Identity) -> tuple[str, str]:
    """Return role and name of a member. Raises Invalid."""
    role = role_from_proto(given.role)
    if role not in MEMBERS:
        words = ", ".join(identity_pb2.Role.Name(role_to_proto(each)) for each in MEMBERS)
        raise Invalid("identity.role", f"must be one of {words}")
    try:
        return role, check_name(given.name)
    except NotAnIdentity as error:
        raise Invalid("identity.name", str(error)) from None


def _whom(given: identity_pb2.Identity) -> list[tuple[str, str]]:
    """Return the roles and name to revoke, the most powerful role first. Raises Invalid."""
    if given.role:
        return [_who(given)]
    roles = (Role.OPERATOR, Role.VIEWER, Role.REPORTER)
    return [_who(identity_to_proto(role, given.name)) for role in roles]


def _comment(given: str) -> str:
    """Return the comment. Raises Invalid."""
    if len(given) > COMMENT_LIMIT:
        raise Invalid("comment", f"is longer than {COMMENT_LIMIT} characters")
    return given


def _within(field: str, value: int, bounds: tuple[int, int], unit: str = "") -> int:
    least, most = bounds
    if not least <= value <= most:
        given = f"{value}{unit}"
        raise Invalid(field, f"is {given}; it must lie between {least} and {most}")
    return value


def _reason(state: AccessState) -> ErrorReason:
    used = state in (AccessState.USED, AccessState.STOLEN)
    return ErrorReason.INVITATION_USED if used else ErrorReason.INVITATION_OVER


async def _refuse(context: _Context, error: Exception) -> Never:
    match error:
        case CannotSign():
            problem = refusal(ErrorReason.NO_AUTHORITY_KEY, str(error))
        case BadRequest():
            problem = invalid("certificate_request", str(error))
        case _:
            known = problem_of(error)
            assert known is not None, error
            problem = known
    await abort(context, problem)
