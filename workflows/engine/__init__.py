"""The pure engine: what a process means, as functions over frozen values.

It has one entry point, ``step(compiled, snapshot, event, now) -> Step | Refusal``. Everything else builds this function
or calls it. ``next_deadline`` names the instant at which time itself is the next event, and ``explain`` states why a
ticket is where it is.

The floors, bottom to top:

- ``model``, ``statechart``, ``business_time``: the values, SCXML's algorithm, and working time; none knows the others
- ``compiled``: a process with its chart, rules and calendars, built once for each digest
- ``draft``: the ticket while one step works on it, with its expressions and fields
- ``access``, ``triggers``, ``failing_steps``: who may do what; what an event from outside means; which steps may fail
- ``executable_content``: the steps of the language
- ``waiting``, ``service_levels``: the blocks that a state waits for, and the clocks that measure it
- ``chart_content``, ``due_order``: a transition of a ticket; everything that time brings to it, in one order
- ``run_to_completion``: the loop that brings the ticket to rest
- ``handlers``, ``explain``, ``step``, ``deadlines``: one event handled, explained, or fired by time
- ``migration``, ``opening_trial``, ``scenarios``, ``proofs``: thin callers of ``step``

Its one rule: no input or output, no clock, no randomness, no Temporal. Time, ids and answers from outside are
arguments.

Start reading at ``model/snapshot.py``, ``model/events.py`` and ``step.py``. docs/architecture.md has the whole picture.
"""
