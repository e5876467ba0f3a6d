"""HTTP: a route parses, calls one function, and returns a model."""
