"""``did you mean 'x'?``: the known word that an unknown one is nearest to."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 200
"""Characters of a word that is compared: a comparison costs the product of both lengths."""
MOST_NAMES = 2_000
"""Known names among which the nearest is sought."""
_LIKENESS = 0.6
"""difflib's ratio from which two words count as near."""


def closest(word: str, known: Iterable[str], rest: str = "") -> str:
    """``did you mean 'x'?``, with ``rest`` behind the known word; an empty text where no known word is near.

    Beyond the bounds of this module nothing is compared, and the text is empty as well.
    """
    names = sorted(known)
    if len(word) > LONGEST or len(names) > MOST_NAMES:
        return ""
    near = get_close_matches(word, names, n=1, cutoff=_LIKENESS)
    return f"did you mean '{near[0]}{rest}'?" if near else ""
