"""Records beside Temporal: compared with the tickets' histories, and mended from them (docs/restore.md).

A ticket's workflow is deterministic. A replay of its history therefore gives every batch that it has recorded, and the
records can be compared with it and written again.
"""
