"""The ticket while it is looked at or worked on.

- ``view.View`` is a ticket at one moment: its definition, its snapshot, the event that is handled, the time. It is
  read-only and copies nothing. Expressions, principals, permissions, ``allowed``, ``viewers`` and ``explain`` take it.
- ``draft.Draft`` is a view that one step writes to. It begins with a snapshot and ends in ``freeze`` as a new one,
  together with what the step wants done (``want``, ``notify``) and put on the timeline (``say``). A step that is
  refused throws its draft away: nothing has happened.
- ``expressions`` evaluates CEL on a view; ``field_values`` reads values of fields; ``fields`` writes them to a draft,
  all or nothing, and computes what follows from them.

A new thing that tickets remember is a field of ``model.snapshot.Snapshot``, a property of ``View``, and an attribute
of ``Draft``, which copies it at the beginning and freezes it at the end.
"""
