"""From a file, variables and flags to an `AgentConfig`: flag before variable before file.

Works on plain mappings first: the outer sources are laid over the file's, short forms are written
out, secrets are fetched. Then msgspec makes it typed, and its complaints are put into words for
people.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from alarminati.config.document import read_document
from alarminati.config.hours import Clock
from alarminati.config.options import options
from alarminati.config.quantities import Address, Duration, Size
from alarminati.config.refusal import ConfigError, shown, suggestion
from alarminati.config.schema import CHANNEL_KEYS, FILES, ROUTING_KEYS, AgentConfig
from alarminati.config.secret import Secret
from alarminati.config.sources import Secrets
from alarminati.wire.sealing import CLUSTER_KEY

Raw = dict[str, Any]

_PLACE = re.compile(r"(?s)(.*?)(?: - at `(?:key in )?\$\.?(.*)`)?")
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "keys with values",
    "null": "nothing",
}
NO_TOKEN = f"sha256:{'0' * 64}"  # stands for tokens where nobody is let in
_OFF = (False, "off", "none", "")


def load(
    path: Path | None,
    environ: Mapping[str, str],
    flags: Mapping[str, object],
    files: list[Path] | None = None,
    document: Raw | None = None,
) -> AgentConfig:
    """The configuration of an agent; `files` gets every file that was looked at for it.

    `document` stands for what the file holds, when it was read before. `flags` is keyed by
    `Option.parameter`; None, "" and () there, and empty variables, count as not given. Relative
    paths in the file are relative to the file. Raises ConfigError.
    """
    files = [] if files is None else files
    if path:
        files.append(path)
    raw = document if document is not None else read_document(path) if path else {}
    raw = _without_nulls(raw)
    loading = _Loading(path, environ, raw, files)
    loading.overlay(flags)
    loading.write_out()
    return loading.typed()


def load_routing(path: Path) -> AgentConfig:
    """The part of a configuration that says where alarms go, and nothing of the rest.

    It needs none of the secrets and certificates, so it can be asked anywhere. Raises ConfigError.
    """
    raw = _without_nulls(read_document(path))
    channels = raw.get("channels")
    if isinstance(channels, list):
        raw["channels"] = [
            {key: channel[key] for key in CHANNEL_KEYS if key in channel}
            if isinstance(channel, dict)
            else channel
            for channel in channels
        ]
    kept: Raw = {key: raw[key] for key in ROUTING_KEYS if key in raw}
    loading = _Loading(path, {}, kept | {"name": "any", "tls": {"mode": "insecure"}}, [])
    loading.write_out()
    return loading.typed()


def load_sources(path: Path) -> AgentConfig:
    """The part of a configuration that says what sources send, without any of its secrets. Raises
    ConfigError."""
    return read_sources(_without_nulls(read_document(path)), path)


def read_sources(raw: Raw, path: Path | None = None) -> AgentConfig:
    """As `load_sources`, of what a file holds. Raises ConfigError."""
    kept: Raw = {key: raw[key] for key in ("project", "sources", "severity_words") if key in raw}
    if isinstance(kept.get("sources"), list):
        kept["sources"] = [
            {key: value for key, value in source.items() if key != "hmac"} | {"token": NO_TOKEN}
            if isinstance(source, dict)
            else source
            for source in kept["sources"]
        ]
    loading = _Loading(path, {}, kept | {"name": "any", "tls": {"mode": "insecure"}}, [])
    loading.write_out()
    return loading.typed()


class _Loading:
    """One run of `load`."""

    def __init__(
        self, path: Path | None, environ: Mapping[str, str], raw: Raw, files: list[Path]
    ) -> None:
        self._file = str(path) if path else ""
        self._folder = path.absolute().parent if path else Path.cwd()
        self._environ = environ
        self._raw = raw
        self._files = files
        self._sources: dict[str, str] = {}  # key -> variable or flag that gave it

    def overlay(self, flags: Mapping[str, object]) -> None:
        """Lay variables and flags over what the file says."""
        for option in options():
            value, source = flags.get(option.parameter), option.flag
            if value in (None, "", ()):
                value, source = self._environ.get(option.variable), option.variable
            if value in (None, ""):
                continue
            self._put(option.key, option.parse(value, source))
            self._sources[option.key] = source

    def _put(self, key: str, value: object) -> None:
        *outer, last = key.split(".")
        at = self._raw
        for name in outer:
            inner = at.get(name)
            if isinstance(inner, str) and name == "tls":
                inner = {"folder": inner}
            at[name] = at = inner if isinstance(inner, dict) else {}
        at[last] = value

    def write_out(self) -> None:
        """Replace short forms and what is left out by what they stand for."""
        raw = self._raw
        raw.setdefault("name", socket.gethostname().split(".")[0] or "agent")
        raw.setdefault("data", str(default_data(self._environ, root=os.geteuid() == 0)))
        self._write_out_tls()
        self._write_out_cluster_key()
        self._write_out_listen()
        discovery = raw.get("discovery")
        if isinstance(discovery, dict) and "mode" not in discovery:
            modes = [mode for key, mode in (("service", "dns"), ("peers", "static"))
                     if discovery.get(key)]  # fmt: skip
            discovery["mode"] = modes[0] if modes else "none"
        self._write_out_http()
        channels = raw.get("channels")
        if isinstance(channels, list):
            raw["channels"] = [self._channel(i, channel) for i, channel in enumerate(channels)]
            route = raw.setdefault("route", {})
            if isinstance(route, dict):
                named = [
                    channel.get("name")
                    for channel in raw["channels"]
                    if isinstance(channel, dict)
                    and not (channel.get("match") or channel.get("min_severity"))
                ]
                route.setdefault("channels", named)

    def _write_out_tls(self) -> None:
        tls = self._raw.get("tls")
        if isinstance(tls, str):
            tls = self._raw["tls"] = {"folder": tls}
        folder = tls.pop("folder", None) if isinstance(tls, dict) else None
        if folder is not None and not isinstance(folder, str):
            raise self._refuse("tls.folder", "expected text: the path of a folder")
        if isinstance(tls, dict) and folder:
            for name, file in FILES.items():
                tls.setdefault(name, str(Path(folder) / file))

    def _write_out_cluster_key(self) -> None:
        """Fetch the keys; when none are named, take the one beside the replica's own key."""
        given, source = self._raw.get("cluster_key"), self._sources.get("cluster_key", "")
        if given is None:
            tls = self._raw.get("tls")
            own = tls.get("key") if isinstance(tls, dict) else None
            beside = (self._folder / own).parent / CLUSTER_KEY if isinstance(own, str) else None
            if beside is None or not beside.exists():
                return
            given = f"file:{beside}"
        given = [given] if isinstance(given, str) else given
        if source.startswith("--") and any(
            not str(each).startswith(("env:", "file:")) for each in given
        ):
            raise self._refuse(
                "cluster_key", "everybody sees what a program is called with; give file:PATH"
            )
        self._raw["cluster_key"] = self._secrets("cluster_key").fetch("cluster_key", given)

    def _write_out_listen(self) -> None:
        listen = self._raw.setdefault("listen", {})
        if not isinstance(listen, dict):
            return
        tls = self._raw.get("tls")
        if isinstance(tls, dict) and tls.get("mode") == "insecure":
            for name, port in (("grpc", 7443), ("http", 8080), ("health", 8081)):
                listen.setdefault(name, f"127.0.0.1:{port}")
        for name in ("http", "health"):
            if name in listen and listen[name] in _OFF:
                listen[name] = None

    def _write_out_http(self) -> None:
        http, sources = self._raw.setdefault("http", {}), self._raw.get("sources")
        if isinstance(http, dict):
            said = http.setdefault("anonymous", "none" if sources else "loopback")
            if isinstance(said, bool):
                http["anonymous"] = "any" if said else "none"
        self._write_out_heartbeats()
        self._write_out_checks()
        self._write_out_credentials("queues")
        self._write_out_credentials("copies")
        for place, source in enumerate(sources if isinstance(sources, list) else ()):
            if not isinstance(source, dict):
                continue
            key, secrets = f"sources[{place}]", self._secrets("sources")
            if "token" in source:
                source["token"] = secrets.fetch(f"{key}.token", source["token"])
            hmac = source.get("hmac")
            if isinstance(hmac, dict) and "secret" in hmac:
                hmac["secret"] = secrets.fetch(f"{key}.hmac.secret", hmac["secret"])

    def _write_out_checks(self) -> None:
        """Fetch the secrets in headers, and the certificates."""
        given, secrets = self._raw.get("checks"), self._secrets("checks")
        for place, each in enumerate(given if isinstance(given, list) else ()):
            if not isinstance(each, dict):
                continue
            key = f"checks[{place}]"
            if isinstance(each.get("headers"), dict):
                each["headers"] = secrets.fetch(f"{key}.headers", each["headers"])
            if "ca" in each:
                each["ca"] = secrets.certificates(f"{key}.ca", each["ca"])

    def _write_out_credentials(self, name: str) -> None:
        """Fetch the passwords and tokens of a list of servers."""
        given, secrets = self._raw.get(name), self._secrets(name)
        for place, each in enumerate(given if isinstance(given, list) else ()):
            for key in ("password", "token"):
                if isinstance(each, dict) and key in each:
                    each[key] = secrets.fetch(f"{name}[{place}].{key}", each[key])

    def _write_out_heartbeats(self) -> None:
        given = self._raw.get("heartbeats")
        for place, each in enumerate(given if isinstance(given, list) else ()):
            if isinstance(each, dict) and "token" in each:
                key, secrets = f"heartbeats[{place}].token", self._secrets("heartbeats")
                each["token"] = secrets.fetch(key, each["token"])

    def _secrets(self, key: str) -> Secrets:
        base = Path.cwd() if key in self._sources else self._folder
        return Secrets(self._environ, base, self._refuse, self._files.append)

    def _channel(self, place: int, channel: object) -> object:
        """Set the channel's own keys apart and make its texts secret."""
        if not isinstance(channel, dict):
            return channel
        key = f"channels[{place}]"
        secrets = self._secrets("channels")
        settings = {
            name: (secrets.certificates if name == "ca" else secrets.fetch)(f"{key}.{name}", value)
            for name, value in channel.items()
            if name not in CHANNEL_KEYS
        }
        made: Raw = {name: channel[name] for name in CHANNEL_KEYS if name in channel}
        return made | {"settings": settings}

    def typed(self) -> AgentConfig:
        """The finished configuration."""
        self._check_keys("", self._raw, inspect.type_info(AgentConfig))
        if "tls" not in self._raw:
            raise self._refuse(
                "tls",
                "is missing; give ca, cert and key, or one folder that has them (alarminati pki"
                " issue makes it), or mode: insecure to try it on this machine alone",
            )
        try:
            return msgspec.convert(self._raw, AgentConfig, dec_hook=self._read, strict=False)
        except msgspec.ValidationError as error:
            match = _PLACE.fullmatch(str(error))
            problem, key = match.groups() if match else (str(error), "")
            raise self._refuse((key or "").replace("[...]", ""), _in_words(problem)) from None

    def _read(self, kind: type[Any], value: object) -> object:
        """msgspec asks this for every type that is not its own."""
        if kind in (Duration, Size, Address, Clock):
            return kind.read(value)
        if kind is Secret:
            if isinstance(value, Secret):
                return value
            raise ValueError("expected text; put it in quotes")
        if kind is Path:
            if not isinstance(value, str) or not value or "\0" in value:
                raise ValueError("expected text: a path")
            return self._folder / Path(value).expanduser()
        raise NotImplementedError(kind)

    def _check_keys(self, key: str, value: object, node: inspect.Type) -> None:
        """Refuse unknown keys and words, with a suggestion; msgspec checks the rest."""
        if isinstance(node, inspect.Metadata):
            self._check_keys(key, value, node.type)
        elif isinstance(node, inspect.UnionType):
            for kind in node.types:
                self._check_keys(key, value, kind)
        elif isinstance(node, inspect.LiteralType):
            if isinstance(value, str) and value not in node.values:
                near = suggestion(value, map(str, node.values))
                raise self._refuse(key, f"{shown(value)} is not known{near}")
        elif isinstance(node, inspect.VarTupleType) and isinstance(value, list):
            for place, item in enumerate(value):
                self._check_keys(f"{key}[{place}]", item, node.item_type)
        elif isinstance(node, inspect.StructType) and isinstance(value, dict):
            known = {field.encode_name: field for field in node.fields}
            for name, inner in value.items():
                inside = f"{key}.{name}" if key else str(name)
                if name not in known:
                    raise self._refuse(inside, "unknown key" + suggestion(str(name), known))
                self._check_keys(inside, inner, known[name].type)

    def _refuse(self, key: str, problem: str) -> ConfigError:
        for given, source in self._sources.items():
            if key == given or key.startswith((f"{given}.", f"{given}[")):
                inside = key[len(given) :].lstrip(".")
                return ConfigError(source, inside, problem)
        return ConfigError(self._file, key, problem)


def default_data(environ: Mapping[str, str], *, root: bool) -> Path:
    """Where the journal lies when nothing is said: the platform's place for state."""
    if root:
        return Path("/var/lib/alarminati")
    state = environ.get("XDG_STATE_HOME", "")
    # https://specifications.freedesktop.org/basedir-spec/latest/ : relative ones are ignored
    folder = Path(state) if state.startswith("/") else Path.home() / ".local" / "state"
    return folder / "alarminati"


def _without_nulls(value: Any) -> Any:
    """A key without a value counts as left out; templates write such."""
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value


def _in_words(problem: str) -> str:
    """msgspec's complaint for people who do not write Python."""
    if missing := re.fullmatch(r"Object missing required field `(.*)`", problem):
        return f"{missing[1]} is missing"
    if bound := re.fullmatch(r"Expected `\w+` (>=|<=) (.*)", problem):
        return f"must be at {'least' if bound[1] == '>=' else 'most'} {bound[2]}"
    if types := re.fullmatch(r"Expected `(.*)`, got `(\w+)`", problem):
        wanted = " or ".join(_KINDS.get(word, word) for word in types[1].split(" | "))
        quotes = "; put it in quotes" if types[1] == "str" and types[2] != "object" else ""
        return f"expected {wanted}, got {_KINDS.get(types[2], types[2])}{quotes}"
    return problem
