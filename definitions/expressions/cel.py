"""The only module that knows Google's CEL: environments, the check of a text, the run of a checked tree.

A text is checked in an environment of typed names, so that a typo or a wrong type is an error at its place. The tree
that ``definitions.expressions.translation`` makes of it runs in an environment whose names may hold any value or null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from cel_expr_python import cel

from definitions.expressions import spans, syntax
from definitions.expressions.kinds import Kind
from definitions.expressions.scope import STATES, TAGS, Scope
from definitions.schema.model import Json
from definitions.times import to_instant

_WRAPPERS = {"text": "StringValue", "integer": "Int64Value", "number": "DoubleValue", "boolean": "BoolValue"}
_PLAIN = {
    "text": cel.Type.STRING, "integer": cel.Type.INT, "number": cel.Type.DOUBLE, "boolean": cel.Type.BOOL,
    "time": cel.Type.TIMESTAMP, "date": cel.Type.TIMESTAMP, "duration": cel.Type.DURATION,
}  # fmt: skip


class CompilationError(Exception):
    """CEL refused the text. The message is CEL's own, with one ``ERROR:`` paragraph for each mistake."""


class Failed(Exception):
    """The evaluation ended in an error value, or CEL gave up. The message is CEL's own."""


class Program:
    """A checked tree, ready to run. Threads may share it, but only one may run it at a time."""

    def __init__(self, expression: cel.Expression) -> None:
        self._expression = expression

    def run(self, bindings: Mapping[str, Json]) -> Json:
        """The value as plain Python. Raises ``Failed``."""
        try:
            value = self._expression.eval(data=bindings)
        except (RuntimeError, MemoryError) as failure:
            raise Failed(str(failure)) from failure
        kind = value.type()
        if kind == cel.Type.ERROR:
            raise Failed(str(value.value()))
        return _plain(value, kind)


def _plain(value: cel.Value, kind: cel.Type) -> Json:
    """Like ``value.plain_value()``, which releases a reference to None that it does not own for each null.

    A process that lives long enough would crash ("deallocating None"). So this function never converts a null with it.
    """
    if kind == cel.Type.NULL:
        return None
    if kind == cel.Type.LIST:
        return [_plain(item, item.type()) for item in value.value()]
    if kind == cel.Type.MAP:
        return {key: _plain(item, item.type()) for key, item in value.value().items()}
    return value.plain_value()


def check(source: str, scope: Scope, loose: str | None = None) -> syntax.Tree:
    """The checked tree of ``source``, in which ``loose`` is a name of any type. Raises ``CompilationError``."""
    try:
        return syntax.read(bytes(_typed(scope, loose).compile(source).serialize()))
    except RuntimeError as failure:
        raise CompilationError(str(failure)) from failure


def program(tree: syntax.Tree, scope: Scope) -> Program:
    return Program(_untyped(scope).deserialize(syntax.write(tree)))


def _typed(scope: Scope, loose: str | None) -> cel.Env:
    key = ("typed", loose)
    env = scope.remembered.get(key)
    if env is None:
        variables = {name: _type_of(kind) for name, kind in scope.variables.items()}
        if loose is not None:
            variables[loose] = cel.Type.DYN
        env = scope.remembered[key] = cel.NewEnv(variables=variables, functions=_declared())
    return env


def _untyped(scope: Scope) -> cel.Env:
    env = scope.remembered.get("untyped")
    if env is None:
        variables = dict.fromkeys((*scope.variables, STATES, TAGS), cel.Type.DYN)
        env = scope.remembered["untyped"] = cel.NewEnv(variables=variables, functions=_performed())
    return env


def _type_of(kind: Kind, *, nullable: bool = True) -> cel.Type:
    if kind.name == "list":
        return cel.Type.List(_type_of(kind.item, nullable=False) if kind.item else cel.Type.DYN)
    if kind.name == "map":
        return cel.Type.Map(cel.Type.STRING, _type_of(kind.item, nullable=False) if kind.item else cel.Type.DYN)
    if nullable and kind.name in _WRAPPERS:
        return cel.Type(f"google.protobuf.{_WRAPPERS[kind.name]}")
    return _PLAIN.get(kind.name, cel.Type.DYN)


@lru_cache(maxsize=1)
def _declared() -> list[cel.FunctionDecl]:
    """Functions that a text may call. They have no body, since the tree is translated before it runs."""
    text, truth = cel.Type.STRING, cel.Type.BOOL
    return [
        cel.FunctionDecl(name, [cel.Overload(f"{name}_text", truth, [text], False)]) for name in ("in_state", "tag")
    ]


@lru_cache(maxsize=1)
def _performed() -> list[cel.FunctionDecl]:
    """Functions that a translated tree calls. They don't accept null: a call with null is an error that means null."""
    text, whole, truth, null = cel.Type.STRING, cel.Type.INT, cel.Type.BOOL, cel.Type.NULL

    def one(name: str, impl: Callable[..., object], result: cel.Type, *takes: cel.Type) -> cel.FunctionDecl:
        return cel.FunctionDecl(name, [cel.Overload(f"{name}_1", result, list(takes), False, impl)])

    same = [
        cel.Overload("__same_texts", truth, [text, text], False, spans.same),
        cel.Overload("__same_null_text", truth, [null, text], False, lambda one, other: False),
        cel.Overload("__same_text_null", truth, [text, null], False, lambda one, other: False),
        cel.Overload("__same_nulls", truth, [null, null], False, lambda one, other: True),
    ]
    instant = [
        cel.Overload("__instant_text", whole, [text], False, to_instant),
        cel.Overload("__instant_int", whole, [whole], False, lambda seconds: seconds),
    ]
    return [
        cel.FunctionDecl("__same", same),
        cel.FunctionDecl("__instant", instant),
        one("__duration", spans.canonical, text, text),
        one("__seconds", spans.seconds_of, whole, text),
        one("__plus", spans.plus, whole, whole, text),
        one("__minus", spans.minus, whole, whole, text),
        one("__between", spans.between, text, whole, whole),
        one("__total", spans.total, text, text, text),
        one("__difference", spans.difference, text, text, text),
        one("__text_of", spans.text_of, text, whole),
    ]
