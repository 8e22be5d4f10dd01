"""Every page of the chat and of the desk, in a real browser: nothing is asked of anybody else, and no policy is broken.

The fixture fails a test at the first request to another host and at the first word of the browser about a violation.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from playwright.async_api import Request

from bot.records.models import Contact, Conversation, Message
from tests.browser.conftest import Phones
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import DEBT, in_records

PASSWORD = "a long enough password"
HOSTILE = '<img src="https://evil.example/x"><script src="https://evil.example/y"></script>'


def a_talk() -> str:
    User.objects.create_user("lin", password=PASSWORD)
    contact = Contact.objects.reach("telegram", "1", "501")
    contact.consent = True
    contact.save()
    talk = Conversation.objects.create(contact=contact, risk_level="high", facts={"employer": HOSTILE})
    for _ in range(101):
        Message.objects.add(talk, direction="in", author="person", text=HOSTILE)
    return f"/desk/talk/{talk.pk}/"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_no_page_asks_anything_of_anybody_else(phones: Phones, rasa: FakeRasa, scripts: bool) -> None:
    talk = await in_records(a_talk)
    rasa.script["欠三万"] = [{"text": f"看图 {HOSTILE}", "picture": DEBT}, {"custom": {"picture": DEBT}}]
    phone = await phones(scripts)
    phone.expected += ["404", "400", "413"]
    asked: list[Request] = []
    phone.context.on(
        "request", lambda request: asked.append(request)
    )  # also what a worker or another window would ask for
    await phone.open()
    await phone.say("欠三万")
    await phone.page.wait_for_selector("#m2")
    for path in ("/", "/erased/", "/send/", "/news/", "/nowhere/", "/too-large/", "/desk/"):
        await phone.open(path)
    await phone.open("/desk/sign-in/")
    await phone.page.fill("[name=username]", "lin")
    await phone.page.fill("[name=password]", PASSWORD)
    await phone.page.click("main button")
    await phone.page.wait_for_url("**/desk/")
    recruiters = "/desk/recruiters/"
    for path in ("/desk/nowhere/", talk, f"{talk}?page=1", recruiters, f"{recruiters}?name={HOSTILE[:20]}"):
        await phone.open(path)
    await phone.page.click("[name=language]")
    await phone.page.wait_for_load_state()
    here = urlsplit(phone.base).netloc
    assert len(asked) > 15
    assert {urlsplit(request.url).netloc for request in asked} == {here}
