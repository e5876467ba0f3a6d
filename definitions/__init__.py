"""What a process is: YAML text, checked and made into values that the engine runs.

Files become text with positions, the text becomes pydantic models, and the models are checked against each other and
against the organization. A process that passes is pinned: packed with its calendars for the tickets that will carry it.

The floors, bottom to top:

- ``text``, ``durations``, ``times``, ``cron``: YAML with positions, and the small notations of the language
- ``schema``: the language, one pydantic model for each object; its docstrings become the reference
- ``expressions``, ``calendars``, ``digest``, ``freezes``: CEL, working hours, content hashes, freezes
- ``people``, ``pinned``: principals and the directory; what a ticket carries of its definition
- ``checks``: what a process means, and what is wrong with it
- ``loading``: folders of files become processes, or problems
- ``documents``: JSON Schema, reference pages and diagrams, made from all of this

``processes``, ``organization``, ``scenarios`` and ``templates`` are the shipped definitions, not code.

Its one rule: every problem of every file is reported at once, with file, line, column, code, object and hint. Nothing
here raises for what people wrote, and nothing reads a clock or a network.

Start reading at ``loading/loader.py``, then ``schema/process.py`` and ``checks/__init__.py``.
"""
