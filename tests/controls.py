"""The controls of the shipped processes: in words, as invariants, and what takes each away.

A control is broken in a copy of its process, by an edit at paths into the file. What the proof then says is on the page
docs/controls.md, which ``python -m tests.pages`` writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from definitions.loading.folders import SHIPPED
from definitions.loading.loader import load
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.breadcrumb import crumb
from definitions.text.problems import Problem
from definitions.text.source import Source, read_source
from workflows.engine.proofs import prove

Edits = Mapping[str, Any]
"""What stands then at a path: ``states.held.on.start``."""


@dataclass(frozen=True, slots=True)
class Control:
    """One invariant: in words, and edits of which each takes it away."""

    words: str
    edits: Edits


NOBODY = "engine"
"""As ``by`` of an event that no other ticket sends."""

CONTROLS: Mapping[str, Sequence[Control]] = {
    "incident": (
        Control(
            "No incident is closed without being resolved since it was last worked on, "
            "unless its caller never answered.",
            {"states.in_progress.on.hold.to": "resolved"},
        ),
        Control(
            "Every incident can be closed or canceled.",
            {"on.cancel.by": NOBODY, "states.resolved.on.close.by": NOBODY, "states.resolved.after": []},
        ),
    ),
    "major_incident": (
        Control(
            "No major incident is declared unless a manager promoted it, or it came back.",
            {"states.candidate.on.decline.to": "declared"},
        ),
        Control(
            "No review begins before the service was declared restored.",
            {"states.declared.states.work.states.investigating.on.mitigate.to": "review"},
        ),
        Control(
            "No major incident is closed without its review since it was last declared.",
            {"states.review.on.failed": "closed"},
        ),
        Control(
            "Every major incident can be closed or declined.",
            {"states.review.on.done": "review_failed", "states.review_failed.on.review_again.by": NOBODY},
        ),
    ),
    "event": (
        Control(
            "No event is closed while it is firing, unless somebody dismissed it with a reason.",
            {"states.flapping.after": [{"for": "1h", "to": "clearing"}]},
        ),
        Control(
            "Every event can be closed.",
            {
                "on.dismiss.by": NOBODY,
                "on.recovered.by": NOBODY,
                "states.watching.on": {},
                "states.watching.after": [],
            },
        ),
    ),
    "problem": (
        Control(
            "Nothing becomes a known error without a root cause.", {"states.investigate.on.give_up.to": "known_error"}
        ),
        Control(
            "No problem is reviewed unless its cause was removed, or the owner of the service accepted its risk.",
            {"states.risk_acceptance.on.expired": "review"},
        ),
        Control(
            "No problem is closed without its review.",
            {"states.risk_acceptance.on.approved": {"to": "closed", "set": {"resolution": "risk_accepted"}}},
        ),
        Control("No problem is closed without a resolution.", {"states.review.on.close.set": {"resolution": None}}),
        Control(
            "Every problem can be closed or canceled.",
            {
                "states.review.on.close.by": NOBODY,
                "states.review.on.not_removed.by": NOBODY,
                "states.review.on.reopen.by": NOBODY,
            },
        ),
    ),
    "change": (
        Control(
            "No change except a standard change is implemented without approval since it was last a draft, and since "
            "its service and its time last changed.",
            {"states.cab_chair.on.expired": "scheduled"},
        ),
        Control(
            "No change of a risk above 4 is implemented without that approval, whatever its model says.",
            {"tables.procedures.vendor_patch": 9},
        ),
        Control(
            "No change is implemented while the calendar holds it.",
            {"states.held.on.start": {"to": "implement", "by": "assignee"}},
        ),
        Control(
            "No emergency is closed without its review, which needs the paperwork.",
            {"states.review.after": [{"for": "5d", "to": "reviewed"}]},
        ),
        Control(
            "No emergency ends as backed out without its review, either.",
            {"states.review.after": [{"for": "5d", "to": "reviewed"}]},
        ),
        Control(
            "No change is closed unless it was made, has failed or was rolled back.",
            {"states.scheduled.on.start.to": "review"},
        ),
        Control(
            "No change ends as backed out, either, unless it was made, has failed or was rolled back.",
            {"states.scheduled.on.start.to": "review"},
        ),
        Control(
            "A change that was backed out never ends as closed.",
            {"states.reviewed.always": [{"to": "backed_out", "when": "ticket.effort > 0.0"}, "closed"]},
        ),
        Control(
            "Every change can be brought to an end.",
            {"states.review.after": [], "states.review.on.complete": {"to": "reviewed", "by": NOBODY}},
        ),
    ),
    "release": (
        Control(
            "No release is rolled out without tests since it was last planned and built.",
            {"states.build.on.built.to": "authorize"},
        ),
        Control(
            "No release is rolled out without authorization since service, times and back-out plan last changed.",
            {"states.authorize.on.expired": "scheduled"},
        ),
        Control(
            "No release is live without a roll-out whose waves were all healthy.",
            {"states.roll_out.on.failed": "early_life"},
        ),
        Control("No release is closed without a review.", {"states.review.after": [{"for": "20d", "to": "closed"}]}),
        Control("Every release can be closed or canceled.", {"states.review.on.close.by": NOBODY}),
    ),
    "request": (
        Control(
            "No request except for a room is fulfilled without approval since its "
            "item, number, quote or service last changed.",
            {"states.authorize.on.expired": "fulfil"},
        ),
        Control("No request is delivered before its tasks are done.", {"states.fulfil.on.failed": "delivered"}),
        Control("No request is closed that was not delivered.", {"states.stuck.on.turn_down.to": "closed"}),
        Control(
            "Every request can be brought to an end.",
            {
                "on.cancel.by": NOBODY,
                "states.stuck.on.try_again.by": NOBODY,
                "states.stuck.on.turn_down.by": NOBODY,
            },
        ),
    ),
    "access_request": (
        Control(
            "No access is granted without the approval of the owner of the service since "
            "subject, service and level last changed.",
            {"states.owner.on.expired": "security"},
        ),
        Control(
            "No access is granted without the approval of information security after the owner's: "
            "two different people approve.",
            {"states.security.on.expired": "grant"},
        ),
        Control("No access is in force that was not granted and compared.", {"states.grant.on.failed": "active"}),
        Control(
            "No access ends before it is taken back and the removal is confirmed.",
            {"states.in_force.on.give_back.to": "ended"},
        ),
        Control(
            "Every request can be brought to an end.",
            {"states.overdue.after": [], "states.overdue.on.try_again.by": NOBODY},
        ),
    ),
    "service_level_review": (
        Control("No review is closed without figures from the records.", {"states.collecting.on.failed": "on_target"}),
        Control(
            "No review below target is closed unless the service level manager has completed it.",
            {"states.below_target.after": [{"for": "10d", "to": "closed"}]},
        ),
        Control(
            "Every review can be closed or canceled.",
            {"on.cancel.by": NOBODY, "states.below_target.on.complete.by": NOBODY},
        ),
    ),
    "service_level_agreement": (
        Control(
            "No agreement is in force unless both sides have agreed to it since its parties, terms, hours, price or "
            "term last changed.",
            {"states.signature.on.expired": "agreed"},
        ),
        Control(
            "Every agreement can be retired or withdrawn.",
            {"states.negotiation.on": {"offer": {"to": "signature", "by": NOBODY}}},
        ),
    ),
    "improvement": (
        Control(
            "No improvement larger than small is made without approval since its size, goal or due date last changed.",
            {"states.authorize.on.expired": "baseline"},
        ),
        Control("No improvement is implemented without a baseline.", {"states.authorize.on.approved": "implement"}),
        Control(
            "No improvement is closed without a measurement since its implementation.",
            {"states.implement.on.implemented.to": "review"},
        ),
        Control(
            "Every improvement can be closed or withdrawn.",
            {"states.review.on.close.by": NOBODY, "states.review.on.again.by": NOBODY},
        ),
    ),
    "service_proposal": (
        Control(
            "No proposal is chartered without an approved evaluation since its "
            "costs, value, fit and risk last changed.",
            {"states.evaluation.on.expired": "chartered"},
        ),
        Control(
            "No design begins without an approved evaluation since it was last deferred.",
            {"states.deferred.on.resume.to": "designing"},
        ),
        Control(
            "No existing service is redesigned instead of the service that was evaluated.",
            {"states.chartered.on.charter": {"to": "designing", "by": "sponsor", "form": ["charter", "service"]}},
        ),
        Control(
            "No service is retired without an evaluation of its own.",
            {"states.chartered.on.charter": {"to": "retiring", "by": "sponsor", "form": ["charter", "service"]}},
        ),
        Control(
            "No proposal is in service without its design and transition.", {"states.designing.on.failed": "in_service"}
        ),
        Control("No retirement is complete before all its tasks are done.", {"states.retiring.on.failed": "retired"}),
        Control(
            "Every proposal can be brought to an end.",
            {"states.in_service.on.keep.by": NOBODY, "states.in_service.on.propose_retirement.by": NOBODY},
        ),
    ),
    "service_design": (
        Control(
            "No package comes to its gate before its parts are complete.",
            {"states.gather.on.complete.to": "acceptance"},
        ),
        Control(
            "No transition begins without the approval of the gate.", {"states.acceptance.on.expired": "transition"}
        ),
        Control("No design is in service without its transition.", {"states.transition.on.failed": "in_service"}),
        Control(
            "Every design can be brought to an end.",
            {
                "on.cancel.by": NOBODY,
                "states.sent_back.on.rework.by": NOBODY,
                "states.sent_back.on.redesign.by": NOBODY,
            },
        ),
    ),
    "service_transition": (
        Control(
            "No service is put up for acceptance before it is ready.", {"states.plan.on.plan_ready.to": "acceptance"}
        ),
        Control(
            "No service goes live without acceptance since its plan, its time and its back-out last changed.",
            {"states.acceptance.on.expired": "go_live"},
        ),
        Control(
            "No early life support begins without a change that has succeeded.",
            {"states.go_live.on.failed": "early_life"},
        ),
        Control(
            "No exit is reviewed while the exit criteria are not met.",
            {"states.early_life.on.propose_exit.when": "ticket.levels_met"},
        ),
        Control(
            "No service is handed over without the approval of its exit.", {"states.exit_review.on.expired": "closed"}
        ),
        Control(
            "Every transition can be brought to an end.",
            {"on.cancel.by": NOBODY, "states.exit_review.on.approved": "early_life"},
        ),
    ),
    "knowledge_article": (
        Control(
            "No article is published without a review since its title, text, audience and service last changed.",
            {"states.review.on.expired": "published"},
        ),
        Control(
            "Every article can be brought to an end.",
            {
                "on.cancel.by": NOBODY,
                "states.draft.after": [],
                "states.published.on.retire.by": NOBODY,
                "states.due_for_review.on.retire.by": NOBODY,
                "states.due_for_review.after": [],
                "states.revision.on.retire.by": NOBODY,
            },
        ),
    ),
    "transformation": (
        Control(
            "No tranche begins without the approval of its gate since budget and scope last changed.",
            {"states.gate.on.expired": "tranche"},
        ),
        Control(
            "No benefits are claimed without a tranche that is done.", {"states.tranche.on.interrupt.to": "benefits"}
        ),
        Control(
            "No programme is closed before accounts, hand-over and lessons are done.",
            {"states.closing.on.failed": "closed"},
        ),
        Control("Every programme can be closed or abandoned.", {"states.closing.on.done": "closing"}),
    ),
}


@cache
def organization() -> Organization:
    """The people who come with the product: who may do something counts."""
    return load((SHIPPED,)).organization


def file_of(process: str) -> Path:
    return SHIPPED / "processes" / f"{process}.yaml"


def source_of(process: str) -> Source:
    source = read_source(file_of(process).read_bytes(), f"{process}.yaml")
    assert isinstance(source, Source)
    return source


def without(process: str, edits: Edits) -> Source:
    """A copy of a shipped process, edited."""
    data = deepcopy(dict(source_of(process).data))
    for path, value in edits.items():
        *around, last = path.split(".")
        place = data
        for key in around:
            place = place[key]
        assert isinstance(place, dict), path
        place[last] = value
    source = read_source(json.dumps(data).encode(), f"{process}.yaml")
    assert isinstance(source, Source)
    return source


def proof_of(source: Source) -> list[Problem]:
    return prove(Process.model_validate(source.data), source, organization())


def broken(process: str, index: int) -> Problem | None:
    """What the proof says of one invariant, alone in the copy that breaks its control."""
    alone = {"invariants": [source_of(process).data["invariants"][index]]}
    problems = proof_of(without(process, {**CONTROLS[process][index].edits, **alone}))
    place = crumb(("invariants", 0))
    return next((one for one in problems if one.crumb == place and one.code == "invariant-broken"), None)
