"""The meaning of each problem code for people. docs/reference/problems.md is made from this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workflows.engine.model.problem import ProblemCode

Topic = Literal["people", "values", "time", "work", "services"]


@dataclass(frozen=True, slots=True)
class ProblemMeaning:
    """The meaning of one code, in sentences."""

    topic: Topic
    happened: str
    meanwhile: str
    """The reaction of Stanchion, and whether the ticket moves."""
    way_out: str
    """The remedy that a person has."""


PROBLEMS: Mapping[ProblemCode, ProblemMeaning] = {
    "nobody_to_ask": ProblemMeaning(
        "people",
        "An approval has no approvers: the group is empty, or `exclude` leaves nobody in it.",
        "The approval is rejected, with the reason `not_enough_approvers`. The ticket takes the transition for "
        "`rejected`.",
        "Add people to the group in the organization, or change `from` or `exclude` of the approval in the "
        "process. Then send the ticket back to the state of the approval, or open it anew.",
    ),
    "not_enough_approvers": ProblemMeaning(
        "people",
        "Approvers have left the group of an open approval, and the approvers who remain are too few to approve.",
        "The approval stays open. Votes that were given stand.",
        "Add people to the group in the organization: they take the vacant places. A rejection is still possible, "
        "and `within` ends the wait.",
    ),
    "approvers_away": ProblemMeaning(
        "people",
        "Approvers whose votes are needed are out of office, and nobody can stand in for them.",
        "The approval stays open. A person who is out of office can still vote.",
        "Enter a `delegate` for the absence in the organization. The approver can also hand the request on with "
        "`stanchion delegate`.",
    ),
    "nobody_to_do": ProblemMeaning(
        "people",
        "An open task is assigned to a person who has left, or to a team or role without people, and the process "
        "names nobody else.",
        "The task stays open and keeps its assignee.",
        "Add people to the team or the role in the organization, or give the service another owner or team. The "
        "task follows when the worker has read the change.",
    ),
    "holder_away": ProblemMeaning(
        "people",
        "The person who holds an open task is out of office, and no delegate stands in.",
        "The task stays open and stays with this person.",
        "Enter a `delegate` for the absence in the organization, or wait for the end of the absence.",
    ),
    "nobody_in_charge": ProblemMeaning(
        "people",
        "The ticket is assigned to a person who has left, or to a team or role without people, and no team or manager "
        "is known that could get it.",
        "The ticket keeps its assignee, and continues.",
        "Assign the ticket with `stanchion edit -f assignee=…`, or add people to the team or the role in the "
        "organization.",
    ),
    "assignee_away": ProblemMeaning(
        "people",
        "The assignee of the ticket is out of office, and no delegate stands in.",
        "The ticket stays with this person.",
        "Enter a `delegate` for the absence in the organization, assign the ticket with `stanchion edit -f "
        "assignee=…`, or wait for the end of the absence.",
    ),
    "person_left": ProblemMeaning(
        "people",
        "A person field of the ticket names somebody whom the organization no longer has.",
        "The field keeps its value. Whatever needs this person finds nobody.",
        "Write another person into the field with `stanchion edit`.",
    ),
    "nobody_named": ProblemMeaning(
        "people",
        "An expression that names the approvers of an approval, those it excludes or those with a veto can't be "
        "evaluated.",
        "The whole list counts as empty.",
        "Correct the field that the expression reads, or the expression in the process. Then send the ticket back "
        "to the state of the approval.",
    ),
    "approvers_unknown": ProblemMeaning(
        "people",
        "The worker could not work out who the approvers are.",
        "The approval has no approvers yet, and does not expire. The worker keeps trying.",
        "Read the text of the problem and the log of the worker. If a principal can't be read, correct it in "
        "the process.",
    ),
    "people_unknown": ProblemMeaning(
        "people",
        "The worker could not work out whether approvers and holders of tasks are still there.",
        "Requests and tasks stay as they are. The worker keeps trying.",
        "Read the text of the problem and the log of the worker.",
    ),
    "nobody_to_assign": ProblemMeaning(
        "people",
        "The principal that a ticket or a task is assigned to names nobody: a field is empty, or a service has no "
        "owner or team.",
        "The ticket or the task has no assignee. A task without an assignee can be done by everybody who sees the "
        "ticket.",
        "Fill in the field, or give the service an owner or a team in the organization. Assign the ticket with "
        "`stanchion edit -f assignee=…`.",
    ),
    "nobody_to_tell": ProblemMeaning(
        "people",
        "A notice has no recipient: the principals in `to` have no value on this ticket.",
        "The notice goes to the process owner, or else to the owner of the service, or else to the person who opened "
        "the ticket. The ticket continues.",
        "Fill in the field or the assignee that `to` names, or change `to` in the process.",
    ),
    "not_notified": ProblemMeaning(
        "people",
        "A notice reached nobody, or not in the form that the process asks for: a principal has no people, a "
        "template is missing or does not render, or a channel is not configured.",
        "Where a person could be found, the outbox has a text for them, with the built-in text in place of a "
        "broken template. A notice without recipients goes to the process owner, or else to the owner of the service, "
        "or else to the person who opened the ticket. The ticket continues.",
        "Read the text of the problem. Correct the template, the channel in the settings or the e-mail address in "
        "the organization. `stanchion outbox --ticket KEY` shows what was written.",
    ),
    "not_delivered": ProblemMeaning(
        "people",
        "A channel did not take a notice: after all attempts, or at once with an error that is permanent.",
        "The text stays in the outbox, with the error. The ticket continues, and the notice is not sent again.",
        "Read the text of the problem, and check the mail server or the channel. Pass the notice on by hand: "
        "`stanchion outbox --ticket KEY` shows it.",
    ),
    "guard_failed": ProblemMeaning(
        "values",
        "A guard, or a value of `set`, can't be evaluated, or the ticket takes transitions in an endless loop.",
        "A guard counts as false, a `set` writes nothing, and the transitions of an endless loop are not taken. "
        "What is due stays due.",
        "Correct the field that the expression reads, or the expression in the process, and migrate the ticket. "
        "Guards are evaluated again after every event.",
    ),
    "missing_fields": ProblemMeaning(
        "values",
        "A transition that the engine takes by itself requires fields that are empty.",
        "The transition waits. The ticket takes it as soon as the fields have values.",
        "Fill in the fields that the text names, with `stanchion edit`.",
    ),
    "not_written": ProblemMeaning(
        "values",
        "The process writes a value that does not fit its field: wrong type, or out of its limits.",
        "None of the values of this `set` is written, and the `do` of the same transition is not performed. The "
        "transition is taken.",
        "Write the fields by hand with `stanchion edit`, do the work of the steps of `do` by hand, and correct the "
        "value in the process.",
    ),
    "not_computed": ProblemMeaning(
        "values",
        "The expression of a computed field can't be evaluated, or its result does not fit the field.",
        "The field has no value. It is computed again when a field that it reads is written. If it reads "
        "more than fields, it is computed again after every step.",
        "Correct the field that the expression reads, or the expression in the process, and migrate the ticket.",
    ),
    "step_failed": ProblemMeaning(
        "values",
        "A step of `entry`, `exit`, `do` or `at` failed: an expression can't be evaluated, or a value does not fit its "
        "field.",
        "The effects of the earlier steps stand. The later steps of the same list are not performed, and the text of "
        "the problem gives their number. The ticket continues, and the failed step is not repeated.",
        "Do the work of the failed step and of the later steps by hand, and correct the step in the process.",
    ),
    "not_timed": ProblemMeaning(
        "time",
        "`until` or `for` of a timed transition can't be evaluated.",
        "The transition has no deadline, so it does not fire. It is evaluated again after every event.",
        "Correct the field that the expression reads, or the expression in the process, and migrate the ticket.",
    ),
    "never_due": ProblemMeaning(
        "time",
        "The calendar of a deadline never opens again.",
        "The deadline is never reached. Everything else on the ticket continues.",
        "Correct the calendar in the organization, then `stanchion migrate KEY --calendars-only`.",
    ),
    "no_calendar": ProblemMeaning(
        "time",
        "A deadline or a service level names a calendar that the ticket does not carry.",
        "Time is counted as if the calendar were always open.",
        "Correct the name in the process or the field that holds it, add the calendar to the organization, and "
        "migrate the ticket.",
    ),
    "calendars_too_short": ProblemMeaning(
        "time",
        "A deadline is beyond the calendars that the ticket carries, and the worker could not compile longer ones.",
        "The deadline is unknown, so it does not fire. The worker keeps trying.",
        "Read the text of the problem: the organization may no longer have the calendar. Add it again.",
    ),
    "no_target": ProblemMeaning(
        "time",
        "The expression that chooses the target of a service level can't be evaluated.",
        "The service level has no target: it measures time and is never breached.",
        "Correct the field that the expression reads, or the expression in the process. The target is chosen again "
        "after every event.",
    ),
    "run_failed": ProblemMeaning(
        "work",
        "The automation of a state failed: a call or a request failed after all attempts, another step of the `run` "
        "failed, a result could not be used, or a callback did not come.",
        "The automation has ended. The ticket takes the transition for `failed`.",
        "Read the text of the problem, and fix the cause in the other system. Then send the ticket back to the "
        "state, if the process has a transition to it: the automation starts anew.",
    ),
    "automation_failed": ProblemMeaning(
        "work",
        "A `call` or `http` step that nothing waits for failed after all attempts.",
        "The ticket continues. The step is not repeated.",
        "Read the text of the problem, fix the cause in the other system, and do by hand what the step should have "
        "done.",
    ),
    "child_failed": ProblemMeaning(
        "work",
        "A child ended as failed and gave a reason, or the children of a state could not be worked out.",
        "The child counts as failed. Where too few children can still succeed, the ticket takes the transition for "
        "`failed`.",
        "Read the text of the problem, and look at the child: `stanchion explain CHILD`.",
    ),
    "not_started": ProblemMeaning(
        "work",
        "A ticket or workflow that this ticket starts did not start: its process refused the values or no "
        "longer exists, or the worker had no answer from the records.",
        "A child that was refused counts as failed. Without an answer the worker keeps trying.",
        "Read the text of the problem. Correct the values in `with`, or start the ticket by hand with `stanchion "
        "start`.",
    ),
    "nobody_to_send_to": ProblemMeaning(
        "work",
        "A `send` step has no ticket to send its event to: no parent, no children, or an empty link.",
        "The event is dropped. The ticket continues.",
        "Fill in the link, and send the event by hand with `stanchion send`, where it is still needed.",
    ),
    "linked_unknown": ProblemMeaning(
        "work",
        "The worker could not read from the records which tickets link to this one.",
        "The event has not been sent. The worker keeps trying.",
        "Check the records store and the log of the worker. The event is sent when the records answer.",
    ),
    "too_large": ProblemMeaning(
        "values",
        "The ticket is larger than what one run can hand to the next. Only tickets of earlier builds grew so large.",
        "The ticket takes events, and its history grows. It is not continued as new, which it needs after some "
        "thousand events.",
        "Shorten the fields that the problem names, with `stanchion edit`. The ticket continues as new by itself when "
        "it fits.",
    ),
    "too_many": ProblemMeaning(
        "work",
        "A step of the process would do more at once than a ticket does. Or a service level has been stopped and "
        "continued as often as its ledger has room for.",
        "The step and the later steps of the same list are not performed. The service level continues as it is.",
        "Shorten the list in `each` in the process, or start a child for each part of the list. Then send the event "
        "again, where that is possible.",
    ),
    "too_many_hops": ProblemMeaning(
        "work",
        "Tickets wake or start each other without end: the chain of events and starts that has led here has more links "
        "than a chain may have, or a ticket has taken as many events of this chain as a ticket may take.",
        "The event was not sent or not taken, or the ticket was not started. The ticket continues.",
        "Look for the circle in the processes: an event whose steps send it back, or a process that starts itself. A "
        "condition (`when`) at one of the steps ends the circle.",
    ),
    "unknown_service": ProblemMeaning(
        "services",
        "A field names a service that the organization does not have.",
        "The ticket continues. The service has no owner, team or calendar.",
        "Write another service into the field with `stanchion edit`. Or add the service to the organization, and "
        "write the field again.",
    ),
    "services_unknown": ProblemMeaning(
        "services",
        "The worker could not look up the services that the ticket names.",
        "Owner, team and calendar of the services are unknown. The worker keeps trying.",
        "Read the text of the problem and the log of the worker.",
    ),
    "records_away": ProblemMeaning(
        "services",
        "The worker could not write the ticket to the records.",
        "The ticket continues, and keeps what is not recorded yet. Lists, timelines and notifications are behind. "
        "The worker keeps trying, and nothing is lost.",
        "Check the records store: its address, its password, its disk. `stanchion migrate-db` brings its tables up "
        "to date.",
    ),
    "not_performed": ProblemMeaning(
        "services",
        "In a scenario on a real Temporal server, nobody answered for the other tickets. Tickets of an "
        "installation never have this problem.",
        "The scenario waits.",
        "Run `stanchion test` again. If the problem stays, report a bug.",
    ),
}
