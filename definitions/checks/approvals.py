"""Approvals: each can be decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from definitions.checks.subject import Subject
from definitions.people.bound import format_bound
from definitions.people.directory import Directory
from definitions.people.principals import PersonPrincipal, PrincipalError, RolePrincipal, TeamPrincipal, parse_principal
from definitions.schema.waiting import Approvers
from definitions.text.problems import Path, Problem


def reachable_numbers(subject: Subject) -> Iterator[Problem]:
    """There are enough approvers, if the organization alone determines them."""
    directory = Directory(subject.organization)
    for one in subject.placed:
        approval = one.state.approval
        if approval is None:
            continue
        path = (*one.path, "approval")
        rounds: list[tuple[Path, Approvers]] = [
            ((*path, "stages", i), stage) for i, stage in enumerate(approval.stages)
        ]
        for place, asking in rounds or [(path, approval)]:
            yield from _reachable(subject, directory, place, asking, (*approval.exclude, *asking.exclude))


def _reachable(
    subject: Subject, directory: Directory, path: Path, asking: Approvers, exclude: Sequence[str]
) -> Iterator[Problem]:
    asked = [_static(subject, directory, text) for text in asking.from_]
    if any(people is None for people in asked):
        return
    barred = {person for text in exclude for person in _static(subject, directory, text) or ()}
    left = {person for people in asked for person in people or ()} - barred
    if not left:
        hint = "add members to the team or role, or name other approvers"
        yield subject.problem((*path, "from"), "nobody-to-ask", "there is no approver", hint)
    elif isinstance(asking.need, int) and asking.need > len(left):
        approvers = "there is only 1 approver" if len(left) == 1 else f"there are only {len(left)} approvers"
        message = f"{asking.need} approvals are needed, but {approvers}"
        yield subject.problem((*path, "need"), "unreachable-number", message, f"approvers: {', '.join(sorted(left))}")


def _static(subject: Subject, directory: Directory, text: str) -> tuple[str, ...] | None:
    """The people whom a principal always names; None if that depends on the ticket, or if the principal is invalid."""
    try:
        principal = parse_principal(text, subject.process.fields)
    except PrincipalError:
        return None
    match principal:
        case PersonPrincipal(name):
            known = name in subject.organization.people
        case TeamPrincipal(name):
            known = name in subject.organization.teams
        case RolePrincipal(name):
            known = name in subject.organization.roles
        case _:
            return None
    return directory.people(format_bound(principal)) if known else None


def stages(subject: Subject) -> Iterator[Problem]:
    """At least one stage always applies."""
    for one in subject.placed:
        approval = one.state.approval
        if approval is not None and approval.stages and all(stage.when is not None for stage in approval.stages):
            path = (*one.path, "approval", "stages")
            message = "every stage has a 'when': possibly none applies, and no approval is requested"
            yield subject.problem(path, "no-certain-stage", message, "remove 'when' from one of the stages", key=True)


CHECKS = (reachable_numbers, stages)
