"""``-f name=value``: the value by the type of the field."""

from __future__ import annotations

from typing import Any

import pytest

from api.cli.field_values import read_fields
from api.cli.output import AWAY, REFUSED, CommandError

SPECS: dict[str, Any] = {
    "summary": {"type": "text"}, "seats": {"type": "integer"}, "cost": {"type": "number"},
    "urgent": {"type": "boolean"}, "due": {"type": "date"}, "services": {"type": "service", "list": True},
    "names": {"type": "text", "list": True}, "sizes": {"type": "integer", "list": True},
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (["summary=40"], {"summary": "40"}),
        (["seats=40"], {"seats": 40}),
        (["seats="], {"seats": None}),
        (["cost=12.5"], {"cost": 12.5}),
        (["cost=-3"], {"cost": -3}),
        (["urgent=true"], {"urgent": True}),
        (["urgent=false"], {"urgent": False}),
        (["due=2026-03-02"], {"due": "2026-03-02"}),
        (["services=email,directory"], {"services": ["email", "directory"]}),
        (["services=email", "services=directory"], {"services": ["email", "directory"]}),
        (["names=Berlin, Mitte"], {"names": ["Berlin, Mitte"]}),
        (['names=["a", "b"]'], {"names": ["a", "b"]}),
        (["sizes=1", "sizes=2"], {"sizes": [1, 2]}),
        (["names="], {"names": []}),
        (["seats:=40", "other=40"], {"seats": 40, "other": "40"}),
    ],
)
def test_a_value_has_the_type_of_its_field(given: list[str], fields: dict[str, Any]) -> None:
    """Text becomes what the process declares; JSON and undeclared fields stay as they are."""
    assert read_fields(given, lambda: SPECS) == fields


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("seats=forty", "--field seats=forty: seats takes a whole number, such as 40"),
        ("seats=4.5", "--field seats=4.5: seats takes a whole number, such as 40"),
        ("cost=nan", "--field cost=nan: cost takes a number, such as 12.5"),
        ("urgent=yes", "--field urgent=yes: urgent takes true or false"),
        ("sizes=1,x", "--field sizes=1,x: sizes takes a whole number, such as 40"),
        ("names=[a", '--field names=[a: write a list as ["a", "b"], or give --field names=… several times'),
    ],
)
def test_a_value_of_another_type_is_wrong_usage(given: str, message: str) -> None:
    """The message names the field, the value and the values that the field takes."""
    with pytest.raises(CommandError) as refused:
        read_fields([given], lambda: SPECS)
    assert (refused.value.code, str(refused.value)) == (2, message)


def test_a_process_that_can_not_be_read_leaves_the_refusal_to_the_command() -> None:
    """Where the process is unknown the values stay text; where the server is away the command ends."""

    def away(code: int) -> dict[str, Any]:
        raise CommandError(code, "no")

    assert read_fields(["seats=40"], lambda: away(REFUSED)) == {"seats": "40"}
    with pytest.raises(CommandError):
        read_fields(["seats=40"], lambda: away(AWAY))
    assert read_fields(["seats:=40"], lambda: away(AWAY)) == {"seats": 40}


@pytest.mark.parametrize("given", [["seats=1", "seats=2"], ["seats=1", "seats:=2"], ["names:=[]", "names:=[]"]])
def test_a_field_with_one_value_is_given_once(given: list[str]) -> None:
    """A second value for a field is refused, unless several texts make a list."""
    with pytest.raises(CommandError, match="is given twice"):
        read_fields(given, lambda: SPECS)
