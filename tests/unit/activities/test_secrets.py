"""References to secrets, and texts without them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from activities.secrets import SecretMissingError, resolve, scrub
from activities.settings import Settings


def test_a_secret_comes_from_the_environment_or_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``env:`` and ``file:`` lead to the value; the line end of a file is not part of it."""
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret")
    (tmp_path / "password").write_text("from file\n")
    assert resolve("env:MAIL_PASSWORD") == "s3cret"
    assert resolve(f"file:{tmp_path}/password") == "from file"


@pytest.mark.parametrize("reference", ["env:NOT_SET_ANYWHERE", "file:/nonexistent/password"])
def test_a_reference_that_leads_nowhere_is_named(reference: str) -> None:
    """A secret that is missing is an error with its reference."""
    with pytest.raises(SecretMissingError, match=reference):
        resolve(reference)


def test_settings_take_references_and_never_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret written in place of its reference is refused, without its text in the reason."""
    monkeypatch.setenv("STANCHION_SMTP_PASSWORD", "hunter2")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert [error["msg"] for error in refused.value.errors()] == [
        "Value error, a secret is given by reference: env:NAME or file:PATH"
    ]
    assert "hunter2" not in str(refused.value)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting is a variable with the prefix; mappings are JSON."""
    monkeypatch.setenv("STANCHION_SMTP_HOST", "mail.example.com")
    monkeypatch.setenv("STANCHION_APPRISE_CHANNELS", '{"ops": ["env:OPS_URL"]}')
    settings = Settings()
    assert (settings.smtp_host, settings.apprise_channels) == ("mail.example.com", {"ops": ("env:OPS_URL",)})


def test_the_password_of_the_records_is_put_in_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """The URL in the settings has no password; the URL of the connection has it, quoted."""
    monkeypatch.setenv("PG", "p@ss/word")
    settings = Settings(records_url="postgresql://stanchion@db/records", records_password="env:PG")
    assert settings.records_location() == "postgresql://stanchion:p%40ss%2Fword@db/records"
    assert Settings().records_location() == Settings().records_url


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("535 bad password hunter2!", "hunter2!"),
        ("AUTH aHVudGVyMiE= refused", "hunter2!"),
        ("GET /?key=hunter2%21", "hunter2!"),
        ("POST /T0KEN123/send failed at chat.example.com", "slack://bot:pw0rd@chat.example.com/T0KEN123/send"),
        ("user pw0rd refused", "slack://bot:pw0rd@chat.example.com/T0KEN123/send"),
        ("https://chat.example.com/x?token=abcd1234 failed", "json://chat.example.com/x?token=abcd1234"),
    ],
)
def test_errors_are_told_without_secrets(text: str, secret: str) -> None:
    """A secret is taken out of a text in every form in which a library may repeat it."""
    clean = scrub(text, [secret])
    assert "•••" in clean
    assert not {"hunter2", "aHVudGVyMiE", "T0KEN123", "pw0rd", "abcd1234"} & set(
        clean.replace("/", " ").replace("=", " ").split()
    )
