"""Puts the parts of the Telegram process together."""

from __future__ import annotations

import logging
from pathlib import Path

from bot.gateway.conversation import LONGEST_SILENCE, Conversations
from bot.gateway.rasa_client import TIMEOUT_SECONDS, RasaClient
from bot.gateway.telegram import TelegramChannel, TelegramGateway, make_bot, sign_in
from bot.gateway.voice import Voice
from bot.health import door
from bot.health.pulse import Pulse
from bot.settings import Settings

log = logging.getLogger(__name__)


class TelegramService:
    """The whole of the Telegram process."""

    def __init__(
        self, settings: Settings, voice: Voice, *, rasa_timeout: float = TIMEOUT_SECONDS,
        longest_silence: float = LONGEST_SILENCE, watch_seconds: float = 1.0, first_pause: float = 1.0,
    ) -> None:  # fmt: skip
        self._settings, self._voice = settings, voice
        self._longest_silence, self._watch_seconds, self._first_pause = longest_silence, watch_seconds, first_pause
        self._bot = make_bot(settings.telegram_bot_token, settings.telegram_api_base)
        self._rasa = RasaClient(settings.rasa_url, settings.rasa_token, timeout=rasa_timeout)

    @classmethod
    def from_settings(cls, settings: Settings, project: Path) -> TelegramService:
        return cls(settings, Voice.load(project / "domain.yml", project / "data" / "knowledge"))

    async def run(self) -> None:
        """Sign in, go on where the last process stopped, and receive until cancelled."""
        pulse = Pulse()
        async with door.open_on(self._settings.var, pulse):
            await sign_in(self._bot, self._first_pause)
            await self._run(pulse)

    async def _run(self, pulse: Pulse) -> None:
        conversations = Conversations(
            TelegramChannel(self._bot), self._rasa, self._voice, longest_silence=self._longest_silence,
            watch_seconds=self._watch_seconds, first_pause=self._first_pause,
        )  # fmt: skip
        gateway = TelegramGateway(
            self._bot, conversations, self._voice.texts, first_pause=self._first_pause, pulse=pulse
        )
        try:
            conversations.start()
            await gateway.announce_commands()
            await self._receive(gateway)
        finally:
            await gateway.stop()
            await conversations.stop()
            await self._rasa.close()
            await self._bot.shutdown()

    async def _receive(self, gateway: TelegramGateway) -> None:
        settings = self._settings
        if settings.telegram_webhook_url:
            log.info("Telegram is to bring its updates to port %d.", settings.telegram_webhook_port)
            await gateway.listen(
                settings.telegram_webhook_url, settings.telegram_webhook_secret, settings.telegram_webhook_host,
                settings.telegram_webhook_port,
            )  # fmt: skip
        else:
            log.info("Fetching messages from Telegram.")
            await gateway.poll()
