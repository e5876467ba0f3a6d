"""The transfer: refuses a migration with every obstacle at once, or carries the whole ticket over in one step."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.expressions import EvaluationFailed
from definitions.people.directory import Actor
from definitions.pinned import digest_of_calendars
from definitions.times import Instant
from workflows.engine.access.permissions import may_migrate
from workflows.engine.chart_content import TicketContent
from workflows.engine.compiled import Compiled
from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.draft.view import Handled, View
from workflows.engine.handlers.services import ask_for_services
from workflows.engine.migration import blocks, controls
from workflows.engine.migration.ledgers import carry_clocks
from workflows.engine.migration.route import Route, obstacles
from workflows.engine.migration.timing import carry_outcomes, carry_timers, carry_visits
from workflows.engine.migration.values import carry_values, misfits, misnamed
from workflows.engine.model.events import Migrate, Renames
from workflows.engine.model.result import Refusal, Step
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.timeline.ticket_entries import TicketMigrated
from workflows.engine.run_to_completion import settle
from workflows.engine.step import concluded


def migrate(
    old: Compiled, new: Compiled, snapshot: Snapshot, renames: Renames, actor: Actor, now: Instant
) -> Step | Refusal:
    """Moves a ticket to another definition, or to its own with other calendars, at ``now`` (UTC seconds).

    Everything that is due before ``now`` must have fired (see ``advance``). ``renames`` has the new ids of states,
    fields and options; all others keep their ids. The rules:

    - Only people named by ``may.migrate`` of the new definition may migrate. The process stays the same.
    - Every active state, and every state that a history remembers, has a state in the new definition, and every value
      fits its field; automation and children under way have the same meaning. A refusal names all exceptions, each with
      the remedy.
    - No step of ``entry``, ``exit`` or ``do`` is performed. Blocks that only the new definition has begin.
    - Deadlines are computed from recorded moments: entry, opening, intervals of clocks. A past deadline is due.
    - An approval keeps its votes if its question is the same; otherwise it is requested anew.
    - A map bypasses no control: see ``controls``.
    - The timeline records the actor, both digests of definition and calendars, the map, and the forgotten parts.

    A refusal changes nothing: ended, not_permitted, not_migratable (with the fields that do not fit).
    """
    if snapshot.ended_at is not None:
        return Refusal("ended", f"{snapshot.key} has ended: an ended ticket can't be migrated")
    route = Route(old, new, snapshot, renames)
    draft = Draft(new, snapshot, Handled(Migrate.kind, actor, kind=Migrate.kind), now)
    if not _permitted(draft, actor):
        return Refusal(
            "not_permitted",
            f"{actor.id} may not migrate {snapshot.key}: 'may: {{migrate: …}}' names the people who may",
        )
    refusal = _refusal(route, draft)
    if refusal is not None:
        return refusal
    content = TicketContent(draft)
    try:
        _carry(route, draft)
        settle(content)
        ask_for_services(draft)
    except Refused as refused:
        return refused.refusal
    return concluded(content)


def _permitted(view: View, actor: Actor) -> bool:
    try:
        return may_migrate(view, actor)
    except (EvaluationFailed, KeyError):  # it may read states that are not there
        return False


def _refusal(route: Route, draft: Draft) -> Refusal | None:
    own, other = route.before.process, route.new.process.process
    if own != other:
        return Refusal(
            "not_migratable", f"{route.before.key} is a ticket of {own!r}, but the definition is one of {other!r}"
        )
    wrong, states = misfits(route), obstacles(route)
    found = [*states, *misnamed(route), *wrong.values(), *blocks.under_way(route)]
    found += controls.passed_by(route, draft) if not states else ()
    return Refusal("not_migratable", "; ".join(found), tuple(wrong)) if found else None


def _carry(route: Route, draft: Draft) -> None:
    """Carries the states first, because all other parts belong to states."""
    draft.configuration = route.arrival()
    draft.active_in_order = draft.configuration.active
    carry_visits(route, draft)
    if route.old.digest != route.new.digest:
        carry_values(route, draft)
    carry_outcomes(route, draft, carry_timers(route, draft))
    blocks.carry_blocks(route, draft)
    carry_clocks(route, draft)
    _record(route, draft)


def _record(route: Route, draft: Draft) -> None:
    before, after = (digest_of_calendars(one.calendars) for one in (route.old, route.new))
    draft.say_first(
        TicketMigrated(
            from_=route.old.digest,
            to=route.new.digest,
            calendars=(before, after) if before != after else None,
            map=dict(route.map) or None,
            fields=dict(route.fields) or None,
            options={name: dict(pairs) for name, pairs in route.renames.options.items()} or None,
            forgotten=tuple(_forgotten(route, draft)) or None,
        )
    )


def _forgotten(route: Route, draft: Draft) -> Iterator[str]:
    yield from blocks.lost(route, "history", route.before.history, draft.configuration.history)
    yield from blocks.forgotten(route, draft)
