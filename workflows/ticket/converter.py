"""The data converter of clients and workers: JSON by pydantic, with a codec where payloads are encrypted."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    PayloadCodec,
)


@lru_cache(maxsize=256)
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


class _SharedJson(PydanticJSONPlainPayloadConverter):
    """Builds the reader of a type once. The SDK makes a converter for every workflow instance, and building the readers
    of a ticket costs more than the rest of its start."""

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        return _adapter(type_hint if type_hint is not None else Any).validate_json(payload.data)


class TicketPayloadConverter(CompositePayloadConverter):
    """Temporal's own converters, with JSON done by pydantic."""

    def __init__(self) -> None:
        encodings = DefaultPayloadConverter.default_encoding_payload_converters
        shared = _SharedJson()
        super().__init__(*(shared if each.encoding == shared.encoding else each for each in encodings))


def data_converter(payload_codec: PayloadCodec | None = None) -> DataConverter:
    """The converter of every client and worker; ``payload_codec`` encrypts what Temporal stores, failures too."""
    failures = DefaultFailureConverterWithEncodedAttributes if payload_codec else DefaultFailureConverter
    return DataConverter(
        payload_converter_class=TicketPayloadConverter, failure_converter_class=failures, payload_codec=payload_codec
    )
