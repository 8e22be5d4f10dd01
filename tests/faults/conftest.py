"""The real programs around stubs of Telegram and Rasa, on loopback and in a var folder of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.burst import stack_with_stub
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.servers import api as api
from tests.gateway.servers import rasa as rasa
from tests.gateway.stack import Stack


@pytest.fixture
async def stack(tmp_path: Path, api: BotApi, rasa: FakeRasa) -> AsyncIterator[Stack]:
    made = await stack_with_stub(tmp_path / "var", api, rasa)
    try:
        yield made
    finally:
        await made.stop()
