"""Login of a KakaoTalk channel: short-lived access tokens from a refresh token.

A refresh token lives 60 days. In its last month, a request for an access token also returns a new
refresh token and voids the old one. So the new token is stored for all replicas before anything is
sent. If people put another token into the settings, that one is used.
https://developers.kakao.com/docs/latest/en/kakaologin/rest-api#refresh-token.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlencode

import msgspec

from alarminati.channels.http_client import NoAnswer
from alarminati.channels.port import (
    SendContext,
    answered,
    read_object,
    reconfigure,
    retry_after,
    unanswered,
)
from alarminati.config import Secret
from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import DeliveryCause

DAY = 86_400_000  # milliseconds
LIFE = 60 * DAY  # lifetime of a refresh token
WARN = 14 * DAY  # before its end; the renewal was due 30 days before
SPARE = 60_000  # milliseconds before its end from which on an access token is not used


class StoredToken(msgspec.Struct, frozen=True):
    """Refresh token stored for all replicas."""

    of: str  # hash of the token in the settings from which it came
    token: str  # the newest; empty: that of the settings
    ends: int  # milliseconds since 1970, at the latest


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Sender, app and server of a login."""

    auth: str  # https://kauth.kakao.com
    client_id: Secret
    client_secret: Secret | None
    refresh_token: Secret
    timeout: float
    ca: str


_access: BoundedMap[str, tuple[str, int]] = BoundedMap(100)
"""Access tokens and their ends, by a hash of the refresh token in the settings."""


def forget(login: Login) -> None:
    """Drop the access token, which was refused."""
    _access.pop(_hash(login))


async def access(means: SendContext, login: Login) -> str | Verdict:
    """Return an access token, or why there is none."""
    found = _access.get(_hash(login))
    if found is not None and means.wall() < found[1] - SPARE:
        return found[0]
    return await renew(means, login)


async def renew(means: SendContext, login: Login) -> str | Verdict:
    """Return a new access token; store the refresh token that may come with it."""
    kept = await _kept(means, login)
    form = {
        "grant_type": "refresh_token",
        "client_id": login.client_id.reveal(),
        "refresh_token": kept.token or login.refresh_token.reveal(),
    }
    if login.client_secret is not None:
        form["client_secret"] = login.client_secret.reveal()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded;charset=utf-8",
        "User-Agent": "alarminati",
    }
    try:
        answer = await means.http.post(
            f"{login.auth.rstrip('/')}/oauth/token",
            urlencode(form).encode(),
            headers,
            timeout=login.timeout,
            ca=login.ca,
        )
    except NoAnswer as error:
        return unanswered(error)
    if answer.status == 200 and not answer.whole:
        return Verdict.retry("KakaoTalk's login answered 200, but its answer broke off")
    told = read_object(answer.body)
    token, lasts = told.get("access_token"), told.get("expires_in")
    if answer.status != 200 or not isinstance(token, str) or not isinstance(lasts, int):
        return judge(answer.status, answer.headers, answer.body)
    await _keep_new(means, kept, told)
    _access.put(_hash(login), (token, means.wall() + lasts * 1000))
    return token


async def _keep_new(means: SendContext, kept: StoredToken, told: Mapping[str, object]) -> None:
    token, lasts = told.get("refresh_token"), told.get("refresh_token_expires_in")
    if isinstance(token, str) and token:
        seconds = lasts if isinstance(lasts, int) else LIFE // 1000
        new = StoredToken(kept.of, token, means.wall() + seconds * 1000)
        await means.keeper.put(means.channel, msgspec.json.encode(new).decode())


async def _kept(means: SendContext, login: Login) -> StoredToken:
    """Return the stored token; one that is new here has at most its whole life left."""
    text = means.keeper.get(means.channel)
    if text is not None:
        try:
            kept = msgspec.json.decode(text, type=StoredToken)
        except msgspec.MsgspecError:
            kept = StoredToken("", "", 0)
        if kept.of == _hash(login):
            return kept
    kept = StoredToken(_hash(login), "", means.wall() + LIFE)
    await means.keeper.put(means.channel, msgspec.json.encode(kept).decode())
    return kept


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify an answer without a token."""
    told = read_object(body)
    code = str(told.get("error_code", ""))
    said = f"KakaoTalk's login answered {status}"
    if code.isalnum() and code.isascii() and len(code) < 12:
        said += f" {code}"
    if status in (408, 429) or status >= 500:
        return answered(said, status, retry_after(headers))
    if told.get("error") == "invalid_grant":
        return reconfigure(f"{said}: the refresh token has ended, sign in again")
    return reconfigure(said)


async def upkeep(means: SendContext, login: Login) -> str | None:
    """Renew an expiring token; return the required action in one sentence, "", or None: unknown."""
    made = await renew(means, login)
    if isinstance(made, Verdict):
        return made.detail if made.cause is DeliveryCause.MISCONFIGURED else None
    left = (await _kept(means, login)).ends - means.wall()
    if left > WARN:
        return ""
    return (
        f"KakaoTalk's refresh token ends in {max(0, left // DAY)} days and was not renewed;"
        " sign in again and put the new one into the settings"
    )


def _hash(login: Login) -> str:
    return sha256(login.refresh_token.reveal().encode()).hexdigest()[:32]
