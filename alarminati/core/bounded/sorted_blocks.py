"""Sorted items in blocks, for lists of 200,000 that change all the time.

An item costs 16 to 32 bytes: its number in an array, and a reference. Adding or removing one moves
at most a block. Numbers are mostly added at the end, which is the fastest.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

BLOCK = 512  # items at which a block is split in two halves


class SortedBlocks(Generic[T]):
    """Items sorted by a number of 64 bits, and by their names where numbers are equal."""

    def __init__(self, name: Callable[[T], str], block: int = BLOCK) -> None:
        """`name` returns the name of an item, which never changes."""
        self._name = name
        self._block = block
        self._numbers: list[array[int]] = []
        self._items: list[list[T]] = []
        self._last = array("Q")  # the last number of each block
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, number: int, item: T) -> None:
        """Add an item; it must not be there yet."""
        self._size += 1
        at, place = self._find(number, self._name(item))
        if at == len(self._items):
            if not self._items:
                self._numbers.append(array("Q"))
                self._items.append([])
                self._last.append(number)
            at = len(self._items) - 1
            place = len(self._items[at])
        self._numbers[at].insert(place, number)
        self._items[at].insert(place, item)
        self._last[at] = self._numbers[at][-1]
        if len(self._items[at]) >= self._block:
            self._split(at)

    def remove(self, number: int, item: T) -> None:
        """Remove an item that was added with that number. Raises KeyError without one."""
        at, place = self._find(number, self._name(item))
        if at == len(self._items) or self._items[at][place] is not item:
            raise KeyError(number)
        self._size -= 1
        del self._numbers[at][place], self._items[at][place]
        if self._items[at]:
            self._last[at] = self._numbers[at][-1]
        else:
            del self._numbers[at], self._items[at], self._last[at]

    def before(self, place: tuple[int, str] | None, count: int) -> list[tuple[int, T]]:
        """Return up to `count` items with their numbers, the greatest first, that are less than a
        number and name; None: from the greatest on."""
        found: list[tuple[int, T]] = []
        at, end = self._find(*place) if place is not None else (len(self._items), 0)
        while len(found) < count:
            if end == 0:
                if at == 0:
                    break
                at -= 1
                end = len(self._items[at])
            start = max(0, end - (count - len(found)))
            numbers, items = self._numbers[at][start:end], self._items[at][start:end]
            found += zip(reversed(numbers), reversed(items), strict=True)
            end = start
        return found

    def _find(self, number: int, name: str) -> tuple[int, int]:
        """Return the block and the place within it of the first item that is not less."""
        at = bisect_left(self._last, number)
        while at < len(self._items):
            numbers, items = self._numbers[at], self._items[at]
            place = bisect_left(numbers, number)
            while place < len(items) and numbers[place] == number:
                if self._name(items[place]) >= name:
                    return at, place
                place += 1
            if place < len(items):
                return at, place
            at += 1  # equal numbers go on in the next block
        return at, 0

    def _split(self, at: int) -> None:
        half = len(self._items[at]) // 2
        self._numbers.insert(at + 1, self._numbers[at][half:])
        self._items.insert(at + 1, self._items[at][half:])
        del self._numbers[at][half:], self._items[at][half:]
        self._last.insert(at + 1, self._last[at])
        self._last[at] = self._numbers[at][-1]
