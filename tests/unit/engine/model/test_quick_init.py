"""Frozen values that are built quickly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from workflows.engine.model.quick_init import quick_init


@quick_init
@dataclass(frozen=True, slots=True)
class Built:
    """A value with every kind of field."""

    first: int
    second: str = "two"
    third: Mapping[str, int] = field(default_factory=dict)


def test_a_value_is_built_as_dataclasses_build_it() -> None:
    """Positions, names, defaults and default factories have their usual meaning, and each value has its own mapping."""
    assert (Built(1), Built(1, "b", {"c": 3})) == (
        Built(first=1, second="two", third={}),
        Built(1, third={"c": 3}, second="b"),
    )
    assert Built(1).third is not Built(1).third


def test_a_value_stays_frozen() -> None:
    """A field can't be set after the value is built."""
    with pytest.raises(FrozenInstanceError):
        Built(1).first = 2  # type: ignore[misc]


@pytest.mark.parametrize("arguments", [(), (1, "b", {}, 4)])
def test_wrong_arguments_are_an_error(arguments: tuple[object, ...]) -> None:
    """Missing and additional arguments are reported as for any function."""
    with pytest.raises(TypeError, match=r"__init__\(\)"):
        Built(*arguments)  # type: ignore[arg-type]


def test_a_class_that_it_can_not_build_is_an_error() -> None:
    """A class without slots, or one that does more when it is built, is refused at its definition."""

    @dataclass(frozen=True)
    class Open:
        first: int

    with pytest.raises(TypeError, match="Open is not a dataclass with slots"):
        quick_init(Open)
