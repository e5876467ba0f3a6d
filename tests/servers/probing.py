"""An action for tests, which does what its input states and counts its attempts."""

from __future__ import annotations

import threading
from collections import Counter

from pydantic import BaseModel

from activities.actions import ActionError, Context, action


class Wanted(BaseModel):
    how: str = "answer"


class Told(BaseModel):
    text: str


class Probe:
    """Every attempt, by the idempotency key of its step."""

    def __init__(self) -> None:
        self.attempts: Counter[str] = Counter()
        self.let_go = threading.Event()
        """Set: whatever hangs goes on."""

    def clear(self) -> None:
        self.attempts.clear()
        self.let_go.clear()


PROBE = Probe()


@action("probe")
def probe(wanted: Wanted, context: Context) -> Told:
    """Answers, fails, fails once, or hangs until it is released."""
    PROBE.attempts[context.id] += 1
    match wanted.how:
        case "fail":
            raise ActionError("it can't be done")
        case "break":
            raise RuntimeError("the wire is cut")
        case "falter" if PROBE.attempts[context.id] == 1:
            raise RuntimeError("not now")
        case "hang":
            while not PROBE.let_go.wait(0.05):  # in slices, so that a worker that stops can interrupt it
                pass
    return Told(text=f"{context.ticket}: {wanted.how}")
