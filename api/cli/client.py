"""The client of the running API, for commands on tickets."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

from api.cli import options
from api.cli.output import AWAY, REFUSED, START_IT, USAGE, CommandError, fail
from api.idempotency import KEY_FORM
from api.local.addresses import SegmentError, Segments, path
from api.local.state_folder import running
from definitions.text.json_text import JsonRefused, read_json

if TYPE_CHECKING:
    import httpx


def find_url(url: str | None) -> str:
    """The API's address: as given, else of the last ``up`` in the state folder, else the default."""
    if url:
        return url.rstrip("/")
    settings = options.settings()
    return str(running(settings.state_folder).get("url") or settings.base_url)


class Answer(dict[str, Any]):
    """An object in an answer of the API. Raises CommandError where it lacks a key that every answer has."""

    def __missing__(self, name: str) -> NoReturn:
        fail(AWAY, f"The answer lacks '{name}': it comes from another program, or from another version of Stanchion.")


class Api:
    """The API at an address, for one person."""

    def __init__(self, url: str | None, person: str | None) -> None:
        """Raises CommandError (usage) for a person whose id no header can hold."""
        self.url = find_url(url)
        if person and not KEY_FORM.fullmatch(person):
            fail(USAGE, f"--as {person!r}: a person's id has small letters, digits and _ only.")
        self._person = {"X-Actor": person} if person else {}

    def get(self, address: Segments, **query: Any) -> Any:
        """Raises CommandError: 1 where it was refused, 3 where the server is away."""
        told = {name: value for name, value in query.items() if value is not None}
        return self._answer("GET", address, params=told, headers=self._person)

    def send(
        self,
        method: str,
        address: Segments,
        body: Any = None,
        *,
        key: str | None = None,
        revision: int | None = None,
        content_type: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """Raises CommandError: 1 where it was refused, 2 for an impossible key, 3 where the server is away."""
        headers = dict(self._person)
        if key is not None:
            if not KEY_FORM.fullmatch(key):
                fail(USAGE, f"--key {key!r}: a key has 1 to 200 visible ASCII characters, without spaces.")
            headers["Idempotency-Key"] = key
        if revision is not None:
            headers["If-Match"] = f'"{revision}"'
        if content_type:
            headers["Content-Type"] = content_type
        return self._answer(method, address, json=body, headers=headers, params=query)

    def _answer(self, method: str, address: Segments, **request: Any) -> Any:
        import httpx

        try:
            response = httpx.request(method, self.url + path(address), timeout=30, trust_env=False, **request)
        except SegmentError as error:
            fail(USAGE, str(error))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            fail(USAGE, f"{self.url} is not a valid address: {error}")
        except httpx.RequestError as error:
            raise CommandError(
                AWAY,
                f"No answer from {self.url}: {error}\nIs it running? {START_IT}",
                {"code": "server_away", "detail": str(error), "url": self.url},
            ) from error
        if not response.is_success:
            raise refusal(response)
        return _document(response)


def _document(response: httpx.Response) -> Any:
    """The JSON of an answer; its objects are of ``Answer``."""
    try:
        document = response.json(object_hook=Answer)
    except ValueError:
        document = None
    if not isinstance(document, Answer):
        fail(AWAY, f"{response.request.url} answered {response.status_code}, which is not an answer of Stanchion.")
    return document


def refusal(response: httpx.Response) -> CommandError:
    """The error of the command for an error response."""
    document = _document(response)
    lines = [f"{document['title']} ({document['code']})"]
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE and document["code"] != "ticket_stuck":
        lines.append(_what_to_repeat(response))
    elif document.get("detail"):
        lines.append(str(document["detail"]))
    if document.get("allowed") is not None:
        lines.append("You can send: " + (", ".join(document["allowed"]) or "nothing"))
    if document["code"] == "unauthenticated":
        lines.append("Give your id with --as PERSON or STANCHION_ACTOR.")
    return CommandError(AWAY if response.status_code >= 500 else REFUSED, "\n".join(lines), document)


def _what_to_repeat(response: httpx.Response) -> str:
    """What to do where a backend of the server is away. The server names the key under which it took a request."""
    request = response.request
    key = request.headers.get("Idempotency-Key") or response.headers.get("Idempotency-Key")
    if request.method == "GET":
        return "Try again later."
    if key is None:
        return "Try again later. The command may have been carried out."
    return f"Repeat the command later with --key {key}: it is carried out once at most."


def parse_json(text: str) -> Any:
    """A value in JSON as servers take it. Raises JsonRefused, and ValueError if
    the text is not JSON: also for NaN, for Infinity and for half a character."""
    try:
        value = read_json(text)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"half of a character, {str(error.object)[error.start]!a}".replace("'", "")) from None
    return value


def parse_fields(given: list[str] | None, lists: Container[str] = ()) -> dict[str, Any]:
    """``name=text`` and ``name:=JSON``; a field of ``lists`` may be given several texts, and has the last.

    Raises CommandError (usage).
    """
    fields: dict[str, Any] = {}
    for one in given or []:
        name, sign, value = one.partition("=")
        if not sign or not name.rstrip(":"):
            fail(USAGE, f"--field {one}: write name=text, or name:=JSON")
        own = name.removesuffix(":")
        if own in fields and not (own == name and own in lists):
            fail(USAGE, f"--field {own} is given twice: a field has one value (a list is {own}:='[…, …]')")
        if own == name:
            fields[own] = value
            continue
        try:
            fields[own] = parse_json(value)
        except JsonRefused as error:
            fail(USAGE, f"--field {own}: {error}")
        except ValueError:
            what = f"{value} is not JSON" if value else "nothing stands behind `:=`"
            fail(USAGE, f"--field {one}: {what} (text needs quotes there, or `=` instead of `:=`)")
    return fields


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
