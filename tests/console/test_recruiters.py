"""The page of the list of licensed companies, and the remark on numbers that came up before."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from bot.records.models import Conversation
from bot.records.recruiter_csv import ListedRecruiter
from bot.records.recruiters import replace_list
from bot.records.seen_numbers import keep_numbers

LIST = "/desk/"
PAGE = "/desk/recruiters/"
GOOD, COPY = "青岛环太国际经济技术合作有限公司", "青岛寰太国际经济技术合作有限公司"
ADVERT = "柬埔寨高薪，微信kh_boss_88"
Talk = Callable[..., Conversation]


@pytest.fixture
def listed(db: None) -> None:
    rows = (
        ListedRecruiter(GOOD, "LW370220260001", "山东", date(2099, 12, 31), "valid"),
        ListedRecruiter("大连海通对外劳务合作有限公司", "", "辽宁", None, "revoked"),
        ListedRecruiter("福州鑫海人力资源有限公司", "LW3", "福建", date(2020, 1, 1), "valid"),
    )
    replace_list(rows, b"", date(2026, 11, 1), "省商务厅<b>公布</b>")


def shown(desk: Client, name: str | None = None) -> str:
    return desk.get(PAGE, {} if name is None else {"name": name}).content.decode()


def test_strangers_are_sent_to_the_sign_in(client: Client, db: None) -> None:
    assert client.get(PAGE)["Location"].startswith("/desk/sign-in/?next=")


def test_without_a_list_the_page_says_how_to_import_one(desk: Client) -> None:
    content = shown(desk)
    assert "还没有导入名单" in content and "import_recruiters" in content and '<form class="card search"' not in content


def test_the_list_in_use_is_named(desk: Client, listed: None) -> None:
    content = shown(desk)
    assert "2026-11-01" in content and "&lt;b&gt;公布" in content and ">3<" in content
    assert GOOD not in content, "nothing is listed before somebody asks"


@pytest.mark.parametrize(
    ("name", "words", "not_there"),
    [
        (GOOD, ["同名", "LW370220260001", "山东", "2099-12-31"], ["证书已过期", "名字相近"]),
        ("青岛环太", ["可能是简称", GOOD], ["同名"]),
        (COPY, ["名字相近，不是同一个", GOOD, COPY], [">同名"]),
        ("大连海通", ["已取消"], []),
        ("福州鑫海", ["证书已过期"], []),
        ("金三角娱乐有限公司", ["没有这个名字"], ["LW"]),
        ("<script>alert(1)</script>", ["&lt;script&gt;"], ["<script"]),
        ("   ", [], ["没有这个名字"]),
    ],
)
def test_the_search(desk: Client, listed: None, name: str, words: list[str], not_there: list[str]) -> None:
    content = shown(desk, name)
    assert [word for word in words if word not in content] == []
    assert [word for word in not_there if word in content] == []


def test_every_answer_says_what_a_list_cannot_say(desk: Client, listed: None) -> None:
    for name in (GOOD, COPY, "金三角娱乐有限公司"):
        assert "名单上有，不等于可靠" in shown(desk, name)


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_the_page_only_reads(desk: Client, method: str) -> None:
    assert getattr(desk, method)(PAGE).status_code == 405


def test_the_page_is_not_kept_and_loads_nothing_from_elsewhere(desk: Client, listed: None) -> None:
    answer = desk.get(PAGE, {"name": GOOD})
    assert "no-store" in answer["Cache-Control"]
    assert not re.search(r"<style|<script|\sstyle=|\son\w+=|https?://", answer.content.decode())


def test_the_page_speaks_english_too(desk: Client, listed: None) -> None:
    desk.post("/desk/language/setlang/", {"language": "en", "next": PAGE})
    content = shown(desk, "大连海通") + shown(desk, "nothing") + shown(desk, GOOD)
    for name in (GOOD, "大连海通对外劳务合作有限公司", "大连海通", "山东", "辽宁", "省商务厅", "公布", "安行", "中文"):
        content = content.replace(name, "")
    assert not re.findall(r"[\u4e00-\u9fff]+", content)
    assert "same name" in content and "revoked" in content


# Numbers that came up before


def page_of(conversation: Conversation) -> str:
    return reverse("console:conversation", args=[conversation.pk])


@pytest.mark.parametrize("consent", [True, False, None])
def test_a_number_seen_before_is_remarked_and_no_more_is_told(desk: Client, talk: Talk, consent: bool | None) -> None:
    before, now, other = talk(risk_level="critical"), talk(consent, risk_level="caution"), talk()
    keep_numbers(before, ADVERT)
    keep_numbers(now, ADVERT)
    content = desk.get(LIST).content.decode()
    assert content.count("号码见过</b>") + content.count("号码见过 ×1") == 1
    content = desk.get(page_of(now)).content.decode()
    assert "号码见过 ×1" in content and "请不要告诉对方" in content
    assert str(before.pk) not in content and "kh_boss" not in content
    assert "号码见过" not in desk.get(page_of(other)).content.decode()
    assert "号码见过" not in desk.get(page_of(before)).content.decode(), "the other talk is not grave"


def test_the_list_needs_no_more_questions_for_more_talks(
    desk: Client, talk: Talk, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(10):
        keep_numbers(talk(risk_level="high"), ADVERT)
    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        assert desk.get(LIST).content.decode().count("号码见过 ×9") == 10
