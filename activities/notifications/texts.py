"""Built-in texts, for notifications without a template in the definitions; in the form of ``templates/*.md``."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.engine.model.effects import Reason

_END = """
{% if link %}
{{ link }}
{% endif %}"""

_WHICH = "{{ context.title }}{% if context.stage is not none %}, stage {{ context.stage }}{% endif %}"
_SUBJECT = "{% if context.title %} (" + _WHICH + "){% endif %}"
"""Tells the requests of one ticket apart; notices of older tickets have no title."""
_REQUEST = (
    "{% if context.title %}The request: "
    + _WHICH
    + """, visit {{ context.visit }}{% if context.round %}, asked again (round {{ context.round }}){% endif %}.
{% endif %}"""
)

BUILT_IN: Mapping[Reason, str] = {
    "step": """Subject: {{ ticket.key }}: {{ ticket.title }}

{{ ticket.key }} is in {{ ticket.state | join(', ') }}.
"""
    + _END,
    "approval_requested": """Subject: {{ ticket.key }} needs your approval"""
    + _SUBJECT
    + """: {{ ticket.title }}

Hello {{ person.name }},

{{ ticket.key }} ({{ ticket.title }}) waits for your decision\
{% if context.asked_for %}, in place of {{ context.asked_for }}{% endif %}.
"""
    + _REQUEST
    + """{% if context.deadline %}Please decide by {{ context.deadline | local }}.
{% endif %}"""
    + _END,
    "approval_withdrawn": """Subject: {{ ticket.key }}: your approval is no longer needed"""
    + _SUBJECT
    + """

Hello {{ person.name }},

The request to approve {{ ticket.key }} ({{ ticket.title }}) was withdrawn: there is nothing left for you to do.
"""
    + _REQUEST
    + _END,
    "reminder": """Subject: Reminder: {{ ticket.key }} waits for your \
{% if context.task %}task {{ context.task }}{% else %}approval{% endif %}"""
    + _SUBJECT
    + """: {{ ticket.title }}

Hello {{ person.name }},

{{ ticket.key }} ({{ ticket.title }}) still waits for your \
{% if context.task %}task {{ context.task }}{% else %}decision{% endif %}.
"""
    + _REQUEST
    + """{% if context.deadline %}Please decide by {{ context.deadline | local }}.
{% endif %}"""
    + _END,
    "task_assigned": """Subject: {{ ticket.key }}: a task for you{% if context.title %}: {{ context.title }}{% endif %}

Hello {{ person.name }},

There is a task for you in {{ ticket.key }} ({{ ticket.title }})\
{% if context.title %}: {{ context.title }}{% endif %}.
"""
    + _END,
    "ticket_assigned": """Subject: {{ ticket.key }} is assigned to you: {{ ticket.title }}

Hello {{ person.name }},

{{ ticket.key }} ({{ ticket.title }}) is yours now\
{% if context.why == 'out_of_office' %}: {{ context['from'] }} is out of office, and you stand in\
{% elif context.why == 'left' %}: {{ context['from'] }} has left{% endif %}.
"""
    + _END,
    "problem": """Subject: {{ ticket.key }} needs attention: {{ ticket.title }}

{{ ticket.key }} ({{ ticket.title }}) has a problem that needs a person\
{% if context.text %}:

{{ context.text }}{% else %}.{% endif %}
"""
    + _END,
}
