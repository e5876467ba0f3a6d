"""Requests that Schemathesis makes from the OpenAPI document, and the faults of their responses."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx
import schemathesis
from schemathesis import hooks
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.generation.case import Case
from schemathesis.hooks import HookContext

MADE_UP = 8
"""One of this many generated values stays as it is; the other values are replaced by values that exist."""
FORM_CODES = ("invalid_request", "malformed_json")
"""The codes for requests that do not have the form of OpenAPI; other codes are refusals by the rules of a ticket."""
BOUNDS = ("a whole number has at most 64 bits", "nests deeper than")
"""Parts of the refusals of free JSON, whose numbers and depth are bounded."""
READ = ("visit", "round", "stage")
"""The fields by which a decision names its request; with generated values, the decision is always stale."""
INBOUND = "/v1/inbound/{source}"
SOURCE = "monitoring"
"""The machine that sends events from outside."""


@dataclass(frozen=True)
class Known:
    """Values that exist on the server, so that requests get past the first look-up."""

    values: Mapping[str, Sequence[str]]
    """By the place of a parameter, as in ``path.key``, ``query.process`` or ``body.to``."""
    openings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Fields that open a ticket, by process."""
    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Values of the form of an event, by event."""

    def is_real(self, name: str, value: object) -> bool:
        """Whether this is the key of a ticket that may exist: links lead to tickets that were opened meanwhile."""
        prefixes = {key.partition("-")[0] for key in self.values["path.key"]}
        return name == "key" and str(value).partition("-")[0] in prefixes


@dataclass
class Explored:
    """The requests of one run, and the faults of their responses."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    """The number of answers by operation and status."""
    wrong: dict[str, str] = field(default_factory=dict)
    """The first example of each fault."""

    @property
    def cases(self) -> Counter[str]:
        """The number of requests by operation."""
        found: Counter[str] = Counter()
        for (operation, _), times in self.answers.items():
            found[operation] += times
        return found

    def hear(self, event: events.EngineEvent) -> None:
        match event:
            case events.ScenarioFinished():
                self._take(event.recorder)
            case events.NonFatalError():
                self.wrong.setdefault(f"{event.label}: {type(event.value).__name__}", str(event.value))
            case events.FatalError():
                raise event.exception

    def _take(self, recorder: ScenarioRecorder) -> None:
        for key, node in recorder.cases.items():
            made = recorder.interactions.get(key)
            if made is not None and made.response is not None:
                self.answers[node.value.operation.label, made.response.status_code] += 1
        for checks in recorder.checks.values():
            for check in checks:
                if check.status is not Status.SUCCESS and check.failure_info is not None:
                    self._note(check.name, check.failure_info.failure, check.failure_info.code_sample)

    def _note(self, check: str, failure: Failure, sample: str) -> None:
        fault = f"{failure.operation}: {check}: {failure.title}"
        self.wrong.setdefault(fault, f"{failure.message}\n{sample}")


def explore(url: str, who: str, known: Known, *, examples: int, seed: int, boundaries: str = "all") -> Explored:
    """Sends valid and invalid requests to every operation, and follows its links, as ``who``.

    ``boundaries``: whether ``all`` systematic values at the boundaries of every schema are sent, or the ``positive``
    ones alone; the others are refused before the rights of their sender matter.
    """
    document = httpx.get(f"{url}/openapi.json", trust_env=False).json()
    config = schemathesis.Config.from_dict(_config(url, who, examples, seed, boundaries))
    schema = schemathesis.openapi.from_dict(document, config=config)

    def reach(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
        _reach(case, known)

    @schema.hook("filter_failure")
    def is_wrong(_context: HookContext, failure: Failure, _case: Case[Any], response: Response) -> bool:
        return not _refused_by_the_process(failure, response) and not _misses_a_part(failure, response)

    explored = Explored()
    schemathesis.hook("before_call")(reach)  # there is no such hook of a schema
    try:
        for event in from_schema(schema).execute():
            explored.hear(event)
    finally:
        hooks.unregister(reach)
    return explored


def _config(url: str, who: str, examples: int, seed: int, boundaries: str) -> dict[str, Any]:
    return {
        "base-url": url,
        "seed": seed,
        "headers": {"X-Actor": who},
        "continue-on-failure": True,
        "generation": {
            "max-examples": examples,
            "no-shrink": True,
            "deterministic": True,
            "database": "none",
            "allow-x00": False,  # no text holds a NUL, which a schema can't say of the values of free JSON
            "with-security-parameters": False,
        },
        "phases": {"coverage": {"generation": {"mode": boundaries}}},
        "checks": {"use_after_free": {"enabled": False}},  # a freeze that is lifted stays on record
        "operations": [{"include-path": INBOUND, "headers": {"X-Actor": f"source:{SOURCE}"}}],
    }


def _reach(case: Case[Any], known: Known) -> None:
    """Replaces most generated values by values that exist. Values that are wrong on purpose stay."""
    draw = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode("utf-8", "surrogatepass"))
    for location, part in (
        (ParameterLocation.PATH, case.path_parameters),
        (ParameterLocation.QUERY, case.query),
        (ParameterLocation.BODY, case.body),
    ):
        wrong_on_purpose = case.meta is not None and case.meta.is_negative_at(location)
        if isinstance(part, dict) and not wrong_on_purpose:
            for name in part:
                values = known.values.get(f"{location.value}.{name}", ())
                if values and draw % MADE_UP and not known.is_real(name, part[name]):
                    part[name] = values[draw // MADE_UP % len(values)]
    if not (case.meta is not None and case.meta.is_negative_at(ParameterLocation.BODY)):
        _fill(case, known, draw)
    if case.headers is not None:
        _tag(case, draw)


def _tag(case: Case[Any], draw: int) -> None:
    """Quotes an entity tag, since the generator drops its quotes; removes it from most requests."""
    tag = case.headers.get("If-Match")
    if tag is None or not str(tag).strip('"').isdigit():
        return
    if draw % MADE_UP:
        del case.headers["If-Match"]
    elif str(tag).isdigit():
        case.headers["If-Match"] = f'"{tag}"'


def _fill(case: Case[Any], known: Known, draw: int) -> None:
    """Puts values that a ticket takes into most bodies that have the right form. The form stays as it is."""
    body = case.body
    if not isinstance(body, dict) or not isinstance(body.get("fields", {}), dict) or not draw % MADE_UP:
        return
    values: Mapping[str, Any] | None = None
    if case.operation.label == "POST /v1/tickets" and isinstance(body.get("process"), str):
        values = known.openings.get(str(body["process"]))
    elif case.operation.path.endswith("/events/{name}"):
        values = known.forms.get(str((case.path_parameters or {}).get("name")))
    elif case.operation.path.endswith("/tasks/{task}") and "fields" in body:
        values = {}
    if values is not None:
        case.body = body | {"fields": deepcopy(dict(values))}
    elif case.operation.path.endswith("/decision"):
        case.body = {name: value for name, value in body.items() if name not in READ}


def _refused_by_the_process(failure: Failure, response: Response) -> bool:
    """Whether a request of the right form was refused for its values: by rules that OpenAPI does not describe."""
    if "positive_data_acceptance" not in failure.checks:
        return False
    if response.status_code in (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.GONE):
        return True
    told = response.json()
    if told["code"] not in FORM_CODES:
        return True
    return "fields" in told or any(bound in told["detail"] for bound in BOUNDS)


def _misses_a_part(failure: Failure, response: Response) -> bool:
    """Whether a new ticket exists, and only the service level in the address does not."""
    return "ensure_resource_availability" in failure.checks and response.json()["code"] == "unknown_service_level"
