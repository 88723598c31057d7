"""What one config of an Alertmanager's receiver becomes, kind by kind.

Defaults and what counts before what are those of `Config.UnmarshalYAML` in its config/config.go.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from alarminati.config.alertmanager_notes import DOCS, Keys, Raw

_SLACK_METHOD: Final = "/chat.postMessage"
_SLACK_ID: Final = re.compile(r"[CGDU][A-Z0-9]{5,30}")
_CONNECTORS: Final = ("webhook.office.com", "outlook.office.com", "outlook.office365.com")


class Unfit:
    """Nothing that could be used here: one to be registered stands in for it."""

    def __init__(self, why: str) -> None:
        self.why = why  # of SAYINGS
        self.quiet = False  # it was not told ends


class Say(Protocol):
    """Takes down a note."""

    def __call__(self, text: str, /, **values: str) -> None: ...


class Settings:
    """One config of a receiver, over the global section."""

    def __init__(self, own: Keys, glob: Keys, folder: PurePath, say: Say) -> None:
        self.own = own
        self.glob = glob
        self.say = say
        self._folder = folder
        inherited = own.get("http_config") is None
        self._prefix = "global.http_config" if inherited else "http_config"
        self.http = Keys(None)
        self._http = glob.get("http_config") if inherited else own.get("http_config")

    def use_http(self) -> None:
        """This kind speaks HTTP: what is set for that counts, and is noted if it is lost."""
        self.http = Keys(self._http)

    def get(self, key: str, glob: str = "", default: Any = None) -> Any:
        """A value, or the global one."""
        found = self.own.get(key)
        shared = self.glob.get(glob) if glob else None
        return next((each for each in (found, shared) if each is not None), default)

    def secret(self, key: str, glob: str = "") -> str:
        """Text or file, or the global one; empty when there is none."""
        found = self.text_of(self.own, key)
        shared = self.text_of(self.glob, glob) if glob else ""
        return found or shared

    def text_of(self, keys: Keys, key: str) -> str:
        """A text, or the file it lies in as `file:PATH`."""
        text, file = keys.get(key), keys.get(f"{key}_file")
        if file:
            return f"file:{self._folder / str(file)}"
        return str(text) if text else ""

    def whence(self, key: str, prefix: str) -> str:
        """The key as it was given: here, or in the global section with that prefix."""
        here = self.own.get(key) is not None or self.own.get(f"{key}_file") is not None
        return key if here else f"global.{prefix}{key}"

    def ca(self, keys: Keys | None = None) -> Raw:
        """Certificates to trust."""
        file = (self.http if keys is None else keys).get("tls_config.ca_file")
        return {"ca": str(self._folder / str(file))} if file else {}

    def timeout(self) -> Raw:
        """How long one message may take."""
        text = self.own.get("timeout")
        return {"timeout": str(text)} if text else {}

    def headers(self) -> Raw:
        """What is sent along to say who we are."""
        headers = self._given()
        header, file = self._authorization()
        if header:
            headers["Authorization"] = header
        elif file:
            self.say("file", key=self.http_key(file))
        return {"headers": headers} if headers else {}

    def _given(self) -> dict[str, str]:
        """Headers with one value; the others stay, to be noted."""
        found = {}
        given = self.http.get("http_headers", {})
        for name, header in given.items():
            parts = header if isinstance(header, dict) else {}
            values = {key: each for key, each in parts.items() if each}
            if list(values) in (["values"], ["secrets"], ["files"]):
                ((kind, each),) = values.items()
                if len(each) == 1:
                    file = f"file:{self._folder / str(each[0])}"
                    found[str(name)] = file if kind == "files" else str(each[0])
                    continue
            self.say("lost", key=self.http_key(f"http_headers.{name}"))
        return found

    def _authorization(self) -> tuple[str, str]:
        """The header; or the key of the file that has only a part of it."""
        http = self.http
        user, password = http.get("basic_auth.username"), http.get("basic_auth.password")
        if user is not None and password is not None:
            pair = f"{user}:{password}"
            return "Basic " + base64.b64encode(pair.encode()).decode(), ""
        token, key = self.token()
        file = "" if token else key
        if token:
            return f"{http.get('authorization.type') or 'Bearer'} {token}", ""
        files = {file: bool(file)} | {
            f"basic_auth.{key}": http.get(f"basic_auth.{key}") is not None
            for key in ("password_file", "username_file", "username", "password")
        }
        return "", next((key for key, there in files.items() if there), "")

    def token(self) -> tuple[str, str]:
        """What stands behind Bearer, and its key; no text where that is of a file."""
        for key in ("authorization.credentials", "bearer_token"):
            if text := self.http.get(key):
                return str(text), key
        for key in ("authorization.credentials_file", "bearer_token_file"):
            if self.http.get(key):
                return "", key
        return "", ""

    def token_path(self, key: str) -> str:
        """A file that has a token, as `file:PATH`."""
        return f"file:{self._folder / str(self.http.get(key))}"

    def http_key(self, key: str) -> str:
        """A key of HTTP's with where it stands."""
        return f"{self._prefix}.{key}"

    def http_left(self) -> None:
        """Note what of HTTP was not made use of."""
        for each in self.http.left():
            text = "proxy" if each.startswith(("proxy_", "no_proxy")) else "lost"
            self.say(text, key=self.http_key(each))


def _slack(settings: Settings) -> Raw | Unfit:
    settings.use_http()
    url, channel = settings.secret("api_url"), str(settings.get("channel") or "")
    app = settings.secret("app_token")
    bearer, key = settings.token()
    if key:
        settings.http.get("authorization.type")
    token = app or bearer or (settings.token_path(key) if key else "")
    shared = settings.text_of(settings.glob, "slack_app_token")
    app_url = str(settings.get("app_url", "slack_app_url") or "")
    if not token and not url:
        token, app = shared, shared
    url = url or settings.text_of(settings.glob, "slack_api_url")
    if token and (app or not url or url.startswith("file:") or url.endswith(_SLACK_METHOD)):
        api = app_url if app or not url or url.startswith("file:") else url
        return _slack_bot(settings, token, channel, api)
    if token:
        settings.say("slack header", key=settings.http_key(key))
    if settings.own.get("app_url"):
        settings.say("lost", key="app_url")
    if channel:
        settings.say("slack webhook")
    if not url:
        return Unfit("no api_url")
    if url.endswith(_SLACK_METHOD):
        return Unfit("no token")
    for key in ("update_message", "post_updates_to_thread"):
        if settings.own.get(key):
            settings.say("lost", key=key)
    return {"type": "slack", "url": url} | settings.timeout() | settings.ca()


def _slack_bot(settings: Settings, token: str, channel: str, api: str) -> Raw | Unfit:
    if not channel:
        return Unfit("no channel")
    if "{{" in channel:
        return Unfit("channel template")
    named = channel if channel[0] in "#@" or _SLACK_ID.fullmatch(channel) else f"#{channel}"
    made: Raw = {"type": "slackbot", "token": token, "channel": named}
    edit, thread = settings.own.get("update_message"), settings.own.get("post_updates_to_thread")
    if edit or thread:
        made["update"] = "edit" if edit else "thread"
    base = api.removesuffix(_SLACK_METHOD).rstrip("/")
    if base and base == api.rstrip("/"):
        settings.say("method", url_path=_SLACK_METHOD)
    if base and base != "https://slack.com/api":
        made["api"] = base
    return made | settings.timeout() | settings.ca()


def _webhook(settings: Settings) -> Raw | Unfit:
    settings.use_http()
    url = settings.secret("url")
    if not url:
        return Unfit("no url")
    settings.say("webhook", page=f"{DOCS}/channels.md")
    made = {"type": "webhook", "url": url} | settings.headers()
    return made | settings.timeout() | settings.ca()


def _mail(settings: Settings) -> Raw | Unfit:
    smarthost = str(settings.get("smarthost", "smtp_smarthost") or "")
    host, _, port = (part.strip() for part in smarthost.rpartition(":"))
    sender = settings.get("from", "smtp_from")
    made: Raw = {"type": "mail", "host": host, "sender": str(sender)}
    made |= {"to": str(settings.get("to") or "")}
    if hello := settings.get("hello", "smtp_hello"):
        made["hello"] = str(hello)
    login = _login(settings)
    implicit = settings.get("force_implicit_tls", "smtp_force_implicit_tls", port == "465")
    plain = settings.get("require_tls", "smtp_require_tls", True) is False
    if implicit:
        made["tls"] = "tls"
    elif plain and not login:
        made["tls"] = "none"
    elif plain:
        settings.say("plain password")
    if not host or not port.isdigit() or not sender:
        return Unfit("no smarthost")
    return made | {"port": int(port)} | login | _mail_ca(settings)


def _login(settings: Settings) -> Raw:
    """Name and password, of which one alone is noted."""
    user = settings.get("auth_username", "smtp_auth_username")
    password = settings.secret("auth_password", "smtp_auth_password")
    secret = settings.secret("auth_secret", "smtp_auth_secret")
    identity = settings.get("auth_identity", "smtp_auth_identity")
    whole = user and (password or secret)
    given = {
        "auth_username": user and not whole,
        "auth_password": password and not whole,
        "auth_secret": secret and (not whole or password not in ("", secret)),
        "auth_identity": identity and identity != user,
    }
    for key, lost in given.items():
        if lost:
            settings.say("lost", key=settings.whence(key, "smtp_"))
    return {"username": str(user), "password": password or secret} if whole else {}


def _mail_ca(settings: Settings) -> Raw:
    """From its own tls_config, else the global one, of which the rest is noted."""
    own = settings.own.get("tls_config") is not None
    tls = settings.own.get("tls_config") if own else settings.glob.get("smtp_tls_config")
    prefix, keys = ("" if own else "global.smtp_"), Keys({"tls_config": tls})
    made = settings.ca(keys)
    for each in keys.left():
        settings.say("lost", key=f"{prefix}{each}")
    return made


def _pagerduty(settings: Settings) -> Raw | Unfit:
    settings.use_http()
    key, url = settings.secret("routing_key"), settings.get("url", "pagerduty_url")
    old = settings.secret("service_key")
    if not key:
        return Unfit("pager" if old else "no routing_key")
    if old:
        file = settings.own.get("service_key_file")
        settings.say("lost", key="service_key_file" if file else "service_key")
    made: Raw = {"type": "pagerduty", "routing_key": key} | ({"url": str(url)} if url else {})
    return made | settings.timeout() | settings.ca()


def _telegram(settings: Settings) -> Raw | Unfit:
    settings.use_http()
    token = settings.secret("bot_token", "telegram_bot_token")
    chat: Any = settings.own.get("chat_id")
    chat = chat or settings.secret("chat_id")
    topic = settings.own.get("message_thread_id")
    api = settings.get("api_url", "telegram_api_url")
    if not token or not chat:
        return Unfit("no bot_token")
    made: Raw = {"type": "telegram", "token": token, "chat_id": chat}
    if topic:
        made["topic"] = topic
    made |= {"api": str(api)} if api else {}
    return made | settings.timeout() | settings.ca()


def _hook(type_: str) -> Callable[[Settings], Raw | Unfit]:
    def made(settings: Settings) -> Raw | Unfit:
        settings.use_http()
        url = settings.secret("webhook_url")
        if not url:
            return Unfit("no webhook_url")
        host = "" if url.startswith("file:") else (urlsplit(url).hostname or "")
        if host.endswith(_CONNECTORS):
            settings.say("connector", page=f"{DOCS}/channels.md")
        return {"type": type_, "url": url} | settings.ca()

    return made


KINDS: Final[Mapping[str, Callable[[Settings], Raw | Unfit]]] = {
    "slack_configs": _slack,
    "webhook_configs": _webhook,
    "email_configs": _mail,
    "pagerduty_configs": _pagerduty,
    "telegram_configs": _telegram,
    "discord_configs": _hook("discord"),
    "msteams_configs": _hook("teams"),
    "msteamsv2_configs": _hook("teams"),
}
"""What makes a channel of one config, by the key of its list."""
