"""Searches: matchers and words to conditions in SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from alarminati.core.model.matchers import Matcher
from alarminati.ui.schema.common import Text
from alarminati.ui.store.silencing import seen_labels
from alarminati.ui.store.texts import BREAK, SEVERITIES, folded

RECENT: Final = 86_400_000
_PARTS: Final = re.compile(
    r"""-?"(?:[^"\\]|\\.)*"(?!\s*(?:=~|!~|!=|=))      # a phrase
    |(?:[^\s{}!=~,"]+|"(?:[^"\\]|\\.)*")\s*(?:=~|!~|!=|=)\s*(?:"(?:[^"\\]|\\.)*"|[^\s,"]*)
    |[^\s,]+""",
    re.VERBOSE,
)
_MATCHER: Final = re.compile(r'[^\s{}!=~,"]+\s*(?:=~|!~|!=|=)|".*"\s*(?:=~|!~|!=|=)', re.DOTALL)
_LONGEST: Final = 2000


@dataclass(slots=True)
class Where:
    """A condition: SQL with its values."""

    parts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    functions: dict[str, Matcher] = field(default_factory=dict)
    """Matchers that SQL cannot do; named as functions of the connection."""
    problem: Text | None = None
    table: str = "alarms"
    """Table with the columns that lists are counted and sorted by."""

    def add(self, part: str, *values: object) -> None:
        """Add a condition that must hold, too."""
        self.parts.append(part)
        self.values += values

    @property
    def sql(self) -> str:
        """Return the whole, to stand behind `where`."""
        return " and ".join(self.parts) or "1"

    @property
    def inner(self) -> str:
        """Return the condition on the table of alarms itself."""
        if self.table == "alarms":
            return self.sql
        return f"no in (select no from {self.table} where {self.sql})"

    def prepare(self, base: Any) -> None:
        """Register the functions that it needs."""
        for name, matcher in self.functions.items():
            base.create_function(name, 1, _fitting(matcher), deterministic=True)


def _fitting(matcher: Matcher) -> Any:
    return lambda matched: matcher.fits(seen_labels(matched))


def read_search(q: str, where: Where) -> None:
    """Add what a person typed: matchers and words, all of which must fit."""
    text = q[:_LONGEST].strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    for found in _PARTS.finditer(text):
        part = found[0]
        if _MATCHER.match(part):
            try:
                _matcher(Matcher.parse(part), where)
                continue
            except ValueError as error:
                said = f"`{part}` is read as a word: {error}"
                where.problem = Text(f"`{part}`는 조건이 아니라 단어로 찾습니다: {error}", said)
        _word(part, where)


def _word(part: str, where: Where) -> None:
    excluded = part.startswith("-") and len(part) > 1
    word = part[1:] if excluded else part
    if len(word) > 1 and word.startswith('"') and word.endswith('"'):
        word = word[1:-1]
    if word:
        where.add(f"instr(text, ?) {'=' if excluded else '>'} 0", folded(word))


def _matcher(matcher: Matcher, where: Where) -> None:
    """Plain comparisons of labels become SQL, everything else a function."""
    level = matcher.name == "severity" and matcher.value.upper() in SEVERITIES
    if matcher.op in ("=", "!=") and level:
        rank = SEVERITIES.index(matcher.value.upper()) + 1
        where.add(f"rank {'=' if matcher.op == '=' else '<>'} {rank}")
        return
    if matcher.op in ("=", "!="):
        same = matcher.op == "="
        if matcher.value:
            sought = f"{BREAK}{matcher.name}={matcher.value}{BREAK}"
        else:
            sought, same = f"{BREAK}{matcher.name}=", not same
        where.add(f"instr(matched, ?) {'>' if same else '='} 0", sought)
        return
    name = f"fits{len(where.functions)}"
    where.functions[name] = matcher
    where.add(f"{name}(matched)")


def restrict(where: Where, tab: str, now: int) -> None:
    """Add what a tab shows.

    Likelihoods say what SQLite would assume wrongly in a file without statistics: that few alarms
    have one tab. Then the indexes by time and order are taken, not all that is resolved.
    """
    conditions = {
        "todo": "likelihood(tab = 0, 0.5)",
        "firing": "tab < 4",
        "acknowledged": "tab = 1",
        "muted": "tab = 2",
        "resolved": f"likelihood(tab = 4, 0.9375) and likelihood(ended > {now - RECENT}, 0.03125)",
        "all": "1",
    }
    where.add(conditions.get(tab, conditions["todo"]))


def label_sql(name: str) -> tuple[str, list[str]]:
    """Return an expression for the value of a label, and its values."""
    sought = f"{BREAK}{name}="
    sql = (
        "case when instr(matched, ?) = 0 then '' else"
        f" substr(substr(matched, instr(matched, ?) + {len(sought)}), 1,"
        f" instr(substr(matched, instr(matched, ?) + {len(sought)}), char(31)) - 1) end"
    )
    return sql, [sought, sought, sought]
