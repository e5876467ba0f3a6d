"""Comparison of the records with the tickets' histories in Temporal, and their repair (docs/restore.md).

A ticket's workflow is deterministic: a replay of its history produces every batch that the ticket has recorded. So the
records can be compared with the replay, and written again from it.
"""
