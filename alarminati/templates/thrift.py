"""Operations of templates on values, each in bounded time and size.

Python's own operations have no such bounds: `round(1, 200000000)` computes ten to that power, and
a division of numbers with a million digits blocks all others for hours.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

TEXT = 100_000  # characters of a text that is made
LARGEST = 10**15  # of numbers, either way
DIGITS = 40  # of a text that is made a number
PRECISION = 9


def size(value: object) -> int:
    """Return the characters of a value, or of its members."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(size(name) + size(inner) for name, inner in value.items())
    if isinstance(value, list | tuple):
        return sum(map(size, value)) + len(value)
    return 1


def number(value: object) -> float:
    """Return a number that is not too large. Raises TypeError and ValueError."""
    if not isinstance(value, int | float):
        raise TypeError("not a number")
    if not -LARGEST <= value <= LARGEST:  # nor NaN
        raise ValueError("the number is too large")
    return value


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "/": operator.truediv,
    "//": operator.floordiv,
}


def calculated(sign: str, left: object, right: object) -> object:
    """Calculate with two numbers, or join two texts. Raises what Python raises, and ValueError."""
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        return concatenated([left, right])
    return number(_OPERATORS[sign](number(left), number(right)))


def concatenated(values: Sequence[object]) -> str:
    """Join all values as one text. Raises ValueError."""
    if sum(map(size, values)) > TEXT:
        raise ValueError("~ makes too much of it")
    return "".join(map(str, values))


def rounded(value: object, precision: object = 0, method: object = "common") -> float:
    """Round like Jinja2: `method` is common, ceil or floor. Raises TypeError and ValueError."""
    if not isinstance(precision, int) or not 0 <= precision <= PRECISION:
        raise ValueError(f"round takes 0 to {PRECISION} digits")
    exact = number(value)
    if method == "common":
        return round(exact, precision)
    if method not in ("ceil", "floor"):
        raise ValueError("round goes by common, ceil or floor")
    factor: float = 10**precision
    whole = math.ceil(exact * factor) if method == "ceil" else math.floor(exact * factor)
    return whole / factor


def whole(value: object, default: object = 0, base: object = 10) -> object:
    """Convert like Jinja2's `int`: `default` for anything but a whole number of a usual size."""
    try:
        if isinstance(value, str):
            if len(value) > DIGITS or not isinstance(base, int):
                return default
            made = int(value, base) if base != 10 else int(float(value))
        else:
            made = int(number(value))
        return number(made)
    except (TypeError, ValueError, OverflowError):
        return default


def truncated(text: object, length: int = 255, end: str = "…") -> str:
    """Return the first `length` characters, `end` among them when the text is cut."""
    text = str(text)
    return text if len(text) <= length else text[: max(0, length - len(end))].rstrip() + end


def replaced(text: object, old: str, new: str) -> str:
    """Replace within bounds: replacing nothing by much, repeatedly, would fill the memory."""
    text = str(text)
    if not old or len(text) + text.count(old) * len(new) > TEXT:
        raise ValueError("replace makes too much of it")
    return text.replace(old, new)
