"""Comparison of recorded steps with those of a history."""

from __future__ import annotations

from dataclasses import replace

import pytest

from activities.records.chain import ChainReport
from activities.records.inspecting import OnRecord
from activities.records.record import entries_of
from activities.records.taking_back import content_of
from api.reconciliation.divergences import Comparison, compared, revisions
from api.reconciliation.replayed import Replayed
from tests.servers.worlds import batch, ticket


def history(*numbers: int, revision: int | None = None, ended: bool = False) -> Replayed:
    """A history that has recorded these revisions."""
    batches = [batch(ticket(revision=one)) for one in numbers]
    return Replayed("CHG-1", batches, revision=revision or numbers[-1], ended=ended)


def on_record(*numbers: int, like: Replayed) -> OnRecord:
    """These revisions, with the content that they have in the history."""
    steps = {step.revision: step for one in like.batches for step in one.steps}
    contents = {one: content_of(entries_of(steps[one])) if one in steps else None for one in numbers}
    return OnRecord("CHG-1", max(numbers), None, contents, ChainReport(0))


OPEN = history(1, 2, 3)


@pytest.mark.parametrize(
    ("recorded", "replayed", "wanted"),
    [
        (on_record(1, 2, 3, like=OPEN), OPEN, Comparison()),
        (None, OPEN, Comparison(missing=(1, 2, 3))),
        (on_record(1, 3, like=OPEN), OPEN, Comparison(missing=(2,))),
        (on_record(1, 2, 3, 4, like=OPEN), OPEN, Comparison(ahead=(4,))),
        (on_record(1, 2, 3, 4, like=OPEN), replace(OPEN, ended=True), Comparison()),
        (on_record(3, like=OPEN), history(2, 3), Comparison(missing=(2,), lost=(1,))),
        (on_record(1, 2, 3, like=OPEN), history(1, 2, 3, revision=5), Comparison(unrecorded=(4, 5))),
        (on_record(2, 4, like=OPEN), None, Comparison(lost=(1, 3))),
    ],
)
def test_a_comparison(recorded: OnRecord | None, replayed: Replayed | None, wanted: Comparison) -> None:
    """Each revision is on record, missing, lost, ahead of its ticket, or not recorded yet."""
    assert compared(recorded, replayed) == wanted


def test_another_step_is_noticed() -> None:
    """A recorded step with another content differs; a step of an older build without a digest does not."""
    recorded = on_record(1, 2, 3, like=OPEN)
    other = replace(recorded, contents={**recorded.contents, 2: "0" * 64, 3: None})
    assert compared(other, OPEN) == Comparison(different=(2,))


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([3], "revision 3"), ([1, 2], "revisions 1–2"), ([7, 2, 4, 5, 6], "revisions 2, 4–7"), ([1, 3], "revisions 1, 3")],
)
def test_revisions_in_words(numbers: list[int], words: str) -> None:
    """Neighbours are a range."""
    assert revisions(numbers) == words
