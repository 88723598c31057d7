"""Configuration of a relay: its doors, and the clusters whose webhooks it keeps."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from alarminati.config.document import read_document
from alarminati.config.edge import HASH
from alarminati.config.names import check_name, check_unique
from alarminati.config.quantities import Address, Size
from alarminati.config.refusal import ConfigError, suggestion
from alarminati.config.secret import Secret
from alarminati.config.sources import Secrets

_PLACE: Final = re.compile(r"(?s)(.*?)(?: - at `(?:key in )?\$\.?(.*)`)?")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_FEWER: Final = re.compile(r"Expected `array` of length >= (\d+)")
_TYPES: Final = re.compile(r"Expected `(\w+)`, got `(\w+)`")
_KINDS: Final = {"object": "keys with values", "array": "a list", "str": "text"}
_MISSING: Final = re.compile(r"Object missing required field `(.*)`")
LEAST_ROOM: Final = 1 << 20  # bytes


class RelaySource(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sender: the token in its address says which source of the agents it is."""

    name: str
    token: str  # hash, as `alarminati tokens create` prints it, or file:PATH or env:NAME of it
    rate: Annotated[float, Meta(gt=0)] = 50.0  # requests a second in the long run
    burst: Annotated[int, Meta(ge=1)] = 500  # at once

    def __post_init__(self) -> None:
        check_name(self.name)
        if not HASH.fullmatch(self.token):
            raise ValueError(
                "token must be the hash that `alarminati tokens create` prints (sha256:...), never"
                " the token itself"
            )


class RelayCluster(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A cluster whose agents pull here."""

    name: str
    listen: Address  # where its agents pull; each cluster has a port of its own
    ca: Path | None = None  # authority of its agents' certificates; none on loopback only
    sources: Annotated[tuple[RelaySource, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        check_name(self.name)
        check_unique("sources", [source.name for source in self.sources])
        if self.ca is None and not self.listen.is_loopback:
            raise ValueError("ca is missing; without it only agents on this machine may pull")


class RelayHttp(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The public door. Without `cert` an ingress in front of it speaks TLS."""

    listen: Address = Address("0.0.0.0", 8080)
    cert: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        if (self.cert is None) != (self.key is None):
            raise ValueError("cert and key belong together; give both or none")


class RelayPull(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Certificate that the relay shows to agents."""

    cert: Path
    key: Path


class RelayConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything a relay is told."""

    name: str = "relay"
    data: Path
    http: RelayHttp = RelayHttp()
    pull: RelayPull | None = None
    room: Size = Size(1 << 30)  # bytes on disk, of each cluster
    body_size: Size = Size(4 << 20)
    clusters: Annotated[tuple[RelayCluster, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        check_name(self.name)
        check_unique("clusters", [cluster.name for cluster in self.clusters])
        tokens = [source.token for each in self.clusters for source in each.sources]
        if len(set(tokens)) != len(tokens):
            raise ValueError("sources share a token; make one for each with `tokens create`")
        if self.pull is None and any(each.ca for each in self.clusters):
            raise ValueError("pull is missing; give cert and key that agents can verify")
        if self.room < max(LEAST_ROOM, 4 * self.body_size):
            raise ValueError(f"room ({self.room}) must hold at least 1 MiB, and four bodies")


def load_relay(path: Path) -> RelayConfig:
    """Read the file of a relay. Relative paths are relative to it. Raises ConfigError."""
    raw = read_document(path)
    secrets = Secrets(
        os.environ,
        path.parent,
        lambda key, problem: ConfigError(str(path), key, problem),
        lambda file: None,
    )
    for key, source in _senders(raw):
        token = secrets.fetch(f"{key}.token", source.get("token"))
        if isinstance(token, Secret):
            source["token"] = token.reveal()

    def read(kind: type[Any], value: object) -> object:
        if kind in (Size, Address):
            return kind.read(value)
        if kind is Path:
            if not isinstance(value, str) or not value or "\0" in value:
                raise ValueError("expected text: a path")
            return path.parent / Path(value).expanduser()
        raise NotImplementedError(kind)

    try:
        return msgspec.convert(raw, RelayConfig, dec_hook=read, strict=False)
    except msgspec.ValidationError as error:
        match = _PLACE.fullmatch(str(error))
        problem, key = match.groups() if match else (str(error), "")
        raise ConfigError(str(path), (key or "").replace("[...]", ""), _words(problem)) from None


def _senders(raw: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each source of a file that may have any shape, and its key."""
    clusters = raw.get("clusters") if isinstance(raw, dict) else None
    for at, cluster in enumerate(clusters if isinstance(clusters, list) else ()):
        sources = cluster.get("sources") if isinstance(cluster, dict) else None
        for place, source in enumerate(sources if isinstance(sources, list) else ()):
            if isinstance(source, dict):
                yield f"clusters[{at}].sources[{place}]", source


def _words(problem: str) -> str:
    if unknown := _UNKNOWN.fullmatch(problem):
        kinds = (RelayConfig, RelayCluster, RelaySource, RelayHttp, RelayPull)
        known = {name for kind in kinds for name in kind.__struct_fields__}
        return f"{unknown[1][:40]} is not known{suggestion(unknown[1][:40], known)}"
    if missing := _MISSING.fullmatch(problem):
        return f"{missing[1]} is missing"
    if fewer := _FEWER.fullmatch(problem):
        return f"must have at least {fewer[1]}"
    if types := _TYPES.fullmatch(problem):
        wanted, got = (_KINDS.get(word, word) for word in types.groups())
        return f"expected {wanted}, got {got}"
    return problem
