"""Templates: text or title of an alarm in a small part of Jinja2.

A list names what a template may contain (variables, filters, loops over labels and annotations),
so that its work and output are bounded for every template and alarm: no loop in a loop, no
assignment, no macro, no call but `.items()` and `.get()`. Numbers and texts are bounded
(`thrift`), and so are the characters that one rendering handles and its processor time. Even so,
call it in a thread. Inserted values are escaped and cut as the channel needs it; the template's
own text stays as it is, so it may use the channel's markup. jinja2 is loaded when a channel has a
template.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from alarminati.channels import thrift
from alarminati.channels.markup import Markup
from alarminati.channels.message import Item, Message, rfc3339
from alarminati.channels.wording import mark, span, state

if TYPE_CHECKING:
    from jinja2 import Environment, Template, nodes

SOURCE = 4000  # characters of a template
TITLE = 80  # units of a title
PATIENCE = 1.0  # seconds on the processor for one rendering
WORK = 2_000_000  # characters that insertions, filters and operators of one rendering are given
STEPS = 3000  # insertions and filters of one rendering
WIDTHS = (2000, 500, 150, 60)  # of what is inserted, one after the other until all of it fits
VARIABLES = frozenset(
    {
        "mark", "state", "status", "severity", "message", "labels", "annotations",
        "project", "cluster", "channel", "link", "source", "id", "fingerprint", "reported",
        "since", "until", "lasting", "late", "by", "comment", "reminder_number", "began", "test",
    }
)  # fmt: skip
FILTERS = frozenset(
    {
        "capitalize", "count", "d", "default", "dictsort", "int", "length", "lower",
        "replace", "round", "string", "title", "trim", "truncate", "upper",
    }
)  # fmt: skip
NODES = frozenset(
    {
        "Add", "And", "Call", "Compare", "Concat", "CondExpr", "Const", "Div", "Filter",
        "FloorDiv", "For", "Getattr", "Getitem", "If", "Keyword", "List", "Name", "Neg",
        "Not", "Operand", "Or", "Output", "Slice", "Sub", "Template", "TemplateData",
        "Test", "Tuple",
    }
)  # fmt: skip
PAIRS = ("labels", "annotations")
CONCATENATED = "_concatenated"  # the filter that stands for ~


class BadTemplate(ValueError):
    """The template cannot be used. One sentence for people."""


class TooSlow(BadTemplate):
    """The template takes longer than it may."""


def check_template(source: str) -> None:
    """Raise BadTemplate unless `source` may be the template of a channel."""
    _compiled(source)


def fill(source: str, message: Message, language: str, markup: Markup, room: int) -> str:
    """Render the first alarm of the message: 1 to `room` units. Raises BadTemplate."""
    template = _compiled(source)
    values = _values(message, message.items[0], language)
    until = time.thread_time() + PATIENCE
    for width in (room, *(each for each in WIDTHS if each < room)):
        text = _render(template, values, _Pen(markup, width, room, until))
        if text is not None and markup.size(text) <= room:
            break
    else:
        raise BadTemplate(f"it makes more than the {room} characters there is room for")
    if not text:
        raise BadTemplate("it makes no text")
    return text


def fill_title(source: str, message: Message, language: str, markup: Markup) -> str:
    """Render a title like `fill`, in one line of at most `TITLE` units."""
    text = fill(source, message, language, _in_one_line(markup), TITLE)
    return " ".join(text.split())


def _in_one_line(markup: Markup) -> Markup:
    def pieces(text: str) -> list[str]:
        return markup.pieces(" ".join(text.split()))

    return Markup(pieces, markup.size, markup.bold, markup.small, markup.link)


class _Full(Exception):
    """There is no room left."""


class _Pen:
    """Writer of inserted values that counts room, steps and work of one rendering.

    `until` is a processor time of this thread.
    """

    def __init__(self, markup: Markup, width: int, room: int, until: float) -> None:
        self._markup = markup
        self._width = width
        self._room = room
        self._steps = STEPS
        self._work = WORK
        self._until = until

    def step(self, *values: object) -> None:
        """Count an insertion or filter of that size. Raises BadTemplate at the limit."""
        self._steps -= 1
        self._work -= sum(map(thrift.size, values))
        if self._steps < 0:
            raise BadTemplate(f"it takes more than {STEPS} insertions and filters")
        if self._work < 0:
            raise BadTemplate(f"it handles more than {WORK} characters")
        if time.thread_time() > self._until:
            raise TooSlow(f"it takes more than {PATIENCE:g} s")

    def write(self, value: object) -> str:
        """Write a value, escaped and cut; methods and missing values are empty."""
        self.step(value)
        shown = isinstance(value, str | int | float | list | dict)
        text = self._markup.fit(str(value), self._width) if shown else ""
        self._room -= self._markup.size(text)
        if self._room < 0:
            raise _Full
        return text


def _render(template: Template, values: Mapping[str, Any], pen: _Pen) -> str | None:
    """Render with that width; None: there is no room."""
    try:
        return template.render(**values, _pen=pen).strip()
    except _Full:
        return None
    except BadTemplate:
        raise
    except Exception as error:  # caused by the template: wrong types, odd arguments
        raise BadTemplate(_why(error)) from None


def _why(error: Exception) -> str:
    if isinstance(error, ZeroDivisionError):
        return "it divides by zero"
    if isinstance(error, TypeError | AttributeError):
        return "it fails: a value is of another kind than what is done with it needs"
    return "it fails: what is done with a value does not fit it"


def _values(message: Message, item: Item, language: str) -> dict[str, Any]:
    alarm = item.alarm
    end = item.until or message.now
    return {
        "mark": mark(item),
        "state": state(message, item, language),
        "status": "resolved" if item.resolved else "firing",
        "severity": alarm.severity.name,
        "message": alarm.message,
        "labels": dict(alarm.labels),
        "annotations": dict(alarm.annotations),
        "project": message.project_of(item),
        "cluster": message.cluster,
        "channel": message.channel,
        "link": alarm.link,
        "source": alarm.source,
        "id": str(item.id),
        "fingerprint": item.fingerprint,
        "reported": rfc3339(alarm.timestamp),
        "since": rfc3339(item.since) if item.since else "",
        "until": rfc3339(item.until) if item.until else "",
        "lasting": span((end - item.since) / 1000, language) if item.since and end else "",
        "late": span(message.late, language) if message.late else "",
        "by": item.by,
        "comment": item.comment,
        "reminder_number": item.reminder_number,
        "began": item.began,
        "test": message.test,
    }


@lru_cache(maxsize=64)
def _compiled(source: str) -> Template:
    from jinja2 import TemplateError

    if len(source) > SOURCE:
        raise BadTemplate(f"it has {len(source)} characters; {SOURCE} are allowed")
    environment = _environment()
    try:
        tree = environment.parse(source)
        _check(tree, frozenset())
        return environment.from_string(_bounded(tree))
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        place = f"line {line}: " if line else ""
        raise BadTemplate(f"{place}{' '.join(str(error.message).split())[:200]}") from None
    except RecursionError:
        raise BadTemplate("it is nested too deep") from None


def _bounded(tree: nodes.Template) -> nodes.Template:
    """Replace `~` by a filter of ours, because Jinja2 does not let it be intercepted."""
    from jinja2 import nodes
    from jinja2.visitor import NodeTransformer

    class Transformer(NodeTransformer):
        def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
            self.generic_visit(node)
            parts = nodes.List(node.nodes, lineno=node.lineno)
            return nodes.Filter(parts, CONCATENATED, [], [], None, None, lineno=node.lineno)

    made: nodes.Template = Transformer().visit(tree)
    made.set_environment(_environment())
    return made


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import pass_context
    from jinja2.runtime import Context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    @pass_context
    def write(context: Context, value: object) -> str:
        pen: _Pen = context["_pen"]
        return pen.write(value)

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        @pass_context
        def step(context: Context, *arguments: Any, **more: Any) -> Any:
            pen: _Pen = context["_pen"]
            pen.step(*arguments, *more.values())
            return function(*arguments, **more)

        return step

    class Thrifty(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"+", "-", "/", "//"})

        def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
            context["_pen"].step(left, right)
            return thrift.calculated(operator, left, right)

    environment = Thrifty(finalize=write, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    environment.globals.clear()
    given = environment.filters | {
        "int": thrift.whole,
        "replace": thrift.replaced,
        "round": thrift.rounded,
        "truncate": thrift.truncated,
        CONCATENATED: thrift.concatenated,
    }
    environment.filters = {name: counted(given[name]) for name in [*sorted(FILTERS), CONCATENATED]}
    return environment


def _check(node: nodes.Node, known: frozenset[str]) -> None:
    """Raise BadTemplate for the first node that is not on the list; `known` are a loop's names."""
    from jinja2 import nodes

    kind = type(node).__name__
    if kind not in NODES:
        raise BadTemplate(f"line {node.lineno}: {_said(kind)} is not allowed in a template")
    if isinstance(node, nodes.For):
        _check_loop(node, known)
        known |= {name.name for name in node.find_all(nodes.Name) if name.ctx == "store"} | {"loop"}
    elif isinstance(node, nodes.Call):
        _check_call(node)
    elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
        listed = ", ".join(sorted(FILTERS))
        raise BadTemplate(
            f"line {node.lineno}: there is no filter {node.name!r} (there are: {listed})"
        )
    elif isinstance(node, nodes.Const) and isinstance(node.value, int | float):
        if not -thrift.LARGEST <= node.value <= thrift.LARGEST:
            raise BadTemplate(f"line {node.lineno}: a number is too large")
    elif isinstance(node, nodes.Name) and node.name not in VARIABLES | known:
        raise BadTemplate(_unknown(node.lineno, repr(node.name), VARIABLES))
    for child in node.iter_child_nodes():
        _check(child, known)


def _unknown(line: int, what: str, known: frozenset[str]) -> str:
    return f"line {line}: there is no {what} (there are: {', '.join(sorted(known))})"


def _said(kind: str) -> str:
    words = {"Assign": "set", "AssignBlock": "set", "Mul": "*", "Pow": "**", "Mod": "%"}
    return words.get(kind, kind.lower())


def _check_loop(node: nodes.For, known: frozenset[str]) -> None:
    if "loop" in known or node.recursive:
        raise BadTemplate(f"line {node.lineno}: a loop in a loop is not allowed in a template")
    if not any(_is_pairs(node.iter, name) for name in PAIRS):
        raise BadTemplate(
            f"line {node.lineno}: a loop goes over labels.items() or annotations.items() only"
        )


def _is_pairs(node: nodes.Node, name: str) -> bool:
    """Return whether the node is labels, labels.items() or labels|dictsort."""
    from jinja2 import nodes

    if isinstance(node, nodes.Call):
        return isinstance(node.node, nodes.Getattr) and _is_name(node.node.node, name)
    if isinstance(node, nodes.Filter):
        return node.name == "dictsort" and node.node is not None and _is_name(node.node, name)
    return _is_name(node, name)


def _is_name(node: nodes.Node, name: str) -> bool:
    from jinja2 import nodes

    return isinstance(node, nodes.Name) and node.name == name


def _check_call(node: nodes.Call) -> None:
    from jinja2 import nodes

    if not isinstance(node.node, nodes.Getattr) or node.node.attr not in ("items", "get"):
        raise BadTemplate(
            f"line {node.lineno}: only .items() and .get() can be called in a template"
        )
