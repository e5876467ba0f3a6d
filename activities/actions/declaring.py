"""How an action is written: a function with a model of what goes in and one of what comes out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import BaseModel

from definitions.checks.actions import ActionSpec
from definitions.times import Instant

if TYPE_CHECKING:  # with the database behind it: whoever only checks what actions take does without
    from activities.records.store import Records
    from activities.world import World


class ActionError(Exception):
    """An action can't do what is asked, and trying again will not help; the text is for people.

    Any other exception is tried again, as often as the step allows.
    """


@dataclass(frozen=True, slots=True)
class Context:
    """What an action knows beside its inputs."""

    id: str
    """The idempotency key: the same for every attempt at this step, and for nothing else."""
    ticket: str
    process: str
    now: Instant
    records: Records
    world: World
    """The organization of this moment."""


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
        """What the checks of a process need to know."""
        fields = self.inputs.model_fields
        names = {field.alias or name: field for name, field in fields.items()}
        required = frozenset(name for name, field in names.items() if field.is_required())
        return ActionSpec(frozenset(names), required)

    def perform(self, inputs: BaseModel, context: Context) -> object:
        """What the function returns, not checked yet."""
        return self.function(inputs, context) if self.asks_context else self.function(inputs)


def action(name: str) -> Callable[[Callable[..., Any]], Action]:
    """Declares a function as the action ``name``.

    Its first argument is annotated with a pydantic model, its result too; a second argument gets the ``Context``.
    Raises TypeError where that is not so.
    """

    def declare(function: Callable[..., Any]) -> Action:
        arguments = list(inspect.signature(function).parameters)
        hints = get_type_hints(function)
        inputs, outputs = _model(hints.get(arguments[0]) if arguments else None), _model(hints.get("return"))
        if inputs is None or outputs is None or len(arguments) > 2:
            raise TypeError(f"action {name!r} is written as (inputs: Model, context: Context) -> Model")
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"action {name!r} runs in a thread of its own: it can't be a coroutine")
        return Action(name, inputs, outputs, function, asks_context=len(arguments) == 2)

    return declare


def _model(hint: object) -> type[BaseModel] | None:
    return hint if isinstance(hint, type) and issubclass(hint, BaseModel) else None
