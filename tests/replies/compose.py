"""Every reply that can be composed, for the tests that look at all of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from actions.turn import composer, knowledge, texts
from bot.knowledge.hotlines import NEEDS
from bot.language.english import english_sign_names
from bot.language.misuse import KINDS
from bot.replies.composer import Bubble
from bot.replies.english import EnglishReplies
from bot.replies.misuse import refusal
from bot.risk.assessment import CHINA, Assessment
from bot.risk.case import Case
from bot.risk.taxonomy import DESTINATION, LEVELS, RECRUITMENT

STAGES = (None, RECRUITMENT, DESTINATION)
ASPECTS = ("pay", "visa", "fee", "risk")
PROVINCES = ("CN-FJ", "CN-ZJ", "CN-JL", "CN-GD", None)
#: Known names, a country without an entry, and nobody said.
UNKNOWN_COUNTRY = "FJ"


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
    for question in (*composer().unknown(case()), None):
        yield composer().noted(case(), question)
        yield composer().noted(case("violence"), question)


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
    return tuple(dict.fromkeys([*verdicts(), *emergencies(), *answers(), *english(), *refusals()]))
