"""Every setting of every process, read once from the environment and checked at start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from bot.keys import KeysError, new_seal_key, new_token, private_folder, read_or_make

PROJECT = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1,localhost,[::1]"
MOST_DAYS = 3650


class SettingsError(ValueError):
    """A setting is missing or wrong; the message is one sentence for the person who starts the program."""


@dataclass(frozen=True)
class Database:
    """Where the records are kept: a SQLite file, or a PostgreSQL server."""

    engine: str  # "sqlite" or "postgresql"
    name: str
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """What the operator may choose; secrets are left out of its printed form."""

    var: Path
    backups: Path  # also of the list of the erased, which has to outlive the records
    database: Database
    telegram_bot_token: str = field(repr=False)
    telegram_api_base: str
    telegram_webhook_url: str
    telegram_webhook_secret: str = field(repr=False)
    telegram_webhook_host: str
    telegram_webhook_port: int
    rasa_url: str
    rasa_token: str = field(repr=False)
    action_url: str
    action_token: str = field(repr=False)
    site_host: str
    site_port: int
    allowed_hosts: tuple[str, ...]
    quick_exit_url: str
    behind_tls: bool
    retention_days: int  # a person without activity is removed after so many days
    retention_open_days: int  # one whose person waits for a human, after so many
    debug: bool
    log_format: str
    metrics_token: str = field(repr=False)
    secret_key: str = field(repr=False)
    pseudonym_key: str = field(repr=False)
    seal_keys: str = field(repr=False)
    seal_keys_file: Path | None  # read again when it changes; None when the environment holds the keys
    backup_key: str = field(repr=False)

    @property
    def is_reachable(self) -> bool:
        """Whether the site answers to a name that others than this machine can use."""
        return not set(self.allowed_hosts) <= set(LOOPBACK.split(","))

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read and check everything, and make the keys that neither the environment nor var/keys holds."""
        var = Path(environ.get("ANXING_VAR") or PROJECT / "var").absolute()
        try:
            private_folder(var)
            return cls._read(_Reader(environ, var / "keys"), var)
        except KeysError as error:
            raise SettingsError(str(error)) from error

    @classmethod
    def _read(cls, read: _Reader, var: Path) -> Settings:
        days = read.days("ANXING_RETENTION_DAYS", 30)
        return cls(
            var=var,
            backups=private_folder(Path(read.text("ANXING_BACKUPS") or var / "backups").absolute()),
            database=database_from_url(read.text("DATABASE_URL"), var),
            telegram_bot_token=read.bot_token("TELEGRAM_BOT_TOKEN"),
            telegram_api_base=read.url("TELEGRAM_API_BASE", "https://api.telegram.org"),
            telegram_webhook_url=read.url("TELEGRAM_WEBHOOK_URL", ""),
            telegram_webhook_secret=read.secret("TELEGRAM_WEBHOOK_SECRET", "webhook.token"),
            telegram_webhook_host=read.text("TELEGRAM_WEBHOOK_HOST", "127.0.0.1"),
            telegram_webhook_port=read.port("TELEGRAM_WEBHOOK_PORT", 8443),
            rasa_url=read.url("RASA_URL", "http://127.0.0.1:5005"),
            rasa_token=read.secret("RASA_TOKEN", "rasa.token"),
            action_url=read.url("ACTION_URL", "http://127.0.0.1:5055"),
            action_token=read.secret("ACTION_TOKEN", "action.token"),
            site_host=read.text("SITE_HOST", "127.0.0.1"),
            site_port=read.port("SITE_PORT", 8000),
            allowed_hosts=tuple(read.text("SITE_ALLOWED_HOSTS", LOOPBACK).replace(" ", "").split(",")),
            quick_exit_url=read.url("SITE_QUICK_EXIT_URL", "https://www.baidu.com"),
            behind_tls=read.switch("SITE_BEHIND_TLS"),
            retention_days=days,
            retention_open_days=read.open_days("ANXING_RETENTION_OPEN_DAYS", max(180, days), days),
            debug=read.switch("ANXING_DEBUG"),
            log_format=read.choice("ANXING_LOG_FORMAT", ("text", "json")),
            metrics_token=read.secret("ANXING_METRICS_TOKEN", "metrics.token"),
            secret_key=read.secret("ANXING_SECRET_KEY", "django.key"),
            pseudonym_key=read.secret("ANXING_PSEUDONYM_KEY", "pseudonym.key"),
            seal_keys=read.text("ANXING_SEAL_KEYS") or read_or_make(read.keys / "seal.keys", new_seal_key),
            seal_keys_file=None if read.text("ANXING_SEAL_KEYS") else read.keys / "seal.keys",
            # Made at the first start and not at the first backup: a copy of var/keys is whole from then on.
            backup_key=read.secret("ANXING_BACKUP_KEY", "backup.key"),
        )


def database_from_url(url: str, var: Path) -> Database:
    """Return the database that the URL names; an empty URL is the SQLite file under var."""
    if not url:
        return Database("sqlite", str(var / "anxing.sqlite3"))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsError("DATABASE_URL is no address; write postgresql://user:password@host:5432/name.") from None
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in ("postgresql", "postgres") or not name or "/" in name:
        raise SettingsError("DATABASE_URL must be empty (SQLite) or postgresql://user:password@host:5432/name.")
    return Database(
        engine="postgresql",
        name=name,
        host=unquote(parts.hostname or ""),
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        options=dict(parse_qsl(parts.query)),
    )


@dataclass(frozen=True)
class _Reader:
    environ: Mapping[str, str]
    keys: Path

    def text(self, name: str, default: str = "") -> str:
        return self.environ.get(name, "").strip() or default

    def secret(self, name: str, file: str) -> str:
        value = self.text(name) or read_or_make(self.keys / file, new_token)
        if len(value) < 16 or not all("!" <= character <= "~" for character in value):
            raise SettingsError(f"{name} needs at least 16 visible ASCII characters; leave it out to have one made.")
        return value

    def bot_token(self, name: str) -> str:
        value = self.text(name)
        number, _, secret = value.partition(":")
        if value and not (number.isascii() and number.isdigit() and len(secret) >= 10 and secret.isascii()):
            raise SettingsError(f"{name} does not look like the token that @BotFather gives (123456:ABC…).")
        return value

    def url(self, name: str, default: str) -> str:
        value = self.text(name, default).rstrip("/")
        try:
            parts = urlsplit(value)
            complete = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            complete = False
        if value and not complete:
            raise SettingsError(f"{name} must be an address such as http://127.0.0.1:5005.")
        return value

    def port(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and len(value) <= 5 and 0 < int(value) < 65536):
            raise SettingsError(f"{name} must be a port number between 1 and 65535.")
        return int(value)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, allowed[0]).lower()
        if value not in allowed:
            raise SettingsError(f"{name} must be one of {', '.join(allowed)}.")
        return value

    def days(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and len(value) <= 4 and 0 < int(value) <= MOST_DAYS):
            raise SettingsError(f"{name} must be a whole number of days from 1 to {MOST_DAYS}.")
        return int(value)

    def open_days(self, name: str, default: int, least: int) -> int:
        value = self.days(name, default)
        if value < least:
            raise SettingsError(f"{name} must not be less than ANXING_RETENTION_DAYS: open cases are kept longer.")
        return value

    def switch(self, name: str) -> bool:
        value = self.text(name, "false").lower()
        if value not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
            raise SettingsError(f"{name} must be true or false.")
        return value in ("1", "true", "yes", "on")
