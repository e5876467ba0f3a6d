"""One attempt of a ``call`` or ``http`` step; its inputs and its result are checked."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json, to_jsonable_python

from activities.actions.declaring import Action, ActionError, Context
from activities.callbacks import Addresses, Awaited, NoCallbacksError
from activities.outbound import Outbound
from activities.outside import plain_json
from activities.records.store import Records
from activities.world import World
from definitions.schema.model import Json
from definitions.text.invalid_values import reason
from definitions.text.suggestions import closest
from definitions.times import Instant
from workflows.contracts import AutomateRequest, AutomateResult
from workflows.engine.model.automation import MOST_BYTES, CallAction


class HopelessError(Exception):
    """Another attempt would fail as well; the text is for people."""


def automate(
    world: World,
    records: Records,
    actions: Mapping[str, Action],
    outbound: Outbound,
    request: AutomateRequest,
    at: Instant,
    addresses: Addresses | None = None,
) -> AutomateResult:
    """Performs one attempt. Raises HopelessError; any other exception means that another attempt may succeed.

    ``addresses`` makes the callback address of the request.
    """
    if isinstance(request.what, CallAction):
        context = Context(request.id, request.ticket, request.process, at, records, world)
        value = _call(actions, request.what, context)
    else:
        address = _address(addresses or Addresses(), request)
        value = outbound.send(
            request.what,
            key=request.id,
            seconds=request.timeout,
            callback=address,
            hops=request.hops,
            chain=request.chain,
        )
        if address is not None:
            return AutomateResult()  # the callback brings the result; this answer may repeat the secret address
    try:
        plain_json(value)
    except ValueError as error:
        raise HopelessError(f"the result can't be kept: {error}") from None
    size = len(to_json(value))
    if size > MOST_BYTES:
        raise HopelessError(f"the result has {size} bytes: a ticket keeps {MOST_BYTES} at most")
    return AutomateResult(value)


def _address(addresses: Addresses, request: AutomateRequest) -> str | None:
    if request.callback_until is None or request.place is None:
        return None
    try:
        return addresses.of(Awaited(request.ticket, request.place, request.callback_until))
    except NoCallbacksError as error:
        raise HopelessError(str(error)) from None


def _call(actions: Mapping[str, Action], what: CallAction, context: Context) -> Json:
    action = actions.get(what.action)
    if action is None:
        hint = closest(what.action, actions) or f"there are {', '.join(sorted(actions))}"
        raise HopelessError(f"there is no action {what.action!r} here ({hint})")
    try:
        inputs = action.inputs.model_validate(dict(what.inputs))
    except ValidationError as error:
        raise HopelessError(f"inputs: {_told(error)}") from None
    try:
        result = action.perform(inputs, context)
    except ActionError as error:
        raise HopelessError(str(error)) from error
    return _checked(action, result)


def _checked(action: Action, result: object) -> Json:
    """The result as JSON, validated by the model that the action declares."""
    try:
        raw = result.model_dump(by_alias=True, warnings=False) if isinstance(result, BaseModel) else result
        outputs = action.outputs.model_validate(raw)
        value: Json = to_jsonable_python(outputs.model_dump(mode="json", by_alias=True))
    except (ValidationError, ValueError) as error:
        told = _told(error) if isinstance(error, ValidationError) else str(error)
        raise HopelessError(f"the result does not fit the declared model: {told}") from None
    return value


def _told(error: ValidationError) -> str:
    """Places and reasons, without the values, which may be confidential."""
    found = [(".".join(map(str, one["loc"])), reason(one)) for one in error.errors(include_input=False)]
    return "; ".join(f"{place}: {words}" if place else words for place, words in found)
