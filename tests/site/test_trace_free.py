"""Nothing of the talk is shown any more: 清屏, 别回 and the quick exit, without a script; and pictures."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.records.models import Contact, Conversation, Message, Outbox
from bot.replies import pictures
from bot.replies.texts import Texts
from bot.settings import PROJECT
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import DEBT, in_records, until
from tests.site.helpers import HTMX, Browser, Site, parsed

TEXTS = Texts.load(PROJECT / "domain.yml")
CLEARED = TEXTS.say("utter_cleared_web")


async def numbers() -> list[int]:
    return await in_records(lambda: list(Message.objects.order_by("number").values_list("number", flat=True)))


@pytest.mark.parametrize("word", ["清屏", "/clear"])
async def test_clearing_empties_the_page_for_good(browser: Browser, word: str) -> None:
    await browser.open()
    await browser.say("护照被王老板扣了")
    await browser.say(word)
    assert browser.texts == [CLEARED]
    assert browser.page.bubbles[0].buttons == ["删除"]
    await browser.open()
    assert browser.texts == [CLEARED] and browser.shown is not None and "王老板" not in browser.shown.text
    news = await browser.news(0)
    assert "王老板" not in news.text
    await browser.say("在吗")
    assert browser.texts == ["在吗", "回：在吗"], "nobody agreed that more is kept"
    await browser.press("清屏")
    assert browser.texts == [CLEARED]
    assert await in_records(Message.objects.filter(direction="in").count) == 4, "that something was said stays"
    await browser.press("删除")
    assert browser.texts[-1] == TEXTS.say("utter_erase_question")


async def test_in_place_the_page_is_told_to_empty_itself(browser: Browser) -> None:
    await browser.open()
    await browser.in_place("护照被王老板扣了")
    response = await browser.in_place("清屏")
    assert response.status_code == 204 and response.headers["hx-trigger"] == "chat:cleared"


async def test_another_open_page_is_loaded_anew(browser: Browser) -> None:
    await browser.open()
    await browser.say("护照被王老板扣了")
    old = dict(browser.page.fields)
    await browser.say("清屏")
    news = await browser.news(2, visit=old["visit"])
    assert news.status_code == 204 and news.headers["hx-refresh"] == "true"
    said = await browser.post("/send/", data={**old, "text": "在吗"}, headers=HTMX)
    assert said.status_code == 204 and said.headers["hx-refresh"] == "true", "said, and shown on the page made anew"
    await browser.open()
    assert browser.texts == ["在吗", "回：在吗"]


async def test_an_answer_in_the_making_does_not_appear_on_a_cleared_page(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    rasa.delay = 0.4
    saying = asyncio.create_task(browser.in_place("护照被王老板扣了"))
    await until(lambda: rasa.texts)
    await browser.in_place("清屏", form="other")
    answer = await saying
    assert "王老板" not in answer.text
    await browser.open()
    assert browser.texts == [CLEARED]


async def test_the_exit_leads_away_and_shows_nothing_to_who_goes_back(browser: Browser, rasa: FakeRasa) -> None:
    page = await browser.open()
    assert 'id="exit" href="/leave/" data-to="https://www.baidu.com"' in page.text
    await browser.say("护照被王老板扣了")
    left = await browser.get("/leave/", follow_redirects=False)
    assert left.status_code == 302 and left.headers["location"] == "https://www.baidu.com"
    assert left.headers["cache-control"] == "no-store" and left.headers["referrer-policy"] == "no-referrer"
    assert "visit=" in left.headers["set-cookie"], "browsers let go of a page kept alive when its cookie changes"
    await browser.open()
    assert browser.shown is not None and "王老板" not in browser.shown.text and browser.texts == []
    await browser.say("我又来了")
    assert browser.texts == ["我又来了", "回：我又来了"]
    assert len({body["sender"] for body in rasa.heard}) == 1, "the same talk goes on"
    assert await in_records(Contact.objects.count) == 1


async def test_leaving_without_a_visit_leaves_nothing_with_us(site: Site) -> None:
    browser = site.browser()
    left = await browser.get("/leave/", follow_redirects=False)
    assert left.status_code == 302 and "set-cookie" not in left.headers
    assert await in_records(Contact.objects.count) == 0
    assert (await browser.post("/leave/", follow_redirects=False)).status_code in (403, 405)


async def test_leaving_drops_an_answer_in_the_making(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    rasa.delay = 0.4
    saying = asyncio.create_task(browser.in_place("护照被王老板扣了"))
    await until(lambda: rasa.texts)
    await browser.get("/leave/", follow_redirects=False)
    await saying
    await browser.open()
    assert browser.texts == []


async def test_silence(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    await browser.say("护照被扣了")
    await browser.say("别回")
    assert browser.texts[1:] == ["别回"]
    assert rasa.texts == ["护照被扣了"]

    def write() -> None:
        message = Message.objects.add(Conversation.objects.get(), direction="out", author="staff", text="我是老师")
        Outbox.objects.create(message=message, channel="web")

    await in_records(write)
    last = max(await numbers())
    assert (await browser.news(last - 1)).status_code == 204
    await browser.open()
    assert "我是老师" not in browser.texts
    fragment = parsed((await browser.in_place("我方便了")).text)
    news = parsed((await browser.news(max(one.number for one in fragment.bubbles))).text)
    shown = [one.text for one in (*fragment.bubbles, *news.bubbles)]
    assert sorted(shown) == sorted(["我方便了", "我是老师", "回：我方便了"])
    await browser.open()
    assert browser.texts[-3] == "我方便了"


async def test_a_picture_is_served_to_its_own_visit_only(site: Site, browser: Browser, rasa: FakeRasa) -> None:
    rasa.script["算"] = [{"text": "慢慢还", "custom": {"picture": DEBT}}]
    await browser.open()
    page = (await browser.say("算")).text
    assert '<img class="picture" src="/picture/2/" alt="九个月还清\n' in page
    assert "慢慢还" in browser.texts
    picture = await browser.get("/picture/2/")
    assert picture.status_code == 200 and picture.headers["content-type"] == "image/png"
    assert picture.content == pictures.draw(DEBT) and picture.headers["cache-control"] == "no-store"
    for path in ("/picture/1/", "/picture/3/", "/picture/0/", f"/picture/{'9' * 30}/"):
        assert (await browser.get(path)).status_code == 404, path
    stranger = site.browser()
    assert (await stranger.get("/picture/2/")).status_code == 404
    await stranger.open()
    await stranger.say("你好")
    assert (await stranger.get("/picture/2/")).status_code == 404
    await browser.say("清屏")
    assert (await browser.get("/picture/2/")).status_code == 404


async def test_a_drawing_that_fails_leaves_the_text(
    browser: Browser, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(spec: Any) -> Any:
        raise RuntimeError("no font")

    monkeypatch.setattr(pictures, "draw", fails)
    monkeypatch.setattr(pictures, "alt_text", fails)
    rasa.script["算"] = [{"text": "慢慢还", "custom": {"picture": DEBT}}]
    await browser.open()
    page = (await browser.say("算")).text
    assert "慢慢还" in browser.texts and 'alt=""' in page
    assert (await browser.get("/picture/2/")).status_code == 404
