"""Random lives of tickets, by the thousands, on every shipped process and on those of the tests.

    python benchmarks/random_sequences.py [--examples 10000] [--seed 0] [process…]

Each life is up to 25 moves, hostile ones among them, with all the checks of tests/unit after each. Ends at the first
life that breaks a rule, and says with which seed to see it again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from random import Random
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.unit.engine.random_tickets import live, own, shipped
from tests.unit.engine.random_tickets_checks import Checks, check_allowed, check_replay

SOME = 4
"""People of each life who are held against what they are told is allowed; every person's turn comes."""


def one_life(path: Path, seed: int) -> tuple[int, bool]:
    """Events of one life, and whether the ticket came to its end."""
    numbers = Random(seed)  # noqa: S311  (a seed is what is wanted)
    moves = [
        (numbers.randrange(10_000), numbers.randrange(10_000), numbers.randrange(10_000), numbers.randrange(10_000))
        for _ in range(numbers.randint(5, 25))
    ]
    life = live(path, numbers.randrange(10_000), moves, Checks())
    if life is None:
        return 0, False
    check_allowed(life, numbers.sample(life.people, min(SOME, len(life.people))))
    check_replay(life)
    return len(life.taken), life.ticket.ended_at is not None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("process", nargs="*")
    given = parser.parse_args()
    paths = [path for path in (*shipped(), *own()) if not given.process or path.stem in given.process]
    for path in paths:
        begun, events, ended = perf_counter(), 0, 0
        for seed in range(given.seed, given.seed + given.examples):
            try:
                taken, over = one_life(path, seed)
            except Exception:
                print(f"{path.stem}: a rule is broken with --seed {seed} --examples 1 {path.stem}", flush=True)
                raise
            events, ended = events + taken, ended + over
        if not events:
            sys.exit(f"{path.stem}: no life was opened, so that nothing is said of it")
        spent = perf_counter() - begun
        print(f"{path.stem}: {given.examples} lives, {events} events, {ended} ended, {spent:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
