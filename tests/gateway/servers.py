"""Telegram and Rasa as stubs on loopback, for whoever tests around the gateway; a conftest names them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server


@pytest.fixture
async def rasa() -> AsyncIterator[FakeRasa]:
    async with FakeRasa() as server:
        yield server
