"""Scenarios: tests of a process in virtual time (LANGUAGE, section 9).

Theory of operation. A ``Setting`` holds the process, the organization and the virtual time of the opening. The runner
(``runner``) performs a scenario step by step at a ``Desk``, the port to the ticket: ``CoreDesk`` runs the ticket on the
pure core within milliseconds, where the organization answers its effects at once; another desk can run it on a real
server. ``wait`` and ``until`` advance the virtual time, and every deadline on the way fires at its own
moment. An ``expect`` compares the ticket, and all notices and effects since the last one, on the given keys alone.

A name that the organization or the process does not have fails the scenario before its first step (``references``);
otherwise the first failed step is the last one. The core also reports the transitions it takes, which ``coverage``
compares with the process.

Reading order: setting, desk, core_desk, runner, step_events, outside_events; then expectations and coverage.
"""

from __future__ import annotations

from workflows.engine.scenarios.core_desk import CoreDesk
from workflows.engine.scenarios.coverage import Coverable, ProcessCoverage, coverage_of
from workflows.engine.scenarios.desk import Desk, Notice, Sent
from workflows.engine.scenarios.other_tickets import Others, SentEvent, StartedTicket
from workflows.engine.scenarios.references import reference_problems
from workflows.engine.scenarios.result import Failure, ScenarioResult
from workflows.engine.scenarios.runner import play, run_scenario
from workflows.engine.scenarios.setting import Setting, setting_of

__all__ = [
    "CoreDesk",
    "Coverable",
    "Desk",
    "Failure",
    "Notice",
    "Others",
    "ProcessCoverage",
    "ScenarioResult",
    "Sent",
    "SentEvent",
    "Setting",
    "StartedTicket",
    "coverage_of",
    "play",
    "reference_problems",
    "run_scenario",
    "setting_of",
]
