"""One turn as the actions see it: what was known, what this message says, what is known now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from bot.language.normalization import normalize
from bot.language.places import DICTIONARY_FOLDER
from bot.language.requests import (
    says_at_work,
    says_not_yet_gone,
    says_safe_now,
    sounds_like_a_question,
    wanted_needs,
    wants_few_words,
)
from bot.replies.composer import Composer, Knowledge
from bot.replies.texts import Texts
from bot.risk.assessment import CHINA, Assessment
from bot.risk.case import Case, Heard
from bot.risk.status import Mention

KNOWLEDGE_FOLDER = Path("data/knowledge")
DOMAIN_FILE = Path("domain.yml")
#: A longer message wants more than short answers.
_LONGEST_WISH = 16


@lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    """Return all tables, read once; KnowledgeError names file and line of what is wrong."""
    names = yaml.safe_load((DICTIONARY_FOLDER / "countries.yml").read_text(encoding="utf-8"))
    return Knowledge.load(KNOWLEDGE_FOLDER, {code: spellings[0] for code, spellings in names.items()})


@lru_cache(maxsize=1)
def texts() -> Texts:
    return Texts.load(DOMAIN_FILE)


@lru_cache(maxsize=1)
def composer() -> Composer:
    return Composer(texts(), knowledge())


@dataclass(frozen=True)
class Turn:
    """`text` is normalised; `told` is what was said in earlier turns (level, signs, fair, danger_place)."""

    text: str
    intent: str
    message: Mapping[str, Any]
    before: Case
    case: Case
    judged: Assessment
    told: Mapping[str, Any]
    waiting_for_human: bool
    confidence: float
    #: What the answer wants remembered with `told`.
    notes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, tracker: Tracker) -> Turn:
        message = tracker.latest_message or {}
        text = normalize(message.get("text") or "").text
        facts = dict(message.get("offer_facts") or {})
        if wants_few_words(text):
            facts["few_words"] = True
        before = Case(
            statuses=tracker.get_slot("risk_indicators") or {},
            evidence=tracker.get_slot("evidence") or {},
            facts=tracker.get_slot("offer") or {},
            in_danger=bool(tracker.get_slot("in_danger")),
        )
        intent = (message.get("intent") or {}).get("name") or ""
        heard = Heard(
            intent=intent,
            mentions=tuple(Mention(**mention) for mention in message.get("risk_indicators") or []),
            facts=facts,
            words=message.get("text") or "",
            safe_now=says_safe_now(text, although_emergency=intent == "emergency"),
            is_question=sounds_like_a_question(text),
            at_work=says_at_work(text),
            not_yet_gone=says_not_yet_gone(text),
        )
        case = before.after(heard)
        return cls(
            text=text,
            intent=intent,
            message=message,
            before=before,
            case=case,
            judged=case.judged(knowledge().risk),
            told=tracker.get_slot("told") or {},
            waiting_for_human=bool(tracker.get_slot("waiting_for_human")),
            confidence=float((message.get("intent") or {}).get("confidence") or 0.0),
        )

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
    def new_signs(self) -> frozenset[str]:
        return self.case.present - frozenset(self.told.get("signs", ()))

    @property
    def signs_taken_back(self) -> frozenset[str]:
        return frozenset(self.told.get("signs", ())) - self.case.present

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
