"""Settings of records, notifications and automation: ``STANCHION_*`` in the environment; secrets by reference."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from activities.outbound import ANY_PORT, Policy, split_port
from activities.secrets import checked_reference, resolve

Reference = Annotated[str, AfterValidator(checked_reference)]
"""``env:NAME`` or ``file:PATH``."""


def _words(value: object) -> object:
    """``a, b`` of an environment variable as a list."""
    return tuple(word for word in value.replace(",", " ").split()) if isinstance(value, str) else value


def _networks(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        ip_network(word)  # raises ValueError, which names the mistake
    return words


def _hosts(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        host, port = split_port(word)
        if not host or (port is not None and port != ANY_PORT and not (port.isdecimal() and 0 < int(port) < 65536)):
            raise ValueError(f"{word!r} is no host: example.com, *.example.com, example.com:8443 or example.com:*")
    return words


def _records_url(url: str) -> str:
    from sqlalchemy.exc import ArgumentError  # slow to import, as the next module is

    from activities.records.database import normalized

    try:
        normalized(url or "sqlite:///records.sqlite3")  # empty means that none is given
    except (ArgumentError, ValueError):
        raise ValueError(
            "the records need sqlite:///<file> or postgresql://<user>@<host>/<database>, such as "
            "sqlite:////var/lib/stanchion/records.sqlite3"
        ) from None  # the text may hold a password
    return url


def _is_loopback(host: bytes | str | None) -> bool:
    try:
        return host == "localhost" or (isinstance(host, str) and ip_address(host).is_loopback)
    except ValueError:
        return False


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
"""Several values, separated by commas or spaces."""


class Settings(BaseSettings):
    """Records, notification and automation settings. Raises pydantic's ValidationError, which names the variables."""

    model_config = SettingsConfigDict(env_prefix="STANCHION_", frozen=True, extra="ignore", hide_input_in_errors=True)

    records_url: Annotated[str, AfterValidator(_records_url)] = "sqlite:///.stanchion/records.sqlite3"
    """``sqlite:///<file>`` or ``postgresql://<user>@<host>/<database>``; no password in it."""
    records_password: Reference | None = None

    smtp_host: str | None = None
    """Without this setting no mail is sent."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: Reference | None = None
    mail_from: str = "stanchion@localhost"

    apprise_channels: dict[str, tuple[Reference, ...]] = Field(default_factory=dict)
    """Apprise URLs of shared channels, as ``notify: {channel: …}`` names them: one message for each channel."""
    apprise_people: dict[str, tuple[Reference, ...]] = Field(default_factory=dict)
    """Apprise URLs of people, by id, used in place of mail."""

    ticket_url: str | None = Field(default=None, pattern=r"^https?://.*\{key\}")
    """The address of a ticket for people, with ``{key}``: the link in notifications."""
    delivery_attempts: int = Field(default=20, ge=1, le=100)
    """The attempts to deliver a notification before it counts as failed."""
    delivery_timeout: int = Field(default=20, ge=1, le=300)
    """Seconds for one attempt."""

    actions: Words = ()
    """Python modules with actions, beside those of installed distributions."""
    workflows: Words = ()
    """Python modules with workflows for ``child: {workflow: …}``, beside those of installed distributions."""
    outbound_hosts: Annotated[Words, AfterValidator(_hosts)] = ()
    """Hosts that ``http`` steps may reach at the ports 443 and 80; ``*.example.com`` allows every name below it,
    ``example.com:8443`` another port, ``example.com:*`` every port. By default none."""
    outbound_plain_http: bool = False
    outbound_networks: Annotated[Words, AfterValidator(_networks)] = ()
    """Networks that ``http`` steps may reach although they are not public: ``10.1.0.0/16``."""
    outbound_bytes: int = Field(default=100_000, ge=1, le=100_000)
    """The largest answer in bytes, since the ticket keeps it."""
    secrets: dict[str, Reference] = Field(default_factory=dict)
    """The secrets that headers of ``http`` steps name as ``secret:NAME``."""
    callback_url: Annotated[str | None, Field(pattern=r"^https?://[^\s?#]+$")] = None
    """The address under which other systems reach the API to call back: ``https://itsm.example.com``."""
    callback_keys: Annotated[tuple[Reference, ...], NoDecode, BeforeValidator(_words)] = ()
    """The keys of callback addresses: the first key signs, every key verifies."""

    @field_validator("callback_url")
    @classmethod
    def _is_not_overheard(cls, url: str | None, info: ValidationInfo) -> str | None:
        """A reader of the address on its way could call back."""
        plain = url is not None and url.startswith("http://") and not info.data.get("outbound_plain_http")
        if plain and not _is_loopback(urlsplit(url).hostname):
            raise ValueError("other systems call back by https, unless STANCHION_OUTBOUND_PLAIN_HTTP is set")
        return url

    def outbound_policy(self) -> Policy:
        """The allowed destinations of ``http`` steps."""
        return Policy(
            hosts=tuple(host.lower() for host in self.outbound_hosts),
            plain_http=self.outbound_plain_http,
            networks=tuple(ip_network(one) for one in self.outbound_networks),
            secrets=self.secrets,
            most_bytes=self.outbound_bytes,
        )

    def records_location(self) -> str:
        """The URL of the records with its password, which must never be shown. Raises SecretMissingError."""
        if self.records_password is None:
            return self.records_url
        from sqlalchemy import make_url  # slow to import, and not needed by readers of settings

        return make_url(self.records_url).set(password=resolve(self.records_password)).render_as_string(False)
