"""One turn as the actions see it: what was known, what this message says, what is known now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from bot.knowledge.impostors import Impostors
from bot.knowledge.plans import Plans
from bot.knowledge.recruiter_checks import load_recruiter_checks
from bot.knowledge.recruiters import Found
from bot.language.english import is_english
from bot.language.hotline_claims import HotlineClaim, hotline_claim, money_sent
from bot.language.lexicon import Lexicon
from bot.language.misuse import misuse_of
from bot.language.normalization import normalize
from bot.language.personal_data import masked
from bot.language.places import DICTIONARY_FOLDER
from bot.language.plan_words import situations
from bot.language.requests import (
    asks_in_general,
    says_at_work,
    says_back_home,
    says_not_yet_gone,
    says_on_the_way,
    says_safe_now,
    sounds_like_a_question,
    speaks_of_others,
    tells_of_a_blow,
    tells_of_less_pay,
    wanted_needs,
    wants_few_words,
)
from bot.language.script import shown_script
from bot.language.short_answers import UNKNOWN, corrects, plain_answer
from bot.replies.calculators import Calculators
from bot.replies.composer import Composer, Knowledge
from bot.replies.contract import ContractReply
from bot.replies.english import EnglishReplies, heard_in_english
from bot.replies.impostors import ImpostorReply
from bot.replies.plans import PlanReply
from bot.replies.recruiter import RecruiterReplies
from bot.replies.texts import Texts
from bot.risk.assessment import CHINA, Assessment
from bot.risk.case import Case, Heard
from bot.risk.context import Traits, in_context, is_a_guess_at_danger
from bot.risk.contract import ContractCheck, check_contract, looks_like_contract
from bot.risk.contract_tables import ContractTables
from bot.risk.interview import Question
from bot.risk.status import Mention
from bot.risk.taxonomy import DESTINATION
from bot.settings import Settings
from bot.tables import load_entry

KNOWLEDGE_FOLDER = Path("data/knowledge")
DOMAIN_FILE = Path("domain.yml")
#: A longer message wants more than short answers.
_LONGEST_WISH = 16
#: What somebody else lived through is neither danger nor work of this person.
_OF_NO_CONSEQUENCE = "chitchat"
#: The question that a bare sum answers.
_ASKS_FOR_A_SUM = "fee"
#: What is said by the way.
_NO_PIECE_OF_A_STORY = ("greet", "goodbye", "thank", "chitchat", "out_of_scope", "ask_capabilities", "ask_privacy")
_A_WORD_OF_THE_MENU = 0.999
_SHORTEST_PIECE = 4
#: Characters of a story that the next message is read with: messages of this length are what the model knows.
_LONGEST_STORY = 240
_GENERAL_QUESTIONS = ("ask_hotline", "ask_rights", "ask_destination")
#: A line with these words is of a contract, though it may be no whole contract.
_PARTIES = re.compile("[甲乙]方")


@lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    """Return all tables, read once; KnowledgeError names file and line of what is wrong."""
    names = load_entry(DICTIONARY_FOLDER / "countries.yml")
    return Knowledge.load(KNOWLEDGE_FOLDER, {code: spellings[0] for code, spellings in names.items()})


@lru_cache(maxsize=1)
def texts() -> Texts:
    return Texts.load(DOMAIN_FILE)


@lru_cache(maxsize=1)
def composer() -> Composer:
    return Composer(texts(), knowledge())


@lru_cache(maxsize=1)
def danger_words() -> Lexicon:
    """Return the words of danger now."""
    return Lexicon.load(patterns_file="danger.yml")


@lru_cache(maxsize=1)
def calculators() -> Calculators:
    return Calculators(texts(), knowledge())


@lru_cache(maxsize=1)
def contract_tables() -> ContractTables:
    return ContractTables.load(KNOWLEDGE_FOLDER)


@lru_cache(maxsize=1)
def contract_replies() -> ContractReply:
    return ContractReply(texts(), contract_tables())


@lru_cache(maxsize=1)
def english_replies() -> EnglishReplies:
    return EnglishReplies(texts(), knowledge())


@lru_cache(maxsize=1)
def impostor_replies() -> ImpostorReply:
    return ImpostorReply(texts(), Impostors.load(KNOWLEDGE_FOLDER), knowledge())


@lru_cache(maxsize=1)
def plan_replies() -> PlanReply:
    return PlanReply(texts(), Plans.load(KNOWLEDGE_FOLDER), knowledge())


@lru_cache(maxsize=1)
def recruiter_replies() -> RecruiterReplies:
    return RecruiterReplies(texts(), load_recruiter_checks(KNOWLEDGE_FOLDER))


@lru_cache(maxsize=1)
def retention_days() -> int:
    """Return after how many days without a message everything about a person is removed."""
    return Settings.from_environment().retention_days


def load_everything() -> None:
    """Read every table now: what is wrong in one of them is to stop the start, not an answer."""
    for load in (
        composer, calculators, contract_replies, english_replies, impostor_replies, plan_replies, recruiter_replies,
    ):  # fmt: skip
        load()


@dataclass(frozen=True)
class Turn:
    """`text` is normalised, `typed` as it came; `told` is what earlier turns keep (level, signs, asked, question …)."""

    text: str
    typed: str
    intent: str
    message: Mapping[str, Any]
    before: Case
    case: Case
    judged: Assessment
    told: Mapping[str, Any]
    waiting_for_human: bool
    confidence: float
    #: The question that the bot's last words ended with, and the plain answer to it: yes, no, unknown.
    question: Question | None = None
    plain_answer: str | None = None
    #: What somebody pretends to be, who is up to no good with this bot, what a contract says; None for what is not.
    claim: HotlineClaim | None = None
    misuse: str | None = None
    contract: ContractCheck | None = None
    english: bool = False
    #: What the list of licensed companies says of those that are named.
    companies: tuple[Found, ...] = ()
    #: What the answer wants remembered with `told`.
    notes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, tracker: Tracker) -> Turn:
        message = tracker.latest_message or {}
        typed = message.get("text") or ""
        told = tracker.get_slot("told") or {}
        before = Case(
            statuses=tracker.get_slot("risk_indicators") or {},
            evidence=tracker.get_slot("evidence") or {},
            facts=tracker.get_slot("offer") or {},
            in_danger=bool(tracker.get_slot("in_danger")),
        )
        text = normalize(typed).text
        special = _Special.of(typed, text, told, before)
        heard = _heard(message, text, special, before, told.get("last_signs", ()))
        case = heard_in_english(text, before) if special.english else before.after(heard)
        return cls(
            text=text,
            typed=typed,
            intent=(message.get("intent") or {}).get("name") or "",
            message=message,
            before=before,
            case=case,
            judged=case.judged(knowledge().risk),
            told=told,
            waiting_for_human=bool(tracker.get_slot("waiting_for_human")),
            confidence=float((message.get("intent") or {}).get("confidence") or 0.0),
            question=special.question,
            plain_answer=special.answer,
            claim=special.claim,
            misuse=special.misuse,
            contract=special.contract,
            english=special.english,
        )

    def with_companies(self, companies: tuple[Found, ...]) -> Turn:
        return replace(self, companies=companies)

    @property
    def named_country(self) -> str | None:
        """The country that this very message names."""
        country: str | None = (self.message.get("offer_facts") or {}).get("destination")
        return country

    @property
    def only_wants_few_words(self) -> bool:
        """能不能少打点字: a wish for the answers to come, whatever intent it was taken for."""
        told = self.message.get("risk_indicators") or self.message.get("offer_facts") or wanted_needs(self.text)
        return wants_few_words(self.text) and not told and len(self.text) <= _LONGEST_WISH

    @property
    def asked_country(self) -> str | None:
        """The country of this message, or else the one that was last asked about or that the story is about."""
        return self.named_country or self.told.get("asked_country") or self.case.destination

    @property
    def situations(self) -> list[str]:
        """The situations (bot.language.plan_words) that this talk has told of."""
        own = () if self.contract else situations(self.text)  # a contract speaks of what may come
        return list(dict.fromkeys([*self.told.get("situations", ()), *own]))

    @property
    def new_signs(self) -> frozenset[str]:
        return self.case.present - frozenset(self.told.get("signs", ()))

    @property
    def signs_taken_back(self) -> frozenset[str]:
        return frozenset(self.told.get("signs", ())) - self.case.present

    @property
    def tells_something(self) -> bool:
        """Whether this message changed anything that is known."""
        return self.case.facts != self.before.facts or self.case.statuses != self.before.statuses

    @property
    def corrected_money(self) -> str | None:
        """The fact (fee, pay, loan) whose sum this message put right."""
        if not corrects(self.text):
            return None
        last = self.case.facts.get("last_money")
        changed = last and self.before.facts.get(last) and self.before.facts[last] != self.case.facts.get(last)
        return last if changed else None

    @property
    def script(self) -> str | None:
        """The script that the person writes, simplified, traditional or hong_kong; the last one that showed.

        What stands in a picture is somebody else's writing; so is a contract, which tells when nothing else does.
        """
        before: str | None = self.told.get("script")
        if (self.message.get("metadata") or {}).get("paper"):
            return before
        shown = shown_script(self.typed)
        return (before or shown) if self.contract else (shown or before)

    @property
    def story(self) -> str:
        """The words of the story so far with this message, the last of them, for the next message to be read with."""
        before: str = self.told.get("story", "")
        other = self.plain_answer or self.english or self.contract or self.misuse or self.claim
        by_the_way = self.intent in _NO_PIECE_OF_A_STORY and not self.tells_something
        pressed = self.confidence > _A_WORD_OF_THE_MENU or len(self.typed.strip()) < _SHORTEST_PIECE
        if other or by_the_way or pressed or (self.message.get("metadata") or {}).get("paper"):
            return before
        whole = f"{before}，{self.typed}" if before else self.typed
        while len(whole) > _LONGEST_STORY and "，" in whole:
            whole = whole.partition("，")[2]
        return whole[-_LONGEST_STORY:]

    def slots(self, told: Mapping[str, Any], waiting_for_human: bool) -> list[EventType]:
        """Return what the dialogue has to remember."""
        destination = self.case.destination
        return [
            SlotSet("risk_level", self.judged.level),
            SlotSet("risk_indicators", dict(self.case.statuses)),
            SlotSet("destination_country", None if destination == CHINA else destination),
            SlotSet("offer", dict(self.case.facts)),
            SlotSet("evidence", dict(self.case.evidence)),
            SlotSet("in_danger", self.case.in_danger),
            SlotSet("waiting_for_human", waiting_for_human),
            SlotSet("told", dict(told)),
        ]


@dataclass(frozen=True)
class _Special:
    """What a message is beside its intent."""

    question: Question | None
    answer: str | None
    claim: HotlineClaim | None
    misuse: str | None
    contract: ContractCheck | None
    english: bool

    @classmethod
    def of(cls, typed: str, text: str, told: Mapping[str, Any], before: Case) -> _Special:
        question = knowledge().interview.questions.get(told.get("question", ""))
        contract = check_contract(typed, contract_tables()) if looks_like_contract(typed, contract_tables()) else None
        return cls(
            question=question,
            answer=plain_answer(text) if question else None,
            claim=None if contract else hotline_claim(text) or _same_claim(text, told, before),
            misuse=None if contract else misuse_of(text),
            contract=contract,
            english=contract is None and is_english(text),
        )


def _same_claim(text: str, told: Mapping[str, Any], before: Case) -> HotlineClaim | None:
    """Return the claim that was told of before, while the talk is about nothing else and this asks about it."""
    kind = told.get("claim")
    if not kind or before.present or not (sounds_like_a_question(text) or money_sent(text) or "转" in text):
        return None
    return HotlineClaim(kind, (), called_me=True, money_sent=money_sent(text))


def _is_hearsay(text: str, before: Case) -> bool:
    """What somebody else lived through, told in the middle of an own story that is fair so far."""
    return speaks_of_others(text) and bool(before.facts) and not before.present and not danger_words().find(text)


def _mentions(message: Mapping[str, Any], text: str, before: Case) -> tuple[Mention, ...]:
    """Return the signs of the message as the story so far makes them, and those of a clause of a contract."""
    typed, intent = message.get("text") or "", (message.get("intent") or {}).get("name")
    traits = Traits(
        words=typed,
        is_question=sounds_like_a_question(text),
        is_hearsay=_is_hearsay(text, before),
        tells_of_a_blow=tells_of_a_blow(text),
        is_cry_for_help=intent == "emergency",
        names_somebody=masked(text) != text,
        asks_in_general=intent in _GENERAL_QUESTIONS and asks_in_general(text),
    )
    seen = [Mention(**mention) for mention in message.get("risk_indicators") or []]
    mentions = in_context(seen, message.get("indicator_chances") or {}, before, traits, message.get("story_chances"))
    if _PARTIES.search(typed):
        named = {mention.indicator for mention in mentions}
        clauses = check_contract(typed, contract_tables()).mentions()
        mentions += tuple(mention for mention in clauses if mention.indicator not in named)
    return mentions


def _without_usual_pay(
    mentions: tuple[Mention, ...], facts: Mapping[str, Any], before: Case, broken: bool
) -> tuple[Mention, ...]:
    """Leave out that pay is too good to be true where it is what the place pays; not that a promise was `broken`."""
    if before.stage == DESTINATION or broken or not calculators().is_usual_pay({**before.facts, **facts}):
        return mentions
    return tuple(mention for mention in mentions if mention.indicator != "deceptive_pay")


def _heard(
    message: Mapping[str, Any], text: str, special: _Special, before: Case, last_signs: Iterable[str]
) -> Heard:  # fmt: skip
    """Return the message as a piece of the person's story."""
    intent = (message.get("intent") or {}).get("name") or ""
    if _is_hearsay(text, before):
        intent = _OF_NO_CONSEQUENCE
    facts = dict(message.get("offer_facts") or {})
    if intent == "emergency":
        seen = [Mention(**mention) for mention in message.get("risk_indicators") or []]
        sure = float((message.get("intent") or {}).get("confidence") or 0.0)
        word = bool(danger_words().find(text))
        over = not word and (before.facts.get("back_home") or says_back_home(text))
        if over or is_a_guess_at_danger(sure, seen, facts, before, word_of_danger=word):
            intent = _OF_NO_CONSEQUENCE
    mentions = _without_usual_pay(_mentions(message, text, before), facts, before, tells_of_less_pay(text))
    if wants_few_words(text):
        facts["few_words"] = True
    if special.contract:
        mentions = special.contract.mentions()  # the model knows how people talk, not how contracts are written
    elif special.claim:
        mentions = ()  # somebody pretends to be an office: none of it is about the work
    elif special.question and special.answer:
        mentions = special.question.mentions(special.answer)
        facts.update(special.question.facts(special.answer))
    elif special.question and special.question.id == _ASKS_FOR_A_SUM and facts.keys() & {"sum", "fee"}:
        spoken_of = any(mention.indicator == special.question.sign for mention in mentions)
        mentions = mentions if spoken_of else (*mentions, *special.question.mentions("yes"))
    return Heard(
        intent=intent if special.answer != UNKNOWN else "deny",
        mentions=mentions,
        facts=facts,
        words=message.get("text") or "",
        safe_now=says_safe_now(text, although_emergency=intent == "emergency"),
        is_question=sounds_like_a_question(text),
        at_work=says_at_work(text),
        not_yet_gone=says_not_yet_gone(text),
        corrects=corrects(text),
        last_signs=frozenset(last_signs),
        on_the_way=says_on_the_way(text),
        back_home=says_back_home(text),
        asks_about_a_country=intent == "ask_destination",
        sum_answers=_ASKS_FOR_A_SUM if special.question and special.question.id == _ASKS_FOR_A_SUM else None,
    )
