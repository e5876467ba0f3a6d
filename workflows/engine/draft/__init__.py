"""The ticket while a step works on it: expressions read it, fields are written to it."""
