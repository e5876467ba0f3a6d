"""Digests of processes and organizations: equal content has an equal digest, however it is written."""

from __future__ import annotations

import hashlib
import json

from definitions.schema.organization import Organization
from definitions.schema.process import Process


def digest(process: Process) -> str:
    """SHA-256, in hex, of the process as it will run. Comments, the order of keys and shorthand make no difference.

    The order of states, transitions and tables does: document order decides (SCXML, section 3.13).
    """
    return hashlib.sha256(canonical_json(process).encode()).hexdigest()


def canonical_json(process: Process) -> str:
    """Compact JSON of every value that differs from its default, with mappings in document order."""
    content = json.loads(process.model_dump_json(by_alias=True, exclude_defaults=True))
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def digest_of_people(organization: Organization) -> str:
    """16 hex digits for the people, teams, roles and services of an organization, their absences and its zone."""
    parts = {"people", "teams", "roles", "services", "organization"}
    content = organization.model_dump(mode="json", by_alias=True, exclude_defaults=True, include=parts)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
