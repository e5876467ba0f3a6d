"""The use cases of tickets: open, act, read, migrate; each is a function without HTTP."""
