"""What a definition or an organization is, as one number: the same for the same content, however it is written."""

from __future__ import annotations

import hashlib
import json

from definitions.schema.organization import Organization
from definitions.schema.process import Process


def digest(process: Process) -> str:
    """SHA-256, in hex, of the process as it will run: comments, order of keys and shorthand make no difference.

    The order of states, transitions and tables does: it is document order, which decides (SCXML, section 3.13).
    """
    return hashlib.sha256(canonical_json(process).encode()).hexdigest()


def canonical_json(process: Process) -> str:
    """Compact JSON of everything that differs from its default, mappings in document order."""
    content = json.loads(process.model_dump_json(by_alias=True, exclude_defaults=True))
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def digest_of_people(organization: Organization) -> str:
    """16 hex digits of what says who is who, and who is away: people, teams, roles, services and the zone."""
    parts = {"people", "teams", "roles", "services", "organization"}
    content = organization.model_dump(mode="json", by_alias=True, exclude_defaults=True, include=parts)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
