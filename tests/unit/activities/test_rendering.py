"""Texts of notifications."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from activities.notifications.rendering import Forgiving, render
from activities.notifications.texts import BUILT_IN
from tests.servers.worlds import NOW, notice
from workflows.engine.model.effects import Reason

VALUES: dict[str, Any] = {
    "ticket": Forgiving(
        key="CHG-1", title="Swap", state=["authorize"], items="a field", planned_start="2026-03-14T19:00:00Z"
    ),
    "person": Forgiving(id="bob", name="Bob Ruiz"),
    "context": Forgiving(deadline=NOW, asked_for="Carol Weiss", text="broken"),
    "link": "https://example.com/CHG-1",
    "mean": "{{ person.name }} {% raise %}",
}


def shown(template: str, zone: str = "UTC", **values: Any) -> tuple[str, str, str | None]:
    text = render(notice("everyone", message=None, template="t"), {"t": template}, VALUES | values, zone)
    return text.subject, text.body, text.problem


def test_a_template_is_a_subject_and_a_body() -> None:
    """The first line is the subject, the rest the body; both are rendered."""
    assert shown("Subject: {{ ticket.key }} now\n\nHello {{ person.name }}\n") == (
        "CHG-1 now",
        "Hello Bob Ruiz\n",
        None,
    )


def test_user_text_is_never_a_template() -> None:
    """Braces in a value are rendered unchanged."""
    assert shown("Subject: x\n{{ mean }}")[1] == "{{ person.name }} {% raise %}\n"


def test_an_unset_field_is_empty() -> None:
    """A field without a value is null: it prints as nothing and is false."""
    assert shown("Subject: x\n[{{ ticket.none }}][{{ ticket['none'] }}]{% if ticket.none %}!{% endif %}")[1] == "[][]\n"


def test_a_field_may_be_called_like_a_method() -> None:
    """A key of a mapping takes precedence over the mapping's own methods."""
    assert shown("Subject: x\n{{ ticket.items }}")[1] == "a field\n"


def test_times_are_shown_on_the_clock_of_the_person() -> None:
    """The filter ``local`` takes RFC 3339 text and UTC seconds, and shows them in the person's zone."""
    body = shown("Subject: x\n{{ ticket.planned_start | local }} {{ context.deadline | local }}", "Europe/Berlin")[1]
    assert body == "2026-03-14 20:00 CET 2026-03-02 09:00 CET\n"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("Subject: x\n{{ typo }}", "UndefinedError: 'typo' is undefined"),
        ("Subject: x\n{{ person.name.nothing }}", "UndefinedError"),
        ("Subject: x\n{% if %}", "TemplateSyntaxError"),
        ("Subject: x\n{{ 1 / 0 }}", "ZeroDivisionError"),
        ("Subject: x\n{{ ''.__class__.__mro__ }}", "SecurityError"),
        ("Subject: x\n{{ ticket.clear() }}", "SecurityError"),
        ("Subject: x\n{{ 'soon' | local }}", "ValueError"),
        ("Subject: x\n{% for i in range(10000000) %}{% endfor %}", "OverflowError"),
        ("no subject", "ValueError: the first line must be 'Subject: …'"),
        ("", "ValueError: the first line must be 'Subject: …'"),
    ],
)
def test_a_broken_template_is_a_problem_and_people_are_told_all_the_same(template: str, why: str) -> None:
    """A template that does not render gives the built-in text and the reason; nothing escapes the sandbox."""
    subject, body, problem = shown(template)
    assert (subject, "CHG-1 is in authorize." in body) == ("CHG-1: Swap", True)
    assert problem is not None
    assert problem.startswith(f"template 't' does not render ({why}")


def test_an_absent_template_is_a_problem() -> None:
    """A name without a text gives the built-in text and names the missing template."""
    text = render(notice("everyone", message=None, template="gone"), {}, VALUES)
    assert text.problem == "template 'gone' does not exist: the built-in text was sent"


def test_a_message_is_literal() -> None:
    """A message is sent unchanged, including its braces."""
    text = render(notice("everyone", message="{{ person.name }}"), {}, VALUES)
    assert (text.subject, text.body, text.problem) == ("CHG-1: Swap", "{{ person.name }}", None)


@pytest.mark.parametrize("reason", get_args(Reason))
def test_every_reason_has_a_text(reason: Any) -> None:
    """Each reason for a notification has a built-in text that renders with and without its context, and a link."""
    assert set(BUILT_IN) == set(get_args(Reason))
    for context in (VALUES["context"], Forgiving()):
        text = render(notice("everyone", message=None, reason=reason), {}, VALUES | {"context": context})
        assert "CHG-1" in text.subject
        assert text.body.endswith("https://example.com/CHG-1\n")
        assert text.problem is None


def test_a_reason_can_have_a_text_of_its_own() -> None:
    """A template with the name of a reason takes the place of the built-in text."""
    text = render(notice("bob", message=None, reason="reminder"), {"reminder": "Subject: Hurry\nNow."}, VALUES)
    assert (text.subject, text.body) == ("Hurry", "Now.\n")


@pytest.mark.parametrize("reason", ["approval_requested", "reminder", "approval_withdrawn"])
def test_requests_of_one_ticket_have_different_texts(reason: Any) -> None:
    """The text about an approval request names its state and stage, the visit, and a round after the first."""
    context = Forgiving(title="The money", stage="board", visit=2, round=1)
    text = render(notice("bob", message=None, reason=reason), {}, VALUES | {"context": context})
    assert "(The money, stage board)" in text.subject
    assert "The request: The money, stage board, visit 2, asked again (round 1).\n" in text.body


def test_a_reminder_of_a_task_names_the_task() -> None:
    """The reminder of a task that is due does not call it an approval."""
    text = render(notice("bob", message=None, reason="reminder"), {}, VALUES | {"context": Forgiving(task="print")})
    assert text.subject == "Reminder: CHG-1 waits for your task print: Swap"
    assert "CHG-1 (Swap) still waits for your task print." in text.body


def test_a_subject_is_one_line() -> None:
    """Line ends and control characters in values never reach a header."""
    subject = shown("Subject: {{ evil }}\nx", evil="a\r\nBcc: all@example.com\x00\u2028b")[0]
    assert subject == "a Bcc: all@example.com b"


BIG = "ab\n" * 30_000


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% for i in range(99999) %}{% for j in range(99999) if false %}x{% endfor %}{% endfor %}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "{% set n = namespace(x='x') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n = namespace(x='x') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% set n = namespace(x=7) %}{% for i in range(60) %}{% set n.x = n.x * n.x %}{% endfor %}",
        "{% for i in range(99999) %}{{ big }}{% endfor %}",
        "{% for i in range(99999) %}" + "static " * 1_000 + "{% endfor %}",
        "{% for i in range(99999) %}{% if 'abx' in big %}{% endif %}{% endfor %}",
        "{% for i in range(99999) %}{{ big | upper | length }}{% endfor %}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%*d' % (1000000000, 1) }}",
        "{{ '%1000000000d' | format(1) }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ '{:{w}}'.format(1, w=1000000000) }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 1000000000 * 'x' }}",
        "{{ [1] * 1000000000 }}",
        "{{ 'x' | center(1000000000) }}",
        "{{ 'x'.ljust(1000000000) }}",
        "{{ big | indent(1000000) }}",
        "{{ big.replace('a', big) | length }}",
        "{{ big | replace('', big) | length }}",
        "{{ big | list | join(big) | length }}",
        "{{ big.join(big | list) | length }}",
        "{{ ('\\t' * 10000).expandtabs(1000000) }}",
        "{{ 9 ** 999999999 }}",
        "{{ lipsum(1000000) }}",
    ],
)
def test_a_template_that_costs_too_much_stops(template: str) -> None:
    """Endless loops and huge texts are a problem of the template, and the built-in text is sent."""
    subject, _, problem = shown(f"Subject: x\n{template}", big=BIG)
    assert subject == "CHG-1: Swap"
    assert problem is not None
    assert problem.startswith(("template 't' does not render (OverBudget: ", "template 't' does not render (Undefined"))


@pytest.mark.parametrize(
    ("template", "body"),
    [
        ("{% for i in range(3) %}{{ loop.index }}/{{ loop.length }} {% endfor %}", "1/3 2/3 3/3"),
        ("{{ big | truncate(255) | length }} {{ big | wordcount }}", "255 30000"),
        ("{{ big | replace('a', 'cc') | length }}", "120000"),
        ("{{ 'a' ~ 1 ~ none }} {{ '%5.1f' | format(2.25) }} {{ '{:>4}'.format('x') }}", "a1None   2.2    x"),
        ("{{ ticket.state | join(', ') }} {{ 'auth' in ticket.state[0] }}", "authorize true"),
        ("{{ none | default('none', true) }} {{ 'x' | center(5) }}|{{ [3, 1] | sort }}", "none   x  |[1, 3]"),
        ("{% macro row(a) %}<{{ a }}>{% endmacro %}{{ row(1) }}{{ row(2) }}", "<1><2>"),
        ("{{ big | upper | length }} {{ 'id: {12345}' | upper }}", "90000 ID: {12345}"),
    ],
)
def test_an_ordinary_template_is_within_its_budget(template: str, body: str) -> None:
    """Loops, filters, formats and macros mean what they mean in Jinja."""
    assert shown(f"Subject: x\n{template}", big=BIG) == ("x", f"{body}\n", None)
