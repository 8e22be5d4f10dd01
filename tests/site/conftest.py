"""The real site on loopback, in front of a Rasa that says what a test tells it to; nothing is patched."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.gateway import web
from bot.gateway.web import WebAnswerer
from bot.settings import Settings
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.servers import rasa as rasa
from tests.site.helpers import Browser, Site


@pytest.fixture
async def site(rasa: FakeRasa, transactional_db: None, settings: Any) -> AsyncIterator[Site]:
    """Serve as `python -m bot.site` does, with shorter pauses."""
    from bot.site.__main__ import listen, make_server
    from bot.site.asgi import application
    from bot.site.talk import voice

    settings.CSRF_FAILURE_VIEW = "bot.site.chat_views.expired"
    chosen = dataclasses.replace(Settings.from_environment(), rasa_url=rasa.url, rasa_token=rasa.token)
    answerer = WebAnswerer(chosen, voice(), rasa_timeout=0.6, longest_wait=2, watch_seconds=0.05, first_pause=0.05)
    web.use(answerer)
    server = make_server(application)
    with listen("127.0.0.1", 0) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        made = Site(f"http://127.0.0.1:{listener.getsockname()[1]}", answerer)
        yield made
        for browser in made.browsers:
            await browser.aclose()
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(serving, 10)
    await answerer.stop()


@pytest.fixture
async def browser(site: Site) -> Browser:
    return site.browser()
