"""Secrets: references in settings, values only here, and never in a text that leaves."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

HIDDEN = "•••"
SHORTEST = 4
"""Shorter pieces of a URL are words like ``v1``: hiding them would only make an error unreadable."""


class SecretMissingError(Exception):
    """A reference that leads nowhere; the text names the reference, which is no secret."""


def checked_reference(text: str) -> str:
    """Raises ValueError for what is no reference, without repeating it: it may be the secret itself."""
    scheme, _, rest = text.partition(":")
    if scheme not in ("env", "file") or not rest:
        raise ValueError("a secret is given by reference: env:NAME or file:PATH")
    return text


def resolve(reference: str) -> str:
    """The value of a reference, without the line end that files have. Raises SecretMissingError."""
    scheme, _, rest = checked_reference(reference).partition(":")
    if scheme == "env":
        value = os.environ.get(rest, "")
    else:
        try:
            value = Path(rest).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise SecretMissingError(f"secret {reference}: {error.strerror}") from None
    if not value:
        raise SecretMissingError(f"secret {reference}: not set, or empty")
    return value


def scrub(text: str, secrets: Iterable[str]) -> str:
    """``text`` without these secrets, nor the forms in which libraries repeat them."""
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield quote(secret, safe="")
    yield base64.b64encode(secret.encode()).decode()
    if "://" in secret:
        rest = secret.split("://", 1)[1]
        yield rest
        parts = urlsplit(secret)
        pieces = [parts.username, parts.password, *parts.path.split("/"), *parts.query.replace("=", "&").split("&")]
        for piece in pieces:
            if piece and len(piece) >= SHORTEST:
                yield piece
                yield unquote(piece)
