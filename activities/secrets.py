"""Secrets: settings hold references, values are read here alone, and no text that leaves holds a value."""

from __future__ import annotations

import base64
import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from definitions.schema.model import Json

HIDDEN = "•••"
SHORTEST = 4
"""The shortest piece of a URL to hide; shorter pieces are words like ``v1``, which an error needs."""


class SecretMissingError(Exception):
    """A reference without a value; the text names the reference, which is not secret."""


def checked_reference(text: str) -> str:
    """Returns a valid reference. Raises ValueError otherwise, without the text, which may be the secret itself."""
    scheme, _, rest = text.partition(":")
    if scheme not in ("env", "file") or not rest:
        raise ValueError("a secret is given by reference: env:NAME or file:PATH")
    return text


def resolve(reference: str) -> str:
    """The value of a reference, without the line end of a file. Raises SecretMissingError."""
    scheme, _, rest = checked_reference(reference).partition(":")
    if scheme == "env":
        value = os.environ.get(rest, "")
    else:
        try:
            value = Path(rest).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise SecretMissingError(f"secret {reference}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise SecretMissingError(f"secret {reference}: not text in UTF-8") from None
    if not value:
        raise SecretMissingError(f"secret {reference}: not set, or empty")
    return value


def known_values(references: Iterable[str]) -> tuple[str, ...]:
    """The values of these references; a reference without a value is left out."""
    values: list[str] = []
    for reference in references:
        with suppress(SecretMissingError):
            values.append(resolve(reference))
    return tuple(values)


def scrub(text: str, secrets: Iterable[str]) -> str:
    """``text`` without these secrets and without the encoded forms in which libraries repeat them."""
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text


def masked(value: Json, secrets: Collection[str]) -> Json:
    """A value from another system without these secrets, which its texts, keys and numbers may repeat."""
    if not secrets:
        return value
    if isinstance(value, str):
        return scrub(value, secrets)
    if isinstance(value, list | tuple):
        return [masked(one, secrets) for one in value]
    if isinstance(value, Mapping):
        return {scrub(str(key), secrets): masked(one, secrets) for key, one in value.items()}
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return HIDDEN if is_number and str(value) in secrets else value


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
