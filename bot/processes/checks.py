"""What is looked at before anything starts, so that a wrong setting costs a sentence and not a minute."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import httpx

from bot.processes.surroundings import listen, loopback_port
from bot.settings import Settings, SettingsError

PYTHON = (3, 10)
SECONDS_FOR_TELEGRAM = 10.0


@dataclass(frozen=True)
class TelegramName:
    """Who the bot is on Telegram, or why that is not known."""

    name: str = ""
    warning: str = ""


def python_version(version: tuple[int, ...] = sys.version_info[:2]) -> None:
    """Refuse any Python that Rasa does not run on."""
    if version[:2] != PYTHON:
        found = ".".join(map(str, version[:2]))
        raise SettingsError(f"This is Python {found}, but Rasa needs 3.10: start with `make run`, which finds it.")


def ports(settings: Settings, only_rasa: bool) -> None:
    """Refuse to start while another program holds one of our ports."""
    needed = [
        ("127.0.0.1", loopback_port(settings.rasa_url, "RASA_URL"), "RASA_URL"),
        ("127.0.0.1", loopback_port(settings.action_url, "ACTION_URL"), "ACTION_URL"),
    ]
    if not only_rasa:
        needed.append((settings.site_host, settings.site_port, "SITE_PORT"))
        if settings.telegram_bot_token and settings.telegram_webhook_url:
            needed.append((settings.telegram_webhook_host, settings.telegram_webhook_port, "TELEGRAM_WEBHOOK_PORT"))
    taken: dict[int, str] = {}
    for host, port, setting in needed:
        if port in taken:
            raise SettingsError(f"{taken[port]} and {setting} both name port {port}: choose another for one of them.")
        taken[port] = setting
        listen(host, port, setting).close()


async def telegram(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> TelegramName:
    """Ask Telegram who the token belongs to; a wrong token ends the start, a network that is down does not."""
    address = f"{settings.telegram_api_base}/bot{settings.telegram_bot_token}/getMe"
    try:
        async with httpx.AsyncClient(timeout=SECONDS_FOR_TELEGRAM, transport=transport) as client:
            answer = await client.get(address)
    except httpx.HTTPError as error:
        return TelegramName(warning=f"Telegram cannot be reached now ({type(error).__name__}); it is tried again.")
    if answer.status_code in (401, 404):
        raise SettingsError(
            "Telegram does not know TELEGRAM_BOT_TOKEN: copy it again from @BotFather (/mybots, API Token),"
            " or leave it out to run without Telegram."
        )
    try:
        return TelegramName(name=str(answer.json()["result"]["username"]))
    except (ValueError, KeyError, TypeError):
        return TelegramName(warning=f"Telegram answers {answer.status_code} now; it is tried again.")
