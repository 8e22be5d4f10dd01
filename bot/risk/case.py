"""What is known of one person's story, and what one more message changes about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.risk.assessment import CHINA, Assessment, RiskTables, Situation, assess
from bot.risk.status import ABSENT, PRESENT, Mention, merge
from bot.risk.taxonomy import DESTINATION, RECRUITMENT

#: The person is there, or speaks of someone who is.
_THERE = ("report_exploitation", "ask_leave_help")
#: Ways abroad that nobody gets for nothing; see bot.language.facts.
_BOUGHT_WAYS = ("marriage", "smuggled")
#: A correction to a third or less of the pay changes what kind of offer it is.
_SHRUNK = 3
#: What is less is a stamp or a copy, no price for a job.
_LEAST_FEE = 1000
#: Facts that are sums.
_MONEY = ("pay", "fee", "loan")
_PLACE = ("destination", "destination_name", "province")
#: Signs of somebody who is at work already; the others are told of plans as well.
ONLY_AT_WORK = frozenset(
    (
        *("wage_withholding", "excessive_overtime", "abusive_conditions", "movement_restriction", "isolation"),
        *("violence", "forced_criminality"),
    )
)
#: Places on the border to the compounds, as people name them.
_SCAM_BORDER_NAMES = frozenset(
    ("湄索", "美索", "夜速", "清莱", "金三角", "瑞丽", "孟连", "打洛", "镇康", "沧源", "河口")
)


#: Who is in danger abroad and names a place at home is there only when he says so.
_STANDS_IN = re.compile("(?:我|人|现在|我们)在")


_IN_A_PLACE = re.compile("(?:^|[，。 我们在人])(?:现在|人|刚)?(?:在|过|到)")
#: Words with which something that was told turns out not to be so.
_TAKEN_BACK = re.compile(
    "还给|还了|还回|退回|退给|拿回|寄回|没有|不是|不收|不用|误会|[听弄搞说看]错|在[我他她]手|没这回事"
)


@dataclass(frozen=True)
class Heard:
    """One message as understood; `facts` as of bot.language.facts.read_facts."""

    intent: str
    mentions: tuple[Mention, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    safe_now: bool = False
    not_yet_gone: bool = False
    is_question: bool = False
    at_work: bool = False
    corrects: bool = False
    #: The signs that the message before this one told for the first time.
    last_signs: frozenset[str] = frozenset()
    asks_about_a_country: bool = False
    #: On the way to a border, or back from where it happened.
    on_the_way: bool = False
    back_home: bool = False
    #: The fact that a bare sum answers, when one was asked for (fee).
    sum_answers: str | None = None


@dataclass(frozen=True)
class Case:
    """`evidence`: sign -> the person's own words for it. `facts` holds `stage` beside the terms of the offer."""

    statuses: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    in_danger: bool = False

    @property
    def stage(self) -> str | None:
        stage: str | None = self.facts.get("stage")
        return stage

    @property
    def destination(self) -> str | None:
        """Where the work is, ISO 3166 alpha-2, CN inside China; None when nobody said."""
        destination: str | None = self.facts.get("destination")
        return destination

    @property
    def under_18(self) -> bool:
        return isinstance(self.facts.get("age"), int) and self.facts["age"] < 18

    @property
    def whereabouts(self) -> str | None:
        """Where the person in question is now: still in China before leaving, then where the work is."""
        if self.facts.get("back_home") or (self.in_danger and self.facts.get("not_across_yet")):
            return CHINA
        if self.stage == DESTINATION or (self.in_danger and not self.facts.get("self_harm")):
            return self.destination
        return CHINA

    @property
    def present(self) -> frozenset[str]:
        return frozenset(name for name, status in self.statuses.items() if status == PRESENT)

    def after(self, heard: Heard) -> Case:
        """Return what is known after one more message."""
        mentions = (
            *self._believed(heard),
            *self._price_of_the_papers(heard),
            *self._price_after_all(heard),
            *self._pay_after_all(heard),
            *self._not_after_all(heard),
        )
        evidence = dict(self.evidence)
        for mention in mentions:
            if mention.status == PRESENT:
                evidence[mention.indicator] = mention.evidence
        statuses = merge(self.statuses, mentions)
        in_danger = not heard.safe_now and (self.in_danger or heard.intent == "emergency")
        return Case(
            statuses=statuses,
            evidence={name: words for name, words in evidence.items() if statuses.get(name) == PRESENT},
            facts=self._facts_after(heard, in_danger),
            in_danger=in_danger,
        )

    def judged(self, tables: RiskTables) -> Assessment:
        """Return the level with its reasons."""
        facts = {name: True for name in ("fare_paid", "no_requirements") if self.facts.get(name)}
        if self.facts.get("destination_name") in _SCAM_BORDER_NAMES:
            facts["near_scam_border"] = True
        situation = Situation(self.stage, self.in_danger, self.destination, self.under_18, facts)
        return assess(self.statuses, situation, tables)

    def _believed(self, heard: Heard) -> tuple[Mention, ...]:
        """A question takes nothing back, nor does danger: 那我不去了要不要赔钱 denies no fee that was told before."""
        if not heard.is_question and not self.in_danger:
            return heard.mentions
        return tuple(m for m in heard.mentions if m.status != ABSENT or m.indicator not in self.present)

    def _price_of_the_papers(self, heard: Heard) -> tuple[Mention, ...]:
        """A bare sum after a sham marriage or a smuggler was told of is what the person is to pay for it."""
        if self.facts.get("visa") not in _BOUGHT_WAYS or "sum" not in heard.facts or self.stage == DESTINATION:
            return ()
        return (Mention("recruitment_fee", PRESENT, 0.5, heard.words, 0, len(heard.words)),)

    def _price_after_all(self, heard: Heard) -> tuple[Mention, ...]:
        """不对是三万: a sum that puts right what was said of the fee is a fee."""
        told = self.facts.get("last_money") == "fee" or "recruitment_fee" in self.statuses
        amount = heard.facts.get("sum") or heard.facts.get("fee")
        if not (heard.corrects and told and amount and amount["low"] >= _LEAST_FEE) or self.stage == DESTINATION:
            return ()
        if any(mention.indicator == "recruitment_fee" for mention in heard.mentions):
            return ()
        return (Mention("recruitment_fee", PRESENT, 0.5, heard.words, 0, len(heard.words)),)

    def _pay_after_all(self, heard: Heard) -> tuple[Mention, ...]:
        """五万错了 是五千: what was too good to be true is not, when it shrinks to a part of itself."""
        before, now = self.facts.get("pay"), heard.facts.get("pay") or heard.facts.get("sum")
        if not (heard.corrects and before and now and now["low"] * _SHRUNK <= before["low"]):
            return ()
        return (Mention("deceptive_pay", ABSENT, 1.0, "", 0, 0),)

    def _not_after_all(self, heard: Heard) -> tuple[Mention, ...]:
        """不对不对 已经还给他了: takes back what was told just before, when it is not told again."""
        puts_a_place_right = bool(heard.facts.get("destination"))  # 不是泰国 是马来西亚
        if not heard.corrects or puts_a_place_right or not _TAKEN_BACK.search(heard.words):
            return ()
        told_again = {mention.indicator for mention in heard.mentions}
        gone = self.present & heard.last_signs - told_again
        return tuple(Mention(name, ABSENT, 1.0, "", 0, 0) for name in sorted(gone))

    def _facts_after(self, heard: Heard, in_danger: bool) -> dict[str, Any]:
        facts = dict(self.facts)
        said = dict(heard.facts)
        # On the way out people name the border town and their cover story; neither is where the work is. Nor is
        # the place from which a family calls for somebody abroad.
        if self.present and not facts.get("for_someone_else"):
            # My wife in Weihai can help: whoever told his own story goes on telling it.
            away = said.pop("for_someone_else", False) and said.get("destination") == CHINA
            said.pop("relative", None)
            if away:
                for name in _PLACE:
                    said.pop(name, None)
        if heard.is_question and heard.asks_about_a_country and facts.get("destination"):
            for name in _PLACE:
                said.pop(name, None)
        in_china = said.get("destination") == CHINA and facts.get("destination") not in (None, CHINA)
        if in_china and facts.get("for_someone_else"):
            facts["caller_in_china"] = True
        if heard.corrects:
            in_china = False  # 打错了 是绵阳 不是缅甸
        if in_china and (not in_danger or facts.get("for_someone_else") or not _STANDS_IN.search(heard.words)):
            for name in _PLACE:
                said.pop(name, None)
        if said.get("destination") not in (None, CHINA):
            facts.pop("province", None)
        facts.update(self._money_said(heard, said))
        facts.update(self._this_side(heard, facts))
        if heard.not_yet_gone:
            facts["stage"] = RECRUITMENT
        elif self._is_there(heard):
            facts["stage"] = DESTINATION
        elif heard.intent == "describe_offer" and "stage" not in facts:
            facts["stage"] = RECRUITMENT
        return facts

    @staticmethod
    def _this_side(heard: Heard, facts: Mapping[str, Any]) -> dict[str, bool]:
        """Which help is near: somebody on the way to a border, or back from beyond it, is in China."""
        named = heard.facts.get("destination")
        if facts.get("for_someone_else"):
            return {}
        if heard.back_home:
            return {"back_home": True}
        if heard.on_the_way or (named == CHINA and _IN_A_PLACE.search(heard.words)):
            return {"not_across_yet": True}
        return {"not_across_yet": False} if named not in (None, CHINA) and facts.get("not_across_yet") else {}

    def _money_said(self, heard: Heard, said: dict[str, Any]) -> dict[str, Any]:
        """A bare sum is what was asked for, or takes the place of the one that was said wrongly."""
        last = self.facts.get("last_money")
        meant = heard.sum_answers or (last if heard.corrects else None)
        if "sum" in said and meant and meant not in said:
            usual = {"period": "month", "currency": None} if meant == "pay" else {"currency": None}
            amount = {name: value for name, value in said.pop("sum").items() if value is not None}
            said[meant] = {**usual, **(self.facts.get(meant) or {}), **amount}
        told = [name for name in _MONEY if name in said]
        return {**said, "last_money": told[-1]} if told else said

    def _is_there(self, heard: Heard) -> bool:
        """Danger is where the work is, but for a person in despair, or a brother on the bus, before having left."""
        told = {mention.indicator for mention in heard.mentions if mention.status == PRESENT}
        if heard.intent == "emergency":
            if "self_harm" in heard.facts:
                return False
            has_left = bool(told) or not heard.facts.get("for_someone_else")
            return (has_left and self.stage != RECRUITMENT) or bool(told & ONLY_AT_WORK)
        if heard.at_work:
            return True
        if self.stage == RECRUITMENT:  # they told of a plan: only what happens at work shows that it is none any more
            return heard.intent in _THERE and bool(told & ONLY_AT_WORK)
        return heard.intent in _THERE and bool(told)
