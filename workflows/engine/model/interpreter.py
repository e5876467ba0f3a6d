"""The versions of the interpreter: the rules by which the core and the workflow around it run a definition.

A run of a ticket keeps the version that it started with to its end, because a replay must take the same steps. At
continue-as-new the ticket moves to the newest version. A rule that changes what a ticket does, for the same definition
and the same events, gets a version here, and asks ``Compiled.interpreter`` for it.
"""

from __future__ import annotations

LAZY_TIMER = 2
"""Since this version a timer of the workflow that fires too early is left alone (ADR 7)."""

STRICT_CORE = 3
"""From this version on, the core follows SCXML for ``done``, ends a list of steps at a step that fails, matches
patterns in linear time, and bounds what it keeps."""

INTERPRETER = STRICT_CORE
"""The version that a new run starts with."""
