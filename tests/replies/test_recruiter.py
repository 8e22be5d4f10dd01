"""What is said about a company: always with the date of the list, never that it is safe, never that it is a fraud."""

from __future__ import annotations

import re
from datetime import date

import pytest

from bot.knowledge.recruiters import NO_LIST, SHORT, SIMILAR, UNAVAILABLE, Found
from tests.replies.compose import (
    LISTED_AS_OF,
    LISTED_NAME,
    LISTED_TODAY,
    found,
    listed,
    recruiter_replies,
    recruiters,
)
from tests.reply_checks import faults_of

REPLIES = recruiter_replies()
TODAY, AS_OF = LISTED_TODAY, LISTED_AS_OF
GOOD, COPY = LISTED_NAME, "青岛寰太国际经济技术合作有限公司"
SAID_OF = "2026年11月1日"
#: What no answer may say of a company that is on the list, or is not.
_SAFE = re.compile(r"放心去|可以去|没问题|靠谱|安全|正规公司|是真的|可以信")
_FRAUD = re.compile(r"骗子|诈骗|骗人|假公司|黑中介|违法|非法")


def test_no_answer_calls_a_company_safe_or_a_fraud() -> None:
    for bubble in recruiters():
        assert not _SAFE.search(bubble.text) and not _FRAUD.search(bubble.text), bubble.text
        assert faults_of(bubble.text) == []


def test_every_answer_fits_a_phone() -> None:
    for bubble in recruiters():
        assert len(bubble.text) <= 260 and bubble.text.count("\n") < 12, bubble.text


def test_the_steps_and_the_places() -> None:
    steps, places = REPLIES.how_to_check()
    assert "12345" in steps.text and "资格证书" in steps.text and "别打他给的号码" in steps.text
    assert places.text.count("•") == 3 and "12345" in places.text and "国家企业信用信息公示系统" in places.text
    assert len(steps.text) <= 220 and len(places.text) <= 220


def test_the_same_name_is_no_guarantee() -> None:
    text = REPLIES.about(found(listed(valid_until=date(2027, 12, 31))), TODAY).text
    assert SAID_OF in text and "LW370220260001" in text and "2027年12月31日" in text
    assert "还不能就放心" in text and "冒用" in text and "别打他给的号码" in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "revoked"}, "资格取消了"),
        ({"status": "suspended"}, "资格暂停了"),
        ({"valid_until": date(2026, 11, 28)}, "已经过了"),
        ({"certificate_number": ""}, "没写证书编号"),
    ],
)
def test_what_the_list_says_against_it_is_said(fields: dict[str, object], words: str) -> None:
    assert words in REPLIES.about(found(listed(**fields)), TODAY).text


def test_the_last_day_still_counts() -> None:
    assert "已经过了" not in REPLIES.about(found(listed(valid_until=TODAY)), TODAY).text


def test_a_similar_name_is_said_to_be_another() -> None:
    text = REPLIES.about(found(listed(SIMILAR), name=COPY), TODAY).text
    assert SAID_OF in text and f"没有“{COPY}”" in text and GOOD in text
    assert "差一个字就是两家" in text and "冒充" in text and "LW" not in text, "no number to copy"


def test_a_short_form_asks_for_the_whole_name() -> None:
    revoked = listed(SHORT, "青岛环太劳务有限公司", status="revoked")
    text = REPLIES.about(found(listed(SHORT), revoked, name="青岛环太"), TODAY).text
    assert (
        "说不准" in text and "全名" in text and GOOD in text and "青岛环太劳务有限公司（名单上写着资格取消了）" in text
    )


def test_not_on_the_list_proves_nothing() -> None:
    text = REPLIES.about(found(name="金三角娱乐有限公司"), TODAY).text
    assert SAID_OF in text and "说不了它好，也说不了它坏" in text and "12345" in text


def test_without_a_list_it_says_so() -> None:
    assert "没有公司名单" in REPLIES.about(Found(GOOD, NO_LIST), TODAY).text
    assert "打不开" in REPLIES.about(Found(GOOD, UNAVAILABLE), TODAY).text


def test_what_is_answered_in_all() -> None:
    assert REPLIES.check([], TODAY) == REPLIES.how_to_check()
    assert len(REPLIES.check([found(listed())], TODAY)) == 1
    both = REPLIES.check([found(listed()), found(name=COPY)], TODAY)
    assert len(both) == 3 and both[-1] == REPLIES.places()


def test_no_number_of_somebody_comes_back() -> None:
    text = REPLIES.about(found(name="环太13812345678有限公司"), TODAY).text
    assert "138" not in text and "环太…有限公司" in text


def test_words_with_braces_are_only_words() -> None:
    assert "{date}" in REPLIES.about(found(name="{date}公司"), TODAY).text
