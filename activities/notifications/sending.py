"""SMTP and Apprise: each sends one notification, or raises the reason and whether another attempt can help."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256

import apprise

from activities.notifications.rendering import one_line
from activities.records.outbox import Notification
from activities.secrets import SecretMissingError, resolve, scrub
from activities.settings import Settings

ENCODED_WORD = "=?"
"""The beginning of an encoded word in a header (RFC 2047, section 2)."""
LINE = 76
"""The longest line with an encoded word (RFC 2047, section 2)."""
SHORT = 60
"""The longest text that stands in a header as it is, on one line with the header's name."""
TRANSIENT = range(400, 500)
"""SMTP's transient negative completions (RFC 5321, section 4.2.1)."""


class NotSentError(Exception):
    """One attempt has failed. ``permanent``: no further attempt can succeed. The text holds no secret."""

    def __init__(self, text: str, *, permanent: bool) -> None:
        super().__init__(text)
        self.text = text
        self.permanent = permanent


def send_mail(settings: Settings, notification: Notification) -> None:
    """Hands one mail to the configured server. Raises NotSentError."""
    secrets: list[str] = []
    try:
        message = mail(settings, notification)
        if settings.smtp_password:
            secrets.append(resolve(settings.smtp_password))
        _hand_over(settings, message, secrets[0] if secrets else None)
    except (smtplib.SMTPException, OSError, SecretMissingError, ValueError, MessageError) as error:
        permanent, text = _judged(error)
        raise NotSentError(scrub(text, secrets), permanent=permanent) from None


def mail(settings: Settings, notification: Notification) -> EmailMessage:
    """The message. Raises ValueError for an invalid address.

    ``Message-ID`` comes from the notification's id: a mail that was sent twice after all (the server took it, and then
    the worker died) is one mail for its reader.
    """
    sender, domain = parseaddr(settings.mail_from)[1], settings.mail_from.rpartition("@")[2].rstrip("> ")
    message = EmailMessage(policy=SMTP)
    message.set_raw("Subject", _text(one_line(notification.subject), "Subject"))
    message["From"] = settings.mail_from if sender == settings.mail_from else Address(
        parseaddr(settings.mail_from)[0], addr_spec=sender
    )  # fmt: skip
    message["To"] = Address(addr_spec=_plain(notification.address or ""))
    message["Date"] = format_datetime(datetime.fromtimestamp(notification.created_at, UTC))
    message["Message-ID"] = f"<{sha256(notification.id.encode()).hexdigest()[:40]}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply to a machine
    message["X-Stanchion-Ticket"] = one_line(notification.ticket)
    message.set_content(notification.body)
    _refuse_other_headers(message)
    return message


def _text(text: str, name: str) -> str:
    """The value of a header whose text people have written: as it is, or as encoded words (RFC 2047).

    The header is written raw, since ``EmailMessage`` reads encoded words in a text that is assigned to it, and Python
    3.11 writes the line ends that they hold.
    """
    if text.isascii() and ENCODED_WORD not in text and len(text) <= SHORT:
        return text
    return Header(text, "utf-8", maxlinelen=LINE, header_name=name).encode(linesep="\r\n")


def _plain(address: str) -> str:
    """An address as it is. Raises ValueError for what a header can't hold as one address."""
    if ENCODED_WORD in address or not address.isprintable() or not all(address.rpartition("@")):
        raise ValueError(f"{one_line(address)!r} is not an address that a mail can be sent to")
    return address


def _refuse_other_headers(message: EmailMessage) -> None:
    """Raises ValueError where the mail, as it is written, has another header than those that were set."""
    written = message.as_bytes().partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = [line.partition(b":")[0].decode("ascii", "replace") for line in written if line[:1] not in (b" ", b"\t")]
    if names != message.keys():
        raise ValueError("a header can't be written as one header: the mail was not sent")


def _hand_over(settings: Settings, message: EmailMessage, password: str | None) -> None:
    host, port, timeout = settings.smtp_host or "", settings.smtp_port, settings.delivery_timeout
    domain = settings.mail_from.rpartition("@")[2].rstrip("> ")
    secure = settings.smtp_security
    connected: smtplib.SMTP
    if secure == "tls":
        connected = smtplib.SMTP_SSL(host, port, domain, timeout=timeout, context=ssl.create_default_context())
    else:
        connected = smtplib.SMTP(host, port, domain, timeout=timeout)
    with connected as server:
        if secure == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user and password:
            server.login(settings.smtp_user, password)
        server.send_message(message)


def _judged(error: Exception) -> tuple[bool, str]:
    """Whether an error is permanent, and its text."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=recipients):
            code, reply = next(iter(recipients.values()))
            return code not in TRANSIENT, f"SMTP {code}: {_words(reply)}"
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=reply):
            return code not in TRANSIENT and code > 0, f"SMTP {code}: {_words(reply)}"
        case smtplib.SMTPNotSupportedError():
            return True, f"SMTP: {error}"
        case smtplib.SMTPException() | OSError():
            return False, f"SMTP: {error}"
        case SecretMissingError():
            return False, str(error)
        case _:
            return True, f"mail: {error}"


def _words(reply: bytes | str) -> str:
    return one_line(reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply)


def send_by_apprise(settings: Settings, references: Sequence[str], notification: Notification) -> None:
    """Sends to every Apprise URL of a channel. Raises NotSentError, never permanent: Apprise does not tell."""
    urls: list[str] = []
    try:
        urls.extend(resolve(reference) for reference in references)
        for url in urls:
            _notify(url, settings.delivery_timeout, notification)
    except NotSentError as error:
        raise NotSentError(scrub(error.text, urls), permanent=error.permanent) from None
    except SecretMissingError as error:
        raise NotSentError(str(error), permanent=False) from None
    except Exception as error:
        # Apprise has over a hundred plugins with errors of their own: each of them must end in the row.
        raise NotSentError(scrub(f"Apprise: {type(error).__name__}: {error}", urls), permanent=False) from None


APART = "\u200b"
"""Has no width; keeps a mark at the beginning of a line from making a list or a heading."""
_MARKUP = re.compile(r"([\\`*_{}\[\]()#!~|])")
_BLOCK = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))", re.MULTILINE)


def as_markdown(text: str) -> str:
    """A text as Markdown that shows exactly this text: no markup, no link, no HTML of what people wrote."""
    entities = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BLOCK.sub(f"\\1{APART}\\2", _MARKUP.sub(r"\\\1", entities))


def _notify(url: str, timeout: int, notification: Notification) -> None:
    service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Stanchion", secure_logging=True))
    if not service.add(url):
        raise NotSentError("Apprise: it does not know the form of an address of this channel", permanent=True)
    title, body, written = one_line(notification.subject), notification.body, apprise.NotifyFormat.TEXT
    (channel,) = service
    if channel.resolve_format(written) == apprise.NotifyFormat.MARKDOWN:
        title, body = title if channel.title_maxlen > 0 else as_markdown(title), as_markdown(body)
        written = apprise.NotifyFormat.MARKDOWN
    result = service.notify(body=body, title=title, body_format=written, timeout=timeout)
    if not result:
        said = "; ".join(entry.message for entry in result.logs() if entry.level in ("WARNING", "ERROR"))
        raise NotSentError(f"Apprise: {one_line(said) or 'the service refused it'}", permanent=False)
