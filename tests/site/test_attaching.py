"""Pictures and files on the page: a plain form, the same reading, and nothing written to a disk."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from django.conf import settings

from bot.papers.limits import LARGEST_FILE
from bot.records.models import Message
from bot.replies.texts import Texts
from bot.settings import PROJECT
from bot.site.uploads import UploadLimit
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import DEBT, in_records
from tests.papers import drawing
from tests.site.helpers import Browser

OFFER = "去柬埔寨，月薪三万。\n先交八千。"


async def attach(browser: Browser, *contents: bytes, text: str = "", **changes: str) -> httpx.Response:
    """Send the form with files as a browser does."""
    sent = [("files", (f"{place}.bin", content)) for place, content in enumerate(contents)]
    fields = {**browser.page.fields, "text": text, **changes}
    return browser._show(await browser.post("/send/", data=fields, files=sent))


async def messages() -> list[Message]:
    return await in_records(lambda: list(Message.objects.filter(direction="in").order_by("number")))


async def news(browser: Browser, part: str) -> None:
    """Open the page until it shows this."""
    for _ in range(300):
        await browser.open()
        if any(part in text for text in browser.texts):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(browser.texts)


async def test_a_file_is_read_and_answered(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    response = await attach(browser, OFFER.encode(), text="靠谱吗")
    assert response.status_code == 200 and response.history[0].status_code in (302, 303)
    assert browser.texts[1:] == [f"靠谱吗\n{OFFER}", f"回：靠谱吗\n{OFFER}"]
    assert "<details" in response.text, "what was read can be looked at, and is folded away"
    assert rasa.heard[-1]["metadata"]["paper"] == "text"
    [message] = await messages()
    assert message.kind == "document" and message.file == {"paper": "text", "cut": False, "typed": 3}


async def test_a_cleared_page_shows_neither_the_file_nor_the_picture_drawn_for_it(
    browser: Browser, rasa: FakeRasa
) -> None:
    rasa.script[OFFER] = [{"text": "慢慢还", "custom": {"picture": DEBT}}]
    await browser.open()
    response = await attach(browser, OFFER.encode())
    assert "<details" in response.text and 'src="/picture/2/"' in response.text
    assert response.text.count("<details") == response.text.count("<img") == 1, "each on the bubble it belongs to"
    await browser.say("清屏")
    assert browser.texts == [Texts.load(PROJECT / "domain.yml").say("utter_cleared_web")]
    assert browser.shown is not None and "柬埔寨" not in browser.shown.text and "<img" not in browser.shown.text


async def test_silence_asked_for_with_a_file(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    await attach(browser, OFFER.encode(), text="别回")
    assert browser.texts[1:] == [f"别回\n{OFFER}"] and rasa.texts == [f"别回\n{OFFER}"], "known, and not answered"
    await browser.say("在吗")
    assert browser.texts[-1] == "回：在吗"


async def test_pictures_are_one_paper_in_their_order(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    pictures = [drawing.encoded(drawing.advert([line])) for line in ("先交八千", "护照他拿着")]
    await attach(browser, *pictures)
    await news(browser, "回：")
    assert rasa.texts == ["先交八千\n护照他拿着"]
    [message] = await messages()
    assert message.kind == "photo"


async def test_a_long_reading_shows_that_it_goes_on(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    await attach(browser, *[drawing.encoded(drawing.page(), "JPEG")] * 3)
    assert browser.texts[-1].startswith("收到了，我在看") and browser.page.bubbles[-1].links
    await news(browser, "回：")
    assert browser.texts[-1].startswith("看完了：\n回：") and len(browser.texts) == 4


@pytest.mark.parametrize(
    ("response", "content"),
    [
        ("utter_paper_unreadable", b"%PDF-1.7 junk"),
        ("utter_paper_unknown_kind", b"\x00\x00\x00\x20ftypheic" + bytes(300)),
        ("utter_paper_too_large", b"x" * (LARGEST_FILE + 1)),
    ],
)
async def test_refusals_are_answers(browser: Browser, rasa: FakeRasa, response: str, content: bytes) -> None:
    await browser.open()
    await attach(browser, content)
    assert browser.texts[-1] == Texts.load(PROJECT / "domain.yml").say(response, numbers="")
    assert rasa.texts == []


async def test_far_too_much_is_a_kind_page_and_leaves_nothing(browser: Browser) -> None:
    await browser.open()
    response = await attach(browser, bytes(settings.LARGEST_UPLOAD + 1))
    assert response.status_code == 413
    assert "一次少发几张" in response.text and "tel:110" in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert await messages() == []


async def test_an_empty_choice_is_no_file(browser: Browser) -> None:
    await browser.open()
    await attach(browser, b"", text="你好")  # what a browser sends when nothing was chosen
    assert browser.texts[1:] == ["你好", "回：你好"]


async def test_a_menu_word_is_no_caption(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    await attach(browser, OFFER.encode(), word="热线")
    assert rasa.texts == ["热线"]


async def test_a_form_sent_twice_is_one_message(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    fields = dict(browser.page.fields)
    sent = [("files", ("a.txt", OFFER.encode()))]
    await asyncio.gather(*(browser.post("/send/", data={**fields, "text": ""}, files=sent) for _ in range(3)))
    assert rasa.texts == [OFFER]
    other = [("files", ("b.txt", "另一份".encode()))]
    await browser.post("/send/", data={**fields, "text": ""}, files=other)
    assert rasa.texts == [OFFER, "另一份"], "another file from the same page is not lost"


async def test_more_than_are_read_at_a_time(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    await attach(browser, *(f"第{number}份".encode() for number in range(12)))
    await news(browser, "只看了前面一部分")
    assert rasa.texts[-1].count("\n") == 9


async def test_an_old_form_asks_for_the_file_again(browser: Browser) -> None:
    await browser.open()
    response = await attach(browser, OFFER.encode(), text="看看", csrfmiddlewaretoken="old")
    assert response.status_code == 403
    assert "再选一次" in response.text and 'type="file"' in response.text and "看看</textarea>" in response.text
    assert await messages() == []
    await attach(browser, OFFER.encode(), text="看看")
    assert browser.texts[-1] == f"回：看看\n{OFFER}"


async def test_what_an_upload_is_kept_in(browser: Browser) -> None:
    """Django writes what is larger than this to a disk: here no upload is."""
    assert settings.FILE_UPLOAD_MAX_MEMORY_SIZE >= settings.LARGEST_UPLOAD
    assert settings.FILE_UPLOAD_HANDLERS == ["django.core.files.uploadhandler.MemoryFileUploadHandler"]


async def test_a_body_longer_than_it_says_is_cut_off() -> None:
    events: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(3):
            events.append(await receive())

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * 40, "more_body": True}

    async def send(_: Any) -> None:
        return

    await UploadLimit(application, 100, "/too-large/")({"type": "http", "headers": []}, receive, send)
    assert [event["type"] for event in events] == ["http.request", "http.request", "http.disconnect"]
