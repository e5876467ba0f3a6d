"""Changes of the organization while the ticket of a scenario waits: people leave, join, and enter absences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from definitions.schema.organization import Organization, OutOfOffice
from definitions.schema.scenario import Absent, Reorganization, ScenarioStep
from workflows.engine.scenarios.setting import Setting

T = TypeVar("T")


def reorganized(setting: Setting, step: ScenarioStep) -> Setting | None:
    """The setting after a step that changes the organization; None for any other step.

    The ticket keeps the definition and the calendars with which it was opened.
    """
    if step.absent is not None:
        return _among(setting, _with_absence(setting.organization, step.absent))
    if step.organization is not None:
        return _among(setting, _changed(setting.organization, step.organization))
    return None


def _among(setting: Setting, organization: Organization) -> Setting:
    pinned = setting.pinned
    changed = replace(setting, organization=organization)
    changed.__dict__["pinned"] = pinned  # the computed value of a cached property of a frozen class
    return changed


def _with_absence(organization: Organization, absent: Absent) -> Organization:
    known = organization.people.get(absent.person)
    if known is None:  # ``references`` reports it before the scenario runs
        return organization
    entry = OutOfOffice(from_=absent.from_, to=absent.to, delegate=absent.delegate)
    person = known.model_copy(update={"out_of_office": (*known.out_of_office, entry)})
    return organization.model_copy(update={"people": {**organization.people, absent.person: person}})


def _changed(organization: Organization, change: Reorganization) -> Organization:
    return organization.model_copy(
        update={
            "people": _laid_over(organization.people, change.people),
            "teams": _laid_over(organization.teams, change.teams),
            "roles": _laid_over(organization.roles, change.roles),
            "services": _laid_over(organization.services, change.services),
        }
    )


def _laid_over(known: Mapping[str, T], change: Mapping[str, T | None]) -> dict[str, T]:
    return {name: one for name, one in {**known, **change}.items() if one is not None}
