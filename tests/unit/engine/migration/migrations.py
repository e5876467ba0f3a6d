"""Test tickets that are migrated between small processes."""

from __future__ import annotations

from typing import Any

from definitions.people.directory import Actor
from definitions.pinned import DAY
from tests.unit.engine.tickets import ORGANIZATION, Ticket, compile_text, organization
from workflows.engine.compiled import Compiled
from workflows.engine.migration import migrate
from workflows.engine.model.events import Renames
from workflows.engine.model.result import AuditEntry, Refusal, Step

PEOPLE = ORGANIZATION.replace("roles: {", "roles: {process_owner: [dora], ")
OWNER = "dora"


class Moving(Ticket):
    """A ticket that can be migrated, in an organization with a process owner."""

    def __init__(self, text: str, **given: Any) -> None:
        super().__init__(text, **{"people": PEOPLE, **given})
        self.step: Step | None = None
        """The step of the last migration."""

    def to(self, text: str, by: str = OWNER, *, people: str = PEOPLE, **states: str) -> Refusal | None:
        """Migrates it to another process, compiled for the present organization."""
        return self.renamed(text, Renames(states), by, people=people)

    def renamed(self, text: str, renames: Renames, by: str = OWNER, *, people: str = PEOPLE) -> Refusal | None:
        """Migrates it to another process, with other ids of states, fields and options."""
        return self.take(compile_text(text, self.ticket.opened_at, 730 * DAY, organization(people)), by, renames)

    def take(self, new: Compiled, by: str, renames: Renames) -> Refusal | None:
        actor: Actor = self.actor(by)
        taken = migrate(self.compiled, new, self.ticket, renames, actor, self.now)
        if isinstance(taken, Refusal):
            return taken
        self.step, self.compiled, self.snapshot = taken, new, taken.snapshot
        self.audit += taken.audit
        self._answer(taken.effects)
        return None

    @property
    def told_of_it(self) -> AuditEntry:
        """The timeline's entry of the last migration."""
        assert self.step is not None
        return next(entry for entry in self.step.audit if entry.kind == "migrated")


def reasons(refusal: Refusal | None) -> list[str]:
    """The reasons of a refusal, one by one."""
    assert refusal is not None, "it was taken"
    assert refusal.code == "not_migratable", refusal
    return refusal.reason.split("; ")
