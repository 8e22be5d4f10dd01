"""The Telegram process: `python -m bot.gateway`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

import django

from bot.language.lexicon import LexiconError
from bot.settings import PROJECT, Settings, SettingsError
from bot.tables import KnowledgeError

log = logging.getLogger("bot.gateway")

REFUSED = 2


def main() -> int:
    """Run until stopped; a wrong setting or table is one sentence and an exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.site.settings")
    try:
        settings = Settings.from_environment()
        if not settings.telegram_bot_token:
            raise SettingsError("TELEGRAM_BOT_TOKEN is not set: get one from @BotFather, or run without this process.")
        django.setup()
        asyncio.run(_run(settings))
    except (SettingsError, KnowledgeError, LexiconError) as error:
        return _refuse(str(error))
    except Exception as error:
        from bot.gateway.telegram import GatewayError  # needs Django to be set up

        if not isinstance(error, GatewayError):
            raise
        return _refuse(str(error))
    return 0


def _refuse(sentence: str) -> int:
    print(f"The Telegram gateway stops: {sentence}", file=sys.stderr)
    return REFUSED


async def _run(settings: Settings) -> None:
    from bot.gateway.service import TelegramService

    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    service = TelegramService.from_settings(settings, PROJECT)
    running = asyncio.create_task(service.run())
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait([running, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    running.cancel()
    try:
        await running
    except asyncio.CancelledError:
        log.info("The Telegram gateway has stopped.")


if __name__ == "__main__":
    sys.exit(main())
