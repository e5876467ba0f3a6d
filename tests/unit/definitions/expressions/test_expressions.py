"""Expressions: their form and their values."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from definitions.digest import digest
from definitions.expressions import (
    STATES,
    TAGS,
    EvaluationFailed,
    ExpressionError,
    Scope,
    check,
    compile_expression,
    errors_of,
    scope_of,
)
from definitions.expressions.evaluation import LONGEST_KNOWN, MOST_KNOWN
from definitions.pinned import pin
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from workflows.engine.compiled import compile_pinned

PROCESS = Process.model_validate(
    {
        "process": "change",
        "title": "Change",
        "practice": "change_enablement",
        "prefix": "CHG",
        "fields": {
            "summary": {"type": "text"},
            "model": {"type": "choice", "options": ["standard", "normal"]},
            "impact": {"type": "choice", "options": ["high", "low"]},
            "risk": {"type": "integer"},
            "amount": {"type": "number"},
            "urgent": {"type": "boolean"},
            "start": {"type": "datetime"},
            "day": {"type": "date"},
            "patience": {"type": "duration"},
            "approvers": {"type": "person", "list": True},
            "service": {"type": "service"},
        },
        "tables": {"risk": {"high": 9, "low": 1}, "partial": {"high": 1}, "patience": {"high": "60m", "low": "2d"}},
        "initial": "draft",
        "states": {
            "draft": {"tags": ["open"], "on": {"submit": {"to": "decide", "form": ["comment", "impact"]}}},
            "decide": {"approval": {"from": ["everyone"]}, "on": {"approved": "done", "rejected": "done"}},
            "done": {"final": True},
        },
    }
)
SCOPE = scope_of(PROCESS, each=True)


class Berlin:
    """The zone of an organization in Berlin, from the time zone database."""

    zone = ZoneInfo("Europe/Berlin")

    def add_days(self, instant: int, days: int) -> int:
        local = datetime.fromtimestamp(instant, self.zone)
        return int(local.replace(day=local.day + days).timestamp())

    def midnight(self, day: str) -> int:
        return int(datetime.fromisoformat(day).replace(tzinfo=self.zone).timestamp())


def evaluate(source: str, scope: Scope = SCOPE, **bound: Any) -> Any:
    """Names are given with ``__`` for the dot."""
    bindings = {name.replace("__", ".", 1): value for name, value in bound.items()}
    bindings |= {f"tables.{name}": rows for name, rows in PROCESS.tables.items()}
    return compile_expression(source, scope).evaluate(bindings, Berlin())


@pytest.mark.parametrize(
    ("source", "place", "message", "hint"),
    [
        ("ticket.rsk >= 4", (1, 1), "unknown name 'ticket.rsk'", "did you mean 'ticket.risk'?"),
        ("ticket.risk > 4 &&\n  ticket.rsk", (2, 3), "unknown name 'ticket.rsk'", "did you mean 'ticket.risk'?"),
        ("!inn_state('draft')", (1, 2), "unknown function 'inn_state'", "did you mean 'in_state'?"),
        ("ticket.risk == 'x'", (1, 13), "'==' can't be used with integer and text", ""),
        ("ticket.risk = 3", (1, 13), "syntax: can't read '= '", "write =="),
        ("ticket.urgent and ticket.urgent", (1, 15), "syntax: mismatched input 'and'", "write &&"),
        ("ticket.risk >", (1, 14), "syntax: the text ends too early", ""),
        ("has(ticket.risk)", (1, 1), "has(…) is not available", "an unset field is null: compare with != null"),
        ("ticket.model == 'standrd'", (1, 17), "ticket.model is never 'standrd'", "did you mean 'standard'?"),
        ("'norml' != ticket.model", (1, 1), "ticket.model is never 'norml'", "did you mean 'normal'?"),
        (
            "ticket.model in ['normal', 'x']",
            (1, 28),
            "ticket.model is never 'x'",
            "ticket.model is one of standard, normal",
        ),
        ("in_state('drft')", (1, 10), "unknown state 'drft'", "did you mean 'draft'?"),
        ("tag('opn')", (1, 5), "unknown tag 'opn'", "did you mean 'open'?"),
        ("in_state(ticket.summary)", (1, 16), "in_state(…) takes the name of a state in quotes", ""),
        (
            "tables.partial[ticket.impact]",
            (1, 15),
            "table 'partial' has no row for 'low'",
            "every option needs a row",
        ),
        ("duration('5x')", (1, 10), "'5x' is not a duration", "write one number and one unit: 90s, 15m, 4h, 3d or 2w"),
        (
            "event.data.at > now",
            (1, 15),
            "a time is combined with a value of unknown type",
            "write timestamp(…) around that value",
        ),
        ("1 > 0 && bytes('x') == bytes('y')", (1, 15), "function 'bytes' is not available", ""),
        (
            "(" * 60 + "1" + ")" * 60,
            (1, 1),
            "the expression is nested too deeply",
            "split it: move a part of it to a computed field",
        ),
    ],
)
def test_mistakes_have_a_place_and_a_way_out(source: str, place: tuple[int, int], message: str, hint: str) -> None:
    """A mistake in an expression is named with its line, its column, and the way out."""
    with pytest.raises(ExpressionError) as caught:
        check(source, SCOPE)
    error = caught.value
    assert ((error.line, error.column), error.message, error.hint) == (place, message, hint)


def test_all_mistakes_are_told() -> None:
    """Every mistake of an expression is reported at once."""
    messages = [error.message for error in errors_of("ticket.rsk > 1 && ticket.modl == 'normal'", SCOPE)]
    assert messages == ["unknown name 'ticket.rsk'", "unknown name 'ticket.modl'"]


@pytest.mark.parametrize(
    ("source", "expect", "message"),
    [
        ("ticket.risk", "bool", "the expression must be true or false, but is an integer"),
        ("ticket.summary", "time", "the expression must be a time, but is text"),
        ("ticket.risk", "list", "the expression must be a list, but is an integer"),
    ],
)
def test_what_is_expected_is_checked(source: str, expect: Any, message: str) -> None:
    """A guard is boolean and ``until`` a time, or the file does not load."""
    assert [error.message for error in errors_of(source, SCOPE, expect)] == [message]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("ticket.risk == null", True),
        ("ticket.risk != 3", True),
        ("ticket.approvers == null", True),
        ("null != ticket.approvers", False),
        ("ticket.approvers == null || ticket.approvers.size() > 3", True),
        ("actor.teams==null && ticket.approvers !=\n null", False),
        ("ticket.model in ['normal']", False),
        ("ticket.risk >= 4", None),
        ("ticket.risk + 1", None),
        ("tables.risk[ticket.impact]", None),
        ("!ticket.urgent", None),
        ("ticket.urgent && false", False),
        ("ticket.urgent && true", None),
        ("ticket.urgent || true", True),
        ("ticket.approvers.exists(one, one == 'bob')", None),
        ("[1, 2].exists(n, n > ticket.risk)", None),
        ("[1, 2].exists(n, n == 2 || n > ticket.risk)", True),
        ("ticket.summary.startsWith('x')", None),
        ("ticket.summary.size() > 3", None),
        ("ticket.start + duration('1h') > now", None),
        ("event.data.labels.severity == 'critical'", None),
        ("'cab' in actor.teams", None),
    ],
)
def test_null(source: str, value: object) -> None:
    """``==``, ``!=`` and ``in`` take null; order, indexing and arithmetic give null; logic treats it as unknown."""
    assert evaluate(source, now="2026-03-14T19:00:00Z") is value


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1 / ticket.risk == 1", "divide by zero"),
        ("event.data.labels.severity == 'x'", 'there is no "severity" in the table'),
        ("9223372036854775807 + size(ticket.summary) > 0", "integer overflow"),
        ("ticket.summary.matches('(')", "invalid regular expression: missing ): ("),
        ("event.data.number > 3", "a value has the wrong type: _>_(string, int64)"),
        ("1.0 / ticket.amount", "divide by zero"),
        ("timestamp(ticket.summary) > now", "'four' is no datetime such as 2026-03-14T20:00:00+01:00"),
    ],
)
def test_failures(source: str, reason: str) -> None:
    """A result that is neither a value nor null fails with its reason."""
    with pytest.raises(EvaluationFailed) as caught:
        evaluate(
            source,
            ticket__risk=0,
            ticket__amount=0,
            ticket__summary="four",
            event__data={"labels": {}, "number": "4"},
            now=0,
        )
    assert caught.value.reason == reason


def test_a_name_in_a_list() -> None:
    """Data that is a list where the expression looks up a name fails with words about lists and names."""
    with pytest.raises(EvaluationFailed, match="a name is looked up in a list, whose elements have numbers"):
        evaluate("event.data.x == 1", event__data=[1])


def test_cost_limit() -> None:
    """An evaluation that would look at too many elements is given up."""
    ten, source = "[1,2,3,4,5,6,7,8,9,10]", "1"
    for name in "abcdef":
        source = f"{ten}.map({name}, {source})"
    with pytest.raises(EvaluationFailed, match="costs too much"):
        evaluate(f"{source} == []")


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("ticket.start + duration('1d')", "2026-03-29T10:00:00Z"),
        ("ticket.start + duration('24h')", "2026-03-29T11:00:00Z"),
        ("duration('1d') + ticket.start - duration('1d')", "2026-03-28T11:00:00Z"),
        ("ticket.start - duration('90m')", "2026-03-28T09:30:00Z"),
        ("ticket.day", "2026-03-27T23:00:00Z"),
        ("ticket.start > ticket.day", True),
        ("ticket.start - ticket.day", "12h"),
        ("timestamp('2026-03-28T12:00:00+01:00') == ticket.start", True),
        ("timestamp(event.data.at) == ticket.start", True),
        ("[ticket.start, 'x']", ["2026-03-28T11:00:00Z", "x"]),
        ("{'at': ticket.start}", {"at": "2026-03-28T11:00:00Z"}),
        ("string(ticket.start)", "2026-03-28T11:00:00Z"),
    ],
)
def test_times(source: str, value: object) -> None:
    """Days keep the wall-clock time of the organization's zone, hours are exact, and a date is its first instant."""
    at = "2026-03-28T11:00:00Z"  # the day before Berlin's clocks go forward
    assert evaluate(source, ticket__start=at, ticket__day="2026-03-28", event__data={"at": at}) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("ticket.patience == duration('1h')", True),
        ("ticket.patience != duration('1h')", False),
        ("duration('2w') == duration('14d')", True),
        ("ticket.patience < duration('1d')", True),
        ("ticket.patience", "1h"),
        ("ticket.patience + duration('30m')", "90m"),
        ("tables.patience['low'] > tables.patience['high']", True),
        ("now + tables.patience['low']", "1970-01-03T00:00:00Z"),
        ("ticket.patience in [duration('1h')]", True),
    ],
)
def test_durations(source: str, value: object) -> None:
    """Durations are compared by value, in fields, tables and text alike."""
    assert evaluate(source, ticket__patience="60m", now=0) == value


def test_days_and_hours_do_not_add_up() -> None:
    """A sum of days and hours fails, since a day is not always 24 hours."""
    with pytest.raises(EvaluationFailed, match="a day is not always 24 hours"):
        evaluate("duration('1d') + duration('1h') > duration('2h')")


@pytest.mark.parametrize("source", ["ticket.amount > 1000", "2 * ticket.amount > 1", "ticket.amount * 2 >= -3 + 4.5"])
def test_whole_numbers_beside_decimals(source: str) -> None:
    """A whole number beside a field of type number is that number."""
    assert evaluate(source, ticket__amount=1001) is True


def test_mended_numbers_keep_the_columns() -> None:
    """A mistake behind a mended number is reported where the process owner wrote it."""
    (error,) = errors_of("ticket.amount > 1000 && ticket.rsk > 1", SCOPE)
    assert (error.line, error.column) == (1, 25)


def test_states_and_tags() -> None:
    """``in_state`` and ``tag`` look into the active states and their tags."""
    expression = compile_expression("in_state('draft') && !in_state('done') && tag('open')", SCOPE)
    assert expression.names == {STATES, TAGS}
    assert expression.evaluate({STATES: ["draft"], TAGS: ["open"]}) is True


def test_names() -> None:
    """An expression knows the names that it reads, and no others."""
    names = compile_expression("ticket.risk > 1 || [1].exists(ticket, approval.decide.outcome == 'x')", SCOPE).names
    assert names == {"ticket.risk", "approval.decide.outcome"}


def test_guards() -> None:
    """A guard that is null is false; a guard whose value is not a boolean fails."""
    assert compile_expression("ticket.risk > 1", SCOPE).holds({}) is False
    with pytest.raises(EvaluationFailed, match="neither true nor false"):
        compile_expression("event.data", SCOPE).holds({"event.data": 3})


def test_each_only_under_each() -> None:
    """``each`` is known only where an element is meant."""
    assert [error.message for error in errors_of("each == 1", scope_of(PROCESS))] == ["unknown name 'each'"]
    assert evaluate("each.key", each={"key": "INC-1"}) == "INC-1"


def test_tables_of_the_organization_win() -> None:
    """A table of the organization replaces the process's of the same name."""
    scope = scope_of(PROCESS, tables={"partial": {"high": 1, "low": 2}})
    assert errors_of("tables.partial[ticket.impact]", scope) == []


def test_remembered() -> None:
    """An expression is compiled once in a scope."""
    assert compile_expression("ticket.risk > 7", SCOPE) is compile_expression("ticket.risk > 7", SCOPE)


def test_year() -> None:
    """Times reach as far as years are written with four digits, and fail beyond."""
    last = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
    with pytest.raises(EvaluationFailed, match="outside the years"):
        evaluate("now + duration('48h')", now=last)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None has no count of references from Python 3.12 on")
def test_nulls_cost_no_references() -> None:
    """Null may be read as often as a process lives: the extension gives away a reference to None at each."""
    nulls = compile_expression("ticket.risk", SCOPE)
    listed = compile_expression("[ticket.risk]", SCOPE)
    before = sys.getrefcount(None)
    for _ in range(2_000):
        assert nulls._program.run({"ticket.risk": None}) is None
        assert listed.evaluate({}) == [None]
    assert sys.getrefcount(None) > before - 1_000


def test_what_is_remembered_depends_on_all_that_is_read() -> None:
    """With other values, values of another type, another table or another zone, an expression is evaluated again."""
    rich = compile_expression("tables.risk[ticket.impact]", SCOPE)
    first, second = {"high": 1}, {"high": 2}
    assert [rich.evaluate({"ticket.impact": "high", "tables.risk": table}) for table in (first, second, first)] == [
        1,
        2,
        1,
    ]
    day = compile_expression("now >= ticket.day", SCOPE)
    midnight = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())
    bound = {"now": midnight - 3_600, "ticket.day": "2026-05-01"}
    assert [day.evaluate(bound), day.evaluate(bound, Berlin()), day.evaluate(bound)] == [False, True, False]
    amount = compile_expression("ticket.amount == 1.0", SCOPE)
    assert [amount.evaluate({"ticket.amount": one}) for one in (1, 1.0, 2, None)] == [True, True, False, False]


def test_lists_are_not_shared() -> None:
    """A resulting list belongs to the caller, who may change it."""
    named = compile_expression("[ticket.summary]", SCOPE)
    one = named.evaluate({"ticket.summary": "x"})
    assert isinstance(one, list)
    one.append("y")
    assert named.evaluate({"ticket.summary": "x"}) == ["x"]


def test_no_more_is_remembered_than_is_worth_it() -> None:
    """Expressions whose values always differ do not grow, and long texts are not kept."""
    later = compile_expression("now > ticket.start", SCOPE)
    for second in range(3 * MOST_KNOWN):
        assert later.evaluate({"now": second, "ticket.start": "1970-01-01T00:00:00Z"}) is (second > 0)
    assert len(later._known) <= MOST_KNOWN
    text = compile_expression("ticket.summary == 'x'", SCOPE)
    for length in range(LONGEST_KNOWN, LONGEST_KNOWN + 9):
        assert text.evaluate({"ticket.summary": "x" * length}) is False
    assert len(text._known) == 1


@pytest.mark.parametrize("tries", [1, 2])
def test_failures_are_not_remembered(tries: int) -> None:
    """An evaluation that fails does so each time."""
    failing = compile_expression("1 / ticket.risk", SCOPE)
    for _ in range(tries):
        with pytest.raises(EvaluationFailed, match="divide by zero"):
            failing.evaluate({"ticket.risk": 0})
    assert failing.evaluate({"ticket.risk": 1}) == 1


def test_tickets_of_one_zone_share_what_is_remembered() -> None:
    """Tickets of any day share the remembered values of a zone."""
    organization = Organization.model_validate({"organization": {"name": "A", "time_zone": "Europe/Berlin"}})
    elsewhere = Organization.model_validate({"organization": {"name": "B", "time_zone": "Asia/Tokyo"}})

    def clock(told: Organization, now: int) -> object:
        return compile_pinned(pin(PROCESS, digest(PROCESS), told, now)).wall_clock

    now = 1_772_442_000
    assert clock(organization, now) is clock(organization, now + 3_600)
    assert clock(organization, now) is not clock(elsewhere, now)
