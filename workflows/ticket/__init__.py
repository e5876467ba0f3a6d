"""The shell: the one Temporal workflow that runs every process.

It gives the pure engine what it lacks: durability, time and effects. An update brings an event, ``TicketState`` steps
the engine, the main loop performs the effects and sets one timer for the earliest deadline.

The files, bottom to top:

- ``names``, ``options``, ``clock``, ``converter``, ``jobs``: names of messages, activity options, time and payloads
- ``messages``, ``timer``, ``idempotency``: what callers send, the one timer, answers that are kept by their keys
- ``state``: the ticket inside its workflow; knows nothing of Temporal
- ``attempts``, ``recording``: activities called until they answer; what the records store receives
- ``automation``, ``child_workflows``, ``signals``: effects that reach beyond the ticket
- ``effects``: every effect in one exhaustive ``match``
- ``workflow``: the workflow class, with its updates, signals and queries

Its one rule: no rule of a process stands here. Whatever the ticket decides, ``step`` decides. The order of commands is
recorded in every history, so that a change of it needs a version (``workflows/engine/model/interpreter.py``) and
replays tests/histories.

Start reading at ``workflow.py``, then ``state.py`` and ``effects.py``.
"""
