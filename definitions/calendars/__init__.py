"""Working hours: checked, compiled into UTC spans, packed for the road (LANGUAGE, section 7)."""

from __future__ import annotations

from definitions.calendars.checking import CalendarProblem, check_calendar
from definitions.calendars.compiled import CompiledCalendar
from definitions.calendars.compiling import compile_calendar
from definitions.calendars.packing import pack, unpack

__all__ = ["CalendarProblem", "CompiledCalendar", "check_calendar", "compile_calendar", "pack", "unpack"]
