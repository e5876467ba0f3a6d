"""The values of the engine: snapshots, events, effects, results and the entries of the timeline."""
