"""Sources of a configuration: their pages, and the readers of what they send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from functools import partial

from alarminati.agent.sns import SnsProof
from alarminati.config import AgentConfig, ConfigError, SourceConfig
from alarminati.config.mapping import MapConfig, ResolvedFrom, SeverityFrom
from alarminati.config.queues import AUTO, QueueConfig
from alarminati.core.model.entries import Severity
from alarminati.core.model.severity_words import SeverityWords, read_words
from alarminati.edge.inlets import SourcePage
from alarminati.edge.shapes.auto import read_any
from alarminati.edge.shapes.inbound import Shape
from alarminati.edge.shapes.mapping import Mapped, ResolvedRule, Rule, SeverityRule
from alarminati.edge.shapes.pagerduty import ENQUEUE
from alarminati.edge.shapes.table import PRESETS


def pages_of(
    config: AgentConfig, proof: SnsProof | None = None
) -> tuple[list[SourcePage], SeverityWords]:
    """The pages that take bodies of other tools, and the cluster's severity words. `proof` looks
    at messages that carry one. Raises ConfigError."""
    common = read_words(config.severity_words)
    words = SeverityWords(common)
    pages = {
        name: SourcePage(name, preset.shape, False, words, preset.status)
        for name, preset in PRESETS.items()
        if not preset.proven
    }
    for place, source in enumerate(config.sources):
        shape = shape_of(source, f"sources[{place}].map")
        if shape is None or source.map is None:
            continue
        own = SeverityWords(read_words(source.severity_words), common)
        preset = PRESETS.get(source.map.preset)
        status = preset.status if preset else 200
        prove = partial(proof, topics=frozenset(source.topics)) if proof and source.topics else None
        pages[source.name] = SourcePage(source.name, shape, True, own, status, prove)
    enqueue = replace(pages["pagerduty"], path=ENQUEUE)
    for queue in config.queues:
        queue_reader(config, queue)  # only to see that it can be read
    return [*pages.values(), enqueue], words


def queue_reader(config: AgentConfig, queue: QueueConfig) -> tuple[Shape, SeverityWords]:
    """The reader of a queue's messages, and the severity words that hold there. Raises
    ConfigError."""
    words = SeverityWords(read_words(queue.severity_words), read_words(config.severity_words))
    place = f"queues.{queue.name}"
    if queue.map is not None:
        return _mapped(queue.map, f"{place}.map"), words
    if queue.shape == AUTO:
        return read_any, words
    if queue.shape not in PRESETS:
        known = [AUTO, *PRESETS]
        near = get_close_matches(queue.shape, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
        raise ConfigError("", f"{place}.shape", f"{queue.shape[:80]!r} is not known; {hint}")
    return PRESETS[queue.shape].shape, words


def shape_of(source: SourceConfig, key: str) -> Shape | None:
    """The reader of a source's bodies; None: it has no page of its own. Raises ConfigError, which
    names the place below `key`."""
    if source.map is None:
        return None
    preset = source.map.preset
    if preset:
        if preset not in PRESETS:
            near = get_close_matches(preset, PRESETS, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(PRESETS)}"
            raise ConfigError("", f"{key}.preset", f"{preset[:80]!r} is not known; {hint}")
        shape: Shape = PRESETS[preset].shape
    else:
        shape = _mapped(source.map, key)
    if source.name in PRESETS and source.name != preset:
        problem = f"the name {source.name} is that of a preset; use it, or rename the source"
        raise ConfigError("", key.removesuffix(".map") + ".name", problem)
    return shape


def _mapped(config: MapConfig, key: str) -> Mapped:
    def rule(name: str, source: str) -> Rule:
        rule = Rule(source)
        try:
            rule.check()
        except ValueError as error:
            raise ConfigError("", f"{key}.{name}", str(error)) from None
        return rule

    def perhaps(name: str) -> Rule | None:
        source: str = getattr(config, name)
        return rule(name, source) if source else None

    def each(name: str, pairs: dict[str, str]) -> Iterator[tuple[str, Rule]]:
        for inner, source in pairs.items():
            yield inner, rule(f"{name}.{inner}", source)

    labels = config.labels
    if config.each:
        rule("each", config.each)
    return Mapped(
        message=rule("message", config.message),
        each=config.each,
        key=perhaps("key"),
        severity=_severity(config, rule),
        resolved=_resolved(config, rule),
        time=perhaps("time"),
        labels=dict(each("labels", labels)) if isinstance(labels, dict) else {},
        all_labels=rule("labels", labels) if isinstance(labels, str) and labels else None,
        annotations=dict(each("annotations", config.annotations)),
        link=perhaps("link"),
        ttl=int(config.ttl),
    )


def _severity(config: MapConfig, rule: Callable[[str, str], Rule]) -> SeverityRule:
    given = config.severity
    if isinstance(given, SeverityFrom):
        return SeverityRule(rule("severity.from", given.source), read_words(given.words))
    if given in Severity.__members__:
        return SeverityRule(always=Severity[given])
    return SeverityRule(rule("severity", given)) if given else SeverityRule()


def _resolved(config: MapConfig, rule: Callable[[str, str], Rule]) -> ResolvedRule | None:
    given = config.resolved
    if isinstance(given, ResolvedFrom):
        words = frozenset(str(word).lower() for word in given.words)
        return ResolvedRule(rule("resolved.from", given.source), words)
    return ResolvedRule(rule("resolved", given)) if given else None
