"""Working hours: checked, compiled into UTC spans, packed for the road (LANGUAGE, section 7)."""

from __future__ import annotations

from definitions.calendars.compiled_calendar import CompiledCalendar
from definitions.calendars.compiler import compile_calendar
from definitions.calendars.payload import pack, unpack
from definitions.calendars.rules import CalendarProblem, check_calendar

__all__ = ["CalendarProblem", "CompiledCalendar", "check_calendar", "compile_calendar", "pack", "unpack"]
