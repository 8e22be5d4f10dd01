"""Leaving without a trace, in a real browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Route, expect

from bot.records.models import Conversation, Message
from bot.replies import pictures
from bot.replies.texts import Texts
from bot.settings import PROJECT
from tests.browser.conftest import Phone, Phones
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import DEBT, in_records

CLEARED = Texts.load(PROJECT / "domain.yml").say("utter_cleared_web")
SECRET = "王老板"
SAID = "护照被王老板扣了"


@pytest.fixture(autouse=True)
async def elsewhere(settings: Any) -> AsyncIterator[str]:
    """Serve a page of somebody else's that the exit leads to; a browser's route sees no redirect."""

    async def neutral(_: web.Request) -> web.Response:
        return web.Response(text="<title>elsewhere</title>", content_type="text/html")

    application = web.Application()
    application.router.add_get("/{path:.*}", neutral)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, shutdown_timeout=0.1).start()
    settings.QUICK_EXIT_URL = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield settings.QUICK_EXIT_URL
    await runner.cleanup()


async def talked(phone: Phone) -> None:
    await phone.open()
    await phone.say(SAID)
    await phone.page.wait_for_selector("#m2")


async def nothing_behind(phone: Phone) -> None:
    """Press the back button until there is nothing more: no page shows what was said."""
    for _ in range(6):
        before = phone.page.url
        await phone.page.go_back()
        await asyncio.sleep(0.2)
        assert SECRET not in await phone.page.content(), phone.page.url
        if phone.page.url in ("about:blank", before):
            return


async def cleared_on_the_server() -> bool:
    return await in_records(Conversation.objects.filter(cleared_through__gt=0).exists)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("detours", [0, 2], ids=["straight on", "after other pages of ours"])
async def test_no_way_leads_back_after_the_exit(phones: Phones, scripts: bool, detours: int, elsewhere: str) -> None:
    phone = await phones(scripts)
    await talked(phone)
    for _ in range(detours):
        await phone.page.click(".brand")
        await phone.page.wait_for_load_state()
        await phone.open("/nowhere/")  # a page of ours that is not there
        await phone.page.go_back()
    phone.expected += ["404"]
    await phone.page.click("#exit", no_wait_after=True)
    await phone.page.wait_for_url(elsewhere)
    assert await phone.page.title() == "elsewhere"
    await nothing_behind(phone)
    assert await cleared_on_the_server()
    assert await in_records(Message.objects.count) > 0, "the talk goes on for the person"
    phone.strangers.clear()


@pytest.mark.parametrize("where", ["body", "#text"])
async def test_three_escapes_leave(phones: Phones, where: str, elsewhere: str) -> None:
    phone = await phones(has_touch=False, is_mobile=False)
    await talked(phone)
    await phone.page.focus("#text") if where == "#text" else await phone.page.evaluate("document.activeElement.blur()")
    for _ in range(2):
        await phone.page.keyboard.press("Escape")
    await asyncio.sleep(0.3)
    assert phone.page.url.startswith(phone.base), "two may be a habit"
    await phone.page.keyboard.press("Escape")
    await phone.page.wait_for_url(elsewhere)
    await nothing_behind(phone)
    phone.strangers.clear()


async def test_escapes_far_apart_or_while_composing_do_not_leave(phones: Phones) -> None:
    phone = await phones(has_touch=False, is_mobile=False)
    await talked(phone)
    for _ in range(4):
        await phone.page.dispatch_event("#text", "keydown", {"key": "Escape", "isComposing": True})
    for pause in (1.7, 1.7, 0.0):
        await phone.page.keyboard.press("Escape")
        await asyncio.sleep(pause)
    await asyncio.sleep(0.3)
    assert phone.page.url.startswith(phone.base)


async def test_the_exit_does_not_wait_for_our_server(phone: Phone, elsewhere: str) -> None:
    await talked(phone)

    async def hangs(route: Route) -> None:
        await asyncio.sleep(5)

    await phone.page.route("**/leave/", hangs)
    await phone.page.click("#exit", no_wait_after=True)
    await phone.page.wait_for_url(elsewhere, timeout=2000)
    phone.strangers.clear()


async def test_pages_kept_alive_are_let_go(phones: Phones, elsewhere: str) -> None:
    """Back and forth through another site, then the exit from a second tab: the kept page shows nothing either."""
    phone = await phones()
    await talked(phone)
    await phone.page.goto(elsewhere)  # the chat may be kept alive now
    other = await phone.context.new_page()
    await other.goto(phone.base)
    assert SECRET in await other.content()
    await other.click("#exit", no_wait_after=True)
    await other.wait_for_url(elsewhere)
    await asyncio.sleep(0.3)
    await phone.page.go_back()
    await phone.page.wait_for_function("() => document.querySelector('#say')")
    assert SECRET not in await phone.page.content()
    phone.strangers.clear()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_clearing_the_page(phones: Phones, scripts: bool) -> None:
    phone = await phones(scripts)
    await talked(phone)
    entries = await phone.page.evaluate("history.length") if scripts else 0
    await phone.press("清屏")
    await expect(phone.page.locator("#log .words")).to_have_text([CLEARED])
    if scripts:
        assert await phone.page.evaluate("history.length") == entries
    await phone.page.reload()
    await expect(phone.page.locator("#log .words")).to_have_text([CLEARED])
    await phone.say("还在吗")
    # A page made anew shows the last turn only: nobody agreed that more is kept.
    before = [CLEARED] if scripts else []
    await expect(phone.page.locator("#log .words")).to_have_text([*before, "还在吗", "回：还在吗"])
    await nothing_behind(phone)


async def test_another_tab_forgets_what_was_cleared(phone: Phone) -> None:
    await talked(phone)
    other = await phone.context.new_page()
    await other.goto(phone.base)
    assert SECRET in await other.content()
    await phone.press("清屏")
    await expect(phone.page.locator("#log .words")).to_have_text([CLEARED])
    await other.bring_to_front()
    await other.wait_for_function(f"() => !document.body.textContent.includes('{SECRET}')", timeout=10_000)


async def test_silence_on_the_page(phone: Phone, rasa: FakeRasa) -> None:
    await talked(phone)
    await phone.say("别回")
    await expect(phone.page.locator("#typing")).to_be_hidden()
    await expect(phone.page.locator("#log .words").last).to_have_text("别回")
    assert rasa.texts == [SAID]


async def test_a_picture_fits_the_phone(phone: Phone, rasa: FakeRasa) -> None:
    rasa.script["算"] = [{"text": "慢慢还", "custom": {"picture": DEBT}}]
    await phone.say("算")
    picture = phone.page.locator("#m2 img.picture")
    await expect(picture).to_have_attribute("alt", pictures.alt_text(DEBT))
    await phone.page.wait_for_function("() => document.querySelector('#m2 img').naturalWidth > 0")
    assert await picture.evaluate("(e) => e.getBoundingClientRect().width") > 200
    assert await phone.sideways() <= 0
    text = phone.page.locator("#m2 .words")
    await phone.page.wait_for_timeout(200)
    assert await text.evaluate("(e) => e.getBoundingClientRect().bottom < document.querySelector('#say').offsetTop")
    rows = await phone.page.eval_on_selector_all(".menu button", "(all) => new Set(all.map((e) => e.offsetTop)).size")
    assert rows == 1, "the words fit a row of the phone"
