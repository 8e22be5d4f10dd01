"""1,000 chats flood the bot: somebody who cries for help hardly notices. Prints its figures (`pytest -s`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import flood
from bot.gateway.media import glimpse
from tests.gateway.bot_api import BotApi


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_flood_does_not_hold_up_a_cry_for_help(tmp_path: Path) -> None:
    async with flood.gateway(tmp_path) as api:
        figures = await flood.measure(api, cries=5)
    print(f"\n{figures}")
    assert figures.slower_by < flood.BAR_SECONDS, str(figures)
    assert figures.answered > 1, f"the others are still answered\n{figures}"


def test_a_glimpse_finds_chat_and_words() -> None:
    person = BotApi().person(501)
    person.says("救命")
    person.sends_photo("他们打我")
    person.sends_sticker()
    person.edits("救我")
    assert [glimpse(raw) for raw in person.api._updates] == [(501, "救命"), (501, "他们打我"), (501, ""), (501, "救我")]


@pytest.mark.parametrize(
    "raw",
    [None, 5, "x", [], {}, {"message": 5}, {"message": {}}, {"message": {"chat": 5}},
     {"message": {"chat": {"id": "x"}}},
     {"message": {"chat": {"id": [1]}, "text": 5}}, {"callback_query": {}}, {"callback_query": {"message": None}}],
)  # fmt: skip
def test_a_glimpse_at_nonsense_finds_nobody(raw: object) -> None:
    assert glimpse(raw) == (None, "")


def test_a_glimpse_at_a_button_takes_no_word_of_the_bot_for_the_person_s() -> None:
    raw = {"callback_query": {"message": {"chat": {"id": 501}, "text": "有危险就打 110"}}}
    assert glimpse(raw) == (501, "")
