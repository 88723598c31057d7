"""The keys of a source's `map`: what of a body becomes which part of an alarm."""

from __future__ import annotations

from msgspec import Struct, field

from alarminati.config.quantities import Duration
from alarminati.core.model.severity_words import read_words
from alarminati.core.model.validation import MAX_TTL, Invalid


class SeverityFrom(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The severity of an alarm, by a word of the body."""

    source: str = field(name="from")  # a path or template
    words: dict[str, str] = {}  # the word, and CRITICAL, ERROR, WARNING or INFO; "*": any other

    def __post_init__(self) -> None:
        check_words(self.words)


class ResolvedFrom(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An alarm is over when a text of the body is one of these."""

    source: str = field(name="from")  # a path or template
    words: tuple[str | bool | int, ...] = field(name="in")

    def __post_init__(self) -> None:
        if not self.words:
            raise ValueError("in is empty; list the words for an alarm that is over")


class MapConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What becomes an alarm: a preset, or paths and templates."""

    preset: str = ""  # a key of edge.shapes.table.PRESETS; nothing else then
    each: str = ""  # path of the list of alarms
    message: str = ""
    key: str = ""
    severity: str | SeverityFrom = ""
    resolved: str | ResolvedFrom = ""
    time: str = ""
    labels: str | dict[str, str] = {}
    annotations: dict[str, str] = {}
    link: str = ""
    ttl: Duration = Duration(0)

    def __post_init__(self) -> None:
        others = [name for name in self.__struct_fields__ if name != "preset"]
        given = [name for name in others if getattr(self, name)]
        if self.preset and given:
            raise ValueError(
                f"preset is {self.preset[:80]!r} but {given[0]} is given; remove one of them"
            )
        if not self.preset and not self.message:
            raise ValueError(
                "message is missing; write the path of the text, such as alert.title, or a preset"
            )
        if not 0 <= self.ttl <= MAX_TTL:
            raise ValueError(f"ttl ({self.ttl}) must be at most 30d")


def check_words(words: dict[str, str]) -> None:
    """Raise ValueError unless every word stands for a severity."""
    try:
        read_words(words)
    except Invalid as error:
        raise ValueError(f"the word {error.field[:80]!r}: {error.problem}") from None
