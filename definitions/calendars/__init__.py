"""Calendars of working hours (LANGUAGE, section 7).

Calendars are checked and compiled into UTC spans outside workflows, where time zones and holidays may be read. A ticket
carries the compiled calendars in its payloads, so that a replay counts the same working time.
"""

from __future__ import annotations

from definitions.calendars.compiled_calendar import CompiledCalendar
from definitions.calendars.compiler import CalendarError, compile_calendar
from definitions.calendars.payload import pack, unpack
from definitions.calendars.rules import CalendarProblem, check_calendar

__all__ = [
    "CalendarError",
    "CalendarProblem",
    "CompiledCalendar",
    "check_calendar",
    "compile_calendar",
    "pack",
    "unpack",
]
