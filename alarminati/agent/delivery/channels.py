"""The channels there are: those of the file, and over them those that operators registered.

The file wins. What cannot be used here (no key, settings of a later version, not registered yet) is
still a channel, one that asks to be set up: its alarms wait instead of being dead letters, on every
replica alike, and `trouble` says what is missing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from alarminati.agent.delivery.channel_settings import Registration, channel_config, unpack
from alarminati.agent.delivery.secret_store import CHANNEL, SecretStore
from alarminati.channels.markup import Markup, length
from alarminati.channels.message import Message
from alarminati.channels.port import BadSettings, Channel, MarkupProfile, SendContext
from alarminati.channels.table import configure
from alarminati.config import AgentConfig, ChannelConfig, ConfigError
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import DeliveryCause, Entry, Sealed
from alarminati.core.monitors.channel_tests import ChannelTest
from alarminati.core.routing.routes import (
    ChannelBranch,
    Route,
    Router,
    channel_branches,
    channels_of,
)
from alarminati.wire.sealing import CannotOpen

log = logging.getLogger(__name__)


REGISTERED: Final = "registered"
"""Type of a channel in the file that an operator is to register, so that routes may name it."""
_PLAIN: Final = Markup(list, length, str, str, lambda address, shown: shown)


class Origin(Enum):
    """Where a channel comes from. The values are those of the proto enum."""

    FILE = 1
    REGISTERED = 2
    SHADOWED = 3
    EXPECTED = 4  # the file names it, and nobody registered it yet


@dataclass(frozen=True, slots=True)
class Placed:
    """A channel with where it comes from."""

    channel: Channel
    config: ChannelConfig
    origin: Origin
    sealed: Sealed | None = None  # as it was registered
    registration: Registration | None = None  # likewise, where it can be opened
    updated: int = 0  # when it was registered or changed, milliseconds since 1970; 0: never

    @property
    def by(self) -> str:
        """Who registered it; empty when the file has it."""
        return self.sealed.created_by if self.sealed else ""

    @property
    def trouble(self) -> str:
        """What is missing for using it; empty when nothing is."""
        driver = self.channel.driver
        return driver.trouble if isinstance(driver, Unusable) else ""


class Unusable:
    """The driver of a channel that asks to be set up."""

    Settings = type(None)
    FORM = MarkupProfile(_PLAIN, 0, _PLAIN)

    def __init__(self, trouble: str) -> None:
        self.trouble = trouble

    def limits(self, settings: Any, /) -> Limits:
        """The common ones."""
        return Limits()

    def destination(self, settings: Any, /) -> str:
        """Not known."""
        return ""

    def render(self, settings: Any, message: Message, /) -> bytes:
        """Nothing."""
        return b""

    def judge(self, status: int, headers: Mapping[str, str], body: bytes, /) -> Verdict:
        """As if it had been asked. It asks for no pause: it may be set up any moment."""
        return Verdict.retry(self.trouble, cause=DeliveryCause.MISCONFIGURED)

    async def deliver(
        self, means: SendContext, settings: Any, payload: bytes, key: str, /
    ) -> Verdict:
        """Not at all."""
        return self.judge(0, {}, b"")


class ChannelSet(Mapping[str, Channel]):
    """The channels by name, as they are at the moment. Tells `changed` whenever they are others."""

    def __init__(self, vault: SecretStore, file: Mapping[str, Placed], route: Route) -> None:
        """`file` as `from_file` makes it, `route` as the file has it."""
        self.changed: list[Callable[[], None]] = []
        self._vault = vault
        self._file = dict(file)
        self._route = route
        self._registered: dict[str, Placed] = {}
        self._placed: dict[str, Placed] = dict(file)

    # As a mapping.

    def __getitem__(self, name: str) -> Channel:
        return self._placed[name].channel

    def __iter__(self) -> Iterator[str]:
        return iter(self._placed)

    def __len__(self) -> int:
        return len(self._placed)

    # What there is.

    def placed(self) -> list[Placed]:
        """All by name, also those that the file shadows, after the one that counts."""
        counting = list(self._placed.values())
        shadowed = [one for one in self._registered.values() if one.origin is Origin.SHADOWED]
        return sorted([*counting, *shadowed], key=lambda one: (one.channel.name, one.origin.value))

    def find(self, name: str) -> Placed | None:
        """The channel that counts."""
        return self._placed.get(name)

    def registered(self, name: str) -> Placed | None:
        """What an operator registered under that name, shadowed or not."""
        return self._registered.get(name)

    def promised(self, name: str) -> bool:
        """Whether the file says that an operator registers it."""
        return name in self._file and self._file[name].config.type == REGISTERED

    def limits(self) -> dict[str, Limits]:
        """How each may be used."""
        return {name: self._limits(placed) for name, placed in self._placed.items()}

    def _limits(self, placed: Placed) -> Limits:
        config = placed.config
        fallback = config.fallback if config.fallback in self._placed else ""
        return replace(
            placed.channel.limits,
            fallback=fallback,
            fallback_after=float(config.fallback_after),
            resolved=config.resolved,
        )

    def circle(self, name: str, fallback: str) -> list[str]:
        """The way from a channel back to itself, if it had that fallback; empty: there is none."""
        way = [name]
        while fallback:
            way.append(fallback)
            if fallback in way[:-1]:
                return way
            placed = self._placed.get(fallback)
            fallback = placed.config.fallback if placed else ""
        return []

    def router(self) -> Router:
        """Return the file's routes with the branches of channels."""
        return Router(self._route, self.branches())

    def branches(self) -> tuple[ChannelBranch, ...]:
        """Return the branches of channels that need no route."""
        registered = Origin.REGISTERED
        return channel_branches(
            self._route,
            {
                name: one.config.conditions(one.origin is registered and not self.promised(name))
                for name, one in self._placed.items()
            },
        )

    def leads_to(self, name: str) -> bool:
        """Return whether a route, a branch, an escalation or a fallback names that channel."""
        named = {placed.config.fallback for placed in self._placed.values()}
        named |= {branch.channel for branch in self.branches()}
        return name in named | channels_of(self._route)

    def trials(self) -> Iterator[ChannelTest]:
        """Which are tested regularly."""
        for name, placed in self._placed.items():
            if placed.config.test_interval and not placed.trouble:
                yield ChannelTest(name, float(placed.config.test_interval))

    # How it changes.

    def use_file(self, file: Mapping[str, Placed], route: Route) -> None:
        """The file has others now."""
        self._file, self._route = dict(file), route
        self._merge()

    def folded(self, entries: Sequence[Entry]) -> None:
        """These entries were folded; none: all that is on disk was."""
        if not entries or any(_concerns(entry) for entry in entries):
            self._merge()

    def _merge(self) -> None:
        known, self._registered = self._registered, {}
        for sealed in self._vault.registry.under(CHANNEL):
            name = sealed.name.removeprefix(CHANNEL)
            origin = Origin.REGISTERED
            if name in self._file and not self.promised(name):
                origin = Origin.SHADOWED
            before = known.get(name)
            if before is None or before.sealed is not sealed or before.trouble:
                updated = self._vault.registry.time(sealed.name)
                before = replace(self._opened(name, sealed), updated=updated)
            self._registered[name] = replace(before, origin=origin)
        counting = {
            name: one for name, one in self._registered.items() if one.origin is Origin.REGISTERED
        }
        self._placed = self._file | counting
        for tell in self.changed:
            tell()

    def _opened(self, name: str, sealed: Sealed) -> Placed:
        kept, config = None, ChannelConfig(name=name, type="")
        try:
            kept = unpack(self._vault.open(sealed))
            config = channel_config(name, kept.type, kept.settings)
            channel = configure(name, kept.type, config.settings)
            return Placed(channel, config, Origin.REGISTERED, sealed, kept)
        except CannotOpen as error:
            trouble = f"it cannot be opened here: {error}"
        except BadSettings as error:
            trouble = f"this version cannot use it: {error}"
        channel = _unusable(name, config.type, trouble)
        return Placed(channel, config, Origin.REGISTERED, sealed, kept)


def from_file(config: AgentConfig) -> dict[str, Placed]:
    """The channels of a configuration by name. Raises ConfigError naming the channel and key."""
    return {each.name: placed_of(each) for each in config.channels}


def placed_of(config: ChannelConfig) -> Placed:
    """One channel of the file. Raises ConfigError likewise."""
    key = f"channels.{config.name}"
    if config.type == REGISTERED:
        if config.settings:
            raise ConfigError("", key, f"{next(iter(config.settings))}: is for who registers it")
        if config.has_conditions:
            raise ConfigError("", key, "match and min_severity are for who registers it")
        trouble = f"nobody has registered it yet; `alarminati channels create {config.name}` does"
        return Placed(_unusable(config.name, REGISTERED, trouble), config, Origin.EXPECTED)
    try:
        channel = configure(config.name, config.type, config.settings)
    except BadSettings as error:
        raise ConfigError("", key, str(error)) from None
    return Placed(channel, config, Origin.FILE)


def _unusable(name: str, type_: str, trouble: str) -> Channel:
    return Channel(name, type_, Unusable(trouble), None)


def _concerns(entry: Entry) -> bool:
    return isinstance(entry.body, Sealed) and entry.body.name.startswith(CHANNEL)


def try_templates(channels: Sequence[Channel]) -> None:
    """Say which templates cannot be used; the default text will stand in for them."""
    for channel in channels:
        if any(channel.templates):
            from alarminati.channels.canary import tried

            for key, problem in tried(channel):
                log.warning("channel %s: %s: %s", channel.name, key, problem)
