"""The JSON Schema of definition files for editors, and the reference that is made from it.

``python -m definitions.documents.json_schema --write`` or ``--check``. The schema is of Draft 2020-12. It is made only
from the models and their examples, so that an editor, the reference and the loader can't disagree.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from definitions.documents.generated import DOCUMENTS, write_or_check
from definitions.documents.reference_pages import page
from definitions.documents.schema_examples import ExampleIndex
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import TAKES_ACTOR, Scenario

MODELS: dict[str, type[BaseModel]] = {"process": Process, "organization": Organization, "scenario": Scenario}
FOLDER = DOCUMENTS / "schema"


class _Dialect(GenerateJsonSchema):
    """The dialect without the titles that pydantic derives from names: editors would show them before descriptions."""

    schema_dialect = "https://json-schema.org/draft/2020-12/schema"

    def generate(self, schema: Any, mode: JsonSchemaMode = "validation") -> dict[str, Any]:
        return {"$schema": self.schema_dialect, **super().generate(schema, mode)}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_of(name: str) -> dict[str, Any]:
    """The schema of ``process``, ``organization`` or ``scenario`` files, with keys in the order of the models."""
    root = MODELS[name]
    schema = root.model_json_schema(by_alias=True, mode="validation", schema_generator=_Dialect)
    if name == "scenario":
        _let_actors_stand_inside(schema)
    _tidy_descriptions(schema)
    shown = ExampleIndex({"organization": Organization, name: root} if name == "scenario" else {name: root})
    for model, definition in objects_of(root, schema):
        definition["examples"] = shown.of_model(model)
        for key, property_ in definition.get("properties", {}).items():
            property_["examples"] = shown.of_key(model, key)
    return schema


def objects_of(root: type[BaseModel], schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schema itself and every object that it defines, by the name of its model."""
    yield root.__name__, schema
    yield from ((name, one) for name, one in schema["$defs"].items() if name != root.__name__)


def schema_text(name: str) -> str:
    """The text of the schema in ``docs/schema``."""
    return json.dumps(schema_of(name), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _let_actors_stand_inside(schema: dict[str, Any]) -> None:
    """Allow ``approve: {as: carol}``: the model moves ``as`` from the content of a step to the step itself.

    Likewise, allow ``comment: text`` for ``comment: {text: text}``.
    """
    properties = schema["$defs"]["ScenarioStep"]["properties"]
    for action in TAKES_ACTOR:
        choices = properties[action].get("anyOf", [properties[action]])
        if action == "comment":
            choices.append({"type": "string"})
        whose = "The person of `allowed`." if action == "expect" else "The actor, as beside the key."
        for reference in (choice["$ref"] for choice in choices if "$ref" in choice):
            inside = schema["$defs"][reference.rpartition("/")[2]].setdefault("properties", {})
            inside["as"] = {"type": "string", "description": f"{whose} Default: the opener of the ticket."}


def _tidy_descriptions(value: Any) -> None:
    """Turn docstrings into Markdown, each on one line."""
    if isinstance(value, dict):
        if isinstance(text := value.get("description"), str):
            value["description"] = " ".join(text.replace("``", "`").split())
        for inner in value.values():
            _tidy_descriptions(inner)
    elif isinstance(value, list):
        for inner in value:
            _tidy_descriptions(inner)


def documents() -> dict[Path, str]:
    """Every generated file, with its text."""
    found = {FOLDER / f"{name}.json": schema_text(name) for name in MODELS}
    schemas = {name: schema_of(name) for name in MODELS}
    return found | {DOCUMENTS / "reference" / f"{name}.md": page(name, schemas) for name in MODELS}


def main(arguments: list[str]) -> int:
    return write_or_check(arguments, documents, "definitions.documents.json_schema")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
