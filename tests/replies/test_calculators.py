"""What the calculators say: the right numbers, what was assumed, one question, and no more than a phone shows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.turn import knowledge, texts
from bot.knowledge.exchange_rates import ExchangeRates
from bot.language.facts import read_facts
from bot.language.normalization import normalize
from bot.replies.calculators import Calculators, _decimal, _ticks
from bot.replies.pictures import alt_text
from tests.replies.compose import INTERESTS, money, sums
from tests.reply_checks import faults_of

CALCULATORS = Calculators(texts(), knowledge())
MOST_LINES, MOST_CHARACTERS = 12, 290


def debt(text: str) -> str:
    return CALCULATORS.debt_answer(read_facts(normalize(text).text, {})).text


def pay(text: str) -> str:
    return CALCULATORS.pay_answer(read_facts(normalize(text).text, {})).text


@pytest.mark.parametrize(
    ("why", "text", "said", "not_said"),
    [
        ("all is told", "借了八万 月息两分 每月挣一万二 每月生活费三千 多久还清",
         ["欠80,000元", "月息2%（一年24%）", "剩下9,000元", "10个月还清", "利息8,972元", "一共还88,972元",
          "晚发3个月：15个月，利息17,581元", "12%", "第25条"], ["告诉我"]),
        ("interest is missing", "借了八万，每月挣一万二多久能还清",
         ["利息没说，先按没有算", "先当吃住不花钱", "7个月还清", "利息怎么算"],
         ["自己吃住要花多少", "利息0元", "第25条"]),
        ("of a fee the living costs are missing first", "中介费三万五 一个月能拿八千 多久回本",
         ["要交35,000元，先当成全是借的", "5个月还清", "自己吃住要花多少"], ["利息怎么算"]),
        ("free of interest, board and lodging", "借三万 没利息 每月挣9000 包吃住",
         ["没有利息", "吃住不花钱，全拿去还", "4个月还清"], ["告诉我", "先当", "第25条"]),
        ("never", "借了五万 三分利 每月挣四千 生活费两千五",
         ["还不清", "光利息每月就要1,500元", "真人"], ["还清，", "晚发"]),
        ("nothing left", "欠两万 没利息 每月挣三千 每月自己花三千五", ["挣的不够自己花", "还不清"], ["晚发"]),
        ("a fixed sum each month", "借三万 利息每月500 每月还3000",
         ["每月利息500元（一年合20%）", "每月还3,000元", "12个月还清"], []),
        ("years", "欠三万 利滚利 月息五分 每月扣两千", ["利滚利", "2年5个月还清"], []),
        ("interest by the day", "借一万 一天利息20块 每月还两千", ["每月利息600元（一年合72%）"], []),
        ("below the ceiling nobody is warned", "借一万 年利率10% 每月还两千", ["一年10%"], ["⚠️"]),
        ("interest taken beforehand", "借两万先扣了利息 每月还两千", ["第26条"], []),
        ("too dear and taken beforehand", "借两万砍头息 五分利 每月还两千", ["12%", "第25条、第26条"], []),
        ("foreign money, with the day of the rate", "借了100万韩元 每月挣200万韩元", ["欠5,006元", "2026-10-09"], []),
        ("no rate", "欠50万缅币 每月挣三千", ["缅元的汇率我没核实到"], ["还清"]),
        ("no debt", "每月挣三千多久还清", ["一共欠多少"], ["个月还清"]),
        ("no pay", "中介费三万多久回本", ["到手的工资一个月多少"], ["欠多少，"]),
    ],
)  # fmt: skip
def test_debt(why: str, text: str, said: list[str], not_said: list[str]) -> None:
    answer = debt(text)
    assert [words for words in said if words not in answer] == []
    assert [words for words in not_said if words in answer] == []


@pytest.mark.parametrize(
    ("why", "text", "said", "not_said"),
    [
        ("about the minimum", "去日本月薪20万日元",
         ["200,000日元", "8,500元", "1,121日元", "8,260元", "173小时", "差不多", "2025-09", "2026-10-09", "j-roumu.jp",
          "一天干几个小时"], ["骗人"]),
        ("yuan or yen?", "去日本月薪20万", ["人民币，还是日元", "24.2倍"], ["差不多", "先别去"]),
        ("a bait", "去柬埔寨做客服一个月两万",
         ["210美元", "1,410元", "14.2倍", "不合常理", "先别去"], ["告诉我", "还是美元"]),
        ("for the hours that are worked", "去日本月薪一万 一天干12个小时 一个月休2天",
         ["336小时", "16,010元", "比最低的还少"], ["173"]),
        ("hours of Korea", "去韩国时薪10320韩元", ["209小时", "10,800元", "差不多"], []),
        ("by the day", "去泰国一天500泰铢", ["26天", "2,590元", "1.3倍"], []),
        ("above", "去德国月薪5000欧元", ["2.1倍", "偏高"], ["骗人"]),
        ("a spread", "去德国月薪2500到3000欧元", ["2,500欧元到3,000欧元", "18,810元到22,570元"], []),
        ("no minimum wage there", "去新加坡月薪八千", ["没有统一法定最低工资", "没有一个数可比"], ["倍"]),
        ("no reference", "去越南月薪一万", ["没查到靠得住的数"], ["倍"]),
        ("in China", "在深圳电子厂一个月四千", ["12333"], ["倍"]),
        ("a country without an entry", "去斐济月薪一万", ["没查到靠得住的数"], ["倍"]),
        ("no rate", "去缅甸月薪300万缅币", ["缅元的汇率我没核实到"], ["元（"]),
        ("no place", "月薪2500欧元", ["18,810元", "去哪个国家"], ["倍"]),
        ("no pay", "去德国", ["对方说给多少"], []),
    ],
)  # fmt: skip
def test_pay(why: str, text: str, said: list[str], not_said: list[str]) -> None:
    answer = pay(text)
    assert [words for words in said if words not in answer] == []
    assert [words for words in not_said if words in answer] == []


def test_every_answer_fits_a_phone() -> None:
    for bubble in sums():
        assert faults_of(bubble.text) == []
        assert len(bubble.text.splitlines()) <= MOST_LINES, bubble.text
        assert len(bubble.text) <= MOST_CHARACTERS, bubble.text
        assert bubble.text.count("告诉我") <= 1, "one question at a time"


def test_who_is_never_free_is_offered_a_human() -> None:
    never = CALCULATORS.debt_answer({"loan": money(50_000), "interest": INTERESTS[2], "repayment": money(900)})
    ends = CALCULATORS.debt_answer({"loan": money(50_000), "interest": INTERESTS[2], "repayment": money(9_000)})
    human = texts().say("utter_button_human")
    assert never.buttons == ((human, human),) and human in never.text
    assert ends.buttons == ()


def test_a_reference_in_money_without_a_rate_is_said_not_compared() -> None:
    """No country has one today; staff may set a rate to null tomorrow."""
    calculators = Calculators(texts(), replace(knowledge(), rates=ExchangeRates([])))
    answer = calculators.pay_answer({"pay": money(9_000, period="month"), "destination": "JP"}).text
    assert "没核实到" in answer and "倍" not in answer


@pytest.mark.parametrize("late", [False, True])
def test_the_picture_says_what_the_text_says(late: bool) -> None:
    bubble = CALCULATORS.debt_answer(read_facts("借了八万 月息两分 每月挣一万二 每月生活费三千", {}))
    assert bubble.picture is not None
    line = bubble.picture["lines"][1 if late else 0]
    months = 15 if late else 10
    assert line["owed"][0] == 80_000 and line["owed"][months] == 0 and line["owed"][months - 1] > 0
    assert f"{months}个月还清" in line["label"] and line["label"] in alt_text(bubble.picture)


facts = st.fixed_dictionaries(
    {},
    optional={
        "loan": st.integers(1, 10**7).map(money),
        "fee": st.integers(1, 10**6).map(money),
        "pay": st.builds(
            lambda amount, period: money(amount, period=period),
            st.integers(1, 10**6),
            st.sampled_from(["hour", "day", "month", "year"]),
        ),
        "living": st.integers(0, 10**5).map(money),
        "repayment": st.integers(0, 10**5).map(money),
        "interest": st.sampled_from([one for one in INTERESTS if one]),
        "compounding": st.just(True),
        "hours_a_day": st.floats(2, 20),
        "rest_days": st.integers(0, 15),
        "destination": st.sampled_from(["JP", "KH", "SG", "CN", "MM", "XX"]),
    },
)


@given(facts)
@settings(max_examples=150, deadline=None)
def test_whatever_is_told_there_is_an_answer(told: dict[str, Any]) -> None:
    for bubble in (CALCULATORS.debt_answer(told), CALCULATORS.pay_answer(told)):
        assert bubble.text.strip() and "None" not in bubble.text
        assert len(bubble.text.splitlines()) <= MOST_LINES


@given(st.integers(1, 10**9), st.integers(2, 8))
def test_ticks_reach_the_top_in_few_steps(most: int, count: int) -> None:
    ticks = _ticks(most, count)
    assert ticks[0] == 0 and ticks[-2] < most <= ticks[-1] and len(ticks) <= count + 2


@pytest.mark.parametrize(
    ("value", "said"), [("2", "2"), ("2.50", "2.5"), ("10", "10"), ("0.333", "0.33"), ("100", "100")]
)
def test_numbers_have_no_zeros_at_their_end(value: str, said: str) -> None:
    assert _decimal(Decimal(value)) == said
