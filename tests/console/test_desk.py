"""The desk: who gets in, what is shown, and what is not."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bot.console.desk import underlined
from bot.records.models import Conversation, Finding, Message, Tombstone

LIST = "/desk/"
WORDS = "中介说先交三万五押金<script>alert(1)</script>"
Talk = Callable[..., Conversation]


def page_of(conversation: Conversation) -> str:
    return reverse("console:conversation", args=[conversation.pk])


def test_strangers_are_sent_to_the_sign_in(client: Client, talk: Talk) -> None:
    for address in (LIST, page_of(talk())):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/desk/sign-in/?next=")


def test_signing_in_and_out(client: Client, staff: User) -> None:
    page = client.get("/desk/sign-in/")
    assert page.status_code == 200
    wrong = client.post("/desk/sign-in/", {"username": "lin", "password": "wrong"})
    assert "用户名或密码不对" in wrong.content.decode()
    right = client.post("/desk/sign-in/", {"username": "lin", "password": "a long enough password"})
    assert right["Location"] == LIST
    assert client.get(LIST).status_code == 200
    assert client.post("/desk/sign-out/")["Location"] == "/desk/sign-in/"
    assert client.get(LIST).status_code == 302


def test_signing_in_leads_to_no_other_site(client: Client, staff: User) -> None:
    data = {"username": "lin", "password": "a long enough password", "next": "https://evil.example/"}
    assert client.post("/desk/sign-in/", data)["Location"] == LIST


def test_forms_need_their_token(staff: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/desk/sign-in/", {"username": "lin", "password": "a long enough password"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 302),
        ({"origin": "null"}, 302),
        ({"origin": "http://testserver", "sec-fetch-site": "same-origin"}, 302),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null", "sec-fetch-site": "same-origin", "host": "evil.example"}, 400),
    ],
)
def test_forms_work_although_the_browser_hides_their_origin(staff: User, headers: dict[str, str], status: int) -> None:
    """With `no-referrer` browsers send `Origin: null`, also to ourselves."""
    strict = Client(enforce_csrf_checks=True)
    page = strict.get("/desk/sign-in/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    data = {"username": "lin", "password": "a long enough password", "csrfmiddlewaretoken": token[1]}
    assert strict.post("/desk/sign-in/", data, headers=headers).status_code == status


@pytest.mark.django_db
def test_there_is_no_account_at_the_start() -> None:
    assert not User.objects.exists()


def test_the_most_urgent_comes_first(desk: Client, talk: Talk) -> None:
    now = timezone.now()
    expected = [
        talk(in_danger=True, risk_level="critical", last_message_at=now - timedelta(days=3)),
        talk(risk_level="critical", last_message_at=now - timedelta(days=2)),
        talk(waiting_for_human=True, waiting_since=now, risk_level="none", last_message_at=now),
        talk(risk_level="high", last_message_at=now),
        talk(risk_level="high", last_message_at=now - timedelta(hours=1)),
        talk(risk_level="caution", last_message_at=now),
        talk(risk_level="none", last_message_at=now),
        talk(risk_level="none", last_message_at=None),
    ]
    content = desk.get(LIST).content.decode()
    places = [content.index(str(conversation.pk)) for conversation in expected]
    assert places == sorted(places)


def test_the_list_has_pages(desk: Client, talk: Talk) -> None:
    for _ in range(26):
        talk()
    assert "1 / 2" in desk.get(LIST).content.decode()
    assert desk.get(LIST + "?page=2").content.decode().count("/desk/talk/") == 1
    assert desk.get(LIST + "?page=nonsense").status_code == 200


def test_a_talk_is_shown_with_its_evidence(desk: Client, talk: Talk) -> None:
    conversation = talk(risk_level="high", indicators={"recruitment_fee": "present"}, facts={"fee": {"amount": 35000}})
    message = Message.objects.add(conversation, direction="in", author="person", text=WORDS)
    start = WORDS.index("三万五")
    Finding.objects.create(
        message=message, indicator="recruitment_fee", status="present", confidence=0.87, start=start, end=start + 5
    )
    Message.objects.add(conversation, direction="out", author="bot", text="先别交", buttons=[{"title": "真人"}])
    content = desk.get(page_of(conversation)).content.decode()
    assert re.search(r'<mark class="present" title="[^"]*费[^"]*">三万五押金</mark>', content)
    assert "0.87" in content
    assert "35000" in content
    assert content.index("三万五") < content.index("先别交")
    assert "<script>" not in content
    assert "&lt;script&gt;" in content


@pytest.mark.parametrize("consent", [None, False])
def test_without_consent_nothing_of_the_talk_is_shown(desk: Client, talk: Talk, consent: bool | None) -> None:
    conversation = talk(
        consent,
        risk_level="critical",
        destination_country="KH",
        waiting_for_human=True,
        waiting_since=timezone.now() - timedelta(minutes=7),
        facts={"fee": 35000},
        indicators={"recruitment_fee": "present"},
    )
    message = Message.objects.add(conversation, direction="in", author="person", text=WORDS)
    Finding.objects.create(message=message, indicator="recruitment_fee", status="present", confidence=1, start=0, end=2)
    for address in (LIST, page_of(conversation)):
        content = desk.get(address).content.decode()
        assert "极高风险" in content
        assert "KH" in content
        assert "7" in content
        for hidden in (
            "三万五",
            "35000",
            "recruitment_fee",
            "777001",
            conversation.sender,
            conversation.contact.pseudonym,
        ):
            assert hidden not in content


def test_withdrawn_consent_closes_the_page_at_once(desk: Client, talk: Talk) -> None:
    conversation = talk()
    Message.objects.add(conversation, direction="in", author="person", text=WORDS)
    assert "三万五" in desk.get(page_of(conversation)).content.decode()
    conversation.contact.consent = False
    conversation.contact.save()
    assert "三万五" not in desk.get(page_of(conversation)).content.decode()


def test_a_long_talk_opens_at_its_end(desk: Client, talk: Talk) -> None:
    conversation = talk()
    for number in range(101):
        Message.objects.add(conversation, direction="in", author="person", text=f"第{number}句")
    content = desk.get(page_of(conversation)).content.decode()
    assert "第100句" in content
    assert "第99句" not in content
    assert "第0句" in desk.get(page_of(conversation) + "?page=1").content.decode()


def test_unknown_talks_are_not_found(desk: Client) -> None:
    assert desk.get("/desk/talk/00000000-0000-4000-8000-000000000000/").status_code == 404
    assert desk.get("/desk/talk/1/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_the_pages_only_read(desk: Client, talk: Talk, method: str) -> None:
    for address in (LIST, page_of(talk())):
        assert getattr(desk, method)(address).status_code == 405


def test_pages_are_not_kept_and_load_nothing_from_elsewhere(desk: Client, talk: Talk) -> None:
    conversation = talk()
    Message.objects.add(conversation, direction="in", author="person", text=WORDS)
    for address in (LIST, page_of(conversation), "/desk/sign-in/"):
        answer = desk.get(address, follow=True)
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "unsafe-inline" not in answer["Content-Security-Policy"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        content = answer.content.decode()
        assert not re.search(r"<style|<script(?! src=\"/static/)|\sstyle=|\son\w+=|https?://", content)


def test_the_style_sheet_is_served(desk: Client) -> None:
    answer = desk.get("/static/console/desk.css")
    assert answer.status_code == 200
    assert not re.search(r"https?:|@import|url\(", b"".join(answer).decode())


def test_the_desk_speaks_english_too(desk: Client, talk: Talk) -> None:
    conversation = talk(risk_level="critical")
    assert "极高风险" in desk.get(LIST).content.decode()
    answer = desk.post("/desk/language/setlang/", {"language": "en", "next": page_of(conversation)}, follow=True)
    content = answer.content.decode()
    assert '<html lang="en">' in content
    assert "Critical risk" in content
    assert not re.findall(r"[\u4e00-\u9fff]+", content.replace("安行", "").replace("中文", ""))


def test_every_word_has_its_english(project: Path) -> None:
    console = project / "bot" / "console"
    with (console / "locale/en/LC_MESSAGES/django.mo").open("rb") as file:
        english = gettext.GNUTranslations(file)
    said = set()
    for path in console.rglob("*.html"):
        said |= set(re.findall(r"""{% translate ["'](.+?)["'] %}""", path.read_text("utf-8")))
    for path in console.rglob("*.py"):
        said |= set(re.findall(r'_\("(.+?)"\)', path.read_text("utf-8")))
    assert len(said) > 20
    assert not [word for word in said if english.gettext(word) == word], "add them to django.po, then run msgfmt"


# Underlining


def finding(start: int, end: int, status: str = "present") -> Finding:
    return Finding(indicator="debt", status=status, confidence=1, start=start, end=end)


@pytest.mark.parametrize(
    ("marks", "pieces"),
    [
        ([], [("零一二三四五", 0)]),
        ([(1, 3)], [("零", 0), ("一二", 1), ("三四五", 0)]),
        ([(0, 6)], [("零一二三四五", 1)]),
        ([(1, 4), (3, 5)], [("零", 0), ("一二", 1), ("三", 2), ("四", 1), ("五", 0)]),
        ([(1, 5), (2, 3)], [("零", 0), ("一", 1), ("二", 2), ("三四", 1), ("五", 0)]),
        ([(2, 2), (4, 9), (5, 3)], [("零一二三四五", 0)]),
    ],
    ids=["none", "one", "all of it", "overlapping", "one in another", "impossible offsets"],
)
def test_evidence_is_cut_out(marks: list[tuple[int, int]], pieces: list[tuple[str, int]]) -> None:
    cut = underlined("零一二三四五", [finding(*mark) for mark in marks])
    assert [(piece.text, len(piece.findings)) for piece in cut] == pieces


def test_what_is_present_decides_the_underline() -> None:
    (piece,) = underlined("好", [finding(0, 1, "absent"), finding(0, 1, "present")])
    assert piece.status == "present"


# An open page


def news_of(desk: Client, conversation: Conversation, shown: str) -> HttpResponse:
    return desk.get(f"/desk/talk/{conversation.pk}/news/?shown={shown}", headers={"HX-Request": "true"})


def watched(content: str) -> str:
    """Return the address that an open page looks at every few seconds."""
    found = re.search(r'<div id="talk" hx-get="([^"]+)" hx-trigger="every 3s" hx-swap="outerHTML">', content)
    assert found, "the page does not look for news"
    return found[1]


def test_an_open_page_closes_without_a_reload_once_consent_is_withdrawn(desk: Client, talk: Talk) -> None:
    conversation = talk(risk_level="critical", destination_country="KH")
    Message.objects.add(conversation, direction="in", author="person", text=WORDS)
    address = watched(desk.get(page_of(conversation)).content.decode())
    unchanged = desk.get(address)
    assert (unchanged.status_code, unchanged.content) == (204, b"")
    conversation.contact.consent = False
    conversation.contact.save()
    closed = desk.get(address)
    content = closed.content.decode()
    assert closed.status_code == 200 and "没有同意" in content and "<html" not in content
    assert "KH" in content and "极高风险" in content and "三万五" not in content
    assert "no-store" in closed["Cache-Control"]
    assert desk.get(watched(content)).status_code == 204, "closed, it goes on looking"


def test_a_closed_page_loads_anew_once_the_person_agrees(desk: Client, talk: Talk) -> None:
    answer = news_of(desk, talk(), "closed")
    assert (answer.status_code, answer["HX-Refresh"], answer.content) == (204, "true", b"")


@pytest.mark.parametrize(
    ("by", "notice"),
    [
        ("person", "此人已删除全部记录"),
        ("staff", "这段对话已经删除"),
        ("retention", "这段对话已经删除"),
        ("", "这段对话已经删除"),
    ],
)
def test_an_open_page_empties_when_the_talk_is_erased(desk: Client, talk: Talk, by: str, notice: str) -> None:
    conversation = talk()
    if by:
        Tombstone.objects.create(pk=conversation.pk, by=by, on=timezone.localdate())
    conversation.contact.delete()
    for shown in ("open", "closed"):
        answer = news_of(desk, conversation, shown)
        content = answer.content.decode()
        assert answer.status_code == 200 and notice in content
        assert 'id="talk"' in content and "hx-get" not in content, "nothing more to look for"


def test_the_open_page_of_who_signed_out_shows_nothing_more(desk: Client, talk: Talk) -> None:
    conversation = talk()
    Message.objects.add(conversation, direction="in", author="person", text=WORDS)
    desk.logout()
    for shown in ("open", "closed"):
        answer = news_of(desk, conversation, shown)
        assert (answer.status_code, answer["HX-Refresh"], answer.content) == (204, "true", b"")


def test_what_was_emptied_is_no_bubble(desk: Client, talk: Talk) -> None:
    conversation = talk()
    Message.objects.add(
        conversation, direction="out", author="bot", text="", buttons=[{"title": "旧按钮"}], emptied_at=timezone.now()
    )
    Message.objects.add(conversation, direction="in", author="person", text="同意以后说的")
    content = desk.get(page_of(conversation)).content.decode()
    assert "同意以后说的" in content and "旧按钮" not in content and content.count('class="bubble ') == 1
