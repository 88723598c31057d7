"""Who may speak to the local server: only the page that the person opened.

The server listens on the loopback interface, but every program and every web page of this computer
can reach that. So the names in Host and Origin are listed (against DNS rebinding), the address that
is opened holds a token for one use, and writes need a header that no form can send.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from alarminati.ui.problems import Problem
from alarminati.ui.schema.calls import WRITE_HEADER
from alarminati.wire.writing import write

NAME: Final = "alarminati.localhost"
"""Browsers resolve it to this computer by themselves, and no other program's cookies are there."""
COOKIE: Final = "alarminati"
TOKEN_LIFE: Final = 300.0
COOKIE_LIFE: Final = 365 * 86_400

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Judges requests by their headers."""

    def __init__(self, key: bytes, port: int) -> None:
        """`key` signs cookies; kept in the data folder, so that tabs survive a restart."""
        self._key = key
        hosts = (NAME, "127.0.0.1", "localhost", "[::1]")
        self._hosts = frozenset(f"{host}:{port}" for host in hosts)
        self._origins = frozenset(f"http://{host}" for host in self._hosts)
        self._tokens: dict[str, float] = {}

    # -- tokens

    def token(self, now: float) -> str:
        """Return a token that lets one browser in, once, within minutes."""
        self._tokens = {each: end for each, end in self._tokens.items() if end > now}
        token = secrets.token_urlsafe(32)
        self._tokens[token] = now + TOKEN_LIFE
        return token

    def allow(self, token: str) -> None:
        """Let a fixed token in at any time: for tests."""
        self._tokens[token] = float("inf")

    def redeem(self, token: str, now: float) -> str | None:
        """Return the value of a cookie for a token; None: unknown, used or too old."""
        end = self._tokens.get(token, 0.0)
        if end != float("inf"):
            self._tokens.pop(token, None)
        if end <= now:
            return None
        nonce = secrets.token_hex(16)
        return f"{nonce}.{self._mac(nonce)}"

    def _mac(self, nonce: str) -> str:
        return hmac.new(self._key, f"cookie {nonce}".encode(), sha256).hexdigest()

    # -- requests

    def check_names(self, headers: Mapping[str, str]) -> None:
        """Refuse other names than ours in Host and Origin. Raises Problem."""
        if headers.get("host", "").lower() not in self._hosts:
            raise Problem(
                *(421, "WRONG_HOST", "이 주소로는 앱을 열 수 없습니다."),
                "The app does not answer under this name.",
            )
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in self._origins:
            raise _foreign()
        ours = headers.get("sec-fetch-site", "none") in ("same-origin", "none")
        if not ours and headers.get("sec-fetch-mode") != "navigate":
            raise _foreign()

    def check(self, method: str, headers: Mapping[str, str], cookies: Mapping[str, str]) -> None:
        """Refuse calls of the API that the page did not make. Raises Problem."""
        if method not in ("GET", "HEAD") and WRITE_HEADER.lower() not in headers:
            raise Problem(
                *(403, "HEADER_REQUIRED", f"{WRITE_HEADER} 헤더가 필요합니다."),
                f"The header {WRITE_HEADER} is required.",
            )
        if not self.knows(cookies):
            raise Problem(
                *(401, "NOT_SIGNED_IN", "터미널에서 `alarminati ui`로 여세요."),
                "Open the app by `alarminati ui` in a terminal.",
            )

    def knows(self, cookies: Mapping[str, str]) -> bool:
        """Return whether the cookie is one of ours."""
        nonce, _, mac = cookies.get(COOKIE, "").partition(".")
        return bool(mac) and hmac.compare_digest(mac.encode(), self._mac(nonce).encode())


def _foreign() -> Problem:
    return Problem(
        *(403, "WRONG_ORIGIN", "다른 웹 페이지에서 온 요청은 받지 않습니다."),
        "Requests of other web pages are refused.",
    )


def cookie_header(value: str) -> str:
    """Return the header that sets the cookie: for this host only, unseen by scripts."""
    return f"{COOKIE}={value}; Path=/; Max-Age={COOKIE_LIFE}; HttpOnly; SameSite=Strict"


def signing_key(folder: Path) -> bytes:
    """Return the key of the data folder, made if need be."""
    path = folder / "ui.key"
    if path.exists():
        key = path.read_bytes()
        if len(key) == 32:
            return key
    key = secrets.token_bytes(32)
    write(path, key, 0o600)
    return key
