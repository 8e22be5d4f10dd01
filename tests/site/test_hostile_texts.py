"""What is written or read from a file, on the chat page: script stays text, whoever says it again."""

from __future__ import annotations

import re

import pytest

from bot.gateway.plain_text import cleaned, harmless
from tests.console.test_hostile_texts import BIDI, HOSTILE, read
from tests.gateway.fake_rasa import FakeRasa
from tests.site.helpers import Browser

ZERO = "\u200b" * len(BIDI)


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\0" not in text])
async def test_it_is_shown_as_text(browser: Browser, rasa: FakeRasa, text: str) -> None:
    title = text[:60]
    rasa.script[harmless(text)] = [{"text": f"你说“{text}”\n先别交", "buttons": [{"title": title, "payload": title}]}]
    empty = read((await browser.open()).text)
    await browser.say(text)
    assert browser.shown is not None
    page = read(browser.shown.text)
    assert page.tags - empty.tags <= {"div", "button"} and page.attributes <= empty.attributes
    assert all(re.match(r"/(?!/)|tel:|sms:|https://www\.baidu\.com$", link) for link in page.links - {""})
    assert cleaned(text) in browser.texts, "what was said"
    assert browser.texts[-1] == f"你说“{text}”\n先别交" and browser.page.bubbles[-1].buttons == [title]


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\0" not in text and not text.startswith("&lt")])
async def test_a_file_is_text_too_and_its_name_is_not_even_kept(browser: Browser, text: str) -> None:
    empty = read((await browser.open()).text)
    files = {"files": (f"{text}.txt".replace("\n", ""), text.encode(), "text/html")}
    answer = await browser.post("/send/", data={**browser.page.fields, "text": ""}, files=files)
    page = read(answer.text)
    assert page.tags - empty.tags <= {"div", "button", "details", "summary", "i"}
    assert page.attributes <= empty.attributes | {"data-number"}
    assert f"{text}.txt" not in answer.text


async def test_writing_is_not_turned_round(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    await browser.say(f"工资{BIDI}元000三")
    assert browser.texts[-2:] == [f"工资{ZERO}元000三", f"回：工资{ZERO}元000三"], "nothing of it is even stored"
