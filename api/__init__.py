"""The edges: HTTP, the command line, and work in the background.

A request is parsed, its sender is authenticated, one use case is called, and its result becomes a model, an RFC 9457
problem or a line of text. Only here are Temporal's client, the wall clock and fresh ids used.

The floors, bottom to top:

- ``problems``, ``idempotency``, ``clock``, ``settings``: refusals, keys, time, environment variables
- ``workflow_failures``: the failures that Temporal reports
- ``cluster``, ``identity``, ``records``, ``definition_store``, ``local``: the systems that use cases talk to
- ``tickets``, ``seeding``: the use cases of people and machines, and a month of data to look at
- ``failures``, ``freezes``, ``inbound``, ``scenarios``, ``reconciliation``: failures for operators, declared freezes,
  events from outside, scenarios on a real server, comparison and repair of the records
- ``http``, ``background``: routes, and tasks that run beside them
- ``server``, ``worker``: the two processes, put together from settings
- ``cli``: the command ``stanchion``

Its one rule: no rule of a process stands here. A use case finds the ticket and the sender, and the engine decides.
Where a system is away, the caller gets 503 and never a false success.

Start reading at ``http/tickets.py``, then ``tickets/acting.py`` and ``cluster.py``.
"""
