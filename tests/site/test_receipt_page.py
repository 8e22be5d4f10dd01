"""The code on the page: shown once, with and without a script, and masked from then on."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from bot.gateway.web import _ShownOnce
from bot.records.models import Conversation, Message, Receipt
from bot.replies.texts import Texts
from bot.settings import PROJECT
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import in_records
from tests.site.helpers import HTMX, Browser, Site, parsed

TEXTS = Texts.load(PROJECT / "domain.yml")
CODE = re.compile(r"(?<!\d)\d{4}(?: \d{4}){3}(?!\d)")
MASKED = "•••• •••• •••• ••••"


def shown(browser: Browser) -> str:
    return browser.shown.text if browser.shown else ""


async def test_without_a_script_it_is_shown_once_then_masked(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    response = await browser.say("接续码")  # a form, a redirect, and the page
    assert response.history[0].status_code == 302 and response.url.path == "/"
    assert CODE.search(browser.texts[-1])
    assert browser.shown is not None and browser.shown.headers["cache-control"] == "no-store"
    assert not browser.page.bubbles[-1].links, "no part of it is a telephone number"
    await browser.open()
    assert not CODE.search(shown(browser)) and MASKED in browser.texts[-1]
    assert "16 个数字" in browser.texts[-1], "all else stays"
    assert rasa.texts == []


async def test_in_place_it_is_shown_once_then_masked(browser: Browser) -> None:
    await browser.open()
    response = await browser.in_place("接续码")
    assert CODE.search(response.text)
    assert not CODE.search((await browser.news(0)).text)
    await browser.open()
    assert not CODE.search(shown(browser)) and MASKED in browser.texts[-1]


async def test_a_page_that_has_to_be_loaded_anew_still_shows_it(browser: Browser) -> None:
    """The form came from an old page: its answer is only the word to load, and must not use the code up."""
    await browser.open()
    response = await browser.post(
        "/send/", data={**browser.page.fields, "text": "接续码", "visit": "old"}, headers=HTMX
    )
    assert response.status_code == 204 and response.headers["hx-refresh"] == "true"
    await browser.open()
    assert CODE.search(browser.texts[-1])


async def test_the_code_is_in_the_records_only_masked(browser: Browser) -> None:
    await browser.open()
    await browser.in_place("接续码")

    def stored() -> list[str]:
        return [message.text for message in Message.objects.filter(direction="out")]

    assert MASKED in (await in_records(stored))[-1]
    assert await in_records(Receipt.objects.count) == 1


async def test_somebody_else_goes_on_with_the_case_and_sees_nothing_of_it(
    browser: Browser, site: Site, rasa: FakeRasa
) -> None:
    await browser.open()
    await browser.say("护照被王老板扣了")
    await browser.say("接续码")
    [code] = CODE.findall(browser.texts[-1])
    other = site.browser()
    await other.open()
    await other.say(code)
    assert other.texts[1:] == [MASKED, TEXTS.say("utter_receipt_linked")], "what was typed is masked as well"
    assert "王老板" not in shown(other)
    await other.say("在吗")
    assert other.texts[-1] == "回：在吗" and "王老板" not in shown(other)
    assert rasa.texts == ["护照被王老板扣了", "在吗"]
    assert await in_records(Conversation.objects.filter(continues__isnull=False).count) == 1
    await other.say("断开")
    assert other.texts[-1] == TEXTS.say("utter_receipt_unlinked")


async def test_a_second_code_is_shown_too(browser: Browser) -> None:
    await browser.open()
    first = parsed((await browser.in_place("接续码", form="a")).text).bubbles[-1].text
    second = parsed((await browser.in_place("接续码", form="b")).text).bubbles[-1].text
    assert CODE.findall(first) != CODE.findall(second)


@pytest.mark.parametrize(("seconds", "text"), [(60.0, "x"), (0.0, "")])
def test_what_is_shown_once_waits_for_minutes_only(seconds: float, text: str) -> None:
    once, name = _ShownOnce(seconds), uuid4()
    once.hold(name, "x")
    assert once.take(name) == text
    once.hold(name, "x")
    assert seconds == 0.0 or once.take(name) == "", "not even when the records are read once more"
    assert once.take(uuid4()) == ""
