"""Which channels there are: the file's, those that are registered, and what goes to them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from alarminati.agent.delivery.channel_settings import Registration
from alarminati.agent.delivery.channels import ChannelSet, Origin, from_file
from alarminati.agent.delivery.secret_store import CHANNEL, SecretStore, Tokens
from alarminati.config import AgentConfig, ConfigError, load
from alarminati.core.access.sealed import SealedSecrets
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.journal.ingest import StorageFull
from alarminati.core.model.entries import Body, Entry, Sealed, Severity
from alarminati.core.routing.routes import Escalation, Route
from alarminati.wire.sealing import Seal, new_key
from tests.support.patience import until

KEY = new_key()
HOOK = "http://127.0.0.1:9/canary"


class Journal:
    """Stands in for the living replica: what is written is folded at once."""

    def __init__(self, *registries: SealedSecrets) -> None:
        self.registries = registries
        self.sequence = 0
        self.full = False

    async def write(self, *bodies: Body) -> None:
        if self.full:
            raise StorageFull(1.0)
        for body in bodies:
            self.sequence += 1
            for registry in self.registries:
                registry.apply(Entry("a0000000", self.sequence, self.sequence, body))


def vault(key: str = KEY) -> SecretStore:
    made = SecretStore(SealedSecrets(), Seal([key] if key else []))
    made.live = Journal(made.registry)  # type: ignore[assignment]
    return made


def configured(folder: Path, channels: str, route: str = "") -> AgentConfig:
    path = folder / "agent.yaml"
    path.write_text(f"tls: {{mode: insecure}}\ndata: j\nname: a1\nchannels: {channels}\n{route}")
    return load(path, {}, {})


def channel_set(kept: SecretStore, config: AgentConfig) -> ChannelSet:
    made = ChannelSet(kept, from_file(config), config.route.tree())
    made.folded(())
    return made


async def register(kept: SecretStore, name: str, more: dict[str, object] | None = None) -> None:
    await kept.put(
        CHANNEL + name, Registration("webhook", {"url": HOOK} | (more or {})).pack(), "jane"
    )


OPS = f"[{{name: ops, type: webhook, url: '{HOOK}'}}]"


async def test_the_file_wins_and_it_is_shown(tmp_path: Path) -> None:
    kept = vault()
    await register(kept, "ops")
    await register(kept, "app")
    channels = channel_set(kept, configured(tmp_path, OPS))
    assert [(one.channel.name, one.origin, one.by) for one in channels.placed()] == [
        ("app", Origin.REGISTERED, "jane"),
        ("ops", Origin.FILE, ""),
        ("ops", Origin.SHADOWED, "jane"),
    ]
    channels.use_file({}, configured(tmp_path, "[]").route.tree())
    assert [one.origin for one in channels.placed()] == [Origin.REGISTERED] * 2


async def test_listeners_hear_of_every_change_that_concerns_them(tmp_path: Path) -> None:
    kept = vault()
    channels = channel_set(kept, configured(tmp_path, OPS))
    heard: list[list[str]] = []
    channels.changed.append(lambda: heard.append(sorted(channels)))
    await register(kept, "app")
    sealed = kept.registry.get("channel/app")
    assert sealed is not None
    channels.folded([Entry("a0000000", 1, 1, sealed)])
    channels.folded([Entry("a0000000", 1, 1, Sealed("token/app", b"x", "a1"))])
    assert heard == [["app", "ops"]]
    same = channels["app"]
    await register(kept, "other")
    channels.folded(())
    assert channels["app"] is same, "what did not change is not made again"


def told(channels: ChannelSet, severity: Severity = Severity.INFO, **labels: str) -> list[str]:
    """Where such an alarm goes."""
    return sorted(channels.router().assign_labels(labels, severity).channels)


BOTH = f"[{{name: ops, type: webhook, url: '{HOOK}'}}, {{name: team, type: registered}}]"


@pytest.mark.parametrize(
    ("route", "to"),
    [
        ("", ["app", "ops", "team"]),
        ("route: {channels: [ops]}\n", ["app", "ops"]),
        ("route: {channels: []}\n", ["app"]),
        ("route: {channels: [], routes: [{match: team=web, channels: [team]}]}\n", ["app"]),
    ],
)
async def test_a_registered_channel_gets_all_unless_routes_name_it(
    route: str, to: list[str], tmp_path: Path
) -> None:
    kept = vault()
    await register(kept, "app")
    channels = channel_set(kept, configured(tmp_path, BOTH, route))
    assert told(channels) == to
    assert channels.leads_to("app")


async def test_channels_say_which_alarms_they_get(tmp_path: Path) -> None:
    kept = vault()
    await register(kept, "web", {"match": ["team=web"], "min_severity": "ERROR"})
    await register(kept, "worst", {"min_severity": "CRITICAL"})
    own = f"[{{name: ops, type: webhook, url: '{HOOK}'}}, {{name: db, type: webhook, url: '{HOOK}'"
    channels = channel_set(kept, configured(tmp_path, f"{own}, match: team=db}}]"))
    assert told(channels) == ["ops"]
    assert told(channels, team="db") == ["db", "ops"]
    assert told(channels, team="web") == ["ops"]
    assert told(channels, Severity.ERROR, team="web") == ["ops", "web"]
    assert told(channels, Severity.CRITICAL, team="web") == ["ops", "web", "worst"]
    # Another version may have registered what this one cannot send to; it still waits for these.
    await kept.put(
        CHANNEL + "web",
        Registration("carrier-pigeon", {"match": ["team=web"]}).pack(),
        "jane",
    )
    channels.folded(())
    assert told(channels) == ["ops"]
    assert told(channels, team="web") == ["ops", "web"]


def test_conditions_in_the_file_that_make_no_sense(tmp_path: Path) -> None:
    for more, why in (
        ("match: 'team'", "not a matcher"),
        ("min_severity: awful", "is not one of CRITICAL"),
    ):
        with pytest.raises(ConfigError, match=why):
            configured(tmp_path, f"[{{name: ops, type: webhook, url: '{HOOK}', {more}}}]")
    with pytest.raises(ConfigError, match="are for who registers it"):
        from_file(configured(tmp_path, "[{name: ops, type: registered, match: team=web}]"))


async def test_g1_a_channel_that_is_to_be_registered_waits(tmp_path: Path) -> None:
    kept = vault()
    config = configured(tmp_path, "[{name: team, type: registered}]", "route: {channels: [team]}\n")
    channels = channel_set(kept, config)
    (placed,) = channels.placed()
    assert placed.origin is Origin.EXPECTED
    assert "nobody has registered it yet" in placed.trouble
    verdict = await placed.channel.deliver(None, b"", "")  # type: ignore[arg-type]
    assert verdict == Verdict.retry(placed.trouble, cause=verdict.cause)
    await register(kept, "team")
    channels.folded(())
    (placed,) = channels.placed()
    assert (placed.origin, placed.trouble) == (Origin.REGISTERED, "")
    assert told(channels) == ["team"]
    with pytest.raises(ConfigError, match="url: is for who registers it"):
        from_file(configured(tmp_path, f"[{{name: team, type: registered, url: '{HOOK}'}}]"))


async def test_g7_what_does_not_open_is_in_trouble_and_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = vault()
    for name in ("one", "two"):
        await register(kept, name)
    await kept.put(
        CHANNEL + "later", Registration("carrier-pigeon", {"loft": "canary"}).pack(), "jane"
    )
    kept.use(Seal([new_key()]))
    with caplog.at_level(logging.WARNING):
        channels = channel_set(kept, configured(tmp_path, OPS))
        channels.folded(())
    assert len(caplog.records) == 1
    troubles = {one.channel.name: one.trouble for one in channels.placed()}
    assert "sealed with another cluster_key" in troubles["one"]
    assert troubles["ops"] == ""
    kept.use(Seal([KEY]))
    channels.use_file(from_file(configured(tmp_path, OPS)), Route(("ops",)))
    troubles = {one.channel.name: one.trouble for one in channels.placed()}
    assert (troubles["one"], troubles["two"]) == ("", "")
    assert "this version cannot use it" in troubles["later"]
    assert "canary" not in str(troubles) + caplog.text


async def test_what_no_route_leads_to(tmp_path: Path) -> None:
    """Branches, escalations and fallbacks lead there, too."""
    kept = vault()
    await register(kept, "app", {"fallback": "spare"})
    names = ("ops", "spare", "late", "lost")
    listed = ", ".join(f"{{name: {name}, type: webhook, url: '{HOOK}'}}" for name in names)
    config = configured(tmp_path, f"[{listed}]")
    channels = channel_set(kept, config)
    assert all(map(channels.leads_to, channels))  # all get what goes to all
    late = Route(("app",), escalate=(Escalation(60.0, ("late",)),))
    channels.use_file(from_file(config), Route((), routes=(late,)))
    assert [name for name in sorted(channels) if not channels.leads_to(name)] == ["lost", "ops"]


async def test_fallbacks_that_are_not_there_and_circles(tmp_path: Path) -> None:
    kept = vault()
    await register(kept, "app", {"fallback": "ops", "fallback_after": "1m", "test_interval": "1h"})
    channels = channel_set(kept, configured(tmp_path, OPS))
    limits = channels.limits()["app"]
    assert (limits.fallback, limits.fallback_after) == ("ops", 60.0)
    assert [(trial.channel, trial.every) for trial in channels.trials()] == [("app", 3600.0)]
    assert channels.circle("ops", "app") == ["ops", "app", "ops"]
    assert channels.circle("ops", "ops") == ["ops", "ops"]
    assert channels.circle("new", "app") == []
    channels.use_file({}, Route())
    assert channels.limits()["app"].fallback == ""


async def test_tokens_are_kept_for_all_and_outlive_a_full_disk() -> None:
    kept, other = vault(), vault()
    journal = Journal(kept.registry, other.registry)
    kept.live = other.live = journal  # type: ignore[assignment]
    mine, theirs = Tokens(kept, "a1"), Tokens(other, "a2")
    assert mine.get("kakao") is None
    await mine.put("kakao", "canary-1")
    assert (mine.get("kakao"), theirs.get("kakao")) == ("canary-1", "canary-1")
    journal.full = True
    await mine.put("kakao", "canary-2")
    assert (mine.get("kakao"), theirs.get("kakao")) == ("canary-2", "canary-1")
    journal.full = False
    await theirs.put("kakao", "canary-3")
    assert (mine.get("kakao"), theirs.get("kakao")) == ("canary-3", "canary-3")


async def test_a_token_that_could_not_be_written_is_written_later() -> None:
    kept, other = vault(), vault()
    journal = Journal(kept.registry, other.registry)
    kept.live = other.live = journal  # type: ignore[assignment]
    mine, theirs = Tokens(kept, "a1", again=0.01), Tokens(other, "a2")
    journal.full = True
    await mine.put("kakao", "canary-1")
    await mine.put("kakao", "canary-2")
    assert theirs.get("kakao") is None
    journal.full = False
    await until("all have it", lambda: theirs.get("kakao") == "canary-2")
    written = journal.sequence
    await mine.put("kakao", "canary-3")
    assert journal.sequence == written + 1, "nobody writes it twice"


async def test_without_a_key_tokens_are_kept_while_we_live(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tokens = Tokens(vault(""), "a1")
    await tokens.put("kakao", "canary")
    assert tokens.get("kakao") == "canary"
    assert "canary" not in caplog.text
