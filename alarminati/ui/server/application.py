"""The ASGI application: routes of `schema.calls`, files of the page, and the guard before both."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from alarminati.client.errors import AlarminatiError
from alarminati.ui.app import App
from alarminati.ui.handlers.asked import Asked, Handler, Stream
from alarminati.ui.handlers.table import HANDLERS
from alarminati.ui.problems import Problem, invalid, of_cluster
from alarminati.ui.schema.calls import CALLS, JSON, Call
from alarminati.ui.server.guard import HEADERS, Guard, cookie_header
from alarminati.ui.server.pages import LOCKED, TYPES, Page, Pages

log = logging.getLogger(__name__)

BODY: Final = 2**20
IMPORT: Final = 2**28
_NO_STORE: Final = {"Cache-Control": "no-store"}


def application(app: App, guard: Guard, pages: Pages) -> Any:
    """Return the application. Needs the extra `ui`."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    routes = [
        Route(call.path, _endpoint(app, guard, call, HANDLERS[call.name]), methods=[call.method])
        for call in CALLS
    ]
    routes.append(Route("/{path:path}", _page(guard, pages), methods=["GET"]))
    return Starlette(routes=routes)


def _endpoint(app: App, guard: Guard, call: Call, handler: Handler) -> Any:
    async def endpoint(request: Any) -> Any:
        try:
            guard.check_names(request.headers)
            guard.check(request.method, request.headers, request.cookies)
            asked = await _asked(request, call)
            return _answer(call, await handler(app, asked))
        except Problem as problem:
            return _refusal(problem)
        except AlarminatiError as error:
            return _refusal(of_cluster(error))
        except Exception as error:
            log.exception("%s %s failed", request.method, call.path)
            return _refusal(of_cluster(error))

    endpoint.__name__ = call.name
    return endpoint


async def _asked(request: Any, call: Call) -> Asked:
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        query.setdefault(name, []).append(value)
    if "last-event-id" in request.headers:
        query.setdefault("after", []).append(request.headers["last-event-id"])
    raw = b""
    if call.method in ("POST", "PUT"):
        raw = await _body(request, IMPORT if call.name == "import_history" else BODY)
    body = None
    if call.request is not None:
        try:
            body = msgspec.json.decode(raw, type=call.request)
        except msgspec.DecodeError as error:
            raise invalid(
                "", f"요청 본문을 읽을 수 없습니다: {error}", f"bad body: {error}"
            ) from error
    return Asked(request.path_params, query, body, raw)


async def _body(request: Any, most: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise Problem(
                *(413, "TOO_LARGE", f"본문이 {most}바이트보다 큽니다."),
                f"The body is over {most} bytes.",
            )
        parts.append(part)
    return b"".join(parts)


def _answer(call: Call, told: Any) -> Any:
    from starlette.responses import Response, StreamingResponse

    if isinstance(told, Stream):
        headers = {**HEADERS, **_NO_STORE, "X-Accel-Buffering": "no"}
        if told.name:
            headers["Content-Disposition"] = f'attachment; filename="{told.name}"'
        return StreamingResponse(told.parts, media_type=told.content, headers=headers)
    body = msgspec.json.encode(told)
    return Response(body, media_type=JSON, headers={**HEADERS, **_NO_STORE})


def _refusal(problem: Problem) -> Any:
    from starlette.responses import Response

    headers = {**HEADERS, **_NO_STORE}
    if problem.error.retry_ms:
        headers["Retry-After"] = str(max(1, problem.error.retry_ms // 1000))
    body = msgspec.json.encode(problem.error)
    return Response(body, problem.status, headers=headers, media_type=JSON)


def _page(guard: Guard, pages: Pages) -> Any:
    async def page(request: Any) -> Any:
        try:
            guard.check_names(request.headers)
        except Problem as problem:
            return _refusal(problem)
        token = request.query_params.get("token")
        if token is not None:
            return _sign_in(guard, token, request.cookies)
        path = request.url.path
        found = pages.get(path, request.headers.get("accept-encoding", ""))
        if path.startswith("/api/"):
            found = None
        if found is not None and found.type == TYPES[".html"] and not guard.knows(request.cookies):
            return _file(Page(LOCKED.encode(), TYPES[".html"]), 401)
        if found is None:
            return _refusal(Problem(404, "NOT_FOUND", "그런 주소가 없습니다.", "No such address."))
        return _file(found)

    return page


def _sign_in(guard: Guard, token: str, cookies: Mapping[str, str]) -> Any:
    """Swap the token for a cookie and leave it out of the address."""
    from starlette.responses import Response

    value = guard.redeem(token, time.monotonic())
    if value is None and not guard.knows(cookies):
        return _file(Page(LOCKED.encode(), TYPES[".html"]), 401)
    headers = {**HEADERS, **_NO_STORE, "Location": "/"}
    if value is not None:
        headers["Set-Cookie"] = cookie_header(value)
    return Response(b"", 303, headers=headers)


def _file(page: Page, status: int = 200) -> Any:
    from starlette.responses import Response

    age = "public, max-age=31536000, immutable" if page.forever else "no-cache"
    headers = {
        **HEADERS,
        "Cache-Control": age,
        "Content-Type": page.type,
        "Vary": "Accept-Encoding",
    }
    if page.encoding:
        headers["Content-Encoding"] = page.encoding
    return Response(page.body, status, headers=headers)
