"""Mapping: any JSON into alarms, by paths and small templates of a configuration. Pure.

A rule is a path (`alert.name`, `hosts[0]`, `$.cluster` from the outermost on) or, with `{{` or
`{%` in it, a template, in which the members are variables, `root` is the whole body and `headers`
are those of the request.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from alarminati.core.model import validation
from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.model.severity_words import OTHERWISE
from alarminati.core.model.validation import Invalid
from alarminati.edge.bodies import Item
from alarminati.edge.shapes.inbound import PATH, Inbound, Node, as_text, as_time
from alarminati.templates.bounded import BadTemplate, Budget, Dialect, chains, compiled, why

DIALECT: Final = Dialect(None)
STEPS: Final = 500  # insertions and filters of one rendering
WORK: Final = 200_000  # characters that these are given
PATIENCE: Final = 0.2  # seconds on the processor
ROOT: Final = "$"
OVER: Final = frozenset(
    {
        *("true", "1", "yes", "resolved", "resolve", "recovered", "recovery", "recover", "ok"),
        *("up", "closed", "close", "cleared", "clear", "success", "successful", "healthy"),
        *("normal", "inactive", "fixed"),
    }
)
"""Words for an alarm that is over, where the mapping lists none."""
_AT_MOST: Final = 100_000  # alarms of one body


@dataclass(frozen=True, slots=True)
class Rule:
    """A path or template. A template is compiled at its first use, which loads jinja2."""

    source: str

    def check(self) -> None:
        """Raise ValueError unless this is a path or a template that may be used."""
        if self.templated:
            compiled(self.source, DIALECT)
        elif not PATH.fullmatch(self.source):
            raise ValueError(
                f"{self.source[:80]!r} is neither a path such as alert.name nor a template, which"
                " has members in double braces"
            )

    @property
    def templated(self) -> bool:
        """Return whether this is a template."""
        return "{{" in self.source or "{%" in self.source

    def text(self, node: Node, root: Node, headers: Mapping[str, str]) -> str:
        """Return the text for one alarm; empty when there is none. Raises Invalid."""
        if not self.templated:
            return self.node(node, root).text("")
        for chain in _chains(self.source):
            _use(chain, node, root)
        try:
            return _rendered(self.source, node, root, headers)
        except BadTemplate as error:
            raise Invalid(node.place, f"the template {self.source[:80]!r}: {error}") from None

    def node(self, node: Node, root: Node) -> Node:
        """Return the value at the path."""
        if self.source == ROOT or self.source.startswith((f"{ROOT}.", f"{ROOT}[")):
            return root.at(self.source[1:])
        return node.at(self.source)


@dataclass(frozen=True, slots=True)
class SeverityRule:
    """Severity by a word of the body, or always the same one."""

    rule: Rule | None = None
    words: Mapping[str, Severity] = field(default_factory=dict)
    always: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True)
class ResolvedRule:
    """Over when a text is one of `words`, whatever its case."""

    rule: Rule
    words: frozenset[str] = OVER

    def over(self, word: str) -> bool:
        """Return whether the word says that the alarm is over."""
        return word.lower() in self.words


@dataclass(frozen=True, slots=True)
class Mapped:
    """What of a body becomes which part of an alarm."""

    message: Rule
    each: str = ""  # path of the list; empty: the body, or each of a list at its outside
    key: Rule | None = None
    severity: SeverityRule = SeverityRule()
    resolved: ResolvedRule | None = None
    time: Rule | None = None
    labels: Mapping[str, Rule] = field(default_factory=dict)
    all_labels: Rule | None = None  # path of an object or list of pairs
    annotations: Mapping[str, Rule] = field(default_factory=dict)
    link: Rule | None = None
    ttl: int = 0  # seconds

    def __call__(self, inbound: Inbound) -> Iterator[Item]:
        """Read a body. Raises Invalid."""
        root = inbound.document()
        for count, node in enumerate(self._nodes(root, inbound)):
            if count >= _AT_MOST:
                raise Invalid(self.each, f"has more than {_AT_MOST} alarms")
            try:
                yield self._alarm(node, root, inbound)
            except Invalid as error:
                yield error

    def _nodes(self, root: Node, inbound: Inbound) -> Iterator[Node]:
        found = root.at(self.each) if self.each else root
        if isinstance(found.value, list):
            if not found.value:
                inbound.note(f"{self.each or 'the list'} is empty: there is no alarm in it")
            yield from found.each()
        elif found.value is None:
            raise Invalid(found.place, "is missing: a list of alarms or one alarm was expected")
        else:
            yield found

    def _alarm(self, node: Node, root: Node, inbound: Inbound) -> Alarm:
        def text(rule: Rule | None) -> str:
            return rule.text(node, root, inbound.headers) if rule else ""

        message = text(self.message)
        if not message:
            place = self.message.node(node, root).place if not self.message.templated else ""
            raise Invalid(place or node.place, f"no text for the message ({self.message.source})")
        labels = {name: text(rule) for name, rule in self.labels.items()}
        if self.all_labels:
            labels = self.all_labels.node(node, root).pairs() | labels
        when = text(self.time)
        if when and not as_time(when):
            inbound.note(f"time: {when[:40]!r} is no time; the time of arrival counts")
        return inbound.alarm(
            message,
            severity=self._severity(text(self.severity.rule), inbound),
            time=as_time(when),
            resolved=self.resolved is not None and self.resolved.over(text(self.resolved.rule)),
            key=text(self.key),
            labels=labels,
            annotations={name: text(rule) for name, rule in self.annotations.items()},
            link=text(self.link),
            ttl=self.ttl,
        )

    def _severity(self, word: str, inbound: Inbound) -> Severity:
        if self.severity.rule is None:
            return self.severity.always
        known = {k: v for k, v in self.severity.words.items() if k != OTHERWISE}
        level = self.severity.words.get(OTHERWISE, self.severity.always)
        if not word:
            return level
        try:
            return inbound.words.under(known).read(word)
        except Invalid:
            inbound.note(f"severity: {word[:40]!r} is not known; {level.name} is taken")
            return level


class _Pen(Budget):
    """Writer of plain text."""

    writes = 0
    blank = True  # nothing that was inserted had a text

    def write(self, value: object) -> str:
        """Return the text of a value, cut; missing values are empty."""
        self.step(value)
        self.writes += 1
        if not isinstance(value, str | int | float | list | dict):
            return ""
        text = as_text(value)[: validation.MESSAGE_LIMIT]
        self.blank &= not text
        return text


@lru_cache(maxsize=256)
def _chains(source: str) -> tuple[tuple[str, ...], ...]:
    return tuple(chains(source))


def _rendered(source: str, node: Node, root: Node, headers: Mapping[str, str]) -> str:
    """Render a template; empty when nothing that it inserts is there. Raises BadTemplate."""
    outer: dict[str, Any] = {"root": root.value, "headers": dict(headers), "value": node.value}
    members = node.value if isinstance(node.value, dict) else {}
    names = {chain[0] for chain in _chains(source)}
    values = {name: members.get(name, outer.get(name)) for name in names}
    present = {name: value for name, value in values.items() if value is not None}
    pen = _Pen(STEPS, WORK, time.thread_time() + PATIENCE, PATIENCE)
    try:
        text = compiled(source, DIALECT).render(present | {"_pen": pen}).strip()
    except BadTemplate:
        raise
    except Exception as error:  # caused by the template: wrong types, odd arguments
        raise BadTemplate(why(error)) from None
    return "" if pen.writes and pen.blank else text


def _use(chain: tuple[str, ...], node: Node, root: Node) -> None:
    """Note the use of a member that a template names."""
    if node.used is None:
        return
    at, steps = (root, chain[1:]) if chain[0] == "root" else (node, chain)
    for step in steps:
        place = f"[{step}]" if isinstance(at.value, list) and step.isdigit() else step
        if place == step and not PATH.fullmatch(step):
            return
        at = at.at(place)
    at.use()
