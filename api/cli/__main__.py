"""``python -m api.cli``: the same as ``stanchion``."""

from __future__ import annotations

from api.cli.main import main

main()
