"""What a definition is, as one number: the same for the same content, however it is written."""

from __future__ import annotations

import hashlib
import json

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
