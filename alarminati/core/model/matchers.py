"""Matchers: conditions on labels in Alertmanager's syntax.

`severity` is a label like others: two words for one level, such as page and critical, are two
values here, because people route them differently. Only an alarm that was reported without a word
has the name of its level there.

Regular expressions are RE2's, as in Alertmanager. They take time in proportion to the text, so
that no expression can block an agent. Python's `re` has no such bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from alarminati.core.model.entries import Alarm, Severity

OPERATORS = ("=~", "!~", "!=", "=")  # longest first, for parsing
PATTERN_LIMIT = 4096  # characters
_PATTERN_MEMORY = 2**20  # bytes for one expression and its cached automata
SEVERITY: Final = "severity"
WORDED: Final = frozenset({"alertmanager", "prometheus", "grafana"})
"""Sources whose alerts have labels and no level: without a label `severity`, matchers see none."""
ALWAYS: Final = frozenset({SEVERITY, "project", "source"})
"""Labels that matchers see although no reporter gave them."""
_LEVELS = frozenset(Severity.__members__)

# https://prometheus.io/docs/alerting/latest/configuration/#matcher
_BARE_NAME = re.compile(r"[^\s{}!=~,\\\"'`]+")
_PLAIN_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)
_ESCAPE = re.compile(r"\\([n\"\\])")
_ALTERNATIVES = re.compile(r"[^\\.+*?()\[\]{}^$]*")


class Level(str):
    """Severity that matchers see for an alarm that was reported without a word."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label: `name op value`, op one of = != =~ !~.

    A missing label counts as empty. Expressions must fit the whole value. The name of a level is
    compared without regard to case when it comes from an alarm without a word of its own (see
    `labels_of`), or when a matcher on `severity` has it in capitals. Expressions see words as they
    were written.
    """

    name: str
    op: str
    value: str
    _fits: Callable[[str], bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a matcher needs the name of a label")
        if self.op not in OPERATORS:
            raise ValueError(f"matcher on {self.name}: {self.op!r} is none of = != =~ !~")
        object.__setattr__(self, "_fits", self._compile())

    @classmethod
    def parse(cls, text: str) -> Matcher:
        """Read one matcher: 'severity=CRITICAL' or 'host=~"web.*"'. Raises ValueError."""
        found = parse_matchers(text)
        if len(found) != 1:
            raise ValueError(f"expected one matcher, not {len(found)}: {text[:80]!r}")
        return found[0]

    def _compile(self) -> Callable[[str], bool]:
        plain = self.op in ("=", "!=")
        if plain or _ALTERNATIVES.fullmatch(self.value):
            wanted = frozenset([self.value] if plain else self.value.split("|"))
            return _among(wanted) if self.name == SEVERITY else wanted.__contains__
        exact = _expression(self.name, self.value, folded=False)
        if self.name != SEVERITY:
            return exact
        folded = _expression(self.name, self.value, folded=True)
        return lambda value: (folded if isinstance(value, Level) else exact)(value)

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Return whether the labels meet the condition."""
        return self._fits(labels.get(self.name, "")) is not self.op.startswith("!")

    def __str__(self) -> str:
        name = self.name if _PLAIN_NAME.fullmatch(self.name) else _quoted(self.name)
        return f"{name}{self.op}{_quoted(self.value)}"


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Read one or several: 'a="b", c=~"d"', also within braces. Raises ValueError."""
    inner = text.strip()
    if inner.startswith("{"):
        if not inner.endswith("}"):
            raise ValueError(f"not matchers: {text[:80]!r} (the brace is never closed)")
        inner = inner[1:-1]
    parts = _split(inner)
    if not parts[-1].strip():
        parts.pop()  # a comma at the end
    return tuple(_read(part.strip()) for part in parts)


def _split(text: str) -> list[str]:
    """Split at commas outside quotes."""
    parts, quoted, escaped = [""], False, False
    for character in text:
        if character == "," and not quoted:
            parts.append("")
            continue
        if character == '"' and not escaped:
            quoted = not quoted
        escaped = character == "\\" and not escaped
        parts[-1] += character
    return parts


def _read(text: str) -> Matcher:
    at, name = _name(text)
    rest = text[at:].lstrip()
    op = next((op for op in OPERATORS if rest.startswith(op)), None)
    if op is None:
        raise ValueError(
            f"not a matcher: {text[:80]!r} (expected a label, one of = != =~ !~, and a value, in"
            ' quotes when it has a comma: host=~"web.*")'
        )
    value = rest[len(op) :].strip()
    if value.startswith('"'):
        end = _closing(value)
        if end != len(value) - 1:
            raise ValueError(f"matcher on {name}: the quotes of {value[:80]!r} do not close it")
        return Matcher(name, op, _unescaped(value[1:-1]))
    # Alertmanager reads a brace at the end as one around the whole, opened or not.
    if value.endswith("}") or _closing('"' + value) is not None:
        raise ValueError(f"matcher on {name}: put the whole of {value[:80]!r} in quotes")
    return Matcher(name, op, _unescaped(value))


def _name(text: str) -> tuple[int, str]:
    """Return where the name ends, and the name."""
    if text.startswith('"') and (end := _closing(text)) is not None:
        return end + 1, _unescaped(text[1:end])
    bare = _BARE_NAME.match(text)
    return (bare.end(), bare[0]) if bare else (0, "")


def _closing(text: str) -> int | None:
    """Return where the quotes that `text` begins with end."""
    escaped = False
    for at in range(1, len(text)):
        if text[at] == '"' and not escaped:
            return at
        escaped = text[at] == "\\" and not escaped
    return None


def _unescaped(text: str) -> str:
    """Resolve escaped quotes; keep other escapes, because expressions have them."""
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _among(words: frozenset[str]) -> Callable[[str], bool]:
    """Return a test for severities."""
    levels = {word.upper() for word in words} & _LEVELS
    capitals = words & _LEVELS

    def among(value: str) -> bool:
        if isinstance(value, Level):
            return value in levels
        return value in words or (bool(capitals) and value.upper() in capitals)

    return among


def _expression(name: str, text: str, *, folded: bool) -> Callable[[str], bool]:
    """Return a test for whole values. Raises ValueError."""
    try:
        import re2  # 14 ms and 5 MB, paid only where there are expressions
    except ModuleNotFoundError:  # it has wheels for the common systems only
        raise ValueError(
            f"matcher on {name}: regular expressions need another package: pip install google-re2"
        ) from None
    if len(text) > PATTERN_LIMIT:
        raise ValueError(f"matcher on {name}: the expression is over {PATTERN_LIMIT} characters")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not folded
    options.max_mem = _PATTERN_MEMORY
    try:
        pattern = re2.compile(text, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise ValueError(f"matcher on {name}: {text[:80]!r}: {_why(error)}") from None
    return lambda value: pattern.fullmatch(value) is not None


def _why(error: Exception) -> str:
    """Explain RE2's error to people who know the expressions of other languages."""
    said = error.args[0] if error.args else ""
    problem = said.decode(errors="replace") if isinstance(said, bytes) else "is not text"
    if problem.startswith(("invalid perl operator", "invalid escape sequence")):
        problem += " (RE2 has no lookahead, no lookbehind and no backreferences)"
    return problem


def labels_of(alarm: Alarm, project: str) -> dict[str, str]:
    """Return the labels that matchers see, with severity, project and source among them.

    Labels of the alarm with these names take precedence over the values of the cluster and the
    door. Without a label `severity` that is the name of the level; nothing where the source has no
    levels.
    """
    labels = dict(alarm.labels)
    if not labels.get(SEVERITY) and alarm.source not in WORDED:
        labels[SEVERITY] = Level(alarm.severity.name)
    if alarm.project or not labels.get("project"):
        labels["project"] = alarm.project or project
    if alarm.source:
        labels.setdefault("source", alarm.source)
    return labels
