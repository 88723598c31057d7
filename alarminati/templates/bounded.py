"""Compiler of templates in a small part of Jinja2, and the bounds of one rendering.

A list names what a template may contain (variables, filters, loops over pairs), so that its work
and output are bounded for every template and every value: no loop in a loop, no assignment, no
macro, no call but `.items()` and `.get()`. Numbers and texts are bounded (`thrift`). jinja2 is
loaded when there is a template.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from alarminati.templates import thrift

if TYPE_CHECKING:
    from jinja2 import Environment, Template, nodes

SOURCE = 4000  # characters of a template
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
CONCATENATED = "_concatenated"  # the filter that stands for ~


class BadTemplate(ValueError):
    """The template cannot be used. One sentence for people."""


class TooSlow(BadTemplate):
    """The template takes longer than it may."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Names that a template may use.

    `variables` is None where any name is allowed: members of a document, of which missing ones are
    empty, and which are never methods. `pairs` are variables over which a loop may go.
    """

    variables: frozenset[str] | None
    pairs: tuple[str, ...] = ()

    def knows(self, name: str, inner: frozenset[str]) -> bool:
        """Return whether a template may use the name; `inner` are the names of its loop."""
        return self.variables is None or name in self.variables or name in inner


class Budget:
    """Counter of the steps, characters and processor time of one rendering.

    `until` is a processor time of this thread.
    """

    def __init__(self, steps: int, work: int, until: float, patience: float) -> None:
        self._most_steps = self._steps = steps
        self._most_work = self._work = work
        self._until = until
        self._patience = patience

    def step(self, *values: object) -> None:
        """Count an insertion or filter of that size. Raises BadTemplate at the limit."""
        self._steps -= 1
        self._work -= sum(map(thrift.size, values))
        if self._steps < 0:
            raise BadTemplate(f"it takes more than {self._most_steps} insertions and filters")
        if self._work < 0:
            raise BadTemplate(f"it handles more than {self._most_work} characters")
        if time.thread_time() > self._until:
            raise TooSlow(f"it takes more than {self._patience:g} s")

    def write(self, value: object) -> str:
        """Return the text to insert for a value."""
        raise NotImplementedError


@lru_cache(maxsize=256)
def compiled(source: str, dialect: Dialect) -> Template:
    """Compile a template; render it with a `Budget` as `_pen`. Raises BadTemplate."""
    from jinja2 import TemplateError

    if len(source) > SOURCE:
        raise BadTemplate(f"it has {len(source)} characters; {SOURCE} are allowed")
    environment = _environment(dialect.variables is None)
    try:
        tree = environment.parse(source)
        _check(tree, frozenset(), dialect)
        return environment.from_string(_bounded(tree, environment))
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        place = f"line {line}: " if line else ""
        raise BadTemplate(f"{place}{' '.join(str(error.message).split())[:200]}") from None
    except RecursionError:
        raise BadTemplate("it is nested too deep") from None


def chains(source: str) -> list[tuple[str, ...]]:
    """Return the members that a template names, each from its variable on: a.b is ("a", "b")."""
    from jinja2 import nodes

    tree = _environment(True).parse(source)
    inner: set[int] = set()
    found: list[tuple[str, ...]] = []
    for node in tree.find_all((nodes.Getattr, nodes.Getitem, nodes.Name)):
        if id(node) in inner:
            continue
        steps: list[str] = []
        at: nodes.Node = node
        while isinstance(at, nodes.Getattr | nodes.Getitem):
            inner.add(id(at.node))
            arg = at.attr if isinstance(at, nodes.Getattr) else getattr(at.arg, "value", None)
            steps = steps if arg is None else [str(arg), *steps]
            at = at.node
        if isinstance(at, nodes.Name):
            found.append((at.name, *steps))
    return found


def why(error: Exception) -> str:
    """Return what is wrong with a template whose rendering raised an error."""
    if isinstance(error, ZeroDivisionError):
        return "it divides by zero"
    if isinstance(error, TypeError | AttributeError):
        return "it fails: a value is of another kind than what is done with it needs"
    return "it fails: what is done with a value does not fit it"


def _bounded(tree: nodes.Template, environment: Environment) -> nodes.Template:
    """Replace `~` by a filter of ours, because Jinja2 does not let it be intercepted."""
    from jinja2 import nodes
    from jinja2.visitor import NodeTransformer

    class Transformer(NodeTransformer):
        def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
            self.generic_visit(node)
            parts = nodes.List(node.nodes, lineno=node.lineno)
            return nodes.Filter(parts, CONCATENATED, [], [], None, None, lineno=node.lineno)

    made: nodes.Template = Transformer().visit(tree)
    made.set_environment(environment)
    return made


@lru_cache(maxsize=2)
def _environment(of_documents: bool) -> Environment:
    from jinja2 import ChainableUndefined, Undefined, pass_context
    from jinja2.runtime import Context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    @pass_context
    def write(context: Context, value: object) -> str:
        pen: Budget = context["_pen"]
        return pen.write(value)

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        @pass_context
        def step(context: Context, *arguments: Any, **more: Any) -> Any:
            pen: Budget = context["_pen"]
            pen.step(*arguments, *more.values())
            return function(*arguments, **more)

        return step

    class Thrifty(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"+", "-", "/", "//"})

        def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
            context["_pen"].step(left, right)
            return thrift.calculated(operator, left, right)

        def getattr(self, obj: Any, attribute: str) -> Any:
            if not of_documents:
                return super().getattr(obj, attribute)
            if isinstance(obj, dict) and attribute in obj:
                return obj[attribute]
            return self.undefined(obj=obj, name=attribute)

    environment = Thrifty(
        finalize=write,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        undefined=ChainableUndefined if of_documents else Undefined,
    )
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


def _check(node: nodes.Node, known: frozenset[str], dialect: Dialect) -> None:
    """Raise BadTemplate for the first node that is not on the list; `known` are a loop's names."""
    from jinja2 import nodes

    kind = type(node).__name__
    if kind not in NODES:
        raise BadTemplate(f"line {node.lineno}: {_said(kind)} is not allowed in a template")
    if isinstance(node, nodes.For):
        _check_loop(node, known, dialect)
        known |= {name.name for name in node.find_all(nodes.Name) if name.ctx == "store"} | {"loop"}
    elif isinstance(node, nodes.Call):
        _check_call(node, dialect)
    elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
        listed = ", ".join(sorted(FILTERS))
        raise BadTemplate(
            f"line {node.lineno}: there is no filter {node.name!r} (there are: {listed})"
        )
    elif isinstance(node, nodes.Const) and isinstance(node.value, int | float):
        if not -thrift.LARGEST <= node.value <= thrift.LARGEST:
            raise BadTemplate(f"line {node.lineno}: a number is too large")
    elif isinstance(node, nodes.Name) and not dialect.knows(node.name, known):
        listed = ", ".join(sorted(dialect.variables or ()))
        raise BadTemplate(f"line {node.lineno}: there is no {node.name!r} (there are: {listed})")
    for child in node.iter_child_nodes():
        _check(child, known, dialect)


def _said(kind: str) -> str:
    words = {"Assign": "set", "AssignBlock": "set", "Mul": "*", "Pow": "**", "Mod": "%"}
    return words.get(kind, kind.lower())


def _check_loop(node: nodes.For, known: frozenset[str], dialect: Dialect) -> None:
    if not dialect.pairs:
        raise BadTemplate(f"line {node.lineno}: a loop is not allowed in this template")
    if "loop" in known or node.recursive:
        raise BadTemplate(f"line {node.lineno}: a loop in a loop is not allowed in a template")
    if not any(_is_pairs(node.iter, name) for name in dialect.pairs):
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


def _check_call(node: nodes.Call, dialect: Dialect) -> None:
    from jinja2 import nodes

    if not dialect.pairs:
        raise BadTemplate(f"line {node.lineno}: a call is not allowed in this template")
    if not isinstance(node.node, nodes.Getattr) or node.node.attr not in ("items", "get"):
        raise BadTemplate(
            f"line {node.lineno}: only .items() and .get() can be called in a template"
        )
