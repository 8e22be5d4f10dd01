"""Whatever reads words: any text in, no exception out, and every place that is named lies inside the text."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from bot.gateway import plain_text, render, words
from bot.knowledge.destinations import Destinations
from bot.knowledge.impostors import Impostors
from bot.language import (
    clauses,
    company_likeness,
    company_names,
    contact_numbers,
    english,
    facts,
    hotline_claims,
    mention_status,
    misuse,
    money_questions,
    numerals,
    personal_data,
    places,
    plan_words,
    requests,
    script,
    short_answers,
)
from bot.language.findings import FindingsReader
from bot.language.lexicon import Lexicon
from bot.language.normalization import normalize
from bot.papers import lines
from bot.risk import contract
from bot.risk.contract_tables import ContractTables
from bot.settings import PROJECT
from tests.fuzz.mutation import as_bytes, as_text
from tests.fuzz.target import Target

KNOWLEDGE = PROJECT / "data" / "knowledge"
CASES = PROJECT / "tests" / "cases"


def within(text: str, start: int, end: int) -> None:
    assert 0 <= start <= end <= len(text), (start, end, len(text))


def all_within(text: str, found: Iterable[Any]) -> None:
    for one in found:
        within(text, one.start, one.end)


# What each reader promises


def normalization(text: str) -> None:
    found = normalize(text)
    assert len(found.offsets) == len(found.text) + 1, "a way back for each character and for the end"
    assert all(before <= after for before, after in pairwise(found.offsets))
    assert all(0 <= offset <= len(text) for offset in found.offsets)
    found.text.encode()  # no lone surrogate is left
    step = max(1, len(found.text) // 7)
    for start in range(0, len(found.text) + 1, step):
        for end in range(start, len(found.text) + 1, step):
            within(text, *found.origin(start, end))


def fact_extractor(text: str) -> None:
    plain = normalize(text).text
    for statuses in ({}, {"recruitment_fee": "present", "document_retention": "absent", "debt": "hypothetical"}):
        told = facts.read_facts(plain, dict(statuses))
        json.dumps(told, allow_nan=False)  # it becomes a slot


def numbers(text: str) -> None:
    plain = normalize(text).text
    for amount in numerals.find_amounts(plain):
        within(plain, amount.start, amount.end)
        assert math.isfinite(amount.low) and math.isfinite(amount.high) and amount.low <= amount.high
    for said in (text, plain, plain[:24]):
        value = numerals.read_number(said)
        assert value is None or math.isfinite(value)


def place_names(text: str) -> None:
    plain = normalize(text).text
    found = places.find_places(plain)
    all_within(plain, found)
    places.destination_of(plain, found)
    places.origin_of(plain, found)
    for _, start, end in _destinations().find(text):
        within(text, start, end)


def misuse_kinds(text: str) -> None:
    plain = normalize(text).text
    misuse.misuse_of(plain)
    hotline_claims.hotline_claim(plain)
    hotline_claims.money_sent(plain)
    _impostors()


def scripts(text: str) -> None:
    text = plain_text.cleaned(text)  # nothing that is stored or said has a lone surrogate
    for chosen in (None, "traditional", "hong_kong"):
        script.in_script(text, chosen)
    script.shown_script(text)
    for chosen in (script.script_of(text), script.script_of_talk([text, text[::-1]])):
        script.in_script("我看不了图", chosen)
    script.in_simplified(text)


def private_data(text: str) -> None:
    hidden = personal_data.masked(text, ["王老板"])
    assert "王老板" not in hidden
    personal_data.masked(hidden)


def answers_and_requests(text: str) -> None:
    plain = normalize(text).text
    readers: tuple[Callable[[str], Any], ...] = (
        short_answers.plain_answer,
        short_answers.is_enough,
        short_answers.corrects,
        plan_words.situations,
        requests.asks_for_verdict,
        requests.wants_few_words,
        requests.sounds_like_a_question,
        requests.says_safe_now,
        requests.destination_aspects,
        requests.says_at_work,
        requests.says_not_yet_gone,
        requests.asks_what_to_do,
        requests.speaks_of_others,
        requests.asks_in_general,
        requests.tells_of_a_blow,
        requests.asks_to_pay,
        requests.asks_for_minimum_pay,
        requests.speaks_of_there,
        requests.speaks_of_reporting,
        requests.is_generic_question,
        requests.wanted_needs,
        english.is_english,
        english.english_signs,
        english.english_danger,
        english.english_self_harm,
        english.english_place,
    )
    for read in readers:
        read(plain)


def money(text: str) -> None:
    plain = normalize(text).text
    told = money_questions.read_money(plain)
    json.dumps(told.facts, allow_nan=False)
    for start, end in (*told.spans, *told.loan_spans):
        within(plain, start, end)
    money_questions.asks_for_debt(plain)
    money_questions.asks_for_yuan(plain)
    money_questions.asks_for_pay(plain)


def contacts(text: str) -> None:
    found = contact_numbers.find_contact_numbers(text)
    all_within(text, found)
    assert all(one.value for one in found)


def companies(text: str) -> None:
    plain = normalize(text).text
    for one in company_names.find_company_names(plain):
        within(plain, one.start, one.end)
        company_names.name_parts(one.name)
        _companies().find(one.name)
    company_names.name_parts(plain[:200])
    _companies().find(plain[:200])


def signs(text: str) -> None:
    plain = normalize(text).text
    parts = clauses.clauses(plain)
    all_within(plain, parts)
    for start in range(0, len(plain), max(1, len(plain) // 5)):
        mention_status.read_status(plain, parts, start, min(start + 3, len(plain)), "no")
        mention_status.is_turned_around(plain, parts, start)
        mention_status.is_no_denial(plain, start)
        mention_status.is_asked(plain, start)
        if parts:
            clauses.clause_at(parts, start)
    ((sightings, mentions),) = _findings()([plain])
    all_within(plain, [*sightings, *mentions, *_danger().find(plain)])


def contracts(text: str) -> None:
    tables = _contract_tables()
    contract.looks_like_contract(text, tables)
    contract.kind_of_contract(text, tables)
    checked = contract.check_contract(text, tables)
    for one in (*checked.mentions(), *checked.blanks):
        within(text, one.start, one.end)
    assert isinstance(checked.findings, tuple) and isinstance(checked.missing, tuple)


def gateway_words(text: str) -> None:
    clean = plain_text.cleaned(text)
    assert len(clean) == len(text)
    clean.encode()
    harmless = plain_text.harmless(text)
    assert len(harmless) == len(text), "no character moves"
    assert not harmless.strip().startswith("/") and not normalize(harmless).text.strip().startswith("/")
    plain_text.is_blank(text)
    plain_text.has_words(text)
    words.spoken(clean)
    words.meant(clean)
    words.asks_for_silence(clean)
    words.asks_to_clear(clean)
    for limit in (10, render.CAPTION_LIMIT, render.BUBBLE_LIMIT):
        parted = render.bubbles(clean[:3000], limit)
        assert all(0 < render.units(part) <= limit for part in parted)
        assert "".join("".join(parted).split()) == "".join(clean[:3000].split()), "not a word is lost"
    lines.unwrapped_text(clean)


@lru_cache(maxsize=1)
def _destinations() -> Destinations:
    return Destinations.load(KNOWLEDGE)


@lru_cache(maxsize=1)
def _impostors() -> Impostors:
    return Impostors.load(KNOWLEDGE)


@lru_cache(maxsize=1)
def _findings() -> FindingsReader:
    return FindingsReader.load()


@lru_cache(maxsize=1)
def _danger() -> Lexicon:
    return Lexicon.load(patterns_file="danger.yml")


@lru_cache(maxsize=1)
def _contract_tables() -> ContractTables:
    return ContractTables.load(KNOWLEDGE)


@lru_cache(maxsize=1)
def _companies() -> company_likeness.CompanyIndex:
    names = (
        "青岛环太国际经济技术合作有限公司",
        "山东外派人力资源有限公司",
        "福建中福对外劳务合作有限公司",
        "环球出国咨询",
    )
    return company_likeness.CompanyIndex(names)


# Where they begin


def said(*files: str) -> Callable[[], Sequence[bytes]]:
    """Return the texts of test cases, which are what people say."""

    def read() -> Sequence[bytes]:
        return [as_bytes(text) for name in files for text in _texts(CASES / name)]

    return read


def _texts(path: Path) -> Iterable[str]:
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    for row in rows if isinstance(rows, list) else rows.values():
        values = row.values() if isinstance(row, dict) else row if isinstance(row, list) else [row]
        yield from (value for value in values if isinstance(value, str))


def whole_contracts() -> Sequence[bytes]:
    return [path.read_bytes() for path in sorted((CASES / "contracts").glob("*.txt"))]


def _on(check: Callable[[str], None]) -> Callable[[bytes], None]:
    return lambda data: check(as_text(data))


def _target(
    name: str, check: Callable[[str], None], share: int, seeds: Callable[[], Sequence[bytes]], *traced: str
) -> Target:
    return Target(name, "text", _on(check), seeds, share, traced)


TARGETS = (
    _target(
        "normaliser",
        normalization,
        20_000,
        said("normalizing.yml", "scripts.yml", "facts.yml"),
        "bot.language.normalization",
    ),
    _target(
        "facts",
        fact_extractor,
        20_000,
        said("facts.yml", "dates_and_phones.yml", "clauses.yml"),
        "bot.language.facts",
        "bot.language.numerals",
        "bot.language.places",
        "bot.language.money_questions",
    ),
    _target("numbers", numbers, 8_000, said("numerals.yml", "dates_and_phones.yml"), "bot.language.numerals"),
    _target(
        "places",
        place_names,
        4_000,
        said("places.yml", "facts.yml"),
        "bot.language.places",
        "bot.knowledge.destinations",
    ),
    _target(
        "misuse",
        misuse_kinds,
        3_000,
        said("misuse.yml", "hotline_claims.yml"),
        "bot.language.misuse",
        "bot.language.hotline_claims",
    ),
    _target("scripts", scripts, 3_000, said("scripts.yml", "normalizing.yml"), "bot.language.script"),
    _target(
        "personal data",
        private_data,
        3_000,
        said("personal_data.yml", "contact_numbers.yml"),
        "bot.language.personal_data",
    ),
    _target(
        "answers and requests",
        answers_and_requests,
        4_000,
        said("requests.yml", "english.yml", "needs.yml", "corrections.yml"),
        "bot.language.requests",
        "bot.language.short_answers",
        "bot.language.english",
        "bot.language.plan_words",
    ),
    _target("money", money, 4_000, said("money_questions.yml", "facts.yml"), "bot.language.money_questions"),
    _target(
        "contact numbers",
        contacts,
        4_000,
        said("contact_numbers.yml", "dates_and_phones.yml"),
        "bot.language.contact_numbers",
    ),
    _target(
        "company names",
        companies,
        2_000,
        said("company_names.yml", "company_likeness.yml"),
        "bot.language.company_names",
        "bot.language.company_likeness",
    ),
    _target(
        "signs",
        signs,
        2_000,
        said("statuses.yml", "danger.yml", "recognise.yml"),
        "bot.language.mention_status",
        "bot.language.clauses",
        "bot.language.lexicon",
        "bot.language.concepts",
    ),
    _target("contracts", contracts, 1_000, whole_contracts, "bot.risk.contract"),
    _target(
        "gateway's words",
        gateway_words,
        4_000,
        said("typed_slashes.yml", "scripts.yml", "corrections.yml"),
        "bot.gateway.plain_text",
        "bot.gateway.words",
        "bot.gateway.render",
        "bot.papers.lines",
    ),
)
