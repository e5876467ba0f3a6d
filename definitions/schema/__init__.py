"""The language as pydantic models: one set of models for what is written, checked, carried by tickets and run."""
