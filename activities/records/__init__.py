"""The records store: all tickets, for years, in a SQLite file or in PostgreSQL.

Temporal runs open tickets; people search, report on and audit all tickets here. The workflow of a ticket records its
steps in the workflow task that took them. One batch is one transaction: the ticket's row, its audit entries in a chain
of hashes, its approvals, tasks and service levels, and the outbox of its notifications.

The files, bottom to top:

- ``tables``, ``database``, ``text``, ``shapes``, ``cursor``: tables, connections, canonical text for hashes, values
- one file a concern: ``approvals``, ``tasks``, ``chain``, ``outbox``, ``counters``, ``correlating``, ``freezes`` …
- ``queries``, ``reading``: what readers ask for, and what they get
- ``record``, ``appending``: the only writers of steps, for open and for ended tickets
- ``inspecting``, ``restoring``: reading for the comparison with a ticket's history, and writing lost steps again
- ``store``: the class ``Records``, through which the rest of the program uses all of this

Its one rule: a write is idempotent on (ticket, revision). The same batch again changes nothing, and an entry on record
is replaced only where its workflow task never completed (``taking_back``). Tables change by a script in ``migrations``.

Start reading at ``store.py``, then ``record.py`` and ``tables.py``.
"""
