"""Who may call what: one table, one interceptor that holds every call to it.

A call that is served but not in the table is refused, so whoever adds an RPC must say who may call
it. Requests are read only once their caller may come in. The caller is known by certificate alone
(see `wire.identity`); a certificate that names another cluster is refused everywhere, even when the
same authority issued it.

Revocation is asked for on each call, and so is the certificate's end: who resumes a TLS session or
keeps a connection is not looked at again by TLS. Agents are not asked for theirs, for their links
outlive the certificates that they were made with. Calls that stream are noted while they last, so
that those of a caller who is revoked meanwhile can be ended.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from alarminati.wire.background import call_later
from alarminati.wire.ending import not_after
from alarminati.wire.identity import MEMBERS, Identity, NotAnIdentity, Role, parse
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import Problem, abort, invalid, refusal

_AGENT: Final = frozenset({Role.AGENT})
_WRITE: Final = frozenset({Role.REPORTER, Role.OPERATOR})
_READ: Final = frozenset({Role.VIEWER, Role.OPERATOR})
_OPERATE: Final = frozenset({Role.OPERATOR})
_ANY: Final = frozenset(MEMBERS)
_INVITED: Final = frozenset({Role.INVITEE})

TABLE: Final[dict[str, frozenset[Role]]] = {
    "/alarminati.v1.AccessService/CreateInvitation": _OPERATE,
    "/alarminati.v1.AccessService/CancelInvitation": _OPERATE,
    "/alarminati.v1.AccessService/Join": _INVITED,
    "/alarminati.v1.AccessService/RenewCertificate": _ANY,
    "/alarminati.v1.AccessService/RevokeAccess": _OPERATE,
    "/alarminati.v1.AccessService/RestoreAccess": _OPERATE,
    "/alarminati.v1.AccessService/ListAccess": _OPERATE,
    "/alarminati.v1.AlarmService/Report": _WRITE,
    "/alarminati.v1.AlarmService/ReportStream": _WRITE,
    "/alarminati.v1.AlarmService/Subscribe": _READ,
    "/alarminati.v1.AlarmService/ListAlarms": _READ,
    "/alarminati.v1.AlarmService/GetAlarm": _READ,
    "/alarminati.v1.AlarmService/Explain": _READ,
    "/alarminati.v1.AlarmService/Acknowledge": _OPERATE,
    "/alarminati.v1.AlarmService/Unacknowledge": _OPERATE,
    "/alarminati.v1.AlarmService/AddNote": _OPERATE,
    "/alarminati.v1.AlarmService/Assign": _OPERATE,
    "/alarminati.v1.AlarmService/Resolve": _OPERATE,
    "/alarminati.v1.ChannelService/ListChannels": _READ | _AGENT,  # see `rpc.channel_views`
    "/alarminati.v1.ChannelService/GetChannel": _READ,
    "/alarminati.v1.ChannelService/CreateChannel": _OPERATE,
    "/alarminati.v1.ChannelService/UpdateChannel": _OPERATE,
    "/alarminati.v1.ChannelService/DeleteChannel": _OPERATE,
    "/alarminati.v1.ChannelService/TestChannel": _OPERATE,
    "/alarminati.v1.ChannelService/ListChannelTypes": _READ,
    "/alarminati.v1.ChannelService/ListDeadLetters": _READ,
    "/alarminati.v1.ChannelService/ResendDeadLetters": _OPERATE,
    "/alarminati.v1.ChannelService/DiscardDeadLetters": _OPERATE,
    "/alarminati.v1.ClusterService/GetCluster": _ANY,
    "/alarminati.v1.ClusterService/Ping": _ANY,
    "/alarminati.v1.MarkService/CreateMark": _WRITE,
    "/alarminati.v1.MarkService/ListMarks": _READ,
    "/alarminati.v1.MonitorService/ListHeartbeats": _READ,
    "/alarminati.v1.MonitorService/SendHeartbeat": _WRITE,
    "/alarminati.mesh.v1.MeshService/Exchange": _AGENT,
    "/alarminati.mesh.v1.MeshService/Replicate": _AGENT,
    "/alarminati.v1.SilenceService/CreateSilence": _OPERATE,
    "/alarminati.v1.SilenceService/UpdateSilence": _OPERATE,
    "/alarminati.v1.SilenceService/ExpireSilence": _OPERATE,
    "/alarminati.v1.SilenceService/GetSilence": _READ,
    "/alarminati.v1.SilenceService/PreviewSilence": _READ,
    "/alarminati.v1.SilenceService/ListSilences": _READ,
    "/grpc.health.v1.Health/Check": _ANY,
    "/grpc.health.v1.Health/List": _ANY,
    "/grpc.health.v1.Health/Watch": _ANY,
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": _ANY,
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": _ANY,
}
"""Roles that may make each call."""

SLOWEST: Final = 3.0
"""Seconds that a revoked caller gets to read what is being sent, and then why it was the last."""

ANONYMOUS: Final = Identity(Role.OPERATOR, "anonymous")
"""Everybody, where there is no TLS (loopback only): may do everything, as agents may too."""

SEEN: Final = 10_000  # callers that are remembered by role and name
UNREADABLE: Final = "the request cannot be read: it is damaged, or some text in it is not UTF-8"

_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # generic in the stubs only
_Context = grpc.aio.ServicerContext[Any, Any]
_Refuses = Callable[[str, str], bool]
_Check = Callable[[_Context], Awaitable[Identity]]
_Read = Callable[[Any, _Context], Awaitable[Any]]
_Noted = Callable[[Identity], AbstractContextManager["_Stream"]]

_NOBODY: Final = refusal(
    ErrorReason.NO_IDENTITY,
    "the certificate does not say who you are; issue one with `alarminati pki issue`",
)
_EXPIRED: Final = refusal(
    ErrorReason.CERTIFICATE_EXPIRED,
    "the certificate that this connection was made with has expired; connect with a new one",
)

_caller: ContextVar[Identity] = ContextVar("caller")


def caller() -> Identity:
    """Who makes the call that is being served. Only within a call that passed the interceptor."""
    return _caller.get()


def nobody_refused(role: str, name: str) -> bool:
    """Where nothing is ever revoked."""
    return False


def judge(
    method: str, who: Identity | None, cluster: str, refuses: _Refuses = nobody_refused
) -> Problem | None:
    """Why `who` (None: no readable certificate) may not call `method` here; None when it may.

    `refuses` knows whether certificates of a role and name were revoked.
    """
    if who is None:
        return _NOBODY
    if not who.fits(cluster):
        return _denied(
            f"the certificate of {who} is for cluster {who.cluster!r}; this is {cluster!r}",
            ErrorReason.WRONG_CLUSTER,
            cluster,
        )
    if who is not ANONYMOUS and refuses(who.role, who.name):
        return _revoked(who)
    roles = TABLE.get(method)
    if roles is None:
        return _denied(f"nobody may call {method}", ErrorReason.ROLE_REQUIRED, "")
    if who.role in roles or who is ANONYMOUS:
        return None
    needed = " or ".join(sorted(roles))
    name = method.rpartition("/")[2]
    return _denied(f"{name} needs role {needed}; this is {who}", ErrorReason.ROLE_REQUIRED, needed)


class _Stream:
    """A call that streams, while it lasts."""

    def __init__(self, who: Identity) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.who = who
        self.ended = False
        self.writing = False  # gRPC sends an answer, which cannot be broken off with a word
        self._task = task
        self._cut: asyncio.TimerHandle | None = None

    def end(self) -> None:
        """Let the call fail, now; or once the answer is out that is being sent."""
        self.ended = True
        if not self.writing:
            self._task.cancel()
        else:
            self._cut = call_later(SLOWEST, self._task.cancel)

    def over(self) -> None:
        """The call is no more."""
        if self._cut is not None:
            self._cut.cancel()

    def ours(self) -> bool:
        """Whether the task was cancelled by us; it may then go on, to say why."""
        if self.ended:
            self._task.uncancel()
        return self.ended


class _Writing:
    """Context of a call that writes its answers, and says while one is being sent.

    A status that is sent while an answer is under way ends nothing: the caller would hear neither.
    """

    def __init__(self, context: _Context, stream: _Stream) -> None:
        self._context = context
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def write(self, message: Any) -> None:
        """Send an answer. Raises CancelledError when the call is to end behind it."""
        self._stream.writing = True
        await self._context.write(message)
        self._stream.writing = False
        if self._stream.ended:
            raise asyncio.CancelledError


class Authorization(grpc.aio.ServerInterceptor):
    """Lets calls through that the table allows, until their caller is revoked."""

    def __init__(
        self,
        cluster: str,
        *,
        insecure: bool = False,
        refuses: _Refuses = nobody_refused,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`insecure`: the server has no TLS, and everybody is ANONYMOUS. `refuses`: see `judge`.

        `clock`: seconds since 1970 UTC.
        """
        self._clock = clock
        self._cluster = cluster
        self._insecure = insecure
        self._refuses = refuses
        self._streams: set[_Stream] = set()
        self._seen: set[tuple[str, str]] = set()
        self._complete = asyncio.Event()
        self._complete.set()

    def hold(self) -> None:
        """Not all revocations are known yet: who wants to read or command waits for `release`.

        Reports and the mesh do not wait (G3); what is under way by then is ended by `release`.
        """
        self._complete.clear()

    def release(self) -> None:
        """All revocations that are on disk are known."""
        self._complete.set()
        self.sweep()

    def sweep(self) -> None:
        """End the streams of everybody who is revoked by now."""
        for stream in list(self._streams):
            who = stream.who
            if not stream.ended and who is not ANONYMOUS and self._refuses(who.role, who.name):
                stream.end()

    def streams(self, role: str, name: str) -> int:
        """How many streams somebody has open here."""
        return sum((it.who.role, it.who.name) == (role, name) for it in self._streams)

    def saw(self, role: str, name: str) -> bool:
        """Whether somebody of that role and name called here since the start."""
        return (role, name) in self._seen

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler | None:
        """Put the check in front of the handler."""
        handler = await continuation(handler_call_details)
        if handler is None:  # not served: UNIMPLEMENTED, by which clients try older services
            return None
        return _guarded(handler, self._checking(handler_call_details.method), self._noted)

    def _checking(self, method: str) -> _Check:
        patient = TABLE.get(method) in (_READ, _OPERATE, _INVITED)

        async def check(context: _Context) -> Identity:
            who = ANONYMOUS if self._insecure else _certified(context)
            if patient:
                await self._complete.wait()
            problem = judge(method, who, self._cluster, self._refuses)
            if problem is not None or who is None:
                await abort(context, problem or _NOBODY)
            if not self._insecure and who.role is not Role.AGENT and self._expired(context):
                await abort(context, _EXPIRED)
            if len(self._seen) < SEEN:
                self._seen.add((who.role, who.name))
            _caller.set(who)
            return who

        return check

    def _expired(self, context: _Context) -> bool:
        shown = context.auth_context().get("x509_pem_cert", ())
        return any(not_after(bytes(pem)) < self._clock() for pem in shown)

    @contextmanager
    def _noted(self, who: Identity) -> Iterator[_Stream]:
        stream = _Stream(who)
        self._streams.add(stream)
        try:
            yield stream
        finally:
            stream.over()
            self._streams.discard(stream)


def _certified(context: _Context) -> Identity | None:
    for uri in context.auth_context().get("peer_spiffe_id", ()):
        try:
            return parse(uri.decode())
        except (NotAnIdentity, UnicodeDecodeError):
            return None
    return None


def _guarded(handler: _Handler, check: _Check, noted: _Noted) -> _Handler:
    read = handler.request_deserializer
    coders = (None, handler.response_serializer)
    match handler.request_streaming, handler.response_streaming:
        case False, False:
            behaviour = _call(handler.unary_unary, check, _one(read))
            return grpc.unary_unary_rpc_method_handler(behaviour, *coders)
        case True, False:
            behaviour = _call(handler.stream_unary, check, _each(read))
            return grpc.stream_unary_rpc_method_handler(behaviour, *coders)
        case False, True:
            behaviour = _answers(handler.unary_stream, check, _one(read), noted)
            return grpc.unary_stream_rpc_method_handler(behaviour, *coders)
        case _:
            behaviour = _answers(handler.stream_stream, check, _each(read), noted)
            return grpc.stream_stream_rpc_method_handler(behaviour, *coders)


class _Damaged(Exception):
    """A request of a stream cannot be read."""


def _one(deserialize: Callable[[Any], Any] | None) -> _Read:
    """Reads a request. gRPC itself would call a damaged one UNKNOWN and log a traceback for it."""

    async def read(request: Any, context: _Context) -> Any:
        try:
            return deserialize(request) if deserialize else request
        except DecodeError:
            await abort(context, invalid("", UNREADABLE))

    return read


def _each(deserialize: Callable[[Any], Any] | None) -> _Read:
    """Reads a stream of requests.

    A damaged one raises: the call may not be ended while its handler is still writing answers.
    """

    async def requests(stream: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for request in stream:
            try:
                yield deserialize(request) if deserialize else request
            except DecodeError:
                raise _Damaged from None

    async def read(stream: AsyncIterator[Any], context: _Context) -> AsyncIterator[Any]:
        return requests(stream)

    return read


def _call(behaviour: Any, check: _Check, read: _Read) -> Any:
    async def call(request: Any, context: _Context) -> Any:
        await check(context)
        try:
            return await behaviour(await read(request, context), context)
        except _Damaged:
            await abort(context, invalid("", UNREADABLE))

    return call


def _answers(behaviour: Any, check: _Check, read: _Read, noted: _Noted) -> Any:
    # gRPC tells the two ways to answer with a stream apart by the kind of function.
    if not inspect.isasyncgenfunction(behaviour):

        async def written(request: Any, context: _Context) -> None:
            who = await check(context)
            with noted(who) as stream:
                try:
                    await behaviour(await read(request, context), _Writing(context, stream))
                except _Damaged:
                    await abort(context, invalid("", UNREADABLE))
                except asyncio.CancelledError:
                    if not stream.ours():
                        raise
            if stream.ended:
                await abort(context, _revoked(who))

        return written

    async def answers(request: Any, context: _Context) -> AsyncIterator[Any]:
        who = await check(context)
        with noted(who) as stream:  # before anything is waited for, or a sweep might miss it
            try:
                wanted = await read(request, context)
                async with aclosing(behaviour(wanted, context)) as messages:
                    async for message in messages:
                        stream.writing = True
                        yield message
                        stream.writing = False
                        if stream.ended:
                            break
            except _Damaged:
                await abort(context, invalid("", UNREADABLE))
            except asyncio.CancelledError:
                if not stream.ours():
                    raise
        if stream.ended:
            await abort(context, _revoked(who))

    return answers


def _revoked(who: Identity) -> Problem:
    return _denied(f"the certificates of {who} are revoked", ErrorReason.ACCESS_REVOKED, "")


def _denied(message: str, reason: ErrorReason, needed: str) -> Problem:
    facts = (("needed", needed),) if needed else ()
    return refusal(reason, message, facts=facts)
