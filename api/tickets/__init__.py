"""What people and machines do with tickets: open, act, read, migrate; each a function that knows no HTTP."""
