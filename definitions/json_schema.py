"""JSON Schema of definition files, for editors: ``python -m definitions.json_schema --write`` or ``--check``.

Draft 2020-12, made from the models alone, so that an editor and the loader can't disagree on keys and kinds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import TAKES_ACTOR, Scenario

MODELS: dict[str, type[BaseModel]] = {"process": Process, "organization": Organization, "scenario": Scenario}
FOLDER = Path(__file__).parents[1] / "docs" / "schema"


class _Dialect(GenerateJsonSchema):
    """Without the titles that pydantic makes of names: editors would show them in place of descriptions."""

    schema_dialect = "https://json-schema.org/draft/2020-12/schema"

    def generate(self, schema: Any, mode: JsonSchemaMode = "validation") -> dict[str, Any]:
        return {"$schema": self.schema_dialect, **super().generate(schema, mode)}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_text(name: str) -> str:
    """The schema of ``process``, ``organization`` or ``scenario`` files, as it stands in ``docs/schema``."""
    schema = MODELS[name].model_json_schema(by_alias=True, mode="validation", schema_generator=_Dialect)
    if name == "scenario":
        _let_actors_stand_inside(schema)
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _let_actors_stand_inside(schema: dict[str, Any]) -> None:
    """``approve: {as: carol}``: the model takes ``as`` out of a step's content before it looks at it.

    Likewise ``comment: text`` is ``comment: {text: text}``.
    """
    properties = schema["$defs"]["ScenarioStep"]["properties"]
    for action in TAKES_ACTOR:
        choices = properties[action].get("anyOf", [properties[action]])
        if action == "comment":
            choices.append({"type": "string"})
        for reference in (choice["$ref"] for choice in choices if "$ref" in choice):
            schema["$defs"][reference.rpartition("/")[2]].setdefault("properties", {})["as"] = {"type": "string"}


def main(arguments: list[str]) -> int:
    """``--write`` writes the files; ``--check`` is 1 where one is stale; anything else is 2."""
    if arguments == ["--write"]:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in MODELS:
            (FOLDER / f"{name}.json").write_text(schema_text(name))
        return 0
    if arguments == ["--check"]:
        stale = [name for name in MODELS if not _is_current(name)]
        for name in stale:
            sys.stderr.write(f"docs/schema/{name}.json is stale: run python -m definitions.json_schema --write\n")
        return 1 if stale else 0
    sys.stderr.write("usage: python -m definitions.json_schema --write | --check\n")
    return 2


def _is_current(name: str) -> bool:
    path = FOLDER / f"{name}.json"
    return path.exists() and path.read_text() == schema_text(name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
