"""The actions of a rollout for tests, in a worker that dies of each action: done, but not reported.

The folder that ``DEADLY_FLEET`` names is the system that the actions call: it keeps each action by idempotency key.
"""

from __future__ import annotations

import os
import signal
from hashlib import sha256
from pathlib import Path

from activities.actions import Context, action
from tests.servers.deploying import Deployment, Done, Verdict, Wave

FOLDER = "DEADLY_FLEET"
SICK = "c"
"""The target that does not bear the new version."""


def do(deed: str, context: Context) -> None:
    """An action under its key: the first call does it and kills its worker; later calls know that it is done."""
    fleet = Path(os.environ[FOLDER])
    with (fleet / "attempts").open("a") as attempts:
        attempts.write(f"{context.id} {deed}\n")
    try:
        (fleet / sha256(context.id.encode()).hexdigest()).touch(exist_ok=False)
    except FileExistsError:
        return
    with (fleet / "deeds").open("a") as deeds:
        deeds.write(f"{deed}\n")
    os.kill(os.getpid(), signal.SIGKILL)


@action("deploy")
def deploy(wanted: Deployment, context: Context) -> Done:
    """Puts the version on one target."""
    do(f"deploy {wanted.target}", context)
    return Done(target=wanted.target)


@action("check_health")
def check_health(wanted: Wave, context: Context) -> Verdict:
    """Judges the targets of a wave."""
    do(f"check {' '.join(wanted.targets)}", context)
    sick = SICK in wanted.targets
    return Verdict(healthy=not sick, reason=f"{SICK} is sick" if sick else None)


@action("roll_back")
def roll_back(wanted: Deployment, context: Context) -> Done:
    """Restores the previous version."""
    do(f"roll back {wanted.target}", context)
    return Done(target=wanted.target)
