"""The process language as pydantic models.

The same models read files, are checked, travel with tickets and run. Their docstrings become the JSON Schema and the
reference in ``docs/reference``: they are written for process owners.
"""
