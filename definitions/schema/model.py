"""The base class of all models of the language, and the types that they share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema

T = TypeVar("T")
Json: TypeAlias = Any
"""A JSON value: null, bool, int, float, text, list or mapping. Times are text (RFC 3339, UTC, whole seconds)."""


def _in_words(model: type[Any]) -> str:
    """``Task result`` for TaskResult: the title of a model, for editors and the reference, if it declares none."""
    return re.sub(r"(?<=[a-z])[A-Z]", lambda letter: f" {letter[0].lower()}", model.__name__)


class Model(BaseModel):
    """Frozen, strict and closed: an unknown key is an error, so that no typo stays hidden."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        validate_by_name=True,
        validate_by_alias=True,
        model_title_generator=_in_words,
        use_attribute_docstrings=True,  # editors show the docstring below a key
    )


def as_tuple(value: object) -> object:
    """An element may stand without its list: ``by: requester`` is ``by: [requester]``."""
    if value is None or isinstance(value, tuple):
        return value
    return tuple(value) if isinstance(value, list) else (value,)


def listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class OneOrMore:
    """States in the JSON Schema that an element may stand without its list."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]} if many.get("items") else many


@dataclass(frozen=True)
class Called:
    """The name of a kind of value in the JSON Schema and in the reference."""

    title: str
    pattern: str | None = None

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        found = {**handler(schema), "title": self.title}
        return {**found, "pattern": self.pattern} if self.pattern else found


@dataclass(frozen=True)
class Keyed:
    """The name of the keys of a mapping in the JSON Schema; pydantic only gives their form."""

    title: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        found = handler(schema)
        return {**found, "propertyNames": {**found.get("propertyNames", {}), "title": self.title}}


Some = Annotated[tuple[T, ...], BeforeValidator(as_tuple), OneOrMore()]
"""An element or a list of elements."""

Listed = Annotated[tuple[T, ...], BeforeValidator(listed)]
"""A list, kept as a tuple."""

DURATION = re.compile(r"(0|[1-9]\d{0,8})(s|m|h|d|w)")


def _duration(text: str) -> str:
    if not DURATION.fullmatch(text):
        raise ValueError("a duration is one number and one unit: 90s, 15m, 4h, 3d or 2w")
    return text


def number_as_text(value: object) -> object:
    """Keep the text of a date or a bare word that YAML reads as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64), Called("id")]
Duration = Annotated[str, AfterValidator(_duration), Called("duration", f"^{DURATION.pattern}$")]
"""``90s 15m 4h 3d 2w``: LANGUAGE, section 3."""
Expression = Annotated[str, StringConstraints(min_length=1, max_length=4000), Called("expression")]
"""CEL source text."""
Principal = Annotated[str, StringConstraints(min_length=1, max_length=4000), Called("principal")]
"""``person:alice``, ``team:cab``, ``role:x``, a field, ``opener`` … or ``=expression``: LANGUAGE, section 3."""
Title = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Words = Annotated[str, Field(max_length=20_000)]
PersonId = Annotated[str, Called("person")]
TeamId = Annotated[str, Called("team")]
ServiceId = Annotated[str, Called("service")]
CalendarId = Annotated[str, Called("calendar")]
"""A calendar of the organization, or ``always``."""
TimeZone = Annotated[str, Called("time zone")]
"""A name of the IANA database."""
EventName = Annotated[str, Called("event")]
