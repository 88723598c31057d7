"""One measured figure, what it was to reach, and how that reads in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """`samples` are what single runs gave; a goal is a bound on their median."""

    what: str
    samples: tuple[float, ...]
    unit: str
    goal: float | None = None  # None: for comparison only
    more: bool = False  # True: the goal is a lower bound
    note: str = ""

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.samples)

    @property
    def missed_by(self) -> float:
        """How far beyond the goal, as a part of it; 0 when it is reached or there is none."""
        if not self.goal:
            return 0.0
        beyond = self.goal - self.median if self.more else self.median - self.goal
        return max(0.0, beyond / self.goal)

    @property
    def verdict(self) -> str:
        """In one or two words."""
        if self.goal is None:
            return ""
        return f"missed by {self.missed_by:.0%}" if self.missed_by else "reached"

    def as_json(self) -> dict[str, Any]:
        """Everything, for a file."""
        return {**asdict(self), "median": self.median, "verdict": self.verdict}

    def cells(self) -> list[str]:
        """A line of the table."""
        sign = "≥" if self.more else "≤"
        goal = "" if self.goal is None else f"{sign} {number(self.goal)}"
        low, high = min(self.samples), max(self.samples)
        spread = "" if len(self.samples) == 1 else f"{number(low)} to {number(high)}"
        return [self.what, self.unit, goal, number(self.median), spread, self.verdict, self.note]


HEAD = ["what", "unit", "goal", "median", "spread", "verdict", "note"]


def number(value: float) -> str:
    """Three digits are all that is known."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(figures: Sequence[Figure]) -> str:
    """All of them, in columns."""
    rows = [HEAD, *(figure.cells() for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` (0 to 1) of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
