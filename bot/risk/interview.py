"""What is still worth asking: the questions whose answer could change the verdict, and what an answer settles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.risk.assessment import CHINA, RiskTables
from bot.risk.case import Case
from bot.risk.status import ABSENT, HYPOTHETICAL, PRESENT, Mention
from bot.risk.taxonomy import DESTINATION, LEVELS
from bot.tables import load_entries

OFFER, THERE = "offer", "there"
YES, NO, UNKNOWN = "yes", "no", "unknown"
#: More would be an interrogation.
MOST_QUESTIONS = 5
#: A plain yes is the person's word, but not in the person's words.
_CONFIDENCE = 0.9
_OPPOSITE = {PRESENT: ABSENT, ABSENT: PRESENT}
_AGE_OF_A_MINOR = 17
#: Where most of the compounds are (risk_levels.yml, places): what a place can change at most.
_WORST_PLACE = "MM"


@dataclass(frozen=True)
class Question:
    """A row of interview.yml."""

    id: str
    side: str
    #: None when the answer is a place.
    sign: str | None
    if_yes: str
    settled_by: tuple[str, ...]
    abroad_only: bool
    minor: bool

    @property
    def alarming(self) -> str:
        """The answer that makes the sign present."""
        return YES if self.if_yes == PRESENT else NO

    def mentions(self, answer: str) -> tuple[Mention, ...]:
        """Return what a plain answer tells; there are no words of the person to quote."""
        if answer not in (YES, NO) or self.sign is None:
            return ()
        status = self.if_yes if answer == YES else _OPPOSITE[self.if_yes]
        return (Mention(self.sign, status, _CONFIDENCE, "", 0, 0),)

    def facts(self, answer: str) -> dict[str, int]:
        """Return the facts of the offer that a plain answer tells."""
        return {"age": _AGE_OF_A_MINOR} if self.minor and answer == self.alarming else {}

    def is_open(self, case: Case) -> bool:
        """Whether nobody has told the answer yet; a fear is no answer."""
        if self.abroad_only and case.destination == CHINA:
            return False
        told = self.sign is not None and case.statuses.get(self.sign) not in (None, HYPOTHETICAL)
        return not told and not any(fact in case.facts for fact in self.settled_by)


@dataclass(frozen=True)
class Interview:
    """All questions, in the order of the table."""

    questions: Mapping[str, Question]

    @classmethod
    def load(cls, folder: Path, tables: RiskTables) -> Interview:
        """Read interview.yml; KnowledgeError names file and line."""
        questions: dict[str, Question] = {}
        for entry in load_entries(folder / "interview.yml"):
            place = entry.get("sign") is None
            entry.check_fields(
                ["id", "side", "sign", "settled_by", *([] if place else ["yes"])], ["abroad_only", "minor"]
            )
            question = Question(
                id=entry.text("id"),
                side=entry.choice("side", (OFFER, THERE)),
                sign=None if place else entry.choice("sign", tables.taxonomy.indicators),
                if_yes=PRESENT if place else entry.choice("yes", (PRESENT, ABSENT)),
                settled_by=entry.texts("settled_by"),
                abroad_only=entry.flag("abroad_only"),
                minor=entry.flag("minor"),
            )
            if question.id in questions:
                entry.refuse(f"id {question.id!r} is given twice", "id")
            questions[question.id] = question
        return cls(questions)

    def next_question(self, case: Case, tables: RiskTables, asked: Iterable[str]) -> Question | None:
        """Return what to ask next, or None: the answer could not raise the level, or enough was asked."""
        asked = tuple(asked)
        if len(asked) >= MOST_QUESTIONS or case.in_danger:
            return None
        side = THERE if case.stage == DESTINATION else OFFER
        level = LEVELS.index(case.judged(tables).level)
        best, most = None, 0
        for question in self.questions.values():
            if question.side != side or question.id in asked or not question.is_open(case):
                continue
            gain = LEVELS.index(_alarmed(case, question).judged(tables).level) - level
            if gain > most:
                best, most = question, gain
        return best


def _alarmed(case: Case, question: Question) -> Case:
    """Return the case as it would stand after the worse answer."""
    if question.sign is None:
        return replace(case, facts={**case.facts, "destination": _WORST_PLACE})
    facts = {**case.facts, **question.facts(question.alarming)}
    return replace(case, statuses={**case.statuses, question.sign: PRESENT}, facts=facts)
