"""Texts of notifications: Jinja2 in a sandbox. Values that people wrote are never templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, Template, pass_context
from jinja2.runtime import Context

from activities.notifications.template_budget import BudgetedEnvironment, budget, spend
from activities.notifications.texts import BUILT_IN
from definitions.text.values import in_words
from workflows.engine.model.effects import Notify

LONGEST_SUBJECT = 200
LONGEST_BODY = 100_000
SUBJECT = "Subject:"
ZONE = "_zone"


@dataclass(frozen=True, slots=True)
class Text:
    """The text to send. ``problem`` says why it is not the requested text."""

    subject: str
    body: str
    problem: str | None = None


class Forgiving(dict[str, Any]):
    """A mapping whose absent keys are null, like unset fields of a ticket."""


class _Environment(BudgetedEnvironment):
    """Keys win over methods (a field may be called ``items``); an absent key of a forgiving mapping is null."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, Forgiving) and not hasattr(dict, attribute):
            return None
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Forgiving) and isinstance(argument, str):
            return obj.get(argument)
        return super().getitem(obj, argument)


@pass_context  # so that Jinja computes no constant before a rendering has its budget
def _written(_: Context, value: Any) -> Any:
    """A value of an expression as a person reads it: empty for null, ``true``, ``6000``."""
    text = "" if value is None else str(in_words(value) if isinstance(value, bool | float) else value)
    spend(len(text))
    return text


def _local(context: Context, value: Any) -> str | None:
    """A time (RFC 3339 text or UTC seconds) in the person's zone."""
    if value is None:
        return None
    moment = datetime.fromtimestamp(value, UTC) if isinstance(value, int) else datetime.fromisoformat(str(value))
    return moment.astimezone(ZoneInfo(context[ZONE])).strftime("%Y-%m-%d %H:%M %Z")


def _environment() -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined,
        finalize=_written,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["local"] = pass_context(_local)
    return environment


_ENVIRONMENT = _environment()


@lru_cache(maxsize=512)
def _compiled(source: str) -> tuple[Template, Template]:
    """The templates of subject and body, compiled once for thousands of notifications."""
    first, _, rest = source.partition("\n")
    if not first.startswith(SUBJECT):
        raise ValueError(f"the first line must be '{SUBJECT} …'")
    return _ENVIRONMENT.from_string(first.removeprefix(SUBJECT)), _ENVIRONMENT.from_string(rest)


def render(notify: Notify, templates: Mapping[str, str], values: Mapping[str, Any], zone: str = "UTC") -> Text:
    """The text of a notification for one person; ``zone`` is the person's, for the filter ``local``.

    ``message`` is taken literally. A template that is absent or does not render gives the built-in text and a problem,
    never an exception: the person is notified in any case.
    """
    if notify.message is not None:
        return Text(_rendered(BUILT_IN["step"], values, zone).subject, notify.message[:LONGEST_BODY])
    built_in, name = BUILT_IN[notify.reason], notify.template or notify.reason
    if name not in templates:
        missing = f"template '{name}' does not exist: the built-in text was sent" if notify.template else None
        return replace(_rendered(built_in, values, zone), problem=missing)
    try:
        return _rendered(templates[name], values, zone)
    except Exception as error:
        problem = f"template '{name}' does not render ({type(error).__name__}: {error}): the built-in text was sent"
        return replace(_rendered(built_in, values, zone), problem=problem)


def _rendered(source: str, values: Mapping[str, Any], zone: str) -> Text:
    with budget():
        subject, body = (template.render({**values, ZONE: zone}) for template in _compiled(source))
    tidy = re.sub(r"\n{3,}", "\n\n", body.replace("\r\n", "\n")).strip() + "\n"
    return Text(one_line(subject)[:LONGEST_SUBJECT], tidy[:LONGEST_BODY])


def one_line(text: str) -> str:
    """The text as one line without control characters, as a mail header takes it."""
    printable = "".join(" " if char.isspace() or not char.isprintable() else char for char in text)
    return " ".join(printable.split())
