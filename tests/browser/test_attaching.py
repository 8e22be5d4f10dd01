"""Sending pictures and files from a phone, with and without scripts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Phone, Phones
from tests.gateway.fake_rasa import FakeRasa
from tests.papers import drawing

OFFER = "去柬埔寨，月薪三万，先交八千。"
FILE = {"name": "招工.txt", "mimeType": "text/plain", "buffer": OFFER.encode()}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_a_file(phones: Phones, rasa: FakeRasa, scripts: bool) -> None:
    phone = await phones(scripts)
    await phone.open()
    await phone.page.set_input_files("#files", [FILE])
    if scripts:
        await expect(phone.page.locator("#names")).to_have_text("招工.txt")
    await phone.page.fill("#text", "靠谱吗")
    await phone.page.click("#send")
    await expect(phone.page.locator("#m2 .words")).to_have_text(f"回：靠谱吗\n{OFFER}")
    own = phone.page.locator("#m1 .words")
    await expect(own).to_be_hidden()  # somebody may be looking over the shoulder
    await phone.page.click("#m1 summary")
    await expect(own).to_be_visible()
    assert await phone.sideways() <= 0
    assert rasa.texts == [f"靠谱吗\n{OFFER}"]


async def test_a_choice_can_be_taken_back(phone: Phone, rasa: FakeRasa) -> None:
    await phone.page.set_input_files("#files", [FILE])
    await phone.page.click("#unchoose")
    await expect(phone.page.locator("#chosen")).to_be_hidden()
    await phone.say("你好")
    await phone.until("回：你好")
    assert rasa.texts == ["你好"]


async def test_a_menu_word_leaves_the_choice_alone(phone: Phone, rasa: FakeRasa) -> None:
    await phone.page.set_input_files("#files", [FILE])
    await phone.press("热线")
    await phone.until("回：热线")
    await phone.page.click("#send")
    await phone.page.wait_for_selector("#m4")
    assert rasa.texts == ["热线", OFFER]


async def test_too_much_is_told_before_it_is_sent(phone: Phone, rasa: FakeRasa, tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(22_000_000))
    await phone.page.set_input_files("#files", str(large))
    await expect(phone.page.locator("#heavy")).to_be_visible()
    await phone.page.click("#send")
    await phone.page.click("#unchoose")
    await expect(phone.page.locator("#heavy")).to_be_hidden()
    await phone.say("你好")
    await phone.until("回：你好")
    assert rasa.texts == ["你好"]


async def test_sent_twice_in_a_hurry_it_is_one(phone: Phone, rasa: FakeRasa) -> None:
    rasa.delay = 0.5
    await phone.page.set_input_files("#files", [FILE])
    await phone.page.locator("#send").dblclick(no_wait_after=True)
    await phone.page.wait_for_selector("#m2")
    assert rasa.texts == [OFFER]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("width", [180, 320, 360, 1280])
async def test_it_fits_and_can_be_pressed(phones: Phones, scripts: bool, width: int) -> None:
    phone = await phones(scripts, viewport={"width": width, "height": 740})
    await phone.open()
    attach = phone.page.locator(".attach")
    box = await attach.bounding_box()
    assert box is not None and box["height"] >= 40 and box["width"] >= 40
    text = await phone.page.locator("#text").bounding_box()
    assert text is not None and text["width"] >= 40
    assert await phone.sideways() <= 0


async def test_the_keyboard_reaches_it(phones: Phones) -> None:
    phone = await phones(has_touch=False, is_mobile=False)
    await phone.open()
    for _ in range(16):
        await phone.page.keyboard.press("Tab")
        if await phone.page.evaluate("document.activeElement.id") == "files":
            break
    assert await phone.page.locator(".attach").evaluate("(e) => getComputedStyle(e).outlineStyle") == "solid"


async def test_pictures_of_the_page(phones: Phones, rasa: FakeRasa) -> None:
    """With NEW_PICTURES=1 they are written to /tmp, to be looked at."""
    rasa.script["先交押金八千"] = [{"text": "🟠 先停一停。\n• “先交押金八千”：先要钱的招工，很多是收了钱就不管人。"}]
    content = drawing.encoded(drawing.advert(["先交押金八千"]))
    picture = {"name": "屏幕截图.png", "mimeType": "image/png", "buffer": content}
    for name, scripts in (("scripts", True), ("plain", False)):
        phone = await phones(scripts, device_scale_factor=2)
        await phone.open()
        await phone.press("不同意热线人员看聊天")
        await phone.page.wait_for_selector("#m2")
        await phone.page.set_input_files("#files", [picture])
        if os.environ.get("NEW_PICTURES"):
            await phone.page.screenshot(path=f"/tmp/attach-{name}.png")
        await phone.page.click("#send")
        await phone.page.wait_for_selector("#m4", timeout=20_000)
        if os.environ.get("NEW_PICTURES"):
            await phone.page.screenshot(path=f"/tmp/attached-{name}.png")
