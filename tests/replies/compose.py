"""Every reply that can be composed, for the tests that look at all of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import combinations, product
from typing import Any

from actions.turn import KNOWLEDGE_FOLDER, composer, knowledge, texts
from bot.knowledge.hotlines import NEEDS
from bot.knowledge.recruiter_checks import load_recruiter_checks
from bot.knowledge.recruiters import ASKED, NO_LIST, SAME, SHORT, SIMILAR, UNAVAILABLE, Found, Match
from bot.language.english import english_sign_names
from bot.language.misuse import KINDS
from bot.replies.calculators import Calculators
from bot.replies.composer import Bubble
from bot.replies.english import EnglishReplies
from bot.replies.misuse import refusal
from bot.replies.recruiter import RecruiterReplies
from bot.risk.assessment import CHINA, Assessment
from bot.risk.case import Case
from bot.risk.taxonomy import DESTINATION, LEVELS, RECRUITMENT

STAGES = (None, RECRUITMENT, DESTINATION)
ASPECTS = ("pay", "visa", "fee", "risk")
PROVINCES = ("CN-FJ", "CN-ZJ", "CN-JL", "CN-GD", None)
#: Known names, a country without an entry, and nobody said.
UNKNOWN_COUNTRY = "FJ"
LISTED_NAME = "青岛环太国际经济技术合作有限公司"
LISTED_AS_OF, LISTED_TODAY = date(2026, 11, 1), date(2026, 11, 29)


def countries() -> tuple[str | None, ...]:
    return (*knowledge().destinations.codes, CHINA, UNKNOWN_COUNTRY, None)


def case(sign: str | None = None, country: str | None = None, **facts: object) -> Case:
    """Return a case with one sign, told in a few words."""
    told = {name: value for name, value in {**facts, "destination": country}.items() if value is not None}
    statuses = {sign: "present"} if sign else {}
    return Case(statuses, {name: "老板就是这么说的" for name in statuses}, told)


def judged(level: str, *signs: str) -> Assessment:
    return Assessment(level, (), {}, signs)


def verdicts() -> Iterator[Bubble]:
    """All signs × levels × stages × countries, and the shorter kinds of the same."""
    for sign in knowledge().risk.taxonomy.indicators:
        for level in LEVELS[1:]:
            for stage in STAGES:
                for country in countries():
                    one = case(sign, country, stage=stage)
                    yield from composer().verdict(one, judged(level, sign))
                    yield from composer().news(one, judged(level, sign), [sign])
                    yield from composer().corrected(one, judged(level, sign))
                few = case(sign, "KH", stage=stage, few_words=True, age=16, caller_in_china=True)
                yield from composer().verdict(few, judged(level, sign))
    everything = tuple(knowledge().risk.taxonomy.indicators)
    for pair in combinations(everything, 6):
        if pair[0] == everything[0]:
            yield from composer().verdict(case(pair[0], "KH"), judged(LEVELS[3], *pair))
    yield from composer().corrected(case(), judged(LEVELS[0]))
    yield composer().fair(Case({name: "hypothetical" for name in everything}))
    yield composer().fair(case())


def emergencies() -> Iterator[Bubble]:
    for country in countries():
        for province in PROVINCES:
            for extra in ({}, {"self_harm": True}, {"caller_in_china": True}, {"few_words": True}):
                one = case("violence", country, stage=DESTINATION, province=province, **extra)
                danger = Case(one.statuses, one.evidence, one.facts, in_danger=True)
                yield composer().emergency(danger)
                yield composer().emergency_follow_up(danger)
                yield Bubble(composer().emergency_numbers(danger))


def answers() -> Iterator[Bubble]:
    """Hotlines, law, countries, and what is asked next."""
    for country in countries():
        for province in PROVINCES:
            yield from composer().hotlines([], country, province)
            for need in NEEDS:
                yield from composer().hotlines([need], country, province)
        if country:
            for count in range(len(ASPECTS) + 1):
                for aspects in combinations(ASPECTS, count):
                    yield from composer().destination(country, list(aspects))
    topics = list(knowledge().rights.topics.values())
    for topic in topics:
        yield composer().rights(topic, topics[:3])
    for told in (case(), case("violence"), case("violence", stage=DESTINATION), case(stage=DESTINATION)):
        yield composer().noted(told)


def questions() -> Iterator[Bubble]:
    """The interview: every question, about the person and about others, alone and after something short."""
    whom: tuple[dict[str, Any], ...] = ({}, {"for_someone_else": True}, {"for_someone_else": True, "relative": "弟弟"})
    for question in knowledge().interview.questions.values():
        for facts in whom:
            asked = composer().question(case(**facts), question)
            yield asked
            yield from composer().asking([Bubble(texts().say("utter_answer_noted"))], asked)
    for fact, currency in product(("fee", "pay", "loan"), (None, "CNY", "USD", "JPY")):
        told: dict[str, Any] = {fact: money(30_000, currency)}
        yield composer().corrected_money(case(**told), fact)


def money(amount: float, currency: str | None = None, **more: object) -> dict[str, object]:
    """Return a sum as bot.language.facts writes it."""
    return {"low": amount, "high": amount, "currency": currency, **more}


RATES = ({"percent": 0.0, "per": "month"}, {"percent": 2.0, "per": "month"}, {"percent": 30.0, "per": "year"})
INTERESTS = (None, *RATES, {"sum": 700.0, "per": "month", "currency": None})


def sums() -> Iterator[Bubble]:
    """What the calculators can say: debts that end and that do not, every country and way of pay."""
    calculators = Calculators(texts(), knowledge())
    paid = [{"pay": money(pay, period="month")} for pay in (2_000, 6_000, 15_000)]
    paid += [{"repayment": money(1_500)}, {"pay": money(300, "USD", period="day")}, {}]
    for debt in ({"loan": money(60_000)}, {"fee": money(35_000)}, {"loan": money(9_000_000, "KRW")}, {}):
        for interest, living, pay in product(INTERESTS, (None, money(0), money(2_500)), paid):
            facts = {**debt, **pay, "interest": interest, "living": living}
            yield calculators.debt_answer({name: value for name, value in facts.items() if value is not None})
            yield calculators.debt_answer({**facts, "compounding": True, "interest_deducted": True})
    yield calculators.debt_answer({"loan": money(500_000, "MMK"), **paid[0]})
    offers = [(pay, None, "month") for pay in (1_500, 8_000, 14_000, 30_000, 200_000)]
    offers += [(1_200, "USD", "month"), (90, "CNY", "hour"), (400, None, "day"), (60_000, "EUR", "year")]
    for country in countries():
        for pay, currency, period in offers:
            for hours in ({}, {"hours_a_day": 12.0, "rest_days": 2}):
                told = {"pay": money(pay, currency, period=period), "destination": country, **hours}
                yield calculators.pay_answer({name: value for name, value in told.items() if value is not None})
        yield calculators.pay_answer({"pay": money(1, "MMK", period="month"), "destination": country or "JP"})
    yield calculators.pay_answer({})


@lru_cache(maxsize=1)
def recruiter_replies() -> RecruiterReplies:
    return RecruiterReplies(texts(), load_recruiter_checks(KNOWLEDGE_FOLDER))


def listed(kind: str = SAME, name: str = LISTED_NAME, **fields: object) -> Match:
    usual = {
        "certificate_number": "LW370220260001",
        "province": "山东",
        "valid_until": None,
        "status": "valid",
        "score": 100.0,
        "list_date": LISTED_AS_OF,
    }
    return Match(name=name, kind=kind, **{**usual, **fields})  # type: ignore[arg-type]


def found(*matches: Match, name: str = LISTED_NAME) -> Found:
    return Found(name, ASKED, matches, LISTED_AS_OF)


def recruiters() -> Iterator[Bubble]:
    for kind, status, until in product(
        (SAME, SHORT, SIMILAR), ("valid", "suspended", "revoked"), (None, date(2020, 1, 1), date(2030, 1, 1))
    ):
        for number in ("LW370220260001", ""):
            yield recruiter_replies().about(
                found(*[listed(kind, status=status, valid_until=until, certificate_number=number)] * 3), LISTED_TODAY
            )
    for name in (LISTED_NAME, "青岛环太", "环" * 80):
        yield recruiter_replies().about(found(name=name), LISTED_TODAY)
        yield recruiter_replies().about(Found(name, NO_LIST), LISTED_TODAY)
        yield recruiter_replies().about(Found(name, UNAVAILABLE), LISTED_TODAY)
    yield from recruiter_replies().how_to_check()


def english() -> Iterator[Bubble]:
    """The English bubble: all signs × stages × countries, danger, nothing told."""
    replies = EnglishReplies(texts(), knowledge())
    for country in countries():
        for sign in (*sorted(english_sign_names()), None):
            for stage in STAGES:
                for danger in (False, True):
                    one = case(sign, country, stage=stage)
                    yield replies.answer(Case(one.statuses, one.evidence, one.facts, in_danger=danger))
        hurt = case(None, country, self_harm=True)
        yield replies.answer(Case(hurt.statuses, hurt.evidence, hurt.facts, in_danger=True))


def refusals() -> Iterator[Bubble]:
    for kind in KINDS:
        yield refusal(texts(), kind)
        yield refusal(texts(), kind, in_english=True)


@lru_cache(maxsize=1)
def every_bubble() -> tuple[Bubble, ...]:
    everything = (
        *verdicts(), *emergencies(), *answers(), *questions(), *sums(), *recruiters(), *english(), *refusals(),
    )  # fmt: skip
    return tuple(dict.fromkeys(everything))
