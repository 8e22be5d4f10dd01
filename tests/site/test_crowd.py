"""Too many new visits at a time: whoever talks already, or is in danger, notices nothing of it."""

from __future__ import annotations

import pytest

from bot.limiting import MovingWindow
from bot.records.models import Message
from bot.site import crowd
from tests.gateway.helpers import in_records
from tests.site.helpers import Browser, Site, visible_text

MOST = 2


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "_begun", MovingWindow(MOST, 60))


async def newcomer(site: Site) -> Browser:
    browser = site.browser()
    await browser.open()
    return browser


async def crowded(site: Site) -> list[Browser]:
    """Return those who got in; there is no more room."""
    people = [await newcomer(site) for _ in range(MOST)]
    for person in people:
        await person.say("你好")
    return people


async def test_who_comes_too_many_is_told_and_what_was_typed_stays(site: Site) -> None:
    await crowded(site)
    late = await newcomer(site)
    answer = await late.say("月薪两万 <b>去柬埔寨")
    said = visible_text(answer.text)
    assert answer.status_code == 429 and answer.headers["retry-after"] == "60"
    assert "现在人太多，过一分钟再发" in said and "月薪两万 <b>去柬埔寨" in said
    assert 'href="tel:110"' in answer.text and "no-store" in answer.headers["cache-control"]
    assert not await in_records(lambda: any("柬埔寨" in one.text for one in Message.objects.all()))


async def test_the_page_sends_again_once_there_is_room(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await crowded(site)
    late = await newcomer(site)
    await late.say("月薪两万")
    monkeypatch.setattr(crowd, "_begun", MovingWindow(MOST, 60))
    await late.submit(text="月薪两万")
    assert late.texts[-1] == "回：月薪两万"


async def test_in_place_the_bubble_stays_with_its_button_to_send_again(site: Site) -> None:
    await crowded(site)
    late = await newcomer(site)
    assert (await late.in_place("月薪两万")).status_code == 429


async def test_who_talks_already_goes_on(site: Site) -> None:
    people = await crowded(site)
    await people[0].say("还有一句")
    assert people[0].texts[-1] == "回：还有一句"


async def test_a_cry_for_help_is_let_in(site: Site) -> None:
    await crowded(site)
    late = await newcomer(site)
    await late.say("救命，他们把我锁起来了")
    assert any(text.startswith("回：救命") for text in late.texts)
