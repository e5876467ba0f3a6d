"""Invariants, proved by trying every path (LANGUAGE, section 2, Invariants)."""

from __future__ import annotations

from workflows.engine.proofs.counterexamples import counterexample
from workflows.engine.proofs.exploring import MOST_SITUATIONS
from workflows.engine.proofs.proving import prove, prove_all

__all__ = ["MOST_SITUATIONS", "counterexample", "prove", "prove_all"]
