"""Where the folders are that tests read."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
"""The checkout."""
DOCS = ROOT / "docs"
EXAMPLES = TESTS / "definitions"
"""Definition files of tests: valid, invalid, and whole folders."""
HISTORIES = TESTS / "histories"
"""Recorded histories of workflows."""
SHARED = ROOT.parent / "shared"
"""Cases and suites from other systems; absent in a user's clone."""
