"""Scenarios: tests of a process in virtual time (LANGUAGE, section 9)."""

from __future__ import annotations

from workflows.engine.scenarios.core_desk import CoreDesk
from workflows.engine.scenarios.coverage import Coverable, ProcessCoverage, coverage_of
from workflows.engine.scenarios.desk import Desk, Notice, Sent
from workflows.engine.scenarios.other_tickets import Others, SentEvent, StartedTicket
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
    "run_scenario",
    "setting_of",
]
