"""The key with which an installation on one machine signs its callback addresses."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from activities.callbacks import KEY_BYTES

NAME = "callback.key"


def callback_key(folder: Path) -> Path:
    """The file of the key in a locked state folder: created once, readable by its owner alone."""
    path = folder / NAME
    if not path.exists():
        draft = folder / f"{NAME}.new"
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return path
