"""Plans as they are said: every plan in every country for every person who may ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actions.turn import KNOWLEDGE_FOLDER, knowledge, texts
from bot.knowledge.plans import Plan, Plans
from bot.language.normalization import normalize
from bot.language.plan_words import situations
from bot.replies.composer import Bubble
from bot.replies.plans import PlanReply
from bot.risk.assessment import CHINA
from bot.risk.case import Case
from bot.risk.taxonomy import DESTINATION
from tests.replies.compose import PROVINCES, countries
from tests.reply_checks import faults_of, numbers_in

PLANS = Plans.load(KNOWLEDGE_FOLDER)
REPLY = PlanReply(texts(), PLANS, knowledge())
CENTRE = "+86-10-12308"
SIDES: dict[str, dict[str, object]] = {
    "themselves": {},
    "for a brother": {"for_someone_else": True},
    "the family in China": {"for_someone_else": True, "caller_in_china": True},
    "few words": {"few_words": True},
    "few words for a sister": {"few_words": True, "for_someone_else": True},
}
BY_ID = [pytest.param(plan, id=plan.id) for plan in PLANS]


def case(country: str | None, statuses: dict[str, str] | None = None, **facts: object) -> Case:
    told = {"stage": DESTINATION, "destination": country, **facts}
    return Case(statuses or {}, {}, {name: value for name, value in told.items() if value is not None})


def pages_everywhere(plan: Plan) -> Iterator[Bubble]:
    for country in countries():
        for facts in SIDES.values():
            for province in PROVINCES if country == CHINA else (None,):
                yield from REPLY.pages(plan, case(country, province=province, **facts))


@pytest.mark.parametrize("plan", BY_ID)
def test_every_page_is_without_fault_and_fits_a_phone(plan: Plan) -> None:
    pages = list(pages_everywhere(plan))
    assert {fault for page in pages for fault in faults_of(page.text)} == set()
    assert max(len(page.text) for page in pages) <= 225
    assert max(page.text.count("\n") + 1 for page in pages) <= 12
    assert not [page.text for page in pages if "  " in page.text or "。。" in page.text]


@pytest.mark.parametrize("plan", BY_ID)
@pytest.mark.parametrize("country", countries())
def test_the_order_of_the_pages(plan: Plan, country: str | None) -> None:
    own = [page.text for page in REPLY.pages(plan, case(country))]
    assert "先这样做" in own[0] and "📝" in own[0] and "☎️" in own[0], "safety, what to note down, whom to call"
    assert numbers_in(own[0]) and len(own[0].split("☎️")[1].strip().split("\n")) <= 4
    assert "国内的家里人" in own[-1] and "☎️" in own[-1]
    if plan.place(country) in ("abroad", "sea"):
        assert own[1].startswith("中国使领馆能帮的") and "帮不了的" in own[1]
        assert "📖" in "".join(own[1:-1]) and "不是律师意见" in own[-2]
    else:
        assert not any("使领馆能帮" in page for page in own)
    others = [page.text for page in REPLY.pages(plan, case(country, for_someone_else=True))]
    assert "你在国内先做" in others[0], "the family asks: its part comes first"
    assert "转告" in others[1] and len(others) == len(own)


@pytest.mark.parametrize("plan", BY_ID)
def test_the_numbers_are_those_of_the_place(plan: Plan) -> None:
    for country in ("KR", "MM", "HU", "JP", None):
        first = REPLY.pages(plan, case(country))[0].text
        assert CENTRE in first or "police" in plan.call[plan.place(country)][:1] or country is None
    for country in ("HK", "MO"):
        pages = REPLY.pages(plan, case(country))
        if not plan.at_sea:
            assert not any("12308" in page.text for page in pages), "it does not serve there"
    home = REPLY.pages(plan, case(CHINA))[0].text
    assert (CENTRE in home) == plan.at_sea


def test_nobody_said_where() -> None:
    text = REPLY.pages(PLANS["locked_in"], case(None))[0].text
    assert f"在国外打：外交部全球领事保护与服务应急热线 {CENTRE}" in text and "在中国打：公安报警电话 110" in text


def test_locked_in_at_home_may_write_instead_of_calling() -> None:
    assert numbers_in(REPLY.pages(PLANS["locked_in"], case(CHINA))[0].text) == ["110", "12110"]


def test_where_no_local_line_is_known_the_embassy_is_named_not_the_backup() -> None:
    text = REPLY.pages(PLANS["scam_compound"], case("MM"))[0].text
    assert "+95-943209657" in text and "65612308" not in text


@pytest.mark.parametrize("plan", BY_ID)
@pytest.mark.parametrize("country", ["KH", CHINA, "HK", None])
def test_few_words_are_one_step_and_one_number(plan: Plan, country: str | None) -> None:
    for facts in (SIDES["few words"], SIDES["few words for a sister"]):
        pages = REPLY.pages(plan, case(country, **facts))
        assert len(pages) == 1 and len(pages[0].text) <= 60
        assert len(numbers_in(pages[0].text)) == 1
        assert pages[0].text.count("\n") == 1


def test_the_most_urgent_is_said_and_the_others_are_buttons() -> None:
    told = case("KH", {"wage_withholding": "present", "movement_restriction": "present", "violence": "present"})
    plans = REPLY.choose(told, "我怀孕了")
    assert [plan.id for plan in plans] == ["locked_in", "beaten", "pregnant", "pay_withheld"]
    *pages, more = REPLY.say(plans, told)
    assert "【被关着出不去】" in pages[0].text
    assert [title for title, _ in more.buttons] == ["挨打受害", "怀孕了", "工资拿不到"]
    few = case("KH", {"wage_withholding": "present", "violence": "present"}, few_words=True)
    assert len(REPLY.say(REPLY.choose(few), few)) == 1


def test_a_plan_is_not_said_again_unless_its_button_is_pressed() -> None:
    told = case("KH", {"wage_withholding": "present", "violence": "present"})
    assert [plan.id for plan in REPLY.choose(told, "", ["beaten"])] == ["pay_withheld"]
    assert [plan.id for plan in REPLY.choose(told, "挨打受害", ["beaten", "pay_withheld"])] == ["beaten"]
    assert REPLY.choose(told, "", ["beaten", "pay_withheld"]) == []
    assert REPLY.say([], told) == []


@pytest.mark.parametrize("plan", BY_ID)
def test_a_pressed_title_is_understood(plan: Plan) -> None:
    assert plan.id in situations(normalize(plan.title).text)
    assert REPLY.choose(case("KH"), plan.title)[0].id == plan.id
    assert len(plan.title.encode()) <= 64, "what Telegram takes for a button"
