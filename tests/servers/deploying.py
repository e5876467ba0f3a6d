"""The actions of a rollout for tests: a fleet in memory, in which each effect happens once by its idempotency key."""

from __future__ import annotations

import threading
from collections import Counter

from pydantic import BaseModel

from activities.actions import ActionError, Context, action

LEMON = "lemon"
"""A target that is never healthy."""


class Deployment(BaseModel):
    version: str
    target: str


class Wave(BaseModel):
    version: str
    targets: list[str]


class Done(BaseModel):
    target: str


class Verdict(BaseModel):
    healthy: bool
    reason: str | None = None


class Fleet:
    """The version on each target, the actions on the fleet in their order, and the failures to cause."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.done: dict[str, str] = {}
        """What was done, in order, by the idempotency key that it was done under."""
        self.attempts: Counter[str] = Counter()
        self.sick = {LEMON}
        """Targets that are not healthy on the new version."""
        self.broken: set[str] = set()
        """Targets whose deployment fails, and may do better next time."""
        self.stuck: set[str] = set()
        """Targets that can't be taken back."""
        self.held: set[str] = set()
        """Deeds that are done and then hang until they are let go, or their worker goes away."""
        self.holding = threading.Semaphore(0)
        """Released for each deed that hangs."""
        self.let_go = threading.Event()

    def do(self, deed: str, context: Context) -> None:
        """An action under its key: done once, however often it is requested."""
        self.attempts[deed] += 1
        self.done.setdefault(context.id, deed)
        if deed in self.held and (self.attempts[deed] == 1):
            self.holding.release()
            while not self.let_go.wait(0.05):  # in slices, so that a worker that stops can interrupt it
                pass

    @property
    def deeds(self) -> list[str]:
        return list(self.done.values())


FLEET = Fleet()


@action("deploy")
def deploy(wanted: Deployment, context: Context) -> Done:
    """Puts the version on one target."""
    FLEET.do(f"deploy {wanted.target}", context)
    if wanted.target in FLEET.broken:
        raise RuntimeError(f"{wanted.target} does not answer")
    return Done(target=wanted.target)


@action("check_health")
def check_health(wanted: Wave, context: Context) -> Verdict:
    """Judges the targets of a wave."""
    FLEET.do(f"check {' '.join(wanted.targets)}", context)
    sick = sorted(FLEET.sick.intersection(wanted.targets))
    return Verdict(healthy=not sick, reason=f"{' '.join(sick)} is sick" if sick else None)


@action("roll_back")
def roll_back(wanted: Deployment, context: Context) -> Done:
    """Restores the previous version."""
    FLEET.do(f"roll back {wanted.target}", context)
    if wanted.target in FLEET.stuck:
        raise ActionError(f"{wanted.target} has no version before")
    return Done(target=wanted.target)
