"""Copies of frozen values."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from workflows.engine.model.altered import altered
from workflows.engine.model.approval import ApprovalRequest, ApprovalState


def test_it_is_what_replace_makes() -> None:
    """Every field is copied, the named fields are changed, and the original stays."""
    before = ApprovalState(1, 0, 2, opened=100, requests=(ApprovalRequest("bob"),), required=1, remind_at=5)
    after = altered(before, remind_at=None, required=2)
    assert after == replace(before, remind_at=None, required=2)
    assert (before.remind_at, before.required) == (5, 1)
    with pytest.raises(FrozenInstanceError):
        after.required = 3  # type: ignore[misc]


def test_an_unknown_name_is_refused() -> None:
    """A typo is an error, as it is for replace."""
    with pytest.raises(KeyError, match="remnd_at"):
        altered(ApprovalState(1, 0, 2, opened=100), remnd_at=5)


def test_another_class_is_refused() -> None:
    """A class that checks itself when it is made, or has no slots, is refused."""

    @dataclass(frozen=True, slots=True)
    class Checked:
        one: int
        two: int

        def __post_init__(self) -> None:
            raise AssertionError

    @dataclass(frozen=True)
    class Open:
        one: int
        two: int

    for kind in (Checked, Open):
        with pytest.raises(TypeError, match="not a dataclass of two slots"):
            altered(object.__new__(kind), one=1)
