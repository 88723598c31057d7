"""TrustService: who is invited, who joins, who renews, and who is let in no more."""

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
from alarminati.agent.rpc.authorization import Authorization
from alarminati.agent.rpc.turns import Turns, breathing
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.agent.tls.signing import BadRequest, CannotSign, Signed, Signer
from alarminati.config import AgentConfig
from alarminati.core.access.trust import AccessState, Joined, KeyConflict, Trust
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
from alarminati.v1 import trust_service_pb2 as pb
from alarminati.v1 import trust_service_pb2_grpc as pb_grpc
from alarminati.wire.background import begin
from alarminati.wire.codec import invitation_to_proto, revocation_to_proto
from alarminati.wire.credentials import Tls
from alarminati.wire.identity import MEMBERS, Identity, NotAnIdentity, Role, check_name
from alarminati.wire.reasons import ErrorReason
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


class Trusting(pb_grpc.TrustServiceServicer):
    """The calls of TrustService; also acts on what other replicas journal about trust."""

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

    async def Invite(self, request: pb.InviteRequest, context: _Context) -> pb.InviteResponse:
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
        return _invited(invitation, signed, self._project, self._cluster)

    def _invitation(self, request: pb.InviteRequest) -> Invitation:
        role, name = _who(request.role, request.name)
        if self._trust.refuses(role, name):
            raise Invalid(
                "name",
                f"{name!r} is that of a {role} who is revoked, and who would be let in again with"
                " it; choose another name",
            )
        seconds = _within("seconds", request.seconds or DEFAULT_SECONDS, SECONDS)
        return Invitation(
            secrets.token_hex(8),
            role,
            name,
            wall() + seconds * 1000,
            _within("days", request.days or DEFAULT_DAYS, DAYS),
            authorization.caller().name,
        )

    async def Withdraw(self, request: pb.WithdrawRequest, context: _Context) -> pb.WithdrawResponse:
        """Take an invitation back before it is used."""
        invitation = self._trust.invitation(request.id)
        match invitation and self._trust.standing(request.id, b"", wall()):
            case AccessState.USED | AccessState.STOLEN:
                assert invitation is not None
                who = f"{invitation.role} {invitation.name}"
                await abort(
                    context,
                    refusal(
                        ErrorReason.INVITATION_USED,
                        f"somebody joined with it as {who}; revoke that instead",
                    ),
                )
            case AccessState.OPEN:
                assert invitation is not None
                await self._write(context, replace(invitation, cancelled=True))
            case AccessState.OVER | AccessState.WITHDRAWN | AccessState.DISOWNED:
                pass  # as wanted
            case _:
                await abort(context, not_found(f"there is no invitation {request.id[:80]!r}"))
        return pb.WithdrawResponse()

    # Joining.

    async def Join(self, request: pb.JoinRequest, context: _Context) -> pb.JoinResponse:
        """Redeem an invitation: the first key to come is the only one."""
        id = authorization.caller().name
        try:
            await self._signer.check()
            key = await self._signer.read(request.request)
            invitation = await self._redeemed(id, key, context)
            who = Identity(Role(invitation.role), invitation.name, self._cluster)
            signed = await self._signer.sign(request.request, who, invitation.validity_days)
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

    async def Renew(self, request: pb.RenewRequest, context: _Context) -> pb.RenewResponse:
        """The like of the caller's certificate, for another key."""
        who = authorization.caller()
        if wait := self._renewals.admit(time.monotonic(), str(who)):
            await abort(context, _too_often(who, wait))
        pem = context.auth_context().get("x509_pem_cert", ())
        try:
            if not pem:
                raise BadRequest("without TLS there is no certificate to renew")
            longest = timedelta(days=DAYS[1])
            signed = await self._signer.renew(request.request, bytes(next(iter(pem))), longest)
        except (CannotSign, BadRequest) as error:
            await _refuse(context, error)
        return pb.RenewResponse(certificate=signed.certificate, authority=signed.authority)

    # Revoking.

    async def Revoke(self, request: pb.RevokeRequest, context: _Context) -> pb.RevokeResponse:
        """Journal it; streams end on each replica as it is folded there."""
        try:
            role, name = _who(request.role, request.name)
            if len(request.comment) > COMMENT_LIMIT:
                raise Invalid("comment", f"is longer than {COMMENT_LIMIT} characters")
        except Invalid as error:
            await _refuse(context, error)
        if role == Role.AGENT and name == self._own_name() and not request.lift:
            await abort(context, _own_certificate(name))
        if request.lift and not self._trust.refuses(role, name):
            await abort(context, not_found(f"{role} {name} is not revoked"))
        by = authorization.caller().name
        revocation = Revocation(role, name, by, request.comment, request.lift)
        if request.lift:
            await self._write(context, revocation)
            return pb.RevokeResponse(revocation=revocation_to_proto(revocation))
        included = self._included(revocation) if request.include_invited else []
        for each in included:
            if (each.role, each.name) == (authorization.caller().role, by):
                await abort(context, _invited_yourself(name))
            if each.role == Role.AGENT and each.name == self._own_name():
                await abort(context, _own_certificate(each.name))
        answer = self._revoking(revocation, included)
        await self._write(context, revocation, *included)
        answer.invited.extend(
            _member(each, self._trust)
            for each in self._trust.brought_in(role, name)
            if not self._trust.refuses(*each.who)
        )
        return answer

    def _included(self, revocation: Revocation) -> list[Revocation]:
        """Of everybody whom that one brought in, and who is not revoked yet."""
        role, name, by = revocation.role, revocation.name, revocation.created_by
        comment = f"brought in by {name}" + (revocation.comment and f": {revocation.comment}")
        found = {each.who for each in self._trust.brought_in(role, name)} - {(role, name)}
        return [
            Revocation(*who, by, comment[:COMMENT_LIMIT])
            for who in sorted(found)
            if not self._trust.refuses(*who)
        ]

    def _revoking(
        self, revocation: Revocation, included: Sequence[Revocation]
    ) -> pb.RevokeResponse:
        """What to answer; it is asked before it is done."""
        both = [revocation, *included]
        operators = {each.name for each in both if each.role == Role.OPERATOR}
        open_now = self._trust.open_invitations(wall())
        role, name = revocation.role, revocation.name
        return pb.RevokeResponse(
            revocation=revocation_to_proto(revocation),
            ended=sum(self._gate.streams(each.role, each.name) for each in both),
            included=[revocation_to_proto(each) for each in included],
            cancelled_invitations=sum(it.created_by in operators for it in open_now),
            never_seen=not (self._gate.saw(role, name) or self._trust.knows(role, name)),
        )

    async def ListTrust(
        self, request: pb.ListTrustRequest, context: _Context
    ) -> pb.ListTrustResponse:
        """What is kept here."""
        return await self._turns.do(self._listed(), context)

    def _listed(self) -> Generator[None, None, pb.ListTrustResponse]:
        answer = pb.ListTrustResponse()
        for revocation, late in breathing(self._trust.revocations()):
            if late:
                yield
            answer.revocations.append(revocation_to_proto(revocation))
        for invitation, late in breathing(self._trust.open_invitations(wall())):
            if late:
                yield
            answer.invitations.append(invitation_to_proto(invitation))
        for joined, late in breathing(self._trust.joined()):
            if late:
                yield
            answer.members.append(_member(joined, self._trust))
        return answer

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


def add_trust(
    server: grpc.aio.Server,
    live: LiveReplica,
    trust: Trust,
    gate: Authorization,
    config: AgentConfig,
    tls: Callable[[], Tls | None],
) -> None:
    """Let a server answer TrustService. Whoever wants to read waits until `gate.release`.

    `tls`: what this replica shows at the moment.
    """
    gate.hold()

    def own_name() -> str:
        shown = tls()
        return shown.identity.name if shown is not None else ""

    service = Trusting(
        live,
        trust,
        gate,
        Signer(config.tls.ca, config.tls.ca_key, config.cluster),
        project=config.project,
        cluster=config.cluster,
        own_name=own_name,
    )
    pb_grpc.add_TrustServiceServicer_to_server(service, server)


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


def _member(joined: Joined, trust: Trust) -> pb.Member:
    invitation = joined.invitation
    return pb.Member(
        invitation_id=invitation.id,
        role=invitation.role,
        name=invitation.name,
        invited_by=invitation.created_by,
        join_time=joined.time,
        days=invitation.validity_days,
        revoked=trust.refuses(*joined.who),
    )


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


def _invited(
    invitation: Invitation, signed: Signed, project: str, cluster: str
) -> pb.InviteResponse:
    return pb.InviteResponse(
        invitation=invitation_to_proto(invitation),
        certificate=signed.certificate,
        key=signed.key,
        authority=signed.authority,
        project=project,
        cluster=cluster,
    )


def _who(role: str, name: str) -> tuple[str, str]:
    """Role and name of a member. Raises Invalid."""
    if role not in MEMBERS:
        raise Invalid("role", f"is {role[:80]!r}; it must be one of {', '.join(MEMBERS)}")
    try:
        return role, check_name(name)
    except NotAnIdentity as error:
        raise Invalid("name", str(error)) from None


def _within(field: str, value: int, bounds: tuple[int, int]) -> int:
    least, most = bounds
    if not least <= value <= most:
        raise Invalid(field, f"is {value}; it must lie between {least} and {most}")
    return value


def _reason(state: AccessState) -> ErrorReason:
    used = state in (AccessState.USED, AccessState.STOLEN)
    return ErrorReason.INVITATION_USED if used else ErrorReason.INVITATION_OVER


async def _refuse(context: _Context, error: Exception) -> Never:
    match error:
        case CannotSign():
            problem = refusal(ErrorReason.NO_AUTHORITY_KEY, str(error))
        case BadRequest():
            problem = invalid("request", str(error))
        case _:
            known = problem_of(error)
            assert known is not None, error
            problem = known
    await abort(context, problem)
