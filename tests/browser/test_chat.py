"""The chat page as a person sees it."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from bot.records.models import Contact, Message
from tests.browser.conftest import Phone, Phones
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import in_records

BUTTONS = [{"title": "打哪个电话", "payload": "热线"}, {"title": "找真人帮忙", "payload": "真人"}]


async def in_view(phone: Phone, selector: str) -> bool:
    return bool(
        await phone.page.locator(selector).last.evaluate(
            "(e) => { const r = e.getBoundingClientRect(); return r.bottom > 0 && r.top < innerHeight; }"
        )
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_a_conversation(phones: Phones, rasa: FakeRasa, scripts: bool) -> None:
    phone = await phones(scripts)
    rasa.script["在柬埔寨出不来"] = [
        {"text": "先求救，在柬埔寨打：\n柬埔寨警察：117\n外交部：+86-10-12308", "buttons": BUTTONS},
        {"text": "“打13812345678”：别打。\n" + "一行\n" * 40},
    ]
    await phone.open()
    assert len((await phone.bubbles())[0].splitlines()) == 3
    await phone.press("不同意热线人员看聊天")
    await phone.page.wait_for_selector("#m2")
    await phone.say("你好")
    await expect(phone.page.locator("#m4 .words")).to_have_text("回：你好")
    await phone.say("在柬埔寨出不来")
    await phone.page.wait_for_selector("#m7")
    links = phone.page.locator("#m6 a.number")
    assert await links.count() == 2
    assert await links.first.get_attribute("href") == "tel:117"
    assert await links.first.evaluate("(e) => e.getBoundingClientRect().height") >= 40
    assert await links.first.evaluate("(e) => parseFloat(getComputedStyle(e).fontSize)") >= 20
    assert await phone.page.locator("#m7 a").count() == 0
    assert await phone.sideways() <= 0
    await phone.press("真人")
    await expect(phone.page.locator("#m9 .words")).to_have_text("回：真人")
    assert await in_view(phone, "#m9")
    await phone.press("热线")  # from the row of words, which is always there
    await expect(phone.page.locator("#m11 .words")).to_have_text("回：热线")
    assert rasa.texts == ["你好", "在柬埔寨出不来", "真人", "热线"]
    await phone.page.reload()
    assert (await phone.bubbles())[-1] == "回：热线"


async def test_what_is_said_stands_there_at_once(phone: Phone, rasa: FakeRasa) -> None:
    rasa.delay = 0.5
    await phone.say("第一句")
    await expect(phone.page.locator(".sending .words")).to_have_text("第一句", timeout=300)
    await expect(phone.page.locator("#typing")).to_be_visible(timeout=300)
    assert await phone.page.input_value("#text") == ""
    assert await phone.page.evaluate("document.activeElement.id") == "text"
    await phone.say("第二句")  # without waiting
    await phone.until("回：第二句")
    await expect(phone.page.locator("#typing")).to_be_hidden()
    assert sorted((await phone.bubbles())[1:]) == ["回：第一句", "回：第二句", "第一句", "第二句"]
    numbers = await phone.page.eval_on_selector_all("#log .bubble", "(all) => all.map((e) => e.dataset.number)")
    assert numbers == ["0", "1", "2", "3", "4"]
    assert await phone.page.evaluate("document.activeElement.id") == "text"


async def test_a_word_pressed_twice_in_a_hurry_is_said_once(phone: Phone, rasa: FakeRasa) -> None:
    rasa.delay = 0.3
    await phone.page.locator('button[value="求助"]').dblclick()
    await phone.until("回：求助")
    await asyncio.sleep(0.5)
    assert rasa.texts == ["求助"]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_a_plain_form_sent_twice(phones: Phones, rasa: FakeRasa, scripts: bool) -> None:
    phone = await phones(scripts)
    await phone.open()
    rasa.delay = 0.3
    await phone.page.fill("#text", "我被锁着")
    await phone.page.locator("#send").dblclick()
    await phone.until("回：我被锁着") if scripts else await phone.page.wait_for_selector("#m2")
    await asyncio.sleep(0.5)
    assert rasa.texts == ["我被锁着"]


async def test_nothing_is_sent_by_enter_on_a_phone_nor_while_composing(phone: Phone, phones: Phones) -> None:
    await phone.page.fill("#text", "一")
    await phone.page.press("#text", "Enter")
    assert await phone.page.input_value("#text") == "一\n"
    computer = await phones(has_touch=False, is_mobile=False)
    await computer.open()
    await computer.page.fill("#text", "二")
    await computer.page.dispatch_event("#text", "keydown", {"key": "Enter", "isComposing": True})
    assert await computer.page.input_value("#text") == "二"
    await computer.page.press("#text", "Shift+Enter")
    assert await computer.page.input_value("#text") == "二\n"
    await computer.page.press("#text", "Enter")
    await computer.page.wait_for_selector("#m2")


async def test_rasa_out_then_the_late_answer_appears_by_itself(phone: Phone, rasa: FakeRasa) -> None:
    rasa.mode = "error"
    await phone.say("他打我")
    await phone.page.wait_for_selector("#m2 a[href='tel:110']")
    rasa.mode = "ok"
    answer = phone.page.locator("#log .words", has_text="回：他打我")  # nobody touches the page
    await expect(answer).to_be_visible(timeout=10_000)
    assert any(text.endswith("\n回：他打我") for text in await phone.bubbles())  # after a line that says it is late


async def test_a_message_that_the_network_lost_can_be_sent_again(phone: Phone, rasa: FakeRasa) -> None:
    phone.expected.append("Failed to load resource")
    phone.expected.append("net::ERR")
    phone.expected.append("htmx")
    await phone.context.set_offline(True)
    await phone.say("我在湄索")
    retry = phone.page.locator(".lost .retry")
    await expect(retry).to_be_visible()
    await expect(phone.page.locator("#trouble a[href='tel:110']")).to_be_visible()
    await phone.context.set_offline(False)
    await retry.click()
    await phone.until("回：我在湄索")
    await expect(phone.page.locator("#trouble")).to_be_hidden()
    assert rasa.texts == ["我在湄索"]


async def test_a_page_whose_cookies_are_gone_sends_all_the_same(phone: Phone, rasa: FakeRasa) -> None:
    phone.expected += ["403", "Response Status Error Code 403"]
    await phone.context.clear_cookies()
    await phone.say("放了很久")
    await phone.until("回：放了很久")
    assert rasa.texts == ["放了很久"]


async def test_after_erasing_no_way_leads_back(phones: Phones) -> None:
    for scripts in (True, False):
        phone = await phones(scripts)
        await phone.open()
        await phone.say("护照被王老板扣了")
        await phone.page.wait_for_selector("#m2")
        await phone.press("删除")
        await phone.page.wait_for_selector("#m4")
        await phone.press("先不删除")
        await phone.page.wait_for_selector("#m6")
        await phone.press("删除")
        await phone.page.wait_for_selector("#m8")
        await phone.press("确认删除")
        await phone.page.wait_for_url("**/erased/")
        assert await in_records(Contact.objects.count) == 0
        for _ in range(3):
            await phone.page.go_back()
            assert "王老板" not in await phone.page.content()
            if phone.page.url == "about:blank":
                break
        assert await phone.context.cookies() == [] or await in_records(Message.objects.count) == 0


async def test_another_tab_forgets_what_was_erased(phone: Phone) -> None:
    await phone.say("护照被王老板扣了")
    await phone.until("回：护照被王老板扣了")
    other = await phone.context.new_page()
    await other.goto(phone.base)
    assert "王老板" in await other.content()
    await phone.press("删除")
    await phone.page.wait_for_selector("#m4")
    await phone.press("确认删除")
    await phone.page.wait_for_url("**/erased/")
    await other.bring_to_front()
    await other.wait_for_function("() => !document.body.textContent.includes('王老板')", timeout=10_000)


async def test_the_quick_exit_leaves_a_blank_page_even_when_nothing_else_loads(phone: Phone) -> None:
    await phone.say("护照被王老板扣了")
    await phone.until("回：护照被王老板扣了")
    left: list[str] = []
    said: list[str] = []
    phone.page.on("console", lambda message: said.append(message.text))
    await phone.page.evaluate(
        """() => new MutationObserver(() => console.info(`shows "${document.title}${document.body.textContent}"`))
             .observe(document.body, { childList: true })"""
    )

    async def far_away(route: Route) -> None:
        await asyncio.sleep(1)  # a slow network
        left.append(said[-1] if said else "")
        await route.fulfill(body="<title>elsewhere</title>", content_type="text/html")

    await phone.page.route("https://www.baidu.com/**", far_away)
    entries = await phone.page.evaluate("history.length")
    await phone.page.click("#exit", no_wait_after=True)
    await phone.page.wait_for_url("https://www.baidu.com/")
    assert left == ['shows ""']  # blank while the other page was still on its way
    assert phone.strangers == ["https://www.baidu.com/"]
    assert await phone.page.evaluate("history.length") == entries  # replaced, not left behind
    phone.strangers.clear()
    await phone.page.go_back()
    assert "王老板" not in await phone.page.content()


async def test_the_quick_exit_is_a_link_without_scripts(phones: Phones) -> None:
    phone = await phones(False)
    await phone.open()
    assert await phone.page.get_attribute("#exit", "href") == "/leave/"  # which leads on, see test_leaving.py
    assert "noreferrer" in (await phone.page.get_attribute("#exit", "rel") or "")


async def test_the_browser_keeps_nothing(phone: Phone) -> None:
    await phone.say("护照被王老板扣了")
    await phone.until("回：护照被王老板扣了")
    kept = await phone.page.evaluate(
        "JSON.stringify([localStorage, sessionStorage, history.state, location.href, document.title, document.cookie])"
    )
    assert kept == f'[{{}},{{}},null,"{phone.base}/","安行",""]'


@pytest.mark.parametrize("width", [180, 320, 360, 1280], ids=lambda width: f"{width} px")
async def test_no_sideways_scrolling_and_nothing_small(phones: Phones, rasa: FakeRasa, width: int) -> None:
    """180 px is a phone of 360 px at 200 % zoom."""
    phone = await phones(viewport={"width": width, "height": 370 if width == 180 else 740})
    rasa.script["长"] = [{"text": "https://" + "a" * 300 + "\n" + "很长" * 300, "buttons": BUTTONS}]
    await phone.open()
    await phone.say("长")
    await phone.page.wait_for_selector("#m2 .buttons")
    await phone.say("x" * 500)
    await phone.page.wait_for_selector("#m4")
    assert await phone.sideways() <= 0
    small = await phone.page.evaluate(
        """Array.from(document.body.querySelectorAll("*")).filter((e) => e.checkVisibility() &&
             parseFloat(getComputedStyle(e).fontSize) < 16).map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert small == []
    low = await phone.page.evaluate(
        """Array.from(document.querySelectorAll("button, .exit, textarea, a.number")).filter((e) => e.checkVisibility()
             && e.getBoundingClientRect().height < 40).map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert low == []


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(phones: Phones) -> None:
    phone = await phones(has_touch=False, is_mobile=False)
    await phone.open()
    reached: list[str] = []
    for _ in range(16):
        await phone.page.keyboard.press("Tab")
        where = await phone.page.evaluate(
            """[document.activeElement.id || document.activeElement.value || document.activeElement.textContent,
                getComputedStyle(document.activeElement).outlineStyle]"""
        )
        if where[0] in reached:
            break
        reached.append(where[0])
        if where[0] == "send":
            assert where[1] == "solid"
            break
        assert where[1] == "solid", where
    for wanted in ("exit", "同意热线人员看聊天", "求助", "删除", "text", "send"):
        assert wanted in reached


async def test_the_first_page_is_light(phones: Phones) -> None:
    phone = await phones()
    session = await phone.context.new_cdp_session(phone.page)
    await session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await phone.open()
    await phone.page.wait_for_load_state("networkidle")
    assert len(sizes) >= 5
    assert sum(sizes) < 60_000, sizes
