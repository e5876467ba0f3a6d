"""The declaration of an action: a function with a model of its inputs and a model of its result."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, RootModel

from definitions.checks.actions import ActionSpec
from definitions.expressions.shapes import ANYTHING, Shape
from definitions.times import Instant

if TYPE_CHECKING:  # these import the database, which checks of actions do without
    from activities.records.store import Records
    from activities.world import World


DEEPEST_SHAPE = 8
"""Levels of a result whose members are known: models may hold themselves."""


class ActionError(Exception):
    """An action has failed, and another attempt would fail as well; the text is for people.

    Any other exception is retried as often as the step allows.
    """


@dataclass(frozen=True, slots=True)
class Context:
    """The context of an action beside its inputs."""

    id: str
    """The idempotency key of the step: every attempt has it, and no other step."""
    ticket: str
    process: str
    now: Instant
    records: Records
    world: World
    """The current organization and definitions."""


@dataclass(frozen=True, slots=True)
class Action:
    """An action by its name."""

    name: str
    inputs: type[BaseModel]
    outputs: type[BaseModel]
    function: Callable[..., object]
    asks_context: bool

    @property
    def spec(self) -> ActionSpec:
        """The inputs and the shape of the result, as the checks of a process need them."""
        fields = self.inputs.model_fields
        names = {field.alias or name: field for name, field in fields.items()}
        required = frozenset(name for name, field in names.items() if field.is_required())
        return ActionSpec(frozenset(names), required, shape_of(self.outputs))

    def perform(self, inputs: BaseModel, context: Context) -> object:
        """Calls the function and returns its unchecked result."""
        return self.function(inputs, context) if self.asks_context else self.function(inputs)


def action(name: str) -> Callable[[Callable[..., Any]], Action]:
    """Declares a function as the action ``name``.

    Its first argument and its result are annotated with pydantic models; a second argument gets the ``Context``.
    Raises TypeError for any other form.
    """

    def declare(function: Callable[..., Any]) -> Action:
        arguments = list(inspect.signature(function).parameters)
        hints = get_type_hints(function)
        inputs, outputs = _model(hints.get(arguments[0]) if arguments else None), _model(hints.get("return"))
        if inputs is None or outputs is None or len(arguments) > 2:
            raise TypeError(f"action {name!r} must have the form (inputs: Model, context: Context) -> Model")
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"action {name!r} runs in a thread: it can't be a coroutine")
        return Action(name, inputs, outputs, function, asks_context=len(arguments) == 2)

    return declare


def _model(hint: object) -> type[BaseModel] | None:
    return hint if isinstance(hint, type) and issubclass(hint, BaseModel) else None


def shape_of(annotation: Any, depth: int = 0) -> Shape:
    """The shape of the values of a type: members of models, elements of lists; anything for every other type."""
    if depth > DEEPEST_SHAPE:
        return ANYTHING
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation.model_config.get("extra") == "allow":
            return ANYTHING
        fields = annotation.model_fields
        if issubclass(annotation, RootModel):
            return shape_of(fields["root"].annotation, depth + 1)
        named = {field.serialization_alias or field.alias or name: field for name, field in fields.items()}
        computed = {one.alias or name: ANYTHING for name, one in annotation.model_computed_fields.items()}
        return Shape({name: shape_of(field.annotation, depth + 1) for name, field in named.items()} | computed)
    if get_origin(annotation) in (list, Sequence):
        return Shape(item=shape_of(get_args(annotation)[0], depth + 1))
    return ANYTHING
