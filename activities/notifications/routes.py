"""The channel of a notification: mail, a shared channel, a person's own channel, or the outbox alone."""

from __future__ import annotations

from activities.settings import Settings

MAIL = "mail"
PERSON = "person"
SHARED = "channel:"


class Routes:
    """The channels that the settings configure."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._any = bool(settings.smtp_host or settings.apprise_channels or settings.apprise_people)

    def route(self, wanted: str | None, person: str, address: str | None) -> tuple[str | None, str | None]:
        """The channel for a person, and a problem with it; ``wanted`` is the channel that the process names.

        Without any configured channel there is neither: the outbox alone holds the notification.
        """
        settings = self._settings
        if not self._any:
            return None, None
        if wanted and wanted in settings.apprise_channels:
            return SHARED + wanted, None
        unknown = None if wanted in (None, MAIL) else f"channel '{wanted}' is not configured"
        if person in settings.apprise_people and wanted != MAIL:
            return PERSON, unknown
        if settings.smtp_host and address:
            return MAIL, unknown
        nowhere = f"{person} has no e-mail address" if settings.smtp_host else f"no channel reaches {person}"
        return None, "; ".join(part for part in (unknown, f"{nowhere}: the text is in the outbox") if part)

    def link(self, key: str) -> str | None:
        """The address of a ticket for people."""
        return self._settings.ticket_url.replace("{key}", key) if self._settings.ticket_url else None
