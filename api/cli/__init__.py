"""The command line ``stanchion``: one file for each group of commands.

Exit codes: 0 done; 1 refused, or a check failed; 2 the command line is wrong; 3 the server is away; 130 interrupted.
"""

from __future__ import annotations

from api.cli.main import main

__all__ = ["main"]
