"""Random scenarios with triggers, schedules, claims, absences and people who leave, made on the pure core.

A scenario is a list of steps that a seed chooses. The core judges it: a step that is refused expects its refusal, and a
step that can't be played is left out. So each scenario plays to its end, and has refusals as well as steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from definitions.digest import digest
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from tests.unit.engine.tickets import read
from workflows.engine.scenarios import Setting, run_scenario, setting_of

ORGANIZATION = Organization.model_validate(
    read("""\
organization: {name: Example, time_zone: Europe/Berlin, calendar: office}
people:
  alice: {name: Alice Ng, manager: carol}
  bob:   {name: Bob Ruiz, manager: carol}
  carol: {name: Carol Weiss, manager: dora, out_of_office: [{from: 2027-03-29, to: 2027-03-31, delegate: dora}]}
  dora:  {name: Dora Lind}
  erin:  {name: Erin Obi, manager: dora}
teams: {cab: {members: [bob, dora, erin]}, desk: {members: [alice, bob]}}
roles: {chair: [carol], process_owner: [dora]}
services: {email: {title: E-mail, owner: carol, team: desk, calendar: office}, web: {title: Web, owner: dora}}
calendars: {office: {hours: {mon-fri: ["09:00-17:00"]}}}
""")
)
PROCESS = Process.model_validate(
    read("""\
process: alert
title: Alert
practice: monitoring_and_event_management
prefix: ALT
initial: new
fields:
  summary: {type: text, required: true}
  service: {type: service, default: email}
  tags:    {type: text, list: true}
  seen:    {type: integer, default: 0}
  note:    {type: text}
may: {edit: everyone}
on:
  again: {by: everyone, set: {seen: =ticket.seen + 1}}
states:
  new:
    entry: [{assign: team:desk}]
    after:
      - {for: 2d, to: work, when: "!('calm' in ticket.tags)"}
      - {for: 4h, do: [{notify: {to: assignee, message: Hi}}]}
    on:
      ask: {to: decide, by: everyone, when: size(ticket.tags) == 0}
      take: {to: work, by: assignee}
  decide:
    approval:
      {from: [team:cab], need: 2, exclude: [opener], veto: [role:chair], within: 5d, remind: 1d, reset_on: [note]}
    on: {approved: work, rejected: new, expired: new}
  work:
    tasks:
      - {id: look, title: Look, assign: team:desk, due: 1d, form: [note]}
      - {id: tell, title: Tell, assign: service.owner, after: [look]}
    on: {done: over, failed: new, stop: {to: over, by: everyone}}
  over: {final: true}
service_levels:
  fix: {target: 8h, calendar: office, during: [new, work], pause: [], at: {50%: [{comment: Half}], 100%: []}}
triggers:
  - {on: monitor.firing, key: =event.data.id, start: {summary: =event.data.id, service: =event.data.service}}
  - {on: monitor.firing, key: =event.data.id, send: again}
  - {on: monitor.gone, match: {tags: []}, send: stop}
  - {on: monitor.gone, match: {service: email}, send: again}
schedules:
  - {cron: "30 2 * * *", start: {summary: Nightly}}
  - {cron: "0 9 * * mon", each: services, start: {summary: Weekly, service: =each}}
""")
)
PEOPLE = ("alice", "bob", "carol", "dora", "erin")
START = datetime(2027, 3, 26, 8, 0, tzinfo=UTC)
"""Two days before the clocks are set forward."""
Step = dict[str, Any]
_REFUSED = re.compile(r"refused: (\w+)")


class _Author:
    """Writes steps, and knows the time and who is there."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.people = list(PEOPLE)
        self.now = START

    def given(self) -> Step:
        """A person, a trigger or a schedule opens the ticket."""
        now = self.now.isoformat()
        match self.random.randrange(3):
            case 0:
                tags = self.random.choice([[], ["calm"], None])
                fields = {"summary": "Mail", "service": "email"} | ({} if tags is None else {"tags": tags})
                return {"now": now, "as": self.random.choice(PEOPLE[:3]), "fields": fields}
            case 1:
                return {"now": now, "trigger": self._firing()}
            case _:
                self.now = datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
                return {"now": self.now.isoformat(), "schedule": {"number": 1}}

    def step(self) -> list[Step]:
        kinds: tuple[Callable[[], list[Step]], ...] = (
            self._send, self._send, self._vote, self._vote, self._claim, self._task, self._edit, self._trigger,
            self._wait, self._wait, self._schedule, self._absent, self._leave, self._comment, self._delegate,
        )  # fmt: skip
        return self.random.choice(kinds)()

    def _who(self) -> str:
        return self.random.choice(self.people)

    def _firing(self) -> Step:
        return {"type": "monitor.firing", "data": {"id": self.random.choice("ab"), "service": "email"}}

    def _send(self) -> list[Step]:
        return [{"send": self.random.choice(["ask", "take", "again", "stop"]), "as": self._who()}]

    def _vote(self) -> list[Step]:
        vote = self.random.choice(["approve", "approve", "approve", "reject"])
        return [{vote: {"comment": self.random.choice(["", "fine"])}, "as": self._who()}]

    def _claim(self) -> list[Step]:
        return [{"claim": self.random.choice([{}, {"task": "look"}]), "as": self._who()}]

    def _task(self) -> list[Step]:
        done: Step = {"task": {"id": self.random.choice(["look", "tell"]), "done": True}, "as": self._who()}
        return [done | ({"with": {"note": "seen"}} if self.random.random() < 0.3 else {})]

    def _edit(self) -> list[Step]:
        edit = self.random.choice([{"tags": []}, {"tags": ["calm"]}, {"note": "x"}, {"note": ""}, {"service": "web"}])
        return [{"edit": edit, "as": self._who()}]

    def _trigger(self) -> list[Step]:
        return [{"trigger": self.random.choice([self._firing(), {"type": "monitor.gone"}])}]

    def _wait(self) -> list[Step]:
        self.now += self.random.choice(
            [timedelta(minutes=30), timedelta(hours=5), timedelta(days=1), timedelta(days=3)]
        )
        return [{"until": self.now.isoformat()}]

    def _schedule(self) -> list[Step]:
        """The firing of the night: on the day of the change of the clocks, and on days before and after it."""
        night = self.now.date() + timedelta(days=self.random.randrange(1, 4))
        hour = {True: 1, False: 0}[night <= datetime(2027, 3, 28, tzinfo=UTC).date()]
        moment = datetime(night.year, night.month, night.day, hour, 30, tzinfo=UTC)
        if moment <= self.now:
            return []
        self.now = moment
        return [{"until": moment.isoformat()}, {"schedule": {"number": 1}}]

    def _absent(self) -> list[Step]:
        first = self.now.date()
        last = first + timedelta(days=self.random.randrange(4))
        person, delegate = self.random.sample(self.people, 2)
        absent = {"person": person, "from": first.isoformat(), "to": last.isoformat()}
        return [{"absent": absent | ({"delegate": delegate} if self.random.random() < 0.7 else {})}]

    def _leave(self) -> list[Step]:
        """A member of the boards leaves their team, or the organization."""
        who = self.random.choice(["bob", "erin"])
        if who not in self.people:
            return []
        boards: Step = {
            "cab": {"members": [one for one in ("bob", "dora", "erin") if one != who and one in self.people]},
            "desk": {"members": [one for one in ("alice", "bob") if one != who and one in self.people]},
        }
        if self.random.random() < 0.5:
            return [{"organization": {"teams": boards}}]
        self.people.remove(who)
        return [{"organization": {"teams": boards, "people": {who: None}}}]

    def _comment(self) -> list[Step]:
        return [{"comment": {"text": "hm"}, "as": self._who()}]

    def _delegate(self) -> list[Step]:
        one, other = self.random.sample(self.people, 2)
        return [{"delegate": {"to": other}, "as": one}]


def setting(scenario: Scenario) -> Setting:
    return setting_of(scenario, PROCESS, digest(PROCESS), ORGANIZATION)


def scenario_of(seed: int, length: int = 25) -> Scenario:
    """The scenario of a seed, which the core plays without a failure."""
    author = _Author(seed)
    given = author.given()
    steps = [step for _ in range(length) for step in author.step()]
    for _ in range(2 * len(steps) + 2):
        written = {"scenario": f"random {seed}", "process": "alert", "given": given, "steps": steps}
        scenario = Scenario.model_validate(written)
        result = run_scenario(scenario, setting(scenario))
        if not result.failures:
            return scenario
        place = result.steps - 1
        assert place >= 0, result.failures
        refused = _REFUSED.match(result.failures[0].message)
        if refused is None:
            del steps[place]
        else:
            steps[place] = {**steps[place], "refused": {"code": refused[1]}}
    raise AssertionError(f"seed {seed}: {result.failures}")
