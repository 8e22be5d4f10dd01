"""Asks the other processes of this installation."""

from __future__ import annotations

import httpx

from bot.health.door import SOCKET
from bot.settings import Settings

#: A process that needs longer cannot be said to answer.
LONGEST_WAIT = 2.0
_NO_CONNECTION_KEPT = httpx.Limits(max_keepalive_connections=0)


class Processes:
    """The processes beside the site, each with its own token or, for Telegram, its socket."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # trust_env: a proxy would be asked for this very machine.
        self._http = httpx.AsyncClient(timeout=LONGEST_WAIT, trust_env=False, limits=_NO_CONNECTION_KEPT)
        door = httpx.AsyncHTTPTransport(uds=str(settings.var / SOCKET), limits=_NO_CONNECTION_KEPT)
        self._telegram = httpx.AsyncClient(base_url="http://telegram", timeout=LONGEST_WAIT, transport=door)

    @property
    def has_telegram(self) -> bool:
        return bool(self._settings.telegram_bot_token)

    async def rasa(self, path: str) -> httpx.Response:
        return await self._http.get(self._settings.rasa_url + path, params={"token": self._settings.rasa_token})

    async def actions(self, path: str) -> httpx.Response:
        return await self._http.get(self._settings.action_url + path, params={"token": self._settings.action_token})

    async def telegram(self, path: str) -> httpx.Response:
        return await self._telegram.get(path)
