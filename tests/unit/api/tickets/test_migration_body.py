"""The request to migrate a ticket: its map in both forms."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from api.tickets.migrating import MigrationBody


def test_a_map_of_texts_is_a_map_of_states() -> None:
    """The short form stays valid, whatever the states are called."""
    assert MigrationBody.model_validate({"map": {"assess": "review"}}).map.states == {"assess": "review"}
    assert MigrationBody.model_validate({"map": {"states": "fields"}}).map.states == {"states": "fields"}
    assert MigrationBody().map.states == {}


def test_the_whole_form_names_states_fields_and_options() -> None:
    """Each part has its own mapping."""
    body = MigrationBody.model_validate(
        {"map": {"states": {"a": "b"}, "fields": {"risk": "impact"}, "options": {"risk": {"severe": "high"}}}}
    )
    assert (body.map.states, body.map.fields, body.map.options) == (
        {"a": "b"}, {"risk": "impact"}, {"risk": {"severe": "high"}},
    )  # fmt: skip


@pytest.mark.parametrize("given", [{"nope": {"a": "b"}}, {"states": {"a": "b"}, "c": "d"}, {"fields": {"a": 1}}])
def test_another_form_is_refused(given: object) -> None:
    """A part that is unknown, or both forms at once, is no map."""
    with pytest.raises(ValidationError):
        MigrationBody.model_validate({"map": given})
