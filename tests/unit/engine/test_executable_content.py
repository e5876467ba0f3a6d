"""Steps that change who may see or do something: each leaves an entry on the timeline."""

from __future__ import annotations

from tests.unit.engine.tickets import Ticket
from workflows.engine.access.permissions import may_see
from workflows.engine.draft.view import Handled, View
from workflows.engine.model.effects import Notify
from workflows.engine.model.events import Known
from workflows.engine.model.interpreter import LAZY_TIMER

WATCHED = """\
fields:
  service: {type: service}
  friends: {type: person, list: true}
initial: new
states:
  new:
    on:
      follow: {do: [{watch: =actor.id}]}
      invite: {form: [friends], do: [{watch: =each, each: ticket.friends}]}
      unfollow: {do: [{unwatch: =actor.id}]}
      quiet: {do: [{unwatch: watchers}]}
      team: {do: [{watch: team:cab}]}
      no_team: {do: [{unwatch: team:cab}]}
  over: {final: true}
"""


def sees(ticket: Ticket, person: str) -> bool:
    actor = ticket.actor(person)
    return may_see(View(ticket.compiled, ticket.ticket, Handled("", actor), ticket.now), actor)


def test_a_new_watcher_is_on_the_timeline() -> None:
    """``watch`` says who watches from now on, and says nothing where everybody watched already."""
    ticket = Ticket(WATCHED)
    ticket.send("follow")
    ticket.send("follow")
    ticket.send("invite", friends=["bob", "alice"])
    assert ticket.said("watched") == [{"people": ["alice"]}, {"people": ["bob"]}]
    assert [one.actor for one in ticket.audit if one.kind == "watched"] == ["alice", "alice"]


def test_who_unwatches_is_no_watcher() -> None:
    """``unwatch`` removes watchers, who then see the ticket no more, and says so on the timeline."""
    ticket = Ticket(WATCHED)
    ticket.send("invite", friends=["bob", "dora"])
    ticket.send("invite", friends=[])
    assert sees(ticket, "bob")
    ticket.send("unfollow", by="bob")
    assert (ticket.ticket.watchers, sees(ticket, "bob"), sees(ticket, "dora")) == (("person:dora",), False, True)
    ticket.send("unfollow", by="dora")
    assert ticket.ticket.watchers == ()
    assert ticket.said("unwatched") == [{"people": ["bob"]}, {"people": ["dora"]}]


def test_a_principal_is_unwatched_as_it_was_watched() -> None:
    """``unwatch`` takes back what ``watch`` has added, a team as a team, and ``watchers`` removes all."""
    ticket = Ticket(WATCHED)
    ticket.send("no_team")
    ticket.send("team")
    ticket.send("follow")
    ticket.send("no_team")
    ticket.send("team")
    ticket.send("quiet")
    assert ticket.ticket.watchers == ()
    assert ticket.said("unwatched") == [{"people": ["team:cab"]}, {"people": ["alice", "team:cab"]}]


def test_older_runs_watch_without_an_entry() -> None:
    """A run of an older interpreter writes the timeline that it wrote before."""
    ticket = Ticket(WATCHED, interpreter=LAZY_TIMER)
    ticket.send("follow")
    assert (ticket.ticket.watchers, ticket.said("watched")) == (("person:alice",), [])


TASKS = """\
fields: {service: {type: service}}
initial: work
states:
  work:
    tasks: [{id: do, title: Do it, assign: service.team}]
    on: {done: over, failed: over}
  over: {final: true}
"""


def test_the_timeline_says_who_may_do_a_task() -> None:
    """The entry of an opened task has its assignee."""
    ticket = Ticket(TASKS.replace("service.team", "team:cab"))
    assert ticket.said("task") == [{"state": "work", "task": "do", "opened": True, "assignee": "team:cab"}]
    older = Ticket(TASKS.replace("service.team", "team:cab"), interpreter=LAZY_TIMER)
    assert older.said("task") == [{"state": "work", "task": "do", "opened": True}]


def test_the_timeline_says_who_got_a_task_when_its_service_became_known() -> None:
    """A task of a service's team goes to the team on record as soon as the ticket knows the service."""
    ticket = Ticket(TASKS, service="email")
    handed = {"state": "work", "task": "do", "why": "service", "from": "team_of:email", "to": "team:desk"}
    assert ticket.said("task")[1:] == [handed]
    older = Ticket(TASKS, service="email", interpreter=LAZY_TIMER)
    assert len(older.said("task")) == 1
    unknown = Ticket(TASKS, service="gone")
    unknown.do(Known({}))
    assert "to" not in unknown.said("task")[1]


TOLD = """\
initial: new
states:
  new:
    on:
      team: {by: everyone, do: [{notify: {to: team:cab, message: Hello}}]}
      name: {by: everyone, do: [{notify: {to: [team:cab, person:bob], message: Hello}}]}
      opener: {by: everyone, do: [{notify: {to: opener, message: Hello}}]}
    after: [{for: 1h, do: [{notify: {to: opener, message: Hello}}]}]
  over: {final: true}
"""


def not_told(ticket: Ticket) -> list[str | None]:
    return [one.not_to for one in ticket.wanted(Notify)]


def test_nobody_is_told_of_their_own_doing() -> None:
    """The actor of the event gets no notice that it causes, unless the step has the id of this very person."""
    ticket = Ticket(TOLD)
    for name in ("team", "name", "opener"):
        ticket.send(name, by="bob")
    assert not_told(ticket) == ["bob", None, "bob"]
    ticket.send("opener", by="source:mail")
    ticket.wait(3600)
    assert not_told(ticket) == [None, None]


def test_older_runs_tell_everybody() -> None:
    """A run of an older interpreter notifies whom it notified before."""
    ticket = Ticket(TOLD, interpreter=LAZY_TIMER)
    ticket.send("team", by="bob")
    assert not_told(ticket) == [None]
