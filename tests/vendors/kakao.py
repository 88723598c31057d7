"""KakaoTalk's message API and its login, with their limits and error codes.

Knows nothing of how messages are made. Sources: the REST references of Kakao Talk Message and of
Kakao Login, the pages on quotas and on error codes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import msgspec

from tests.vendors.door import Posted, Reply

TEXT = 200
DAYS = 60 * 86400


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


class Seen:
    """A message on somebody's phone."""

    def __init__(self, template: bytes | str) -> None:
        self.template = msgspec.json.decode(template, type=dict[str, Any])
        self.text: str = self.template["text"]

    @property
    def refusal(self) -> str:
        """What Kakao would find wrong; empty when it takes it."""
        if self.template["object_type"] != "text":
            return "object_type"
        if not self.text.strip() or units(self.text) > TEXT:
            return f"{units(self.text)} characters"
        links = self.template["link"]
        if set(links) - {"web_url", "mobile_web_url"} or not all(links.values()):
            return "link"
        return ""


def error(code: int, status: int = 400) -> Reply:
    """An answer in Kakao's form."""
    return Reply(
        status, {"msg": "see canary", "code": code}, {"Date": "Thu, 18 Sep 2025 14:30:00 GMT"}
    )


@dataclass
class Kakao:
    """One person with one app. `renews`: the next login also gives a new refresh token."""

    refresh: str = "refresh-canary-0"
    quota: int = 20
    renews: bool = False
    domain: str = "https://alarms.example/"
    friends: tuple[str, ...] = ("u1", "u2")
    messages: list[Seen] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)  # access tokens; the last one is good
    logins: int = 0
    failures: list[Reply] = field(default_factory=list)  # given first, one by one

    def __call__(self, request: Posted) -> Reply:
        """Answer as Kakao does."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if request.path == "/oauth/token":
            return self._login(form)
        if self.failures:
            return self.failures.pop(0)
        if not self.tokens or request.headers.get("authorization") != f"Bearer {self.tokens[-1]}":
            return error(-401, 401)
        seen = Seen(form["template_object"])
        if seen.refusal or not seen.template["link"]["web_url"].startswith(self.domain):
            return error(-2)
        if len(self.messages) >= self.quota:
            return error(-536)
        if request.path == "/v2/api/talk/memo/default/send":
            self.messages.append(seen)
            return Reply(200, {"result_code": 0})
        assert request.path == "/v1/api/talk/friends/message/default/send"
        return self._to_friends(seen, msgspec.json.decode(form["receiver_uuids"], type=list[str]))

    def _to_friends(self, seen: Seen, uuids: list[str]) -> Reply:
        if not 1 <= len(uuids) <= 5:
            return error(-2)
        known = [uuid for uuid in uuids if uuid in self.friends]
        others = [uuid for uuid in uuids if uuid not in self.friends]
        failed = [{"code": -532, "msg": "canary", "receiver_uuids": others}] if others else []
        if known:
            self.messages.append(seen)
        return Reply(200, {"successful_receiver_uuids": known, "failure_info": failed})

    def _login(self, form: dict[str, str]) -> Reply:
        self.logins += 1
        if form["grant_type"] != "refresh_token" or form["client_id"] != "app-canary":
            return Reply(401, {"error": "invalid_client", "error_code": "KOE010"})
        if form["refresh_token"] != self.refresh:
            return Reply(400, {"error": "invalid_grant", "error_code": "KOE322"})
        self.tokens.append(f"access-canary-{self.logins}")
        told: dict[str, Any] = {"access_token": self.tokens[-1], "expires_in": 21599}
        if self.renews:
            self.renews = False
            self.refresh = f"refresh-canary-{self.logins}"
            told |= {"refresh_token": self.refresh, "refresh_token_expires_in": DAYS - 1}
        return Reply(200, told | {"token_type": "bearer"})
