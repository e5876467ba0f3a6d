"""The people, teams and services that field values name, by the organization of this moment."""

from __future__ import annotations

from collections.abc import Mapping

from definitions.people.directory import Directory, ServiceFacts
from definitions.schema.model import Json
from definitions.schema.organization import Organization
from definitions.schema.process import Process


def facts(directory: Directory, process: Process, fields: Mapping[str, Json]) -> dict[str, ServiceFacts]:
    """Facts of every service that the written fields name; one that does not exist has none."""
    named = [one for name, spec in process.fields.items() if spec.type == "service" for one in _ids(fields.get(name))]
    found = {service: directory.service_facts(service) for service in named}
    return {service: facts for service, facts in found.items() if facts is not None}


def unknown(organization: Organization, process: Process, fields: Mapping[str, Json]) -> dict[str, str]:
    """Written fields that name a person, team or service the organization does not have, with the reason."""
    known: dict[str, Mapping[str, object]] = {
        "person": organization.people,
        "team": organization.teams,
        "service": organization.services,
    }
    wrong: dict[str, str] = {}
    for name, value in fields.items():
        spec = process.fields.get(name)
        if spec is None or spec.type not in known:
            continue
        gone = [one for one in _ids(value) if one not in known[spec.type]]
        if gone:
            wrong[name] = f"{name}: there is no {spec.type} {', '.join(repr(one) for one in gone)}"
    return wrong


def with_defaults(process: Process, fields: Mapping[str, Json]) -> dict[str, Json]:
    """The written fields, and the defaults of the others as far as they are no expressions."""
    literal = {
        name: spec.default
        for name, spec in process.fields.items()
        if spec.default is not None and not str(spec.default).startswith("=")
    }
    return {**literal, **fields}


def _ids(value: Json) -> tuple[str, ...]:
    """The ids of a written field; none where its type is wrong, which the core says better."""
    if isinstance(value, str):
        return (value.strip(),) if value.strip() else ()
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return values(value)
    return ()


def values(value: Json) -> tuple[str, ...]:
    """The texts of a field that may hold one or a list of them."""
    if value is None:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else (str(value),)
