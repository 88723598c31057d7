"""Reading of one body by a shape: alarms, refusals, notes, and nothing with a text lost. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from alarminati.core.model.entries import Alarm
from alarminati.core.model.validation import Invalid
from alarminati.edge.bodies import Item, as_utf8
from alarminati.edge.fitting import within
from alarminati.edge.shapes.forms import as_json
from alarminati.edge.shapes.inbound import Inbound, Shape, parse, unused
from alarminati.edge.shapes.plain import kept


@dataclass(slots=True)
class Reading:
    """Result of reading one body."""

    alarms: list[Alarm] = field(default_factory=list)
    refused: list[Invalid] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)  # members that nothing was made of


def read(shape: Shape, inbound: Inbound) -> Iterator[Item]:
    """Read a body: good alarms, why others are none, and its text where nothing was understood.

    Raises Invalid when it is not even a text.
    """
    found = False
    problem: Invalid | None = None
    try:
        for item in within(shape(inbound), inbound.size):
            found |= isinstance(item, Alarm)
            if isinstance(item, Invalid):
                problem = problem or item
            yield item
    except Invalid as error:
        alarm = None if found else kept(inbound, error)
        if alarm is None:
            raise
        yield alarm
        return
    if problem is not None and not found:
        alarm = kept(inbound, problem)
        if alarm is not None:
            yield alarm


def unpacked(inbound: Inbound) -> Inbound:
    """Return the body in UTF-8, and JSON where it is a form. Raises Invalid."""
    kind = inbound.headers.get("content-type", "")
    return replace(inbound, body=as_json(as_utf8(inbound.body, kind), kind))


def tried(shape: Shape, inbound: Inbound) -> Reading:
    """Read a body to see what is made of it. Raises Invalid as `read` does."""
    inbound = replace(unpacked(inbound), used=set())
    made = Reading(notes=inbound.notes)
    for item in read(shape, inbound):
        if isinstance(item, Alarm):
            made.alarms.append(item)
        elif item is not None:
            made.refused.append(item)
    try:
        made.unused = unused(parse(inbound.body), inbound.used or set())
    except Invalid:
        pass  # a text, of which all is used
    return made
