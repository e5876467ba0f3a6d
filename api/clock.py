"""The edge's clock: the one place in this layer that reads the time."""

from __future__ import annotations

import time


def now() -> int:
    """UTC seconds since the epoch."""
    return int(time.time())
