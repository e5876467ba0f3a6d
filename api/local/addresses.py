"""Addresses in the HTTP API, for its clients on this machine: put together from segments, never written as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import quote

Segments: TypeAlias = tuple[str, ...]
"""The segments of an address below the API's version: ``("tickets", key, "events", name)``."""

_ROOT = "/v1/"
_NOUNS: Mapping[str, str] = {
    "tickets": "key of a ticket",
    "events": "name of an event",
    "approvals": "name of a state",
    "runs": "name of a state",
    "tasks": "id of a task",
    "freezes": "id of a freeze",
    "inbound": "name of a source",
    "processes": "id of a process",
}
"""What the segment behind each of these segments is."""


class SegmentError(ValueError):
    """A segment that would make another address than the one that is meant."""


def path(segments: Segments) -> str:
    """The path of an address, each segment percent-encoded (RFC 3986, section 2.1).

    Raises SegmentError for a segment that is empty, ``.`` or ``..``, or that contains ``/``: servers decode a path
    before they take it apart, so that an encoded ``/`` would separate two segments.
    """
    nouns = ("segment", *(_NOUNS.get(one, "segment") for one in segments[:-1]))
    return _ROOT + "/".join(_encoded(one, noun) for one, noun in zip(segments, nouns, strict=True))


def _encoded(segment: str, noun: str) -> str:
    if not segment:
        raise SegmentError(f"The {noun} can't be empty.")
    if segment in (".", ".."):
        raise SegmentError(f"The {noun} can't be '{segment}'.")
    if "/" in segment:
        raise SegmentError(f"The {noun} can't contain '/': '{segment}'.")
    return quote(segment, safe="")
