"""The definition that a ticket carries."""

from __future__ import annotations

import pytest

from definitions.digest import digest
from definitions.loading.folders import SHIPPED
from definitions.loading.loader import load
from definitions.pinned import pin, unpin_process


@pytest.mark.parametrize("name", ["change", "incident"])
def test_a_ticket_carries_its_process_in_document_order(name: str) -> None:
    """States, handlers and fields stand as they are written: document order decides which transition is taken."""
    loaded = load((SHIPPED,)).or_raise()
    process = loaded.processes[name].process
    carried = unpin_process(pin(process, digest(process), loaded.organization, 0).definition)
    assert list(carried.states) == list(process.states)
    assert list(carried.fields) == list(process.fields)
    assert [list(state.on) for state in carried.states.values()] == [list(one.on) for one in process.states.values()]
    assert digest(carried) == digest(process)
