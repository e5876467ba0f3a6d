"""The people, teams and services that values name, and whether the organization of this moment has them.

The edge, the worker and scenarios all ask here. Values are judged in the form in which a ticket keeps them: blanks
around an id are no part of it. Wrong types and empty ids name nobody; the core refuses them in its own words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from definitions.people.bound import bound_text, read_bound
from definitions.people.directory import Directory, ServiceFacts
from definitions.people.principals import PersonPrincipal, RolePrincipal, TeamPrincipal
from definitions.schema.model import Json
from definitions.schema.organization import Organization
from definitions.schema.process import Process

MOST_NAMED = 10
"""The unknown ids that a refusal names."""
_PLURALS = {"person": "people"}


def facts(directory: Directory, process: Process, fields: Mapping[str, Json]) -> dict[str, ServiceFacts]:
    """The facts of every service that the written fields name; an unknown service has none."""
    specs = process.fields
    written = [value for name, value in fields.items() if name in specs and specs[name].type == "service"]
    return directory.facts_of([service for value in written for service in _ids(value)]) if written else {}


def unknown(organization: Organization, process: Process, fields: Mapping[str, Json]) -> dict[str, str]:
    """The written fields that name a person, team or service that the organization does not have, with the reason.

    The assignee counts as such a field, and may name a role too.
    """
    wrong: dict[str, str] = {}
    for name, value in fields.items():
        spec = process.fields.get(name)
        kind, ids = _assignee(value) if name == "assignee" else (spec.type if spec else "", _ids(value))
        known = _known(organization, kind)
        missing = [] if known is None else [one for one in ids if one not in known]
        if missing:
            wrong[name] = f"{name}: {there_is_no(kind, missing)}"
    return wrong


def _known(organization: Organization, kind: str) -> Collection[str] | None:
    """The ids of a kind; None for a kind of value that names nothing in the organization."""
    match kind:
        case "person":
            return organization.people
        case "team":
            return organization.teams
        case "role":
            return organization.roles
        case "service":
            return organization.services
        case _:
            return None


def _assignee(value: Json) -> tuple[str, tuple[str, ...]]:
    """The kind and the id of the person, team or role that an assignee names; the core refuses all other values."""
    match read_bound(bound_text(value.strip())) if isinstance(value, str) else None:
        case PersonPrincipal(person):
            return "person", (person,)
        case TeamPrincipal(team):
            return "team", (team,)
        case RolePrincipal(role):
            return "role", (role,)
        case _:
            return "", ()


def there_is_no(kind: str, ids: Iterable[str]) -> str:
    """Why a value is refused that names a person, team or service in vain; of many ids the first ten are named."""
    missing = list(dict.fromkeys(ids))
    if len(missing) == 1:
        return f"there is no {kind} {missing[0]!r}"
    named = ", ".join(repr(one) for one in missing[:MOST_NAMED])
    rest = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
    return f"there are no {_PLURALS.get(kind, f'{kind}s')} {named}{rest}"


def with_defaults(process: Process, fields: Mapping[str, Json]) -> dict[str, Json]:
    """The written fields, and the literal defaults of the others; defaults that are expressions are left out."""
    literal = {
        name: spec.default
        for name, spec in process.fields.items()
        if spec.default is not None and not str(spec.default).startswith("=")
    }
    return {**literal, **fields}


def _ids(value: Json) -> tuple[str, ...]:
    """The ids of a written field, without the blanks around them; none where a type is wrong."""
    found = value if isinstance(value, list | tuple) else (value,)
    if not all(isinstance(one, str) for one in found):
        return ()
    return tuple(id_ for one in found if (id_ := one.strip()))


def values(value: Json) -> tuple[str, ...]:
    """The texts of a field that holds one text or a list of them."""
    if value is None:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else (str(value),)
