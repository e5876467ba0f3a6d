"""YAML as text with positions: what was written, where it stands, and what is wrong with it."""
