"""Invariants, proved by trying every path (LANGUAGE, section 2, Invariants).

Paths as scenarios are in ``counterexamples``, which needs the whole engine to play them.
"""

from __future__ import annotations

from workflows.engine.proofs.exploration import MOST_SITUATIONS
from workflows.engine.proofs.verification import prove, prove_all

__all__ = ["MOST_SITUATIONS", "prove", "prove_all"]
