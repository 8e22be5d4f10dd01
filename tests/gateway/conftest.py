"""A gateway between a Bot API server and a Rasa, both on loopback; nothing is patched."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import AsyncIterator

import pytest

from bot.gateway.voice import Voice
from bot.settings import PROJECT, Settings
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import Gateways
from tests.gateway.servers import api as api
from tests.gateway.servers import rasa as rasa

TEXTS = PROJECT / "domain.yml"
KNOWLEDGE = PROJECT / "data" / "knowledge"


@pytest.fixture(scope="session")
def voice() -> Voice:
    return Voice.load(TEXTS, KNOWLEDGE)


@pytest.fixture
def settings(api: BotApi, rasa: FakeRasa) -> Settings:
    return dataclasses.replace(
        Settings.from_environment(),
        telegram_bot_token=api.token,
        telegram_api_base=api.base,
        rasa_url=rasa.url,
        rasa_token=rasa.token,
    )


@pytest.fixture
async def gateways(settings: Settings, voice: Voice, transactional_db: None) -> AsyncIterator[Gateways]:
    made = Gateways(settings, voice)
    yield made
    await made.stop()


@pytest.fixture
async def gateway(gateways: Gateways) -> Gateways:
    gateways.start()
    return gateways


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
