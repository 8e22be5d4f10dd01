"""The picture of the README, made of real texts: with NEW_PICTURES=1 it is written anew, look at it then."""

from __future__ import annotations

import os

import yaml
from playwright.async_api import expect

from bot.replies.composer import Composer, Knowledge
from bot.replies.texts import Texts
from bot.risk.case import Case, Heard
from bot.risk.status import PRESENT, Mention
from bot.settings import PROJECT
from tests.browser.conftest import Phones
from tests.gateway.fake_rasa import FakeRasa

PICTURE = PROJECT / "docs" / "images" / "chat.png"
SAID = "朋友介绍去柬埔寨做客服，月薪三万，先交八千，护照他帮我拿着。能去吗？"
SIGNS = {"deceptive_pay": "月薪三万", "recruitment_fee": "先交八千", "document_retention": "护照他帮我拿着"}


def verdict() -> list[dict[str, object]]:
    """Return what the bot says to the offer, by the texts and tables of the project."""
    names = yaml.safe_load((PROJECT / "data/dictionary/countries.yml").read_text(encoding="utf-8"))
    countries = {code: spellings[0] for code, spellings in names.items()}
    knowledge = Knowledge.load(PROJECT / "data" / "knowledge", countries)
    mentions = tuple(Mention(name, PRESENT, 0.9, words, 0, len(words)) for name, words in SIGNS.items())
    facts = {"destination": "KH", "fee": 8000, "pay": 30000, "papers_holder": "recruiter", "occupation": "客服"}
    case = Case().after(Heard("describe_offer", mentions, facts, SAID))
    bubbles = Composer(Texts.load(PROJECT / "domain.yml"), knowledge).verdict(case, case.judged(knowledge.risk))
    return [
        {"text": one.text, "buttons": [{"title": title, "payload": word} for title, word in one.buttons]}
        for one in bubbles
    ]


async def test_the_picture(phones: Phones, rasa: FakeRasa) -> None:
    rasa.script[SAID] = verdict()
    for scheme in ("dark", "light"):
        phone = await phones(color_scheme=scheme, device_scale_factor=2)
        await phone.open()
        await phone.press("不同意热线人员看聊天")
        await phone.page.wait_for_selector("#m2")
        await phone.say(SAID)
        await phone.page.wait_for_selector("#m5")
        assert await phone.sideways() <= 0
        await expect(phone.page.locator("#m3")).to_be_in_viewport(ratio=1)  # an answer is read from its beginning
        if os.environ.get("NEW_PICTURES"):
            await phone.page.set_viewport_size({"width": 360, "height": 1290})
            await phone.page.locator("#m3").scroll_into_view_if_needed()
            await phone.page.evaluate("() => { document.getElementById('m3').scrollIntoView(); scrollBy(0, 8); }")
            await phone.page.locator("#text").blur()
            await phone.page.screenshot(path=PICTURE if scheme == "light" else "/tmp/chat-dark.png")
