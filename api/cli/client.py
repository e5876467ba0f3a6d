"""The client of the running API, for commands on tickets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.output import AWAY, REFUSED, USAGE, CommandError, fail
from api.local.addresses import SegmentError, Segments, path
from api.local.state_folder import running
from api.settings import EdgeSettings

if TYPE_CHECKING:
    import httpx


def find_url(url: str | None) -> str:
    """The API's address: as given, else of the last ``up`` in the state folder, else the default."""
    if url:
        return url.rstrip("/")
    settings = EdgeSettings()
    return str(running(Path(settings.state_folder)).get("url") or settings.base_url)


class Api:
    """The API at an address, for one person."""

    def __init__(self, url: str | None, person: str | None) -> None:
        self.url = find_url(url)
        self._person = {"X-Actor": person} if person else {}

    def get(self, address: Segments, **query: Any) -> Any:
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
        """Raises CommandError: 1 where it was refused, 3 where the server is away."""
        headers = dict(self._person)
        if key:
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
        except httpx.InvalidURL as error:
            fail(USAGE, f"{self.url} is not a valid address: {error}")
        except httpx.TransportError as error:
            raise CommandError(
                AWAY,
                f"No answer from {self.url}: {error}\nIs it running? `stanchion up` starts everything.",
                {"code": "server_away", "detail": str(error), "url": self.url},
            ) from error
        if response.is_success:
            return response.json()
        raise refusal(response)


def refusal(response: httpx.Response) -> CommandError:
    """The error of the command for an error response."""
    try:
        document = response.json()
    except ValueError:
        return CommandError(
            AWAY, f"{response.request.url} answered {response.status_code}, which is not an answer of Stanchion"
        )
    away = response.status_code >= 500
    lines = [f"{document.get('title', 'Refused')} ({document.get('code')})"]
    lines += [str(document["detail"])] if document.get("detail") else []
    if document.get("allowed") is not None:
        lines.append("You can send: " + (", ".join(document["allowed"]) or "nothing"))
    if document.get("code") == "unauthenticated":
        lines.append("Give your id with --as PERSON or STANCHION_ACTOR.")
    return CommandError(AWAY if away else REFUSED, "\n".join(lines), document)


def parse_fields(given: list[str] | None) -> dict[str, Any]:
    """``name=text`` and ``name:=JSON``. Raises CommandError (usage)."""
    fields: dict[str, Any] = {}
    for one in given or []:
        name, sign, value = one.partition("=")
        if not sign or not name.rstrip(":"):
            fail(USAGE, f"--field {one}: write name=text, or name:=JSON")
        if not name.endswith(":"):
            fields[name] = value
            continue
        try:
            fields[name[:-1]] = json.loads(value)
        except ValueError:
            fail(USAGE, f"--field {one}: {value} is not JSON (text needs quotes there, or `=` instead of `:=`)")
    return fields


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
