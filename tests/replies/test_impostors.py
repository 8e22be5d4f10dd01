"""Is this hotline real: what is said of a number, of a call, and when money has gone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from actions.turn import KNOWLEDGE_FOLDER, knowledge, texts
from bot.knowledge.impostors import Impostors
from bot.language.hotline_claims import KINDS, HotlineClaim, hotline_claim
from bot.language.normalization import normalize
from bot.replies.impostors import ImpostorReply
from bot.risk.assessment import CHINA
from tests.replies.compose import countries
from tests.reply_checks import faults_of, hotlines, numbers_in

REPLY = ImpostorReply(texts(), Impostors.load(KNOWLEDGE_FOLDER), knowledge())
CENTRE = "+86-10-12308"
NUMBERS = ((), ("12308",), ("+86 10 12308", "13800138000"), ("020-12110",), ("12312",), ("1", "2", "3"))


def pages(text: str, country: str | None = CHINA) -> list[str]:
    claim = hotline_claim(normalize(text).text)
    assert claim is not None
    return [bubble.text for bubble in REPLY.answer(claim, country)]


def every_page() -> Iterator[str]:
    for kind in KINDS:
        for country in countries():
            for numbers in NUMBERS:
                for called in (True, False):
                    for sent in (True, False):
                        claim = HotlineClaim(kind, numbers, called, sent)
                        yield from (bubble.text for bubble in REPLY.answer(claim, country))


def test_every_page_is_without_fault_and_fits_a_phone() -> None:
    found = set(every_page())
    assert {fault for page in found for fault in faults_of(page)} == set()
    assert max(len(page) for page in found) <= 220
    assert max(page.count("\n") + 1 for page in found) <= 12


def test_nothing_is_ever_called_real_or_safe() -> None:
    for page in set(every_page()):
        assert not re.search(r"安全(?!账户)|放心|没问题|是真的|可以信|不是骗", page), page
        assert "不等于就是它打的" in page or "号码。" not in page, "a known number may be forged"


def test_a_known_number_is_named_and_may_be_forged() -> None:
    first = pages("接到12308打来说我护照涉案要转账")[0]
    assert first.startswith("12308是“外交部全球领事保护与服务应急热线”的号码")
    assert "来电显示能造假" in first and "先挂掉" in first and "别点通话记录回拨" in first


def test_the_number_is_shown_as_it_is_in_the_table() -> None:
    assert CENTRE in pages("+86 10 12308 打给我说我涉案", "JP")[0]
    assert "12110" in pages("这个号020-12110是公安吗")[0]
    assert "020" not in pages("这个号020-12110是公安吗")[0]


def test_an_unknown_number_is_neither_repeated_nor_judged() -> None:
    for text in ("13800138000自称王警官让我加qq", "0044 20 7299 4049 说是使馆的 能信吗"):
        first = pages(text)[0]
        assert "不在我的名单里" in first and "说不准真假" in first
        assert "138" not in first and "7299" not in first


def test_an_old_number_is_not_to_be_dialled() -> None:
    first = pages("12312自称商务部的打来要我交钱")[0]
    assert "老号码" in first and "12312" not in first


@pytest.mark.parametrize(
    ("kind", "country", "numbers"),
    [
        ("ministry", CHINA, ["12308"]),
        ("ministry", "CA", [CENTRE]),
        ("embassy", "KR", [CENTRE, "+82-2-755-0572"]),
        ("police", CHINA, ["110"]),
        ("police", "KR", [CENTRE, "+82-2-755-0572"]),
        ("immigration", CHINA, ["12367"]),
        ("social_security", CHINA, ["12333"]),
        ("antifraud", CHINA, ["96110", "110"]),
        ("authority", CHINA, ["110", "12345"]),
        ("embassy", "HK", ["999"]),
        ("police", None, ["110", CENTRE]),
    ],
)
def test_the_number_to_dial_oneself(kind: str, country: str | None, numbers: list[str]) -> None:
    first = REPLY.answer(HotlineClaim(kind, (), True), country)[0].text
    assert numbers_in(first) == numbers


@pytest.mark.parametrize(
    ("country", "numbers"),
    [(CHINA, ["110", "96110"]), ("KR", ["112", CENTRE]), ("HK", ["999"]), (None, ["110", CENTRE])],
)
def test_when_money_has_gone_the_police_and_the_bank_come_first(country: str | None, numbers: list[str]) -> None:
    first = pages("大使馆打电话说我涉案 我转了三万过去", country)[0]
    assert "马上报警" in first and "停付" in first and "留好" in first
    assert numbers_in(first) == numbers
    assert "钱已经转了" not in "".join(pages("大使馆打电话说我涉案要转三万", country))


def test_the_ministry_never_calls() -> None:
    assert "不会主动打给人" in pages("12308刚才给我打电话", "US")[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_real_one_never_does(kind: str) -> None:
    last = REPLY.answer(HotlineClaim(kind, (), True), "US")[-1].text
    assert 3 <= last.count("✗") <= 4 and "就当骗子" in last


def test_a_question_is_not_answered_as_if_somebody_had_called() -> None:
    assert "先挂掉" not in pages("公安机关会用微信做笔录吗")[0]


def test_every_confirmed_number_of_china_is_recognised() -> None:
    for number in ("110", "12308", "12333", "12367", "96110", "010-65612308"):
        known = hotlines().recognise(number)
        assert known is not None and known.confirmed
        text = REPLY.answer(HotlineClaim("authority", (number,), False), CHINA)[0].text
        assert number in text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("country", [CHINA, "KH", "HK", None])
def test_few_words_are_one_bubble(kind: str, country: str | None) -> None:
    for sent in (True, False):
        answer = REPLY.answer(HotlineClaim(kind, ("12308",), True, sent), country, few_words=True)
        assert len(answer) == 1 and len(answer[0].text) <= 90
        assert faults_of(answer[0].text) == [] and ("报警" in answer[0].text.split("\n")[0]) == sent
        assert len(numbers_in(answer[0].text)) == (1 if country else 2), "at home and abroad when nobody said where"
