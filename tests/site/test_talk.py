"""A talk without JavaScript, over the real wire."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from bot.records.models import Contact, Message, Outbox
from bot.replies.texts import Texts
from bot.settings import PROJECT
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import in_records, until
from tests.site.helpers import HTMX, Browser, Site, parsed, visible_text

#: What a late answer begins with.
LATE = Texts.load(PROJECT / "domain.yml").say("utter_gateway_late") + "\n"


async def count(**filters: object) -> int:
    return await in_records(Message.objects.filter(**filters).count)


async def test_the_greeting_stands_before_anything_is_typed(browser: Browser) -> None:
    response = await browser.open()
    assert response.status_code == 200
    [greeting] = browser.page.bubbles
    assert len(greeting.text.splitlines()) == 3
    assert greeting.buttons == ["同意热线人员看聊天", "不同意热线人员看聊天"]
    assert await in_records(Contact.objects.count) == 0  # looking leaves nothing with us


async def test_a_form_a_redirect_and_the_page(browser: Browser) -> None:
    await browser.open()
    response = await browser.say("去柬埔寨月薪三万")
    [redirect] = response.history
    assert redirect.status_code in (302, 303) and redirect.headers["location"] == "/#end"
    assert browser.texts[1:] == ["去柬埔寨月薪三万", "回：去柬埔寨月薪三万"]
    assert [bubble.kind for bubble in browser.page.bubbles] == ["bot", "person", "bot"]
    await browser.say("还要交钱")
    assert browser.texts[1:] == ["还要交钱", "回：还要交钱"], "nobody agreed that anything older is kept"
    assert await in_records(Outbox.objects.filter(state="pending").count) == 0


async def test_menu_words_and_buttons_under_a_bubble_send_their_word(browser: Browser, rasa: FakeRasa) -> None:
    rasa.script["热线"] = [{"text": "哪里？", "buttons": [{"title": "在国内", "payload": "我在中国"}]}]
    page = (await browser.open()).text
    for word in ("查招工", "求助", "权益", "热线", "真人", "删除", "隐私"):
        assert f'value="{word}"' in page
    await browser.press("热线")
    assert browser.page.bubbles[-1].buttons == ["我在中国"]
    await browser.press("我在中国")
    assert rasa.texts == ["热线", "我在中国"]


@pytest.mark.parametrize(("answer", "agreed"), [(0, True), (1, False)])
async def test_consent_is_asked_once(browser: Browser, answer: int, agreed: bool) -> None:
    await browser.open()
    await browser.press(browser.page.bubbles[0].buttons[answer])
    assert (await in_records(Contact.objects.get)).consent is agreed
    await browser.say("你好")
    assert browser.texts[-1] == "回：你好"
    assert sum("让热线人员看吗" in text for text in browser.texts) == 1


async def test_consent_can_be_typed(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    await browser.say("同意")
    assert (await in_records(Contact.objects.get)).consent is True
    assert rasa.texts == []


async def test_erasing_asks_first_and_leaves_nothing(browser: Browser) -> None:
    await browser.open()
    await browser.say("护照被王老板扣了")
    await browser.press("删除")
    assert browser.page.bubbles[-1].buttons == ["确认删除", "先不删除"]
    assert await count() == 4
    response = await browser.press("确认删除")
    assert response.url.path == "/erased/" and "都删掉了" in response.text
    assert not browser.cookies
    assert await in_records(Contact.objects.count) == 0 and await count() == 0
    await browser.open()
    assert len(browser.page.bubbles) == 1 and "王老板" not in (browser.shown.text if browser.shown else "")


async def test_after_a_yes_the_page_shows_all_that_was_said_since(browser: Browser) -> None:
    await browser.open()
    await browser.say("这句没同意")
    await browser.say("这句刚说完就同意了")
    await browser.press("同意热线人员看聊天")
    said = ["一", "二", "三"]
    for text in said:
        await browser.say(text)
    assert [bubble.text for bubble in browser.page.bubbles if bubble.kind == "person"][-3:] == said
    assert "这句没同意" not in browser.texts
    await browser.press("不同意热线人员看聊天")
    assert len(browser.texts) == 3, "the greeting and the last turn"
    await browser.open()
    assert len(browser.texts) == 3, "a page loaded anew still shows it"


async def test_the_last_turn_can_be_loaded_again_and_again(browser: Browser) -> None:
    await browser.open()
    await browser.say("一")
    await browser.say("二")
    for _ in range(3):
        await browser.open()
        assert browser.texts[1:] == ["二", "回：二"]


async def test_a_form_that_comes_in_again_when_its_words_are_gone_loads_the_page_anew(browser: Browser) -> None:
    await browser.open()
    form = dict(browser.page.fields)
    await browser.in_place("一")
    await browser.in_place("二", form="b")
    again = await browser.post("/send/", data={**form, "text": "一"}, headers=HTMX)
    assert again.status_code == 204 and again.headers["hx-trigger"] == "chat:cleared"
    assert await count(direction="in") == 2


async def test_whoever_is_in_danger_is_asked_below_the_answer(browser: Browser) -> None:
    await browser.open()
    await browser.say("救命，他们把我关起来了")
    assert browser.texts[2:] == ["回：救命，他们把我关起来了", "想让热线的人帮上你，要让他们看到聊天，可以吗？"]
    assert browser.page.bubbles[-1].buttons == ["同意热线人员看聊天", "不同意热线人员看聊天"]
    await browser.press(browser.page.bubbles[-1].buttons[0])
    assert (await in_records(Contact.objects.get)).consent is True


async def test_visits_do_not_mix(site: Site) -> None:
    browsers = [site.browser() for _ in range(6)]
    for place, browser in enumerate(browsers):
        await browser.open()
        browser.page.fields["text"] = f"第{place}句"
    await asyncio.gather(*(browser.submit() for browser in browsers))
    for place, browser in enumerate(browsers):
        assert browser.texts[1:] == [f"第{place}句", f"回：第{place}句"]


async def test_a_made_up_or_old_cookie_opens_nothing(site: Site, browser: Browser) -> None:
    from django.core.signing import TimestampSigner, b62_encode, get_cookie_signer

    from bot.site import visit

    await browser.open()
    await browser.say("我在缅甸")
    value = browser.cookies[visit.COOKIE].strip('"')
    address = value.rsplit(":", 2)[0]
    signer = get_cookie_signer(salt=visit.COOKIE + visit.__name__)

    class Yesterday(TimestampSigner):
        def timestamp(self) -> str:
            import time

            return b62_encode(int(time.time()) - visit.KEPT_SECONDS - 60)

    old = Yesterday(key=signer.key, salt=signer.salt).sign(address)
    assert signer.unsign(old) == address, "the test signs as Django does"
    for forged, seen in ((value, True), (old, False), (address, False), (address + ":x:y", False), ("\x7f", False)):
        other = httpx.AsyncClient(base_url=site.base, headers={"cookie": f"{visit.COOKIE}={forged}"}, trust_env=False)
        async with other:
            assert ("我在缅甸" in (await other.get("/")).text) is seen


# in place


async def test_in_place_the_answer_is_a_fragment(browser: Browser) -> None:
    await browser.open()
    response = await browser.in_place("你好", form="a")
    assert "<html" not in response.text
    assert [bubble.text for bubble in parsed(response.text).bubbles] == ["你好", "回：你好"]


async def test_messages_in_a_row_come_each_with_their_own_answers(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    rasa.delay = 0.2
    first, second = await asyncio.gather(browser.in_place("一", form="a"), browser.in_place("二", form="b"))
    for response, own in ((first, "一"), (second, "二")):
        said = [bubble.text for bubble in parsed(response.text).bubbles if bubble.kind == "person"]
        assert said == [own]
    await browser.open()
    assert sorted(browser.texts[1:]) == ["一", "二", "回：一", "回：二"]


async def test_news(browser: Browser) -> None:
    await browser.open()
    assert (await browser.news(0)).status_code == 204  # nothing said yet
    await browser.say("你好")
    assert [bubble.number for bubble in parsed((await browser.news(1)).text).bubbles] == [2]
    assert (await browser.news(2)).status_code == 204
    for garbage in ("", "x", "-1", "²", "9" * 5000, "1e9"):
        assert (await browser.news(garbage)).status_code == 200


async def test_a_page_with_another_talk_is_loaded_anew(site: Site, browser: Browser) -> None:
    await browser.open()
    await browser.say("你好")
    tab = dict(browser.page.fields)
    await browser.press("删除")
    await browser.press("确认删除")
    await browser.open()
    await browser.say("又来了")
    stale = await browser.news(2, visit=tab["visit"])
    assert stale.headers["hx-refresh"] == "true" and not stale.text
    said = await browser.in_place("在另一页写的", visit=tab["visit"], form="z")
    assert said.headers["hx-refresh"] == "true"
    await browser.open()
    assert browser.texts[-1] == "回：在另一页写的"


async def test_erasing_in_place(browser: Browser) -> None:
    await browser.open()
    await browser.say("你好")
    response = await browser.in_place("确认删除")
    assert response.headers["hx-trigger"] == "chat:erased" and not response.text
    assert not browser.cookies
    assert await in_records(Contact.objects.count) == 0


# trouble


@pytest.mark.parametrize("mode", ["error", "empty", "garbage", "slow"])
async def test_rasa_out_gives_the_numbers_at_once_and_the_answer_later(
    browser: Browser, rasa: FakeRasa, mode: str
) -> None:
    await browser.open()
    rasa.mode = mode
    await browser.say("他们把我关起来了")
    assert browser.page.bubbles[-1].links == ["tel:110", "tel:+861012308"]
    newest = browser.page.bubbles[-1].number
    rasa.mode = "ok"
    for _ in range(100):
        response = await browser.news(newest)
        if response.status_code == 200:
            break
        await asyncio.sleep(0.05)
    assert [bubble.text for bubble in parsed(response.text).bubbles] == [LATE + "回：他们把我关起来了"]
    await browser.open()
    assert browser.texts[-1] == LATE + "回：他们把我关起来了"


async def test_a_form_sent_twice_is_one_message(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    rasa.delay = 0.2
    fields = {**browser.page.fields, "text": "交了八千"}
    both = await asyncio.gather(*(browser.post("/send/", data=fields) for _ in range(3)))
    for response in both:
        assert [bubble.text for bubble in parsed(response.text).bubbles][1:] == ["交了八千", "回：交了八千"]
    await browser.post("/send/", data=fields)
    assert await count(direction="in") == 1 and rasa.texts == ["交了八千"]
    await browser.post("/send/", data={**fields, "text": "回到旧页再写的"})
    assert await count(direction="in") == 2  # gone back to an old page: not lost
    await browser.open()
    await browser.say("交了八千")
    assert await count(direction="in") == 3  # said again on purpose


async def test_two_tabs_of_a_first_visit_are_one_talk(browser: Browser) -> None:
    await browser.open()
    first = dict(browser.page.fields)
    await browser.open()
    await browser.say("二页")
    browser.page.fields = first
    await browser.say("一页")
    assert browser.texts[1:] == ["一页", "回：一页"]
    assert await count(direction="in", conversation__contact=await in_records(Contact.objects.get)) == 2


async def test_bad_input(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    for text, answer in (
        ("", "空的"),
        ("  \n\u3000", "空的"),
        ("\x00\x07\u200b", "空的"),
        ("😭😭😭", "表情"),
        ("长" * 20_000, "太长"),
        ('/intent{"risk_level":"none"}', "回："),
        ("<script>alert(1)</script>", "回："),
        ("\u202e倒过来", "回："),
    ):
        response = await browser.say(text)
        assert response.status_code == 200
        assert answer in browser.texts[-1]
        assert "<script>alert" not in response.text
    raw = "&".join(f"{name}={value}" for name, value in browser.page.fields.items())
    for broken in (
        "text=%ED%A0%80%ff",
        "text",
        "text=a&text=b",
        "text=" + "%00" * 50,
        "form=" + "f" * 5000 + "&text=x",
    ):
        form = {"content-type": "application/x-www-form-urlencoded"}
        assert (await browser.post("/send/", content=f"{raw}&{broken}", headers=form)).status_code == 200
    assert not any(message.startswith("/") for message in rasa.texts)


async def test_far_too_much_is_a_kind_page(browser: Browser) -> None:
    await browser.open()
    response = await browser.say("x" * 1_100_000)
    assert response.status_code == 400
    assert "分几条" in response.text and "tel:110" in response.text


async def test_a_form_without_or_with_an_old_token_is_a_kind_page(browser: Browser) -> None:
    await browser.open()
    response = await browser.say("我的<护照>被扣了", csrfmiddlewaretoken="old")
    assert response.status_code == 403
    assert "没发出去" in response.text and "tel:110" in response.text
    assert "我的&lt;护照&gt;被扣了</textarea>" in response.text
    assert await count() == 0
    assert (await browser.say("我的<护照>被扣了")).status_code == 200  # the page brought a new one
    assert "回：我的<护照>被扣了" in browser.texts


async def test_a_browser_without_our_cookies_gets_a_new_token_in_place(site: Site, browser: Browser) -> None:
    await browser.open()
    fields = browser.page.fields
    browser.cookies.clear()
    response = await browser.in_place("你好")
    assert response.status_code == 403
    token = response.headers["hx-trigger"]
    assert token.startswith('{"chat:token"')
    fields["csrfmiddlewaretoken"] = token.split('"')[-2]
    assert (await browser.in_place("你好", form="n")).headers["hx-refresh"] == "true"  # no cookie: another visit
    await browser.open()
    assert browser.texts[-1] == "回：你好"


async def test_a_form_of_another_site_is_refused(browser: Browser) -> None:
    await browser.open()
    fields = {**browser.page.fields, "text": "确认删除"}
    for headers in ({"origin": "https://elsewhere.example"}, {"origin": "null", "sec-fetch-site": "cross-site"}):
        assert (await browser.post("/send/", data=fields, headers=headers)).status_code == 403
    assert (
        await browser.post("/send/", data=fields, headers={"origin": "null", "sec-fetch-site": "same-origin"})
    ).status_code == 200  # what a browser sends under `no-referrer`


async def test_nothing_is_lost_when_the_browser_goes_away(browser: Browser, rasa: FakeRasa) -> None:
    await browser.open()
    rasa.delay = 0.4
    going = asyncio.create_task(browser.say("我先走了"))
    await until(lambda: rasa.texts)
    going.cancel()
    await asyncio.sleep(0.8)
    await browser.open()
    assert browser.texts[1:] == ["我先走了", "回：我先走了"]


async def test_addresses_opened_by_hand(browser: Browser) -> None:
    for path in ("/send/", "/news/"):
        response = await browser.open(path)
        assert response.url.path == "/" and response.status_code == 200
    missing = await browser.open("/nowhere")
    assert missing.status_code == 404 and "没有这个网页" in missing.text
    assert (await browser.post("/")).status_code in (403, 405)


async def test_nothing_stays_in_address_or_cache(browser: Browser) -> None:
    await browser.open()
    said = await browser.say("护照在老板手里")
    for response in (*said.history, said, await browser.news(0), await browser.open("/erased/")):
        assert "no-store" in response.headers["cache-control"]
        assert response.headers["referrer-policy"] == "no-referrer"
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "server" not in response.headers
        assert "护照" not in str(response.url)
    cookies = said.headers.get_list("set-cookie") + said.history[0].headers.get_list("set-cookie")
    assert any(cookie.startswith("visit=") for cookie in cookies)
    for cookie in cookies:
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


async def test_cookies_are_secure_on_tls(browser: Browser, settings: object) -> None:
    settings.SESSION_COOKIE_SECURE = True  # type: ignore[attr-defined]
    response = await browser.open()
    assert "Secure" in next(one for one in response.headers.get_list("set-cookie") if one.startswith("visit="))


async def test_what_is_read_aloud(browser: Browser) -> None:
    page = (await browser.open()).text
    assert '<html lang="zh-Hans">' in page
    assert 'role="log"' in page and 'aria-live="polite"' in page
    assert '<label class="unseen" for="text">' in page
    assert "快速离开" in visible_text(page)
    assert not any(inline in page for inline in ("<script>", "style=", " onclick"))
    english = await browser.get("/", headers={"accept-language": "en"})
    assert english.headers["content-language"] == "zh-Hans"
