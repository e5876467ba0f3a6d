"""The ticket while the engine reads it or works on it.

- ``view.View`` is a ticket at one moment: its definition, its snapshot, the handled event, the time. It is read-only
  and copies nothing. Expressions, principals, permissions, ``allowed``, ``viewers`` and ``explain`` take it.
- ``draft.Draft`` is a view that one step writes to. It begins with a snapshot, and ``freeze`` ends it as a new
  snapshot, together with the step's effects (``want``, ``notify``) and timeline entries (``say``). A refused step
  discards its draft: nothing has happened.
- ``expressions`` evaluates CEL on a view. ``field_values`` reads values of fields. ``fields`` writes values to a draft,
  all or nothing, and computes the fields that depend on them. ``links`` tells the keys that a ticket may link again.

To let tickets remember something new, add a field to ``model.snapshot.Snapshot``, a property to ``View``, and an
attribute to ``Draft``, which copies it at the beginning and freezes it at the end.
"""
