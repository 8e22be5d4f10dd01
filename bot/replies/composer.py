"""Composes what is said: texts of domain.yml, facts of data/knowledge, the person's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from bot.knowledge.advice import IndicatorAdvice, load_advice
from bot.knowledge.destinations import Destination, Destinations
from bot.knowledge.exchange_rates import ExchangeRates
from bot.knowledge.hotlines import Hotline, Hotlines
from bot.knowledge.lending import LendingLaws
from bot.knowledge.rights import Rights, RightsTopic
from bot.language.numerals import currency_name
from bot.language.personal_data import masked
from bot.replies.texts import Texts
from bot.risk.assessment import CHINA, Assessment, RiskTables
from bot.risk.case import Case
from bot.risk.interview import Interview, Question
from bot.risk.pay import PayRules
from bot.risk.status import HYPOTHETICAL
from bot.risk.taxonomy import DESTINATION, LEVELS

CAUTION, HIGH, CRITICAL = LEVELS[1:]
_MOST_SIGNS = 4
_MOST_STEPS = 3
_MOST_NUMBERS = 3
_MOST_POLICE_NUMBERS = 2
_MOST_NUMBERS_OF_A_PLACE = 6
_LONGEST_QUOTE = 24
_LONGEST_EVIDENCE = 40
#: The number before a step, which the card draws itself; and what stands on a card when there is no sign.
_NUMBERED = re.compile(r"^\d+\. ")
_ALWAYS_CHECKED = ("contract_irregularity", "document_retention", "unlicensed_recruiter")
#: No article forbids these as such; the law on scams that is nearest would sound like an accusation.
_WITHOUT_LAW = ("deceptive_pay",)
_BACKUP_LINE = "mfa_12308_backup"
#: A question joins the bubble before it while both are read at a glance.
_LONGEST_WITH_QUESTION = 110
_MONEY_NAMES = ("fee", "pay", "loan")


@dataclass(frozen=True)
class Bubble:
    """One bubble; `buttons` are words: pressing one sends it. `topics` are (title, word) pairs of the same kind.

    `picture` is what bot.replies.pictures.draw makes a PNG of; it is plain JSON and says nothing that `text` does not.
    """

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    picture: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class Knowledge:
    """All tables, loaded and checked once."""

    hotlines: Hotlines
    rights: Rights
    destinations: Destinations
    advice: Mapping[str, IndicatorAdvice]
    risk: RiskTables
    interview: Interview
    country_names: Mapping[str, str]
    rates: ExchangeRates
    lending: LendingLaws
    pay_rules: PayRules

    @classmethod
    def load(cls, folder: Path, country_names: Mapping[str, str]) -> Knowledge:
        risk = RiskTables.load(folder)
        return cls(
            Hotlines.load(folder),
            Rights.load(folder),
            Destinations.load(folder),
            load_advice(folder),
            risk,
            Interview.load(folder, risk),
            country_names,
            ExchangeRates.load(folder),
            LendingLaws.load(folder),
            PayRules.load(folder),
        )


class Composer:
    """Every answer that is more than one fixed sentence."""

    def __init__(self, texts: Texts, knowledge: Knowledge) -> None:
        self._say = texts.say
        self._knowledge = knowledge

    # verdicts

    def verdict(self, case: Case, judged: Assessment) -> list[Bubble]:
        """The level, the signs in the person's words, what to do; then law, numbers and what is one press away."""
        if not judged.reasons and judged.level != CRITICAL:
            return [self.fair(case)]
        side = self._side(case)
        first = [self._say(self._level_text(judged.level, side))]
        calls_first = judged.level == CRITICAL and case.stage == DESTINATION
        if calls_first:
            first.insert(0, self._emergency_text(case))
        if case.facts.get("few_words"):
            return [
                Bubble("\n".join([*first, *self._signs(case, judged.reasons[:2]), self._step(judged.reasons[0], side)]))
            ]
        first += self._signs(case, judged.reasons)
        first += self._steps(judged, side)
        second = self._laws(judged.reasons, case)
        if not calls_first:
            second += self._calls(case, judged)
        second.append(self._say("utter_not_legal_advice"))
        return [Bubble("\n".join(first)), Bubble("\n".join(second), self._buttons(*self._helps(case)))]

    def card(self, case: Case, judged: Assessment, day: date) -> Bubble:
        """The verdict as a picture to send to the family: none of the person's words, no place, nobody's name.

        Without a sign it tells what to check and wears no tick: a recruiter would pass it on as a stamp.
        """
        side = self._side(case)
        steps = self._steps(judged, side)[1:]
        if not judged.reasons and side == "offer":
            steps = [self._step(name, side) for name in _ALWAYS_CHECKED]
        picture: dict[str, Any] = {
            "kind": "verdict",
            "level": judged.level,
            "title": self._say(f"utter_card_{judged.level}"),
            "lead": self._say(f"utter_card_lead_{judged.level}_{side}"),
            "signs_title": self._say("utter_card_signs"),
            "signs": [self._say(f"utter_sign_{name}") for name in judged.reasons[:_MOST_SIGNS]],
            "steps_title": self._say("utter_card_steps"),
            "steps": [_NUMBERED.sub("", step) for step in steps],
            "calls_title": self._say("utter_card_calls"),
            "calls": [{"name": one.name, "number": one.number} for one in self._numbers_to_call(case, judged)],
            "date": self._say("utter_card_date", year=day.year, month=day.month, day=day.day),
            "brand": self._say("utter_picture_brand"),
            "footer": self._say("utter_card_footer"),
        }
        return Bubble(self._say(self._level_text(judged.level, side)), picture=picture)

    @staticmethod
    def _helps(case: Case) -> tuple[str, ...]:
        """What is one press away from a verdict."""
        return ("human", "what_to_do", "picture") if case.stage == DESTINATION else ("human", "rights", "picture")

    def news(self, case: Case, judged: Assessment, new_signs: Iterable[str]) -> list[Bubble]:
        """More signs at a level that was told before."""
        ordered = [name for name in judged.reasons if name in set(new_signs)]
        side = self._side(case)
        lines = [self._say("utter_more_found"), *self._signs(case, ordered)]
        steps = [self._step(name, side) for name in ordered[:2]]
        lines += [step for step in steps if step]
        lines.append(self._say(f"utter_still_{judged.level}_{side}"))
        return [Bubble("\n".join(lines))]

    def corrected(self, case: Case, judged: Assessment) -> list[Bubble]:
        """A sign was taken back."""
        if not judged.reasons:
            return [Bubble(self._say("utter_level_down") + self._say("utter_level_none"))]
        level = self._say(self._level_text(judged.level, self._side(case)))
        return [Bubble("\n".join([self._say("utter_level_down"), level, *self._signs(case, judged.reasons)]))]

    def fair(self, case: Case) -> Bubble:
        """Nothing present: calm, with what to check; what is only feared is named as that."""
        feared = [
            self._knowledge.risk.taxonomy.indicators[name].chinese
            for name, status in case.statuses.items()
            if status == HYPOTHETICAL and name in self._knowledge.risk.taxonomy.indicators
        ]
        lines = [self._say("utter_fair_first")]
        if feared:
            lines.append(self._say("utter_fair_feared", names="、".join(feared[:3])))
        return Bubble("\n".join(lines))

    # danger

    def emergency(self, case: Case) -> Bubble:
        return Bubble(self._emergency_text(case))

    def emergency_follow_up(self, case: Case) -> Bubble:
        numbers = self._knowledge.hotlines.emergency(case.whereabouts, case.facts.get("province"))
        if case.facts.get("for_someone_else") and case.stage != DESTINATION:
            at_home = self._knowledge.hotlines.emergency(CHINA)[0]
            return Bubble(self._say("utter_emergency_not_left", number=at_home.number))
        name = "utter_emergency_follow_up_short" if case.facts.get("few_words") else "utter_emergency_follow_up"
        return Bubble(self._say(name, number=numbers[0].number))

    def if_in_danger(self, case: Case) -> Bubble:
        """The numbers for a cry for help that is most likely none."""
        return Bubble(self._say("utter_if_in_danger", numbers=self.emergency_numbers(case)))

    def emergency_numbers(self, case: Case, most: int = 2) -> str:
        """The lines of numbers for somebody in need, where they are."""
        found = self._knowledge.hotlines.emergency(case.whereabouts, case.facts.get("province"))
        return self._number_lines(found[:most])

    def _emergency_text(self, case: Case) -> str:
        country = case.whereabouts
        found = self._knowledge.hotlines.emergency(country, case.facts.get("province"))
        if case.facts.get("hurt") and country is not None:
            found = [*self._knowledge.hotlines.for_need("ambulance", country, case.facts.get("province"))[:1], *found]
        if case.facts.get("self_harm"):
            listener = self._knowledge.hotlines.for_need("psychological", CHINA)[:1] if country == CHINA else []
            return self._say("utter_emergency_self_harm", numbers=self._number_lines([*listener, *found[:2]]))
        if country is None:
            lines = [
                self._say(
                    "utter_emergency_number_in_china"
                    if one.number == one.number.lstrip("+")
                    else "utter_emergency_number_abroad",
                    number=one.number,
                    name=one.name,
                )
                for one in found
                if one.number
            ]
            return self._say("utter_emergency_unknown", numbers="\n".join(lines))
        if country == CHINA:
            most = 3 if case.facts.get("hurt") else 2
            return self._say("utter_emergency_china", numbers=self._number_lines(found[:most]))
        police = [one for one in found if {"police", "ambulance"} & set(one.needs)]
        name = "utter_emergency_abroad" if police else "utter_emergency_abroad_no_police"
        # The backup of 12308 is for whoever finds it busy, not for a first bubble; and no police may crowd 12308 out.
        others = [one for one in found if one not in police and one.id != _BACKUP_LINE]
        shown = [*police[:_MOST_POLICE_NUMBERS], *others][:_MOST_NUMBERS]
        text = self._say(name, place=self.place_name(country), numbers=self._number_lines(shown))
        if case.facts.get("caller_in_china") or case.facts.get("for_someone_else"):
            at_home = self._knowledge.hotlines.emergency(CHINA)[0]
            text += "\n" + self._say("utter_emergency_family_in_china", number=at_home.number)
        return text

    # hotlines, law, countries

    def hotlines(self, needs: list[str], country: str | None, province: str | None) -> list[Bubble]:
        """Numbers for what is needed where; without a need the most useful ones of the place."""
        knowledge = self._knowledge.hotlines
        if needs:
            found: list[Hotline] = []
            for need in needs[:2]:
                fitting = knowledge.for_need(need, country, province)
                found += [one for one in fitting if one.id != _BACKUP_LINE][:2]
            unique = _each_once(found)
            if unique:
                return [Bubble(self._say("utter_hotlines_need", numbers=self._purpose_lines(unique[:_MOST_NUMBERS])))]
        if country in (None, CHINA):
            shown = knowledge.for_place(CHINA, province)[:6]
            bubbles = [Bubble(self._say("utter_hotlines_china", numbers=self._number_lines(shown)))]
            if country is None:
                abroad = next(one for one in knowledge.emergency(None) if one.dial_from_abroad)
                bubbles.append(Bubble(self._say("utter_hotlines_ask_place", number=abroad.number)))
            return bubbles
        name = "utter_hotlines_abroad" if self._knowledge.destinations.get(country) else "utter_hotlines_none_there"
        # One embassy is enough, and 12308's backup is for whoever finds it busy: what is near to the person comes in.
        found = [one for one in knowledge.for_place(country) if one.id != _BACKUP_LINE]
        missions = [one for one in found if one.country == country and "领" in one.name][1:]
        shown = [one for one in found if one not in missions][:_MOST_NUMBERS_OF_A_PLACE]
        return [Bubble(self._say(name, place=self.place_name(country), numbers=self._number_lines(shown)))]

    def rights(self, topic: RightsTopic, others: Iterable[RightsTopic] = ()) -> Bubble:
        laws = "\n".join(self._law_line(topic, number) for number in range(min(2, len(topic.laws))))
        text = self._say("utter_rights", answer=topic.answer, laws=laws)
        buttons = tuple((other.title, f"权益:{other.title}") for other in others)
        return Bubble(f"{text}\n{self._say('utter_rights_others')}" if buttons else text, buttons)

    def destination(self, country: str, aspects: list[str]) -> list[Bubble]:
        """What is known of a country, or only of the aspects asked about (pay, visa, fee, risk)."""
        known = self._knowledge.destinations.get(country)
        place = self.place_name(country)
        if known is None:
            return [Bubble(self._say("utter_destination_unknown", place=place))]
        parts = {
            "pay": [self._pay_line(known)],
            "visa": self._visa_lines(known),
            "fee": self._fact_line("utter_destination_fee", "rule", known.legal_work.recruiter_fee_rule),
            "risk": self._fact_line("utter_destination_risk", "note", known.risk_note),
        }
        title = self._say("utter_destination_title", place=place)
        if aspects:
            lines = [line for name in aspects for line in parts[name]]
            return [Bubble("\n".join([title, *(lines or [self._say("utter_destination_not_confirmed")])]))]
        second = [*parts["fee"], *parts["risk"]]
        pay = parts["pay"] if known.pay_reference else []
        first = Bubble("\n".join([title, *pay, *parts["visa"]]))
        return [first, Bubble("\n".join(second))] if second else [first]

    def _visa_lines(self, known: Destination) -> list[str]:
        work = known.legal_work
        if work.tourist_visa_work is False:
            lines = [self._say("utter_destination_tourist_no")]
        else:
            lines = [self._say("utter_destination_tourist_unknown")]
        lines += self._fact_line("utter_destination_visa", "visa", work.visa)
        return lines + self._fact_line("utter_destination_passport", "rule", work.passport_rule)

    def _fact_line(self, response: str, name: str, fact: str | None) -> list[str]:
        return [self._say(response, **{name: fact})] if fact else []

    def place_name(self, country: str) -> str:
        known = self._knowledge.destinations.get(country)
        return known.name if known else self._knowledge.country_names.get(country, country)

    def topic_for(self, indicator: str) -> RightsTopic:
        return self._knowledge.rights.topic(self._knowledge.advice[indicator].rights_topic)

    # pieces

    @staticmethod
    def _side(case: Case) -> str:
        return "there" if case.stage == DESTINATION or case.in_danger else "offer"

    @staticmethod
    def _level_text(level: str, side: str) -> str:
        return f"utter_level_{level}" if level == LEVELS[0] else f"utter_level_{level}_{side}"

    def _signs(self, case: Case, reasons: Iterable[str]) -> list[str]:
        names = list(reasons)
        lines = []
        for name in names[:_MOST_SIGNS]:
            why = self._say(f"utter_sign_{name}")
            quote = masked(" ".join(case.evidence.get(name, "").split()), self._knowledge.hotlines.dialable_numbers())
            if len(quote) > _LONGEST_EVIDENCE:  # nothing in particular was found, only the message as a whole
                quote = ""
            elif len(quote) > _LONGEST_QUOTE:
                quote = quote[: _LONGEST_QUOTE - 1] + "…"
            lines.append(
                self._say("utter_sign", quote=quote, why=why)
                if quote
                else self._say("utter_sign_without_quote", why=why)
            )
        if names[_MOST_SIGNS:]:
            rest = [self._knowledge.risk.taxonomy.indicators[name].chinese for name in names[_MOST_SIGNS:]]
            lines.append(self._say("utter_more_signs", names="、".join(rest)))
        return lines

    def _step(self, name: str, side: str) -> str:
        return self._say(f"utter_step_{side}_{name}")

    def _steps(self, judged: Assessment, side: str) -> list[str]:
        steps = [self._step(name, side) for name in judged.reasons]
        if judged.level == CRITICAL and side == "there":
            steps.insert(0, self._say("utter_step_critical_there"))
        unique = list(dict.fromkeys(steps))[:_MOST_STEPS]
        numbered = [self._say("utter_step", number=number, step=step) for number, step in enumerate(unique, 1)]
        return [self._say("utter_steps"), *numbered] if numbered else []

    def _laws(self, reasons: Iterable[str], case: Case) -> list[str]:
        fitting = (name for name in reasons if name not in _WITHOUT_LAW)
        topics = dict.fromkeys(self.topic_for(name).id for name in fitting)
        if not case.under_18:
            topics.pop("minors", None)
        return [self._law_line(self._knowledge.rights.topic(topic), 0) for topic in list(topics)[:2]]

    def _law_line(self, topic: RightsTopic, number: int) -> str:
        law = topic.laws[number]
        return self._say("utter_law", law=f"《{law.name}》", article=law.article, gist=law.gist)

    def _calls(self, case: Case, judged: Assessment) -> list[str]:
        unique = self._numbers_to_call(case, judged)
        return [self._say("utter_call"), self._number_lines(unique)] if unique else []

    def _numbers_to_call(self, case: Case, judged: Assessment) -> list[Hotline]:
        needs = [need for name in judged.reasons[:3] for need in self._knowledge.advice[name].needs]
        if judged.level in (HIGH, CRITICAL):
            needs.insert(0, "police")
        country, province = case.whereabouts, case.facts.get("province") or case.facts.get("origin_province")
        found: list[Hotline] = []
        for need in dict.fromkeys(needs):
            found += self._knowledge.hotlines.for_need(need, country, province)[:1]
        if country != CHINA and judged.level != CAUTION:
            found = [*self._knowledge.hotlines.emergency(country)[:2], *found]
        return _each_once(found)[:_MOST_NUMBERS]

    def noted(self, case: Case) -> Bubble:
        """One more piece of the story that changes nothing."""
        if case.present:
            return Bubble(self._say("utter_noted"))
        if case.stage == DESTINATION:
            return Bubble(self._say("utter_noted_there"))
        return Bubble(self._say("utter_fair_noted"))

    # asking

    def question(self, case: Case, question: Question) -> Bubble:
        """One question of the interview, with the answers that a button gives."""
        answers = ("yes", "no", "unknown") if question.sign else ("unknown",)
        text = self._say(f"utter_question_{question.id}", who=self._who(case))
        return Bubble(text, self._buttons(*answers))

    def asking(self, bubbles: list[Bubble], question: Bubble) -> list[Bubble]:
        """Return the bubbles with the question after them, in the last one when that is short."""
        last = bubbles[-1]
        if last.buttons or last.picture or len(last.text) + len(question.text) > _LONGEST_WITH_QUESTION:
            return [*bubbles, question]
        return [*bubbles[:-1], Bubble(f"{last.text}\n{question.text}", question.buttons)]

    def corrected_money(self, case: Case, name: str) -> Bubble:
        """A sum was put right; `name` is fee, pay or loan."""
        fact = case.facts[name]
        currency = (
            currency_name(fact["currency"]) if fact.get("currency") not in (None, "CNY") else self._say("utter_yuan")
        )
        amount = f"{fact['low']:,.10g}{currency}"
        return Bubble(self._say(f"utter_corrected_{name}", amount=amount))

    def level(self, case: Case, judged: Assessment) -> str:
        """The level in one sentence."""
        return self._say(self._level_text(judged.level, self._side(case)))

    def _who(self, case: Case) -> str:
        """The one it is about, as spoken of to the person: 你, 你弟弟, 他."""
        if not case.facts.get("for_someone_else"):
            return self._say("utter_who_you")
        relative = case.facts.get("relative")
        return self._say("utter_who_relative", relative=relative) if relative else self._say("utter_who_other")

    def _pay_line(self, known: Destination) -> str:
        pay = known.pay_reference
        if pay is None:
            return self._say("utter_destination_pay_unknown")
        per = {"hour": "每小时", "day": "每天", "week": "每周", "month": "每月", "year": "每年"}.get(pay.per, pay.per)
        amount = f"{per}{pay.amount:,.10g}{currency_name(pay.currency)}"
        return self._say("utter_destination_pay", what=pay.what, amount=amount, as_of=pay.as_of)

    def _number_lines(self, hotlines: Iterable[Hotline]) -> str:
        return "\n".join(self._say("utter_hotline", name=one.name, number=one.number) for one in hotlines if one.number)

    def _purpose_lines(self, hotlines: Iterable[Hotline]) -> str:
        return "\n".join(
            self._say("utter_hotline_purpose", name=one.name, number=one.number, purpose=one.purpose)
            for one in hotlines
            if one.number
        )

    def _buttons(self, *names: str) -> tuple[tuple[str, str], ...]:
        words = [self._say(f"utter_button_{name}") for name in names]
        return tuple((word, word) for word in words)

    def menu(self) -> tuple[tuple[str, str], ...]:
        return self._buttons("check", "help", "rights", "hotline", "human")


def _each_once(hotlines: Iterable[Hotline]) -> list[Hotline]:
    """Return every number once, under the name it came with first."""
    once: dict[str | None, Hotline] = {}
    for hotline in hotlines:
        once.setdefault(hotline.number, hotline)
    return list(once.values())


def told_level(told: Mapping[str, Any]) -> str:
    """Return the level of the last verdict that was said."""
    level: str = told.get("level", LEVELS[0])
    return level
