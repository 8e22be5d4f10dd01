"""The custom actions: each answers one kind of message. What to say is composed in bot/replies, judged in bot/risk."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.asides import aside, next_question, page_or_picture, plan
from actions.turn import (
    Turn,
    composer,
    contract_replies,
    contract_tables,
    knowledge,
    recruiter_replies,
    retention_days,
    texts,
)
from bot.health import counted
from bot.knowledge.recruiters import ASKED
from bot.language.requests import (
    asks_for_minimum_pay,
    asks_for_verdict,
    asks_to_pay,
    asks_what_to_do,
    destination_aspects,
    is_generic_question,
    sounds_like_a_question,
    speaks_of_reporting,
    speaks_of_there,
    wanted_needs,
)
from bot.language.script import SIMPLIFIED, in_script
from bot.records.recruiters import search_companies_of
from bot.replies.composer import Bubble, told_level
from bot.risk.assessment import CHINA
from bot.risk.contract import check_contract
from bot.risk.status import HYPOTHETICAL
from bot.risk.taxonomy import DESTINATION, LEVELS, RECRUITMENT

log = logging.getLogger(__name__)

#: A topic that is less likely than this is not answered as if it had been asked.
_LEAST_TOPIC_CONFIDENCE = 0.2
#: From here on the topic counts more than a sign that the question names.
_SURE_OF_A_TOPIC = 0.5
#: Below this the intent is little more than a guess.
_UNSURE = 0.4
#: Intents that hardly come without a question in the words; without one they must be surer.
_QUESTIONS = ("ask_rights", "ask_destination", "ask_recruiter_check", "ask_contract_check", "ask_privacy")
_UNSURE_OF_A_QUESTION = 0.75
#: 那就是正常的吧: no law is asked for in so few words.
_LONGEST_BARE_QUESTION = 12
_PLACES = ("destination", "destination_name", "province", "origin_province")


class AnsweringAction(Action, ABC):
    """Hears the message, lets the subclass answer it, and adds what the message changed about the risk."""

    #: Whether a change of the verdict is told before the answer (statements) or after it (questions).
    verdict_first = True

    @abstractmethod
    def answer(self, turn: Turn) -> list[Bubble]:
        """Return the answer proper; with `verdict_first` only asked for when the verdict has no news."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        try:
            turn = Turn.read(tracker)
            asked = turn.intent == "ask_recruiter_check"
            turn = turn.with_companies(tuple(await search_companies_of(turn.text, asked)))
            bubbles = self._bubbles(turn)
            for bubble in bubbles:
                _utter(dispatcher, bubble, turn.script)
            told = self._told(turn)
        except Exception as error:
            # Whatever is wrong, the words of the person stay out of the log and the gateway sees an outage.
            counted.ACTION_ERRORS.inc()
            log.error("%s failed: %s", self.name(), type(error).__name__)
            return []
        return turn.slots(told, turn.waiting_for_human or self.calls_human)

    #: Whether staff is asked to take over.
    calls_human = False

    def _bubbles(self, turn: Turn) -> list[Bubble]:
        turned = page_or_picture(turn)
        if turned is not None:
            return turned
        news = self._news(turn)
        danger = None if turn.english else self._danger(turn, news)
        if danger is not None:
            return danger
        answer = aside(turn, news)
        if answer is None and turn.only_wants_few_words:
            return [Bubble(texts().say("utter_few_words"))]
        if answer is None:
            answer = self._by_intent(turn, news)
        return self._with_question(turn, [*self._corrected(turn), *answer])

    def _by_intent(self, turn: Turn, news: list[Bubble]) -> list[Bubble]:
        """Return news and the answer to what the message wants, what matters more first."""
        if asks_for_verdict(turn.text) and not turn.case.present and self._only_talks(turn):
            turn.notes["fair"] = True
            return [composer().fair(turn.case)]
        if self.verdict_first or self._is_statement(turn):
            told = news or (self.answer(turn) if self.verdict_first else AnswerOffer().answer(turn))
            return [*told, *_companies(turn)]
        if asks_for_verdict(turn.text) and news:
            return news
        grave = turn.judged.level == LEVELS[-1] and turn.case.stage == DESTINATION
        grave = grave and not isinstance(self, AnswerHotline)  # who asks for a number gets it first
        return [*news, *self.answer(turn)] if grave else [*self.answer(turn), *news]

    def _with_question(self, turn: Turn, bubbles: list[Bubble]) -> list[Bubble]:
        """Ask the one thing that matters most now, when the message was a piece of the story or an answer of ours."""
        over = turn.told.get("enough") or turn.notes.get("enough") or turn.english or turn.misuse or turn.claim
        story = turn.plain_answer or (turn.tells_something and (self.verdict_first or self._is_statement(turn)))
        aside_of_ours = turn.question is not None and sounds_like_a_question(turn.text)
        if over or not (story or aside_of_ours) or not _is_a_case(turn) or turn.notes.keys() & {"more", "sum"}:
            return bubbles
        question = next_question(turn)
        return composer().asking(bubbles, question) if question else bubbles

    def _only_talks(self, turn: Turn) -> bool:
        """所以这个是正常的对吧: small talk and a nod, of which the question is what the person waits for."""
        bare = isinstance(self, AnswerRights) and not _named_signs(turn) and len(turn.text) <= _LONGEST_BARE_QUESTION
        return (bare or isinstance(self, AnswerTalk | AnswerYesOrNo | NotUnderstood)) and _knows_something(turn)

    @staticmethod
    def _corrected(turn: Turn) -> list[Bubble]:
        corrected = turn.corrected_money
        return [composer().corrected_money(turn.case, corrected)] if corrected else []

    @staticmethod
    def _is_statement(turn: Turn) -> bool:
        """A guess at a question, with no question in it, in the middle of a story: one more piece of the story."""
        not_gone = turn.intent == "ask_leave_help" and turn.case.stage == RECRUITMENT
        unsure = _UNSURE_OF_A_QUESTION if turn.intent in _QUESTIONS or not_gone else _UNSURE
        return turn.confidence < unsure and _knows_something(turn) and not sounds_like_a_question(turn.text)

    def _danger(self, turn: Turn, news: list[Bubble]) -> list[Bubble] | None:
        """Return what goes before everything else while somebody is in danger, or None."""
        if turn.before.in_danger and not turn.case.in_danger:
            return [Bubble(texts().say("utter_emergency_safe_now"))]
        if not turn.case.in_danger:
            return None
        place = turn.case.whereabouts
        family = turn.case.facts.get("caller_in_china") and not turn.before.facts.get("caller_in_china")
        if family or "danger_place" not in turn.told or (place and place != turn.told["danger_place"]):
            return [composer().emergency(turn.case)]
        if asks_what_to_do(turn.text) or asks_to_pay(turn.text):
            return plan(turn, asked=True) or [composer().emergency(turn.case)]
        if isinstance(self, AnswerTalk) and turn.intent in _SMALL_TALK:
            return [composer().emergency_follow_up(turn.case)]
        if isinstance(self, AnswerRights) and _surest_topic(turn) < _LEAST_TOPIC_CONFIDENCE and not _named_signs(turn):
            return [composer().emergency_follow_up(turn.case)]
        if self.verdict_first or self._is_statement(turn):
            return [composer().emergency_follow_up(turn.case), *self._more_of_the_danger(turn, news)]
        return None

    @staticmethod
    def _more_of_the_danger(turn: Turn, news: list[Bubble]) -> list[Bubble]:
        """What this message adds to a danger that was answered already; nothing for whoever wants few words."""
        if turn.case.facts.get("few_words") or not turn.new_signs:
            return []
        return composer().news(turn.case, turn.judged, turn.new_signs) if news else []

    def _news(self, turn: Turn) -> list[Bubble]:
        judged, case = turn.judged, turn.case
        before = LEVELS.index(told_level(turn.told))
        if LEVELS.index(judged.level) > before:
            return composer().verdict(case, judged)
        if turn.new_signs:
            return composer().news(case, judged, turn.new_signs)
        if turn.signs_taken_back:
            return composer().corrected(case, judged)
        if asks_for_verdict(turn.text) and case.present:
            return composer().verdict(case, judged)
        return []

    def _told(self, turn: Turn) -> dict[str, Any]:
        told = {**turn.told, "level": turn.judged.level, "signs": sorted(turn.case.present)}
        told["last_signs"] = sorted(turn.case.present - turn.before.present)
        if turn.case.in_danger:
            told["danger_place"] = turn.case.whereabouts
        else:
            told.pop("danger_place", None)
        went_on = turn.tells_something and not turn.only_wants_few_words
        if turn.question is None or went_on or turn.plain_answer or turn.notes.get("enough"):
            told.pop("question", None)  # thanks and a wish for a human leave it open, a story has gone on
        if turn.named_country:
            told["asked_country"] = turn.named_country
        if turn.situations:
            told["situations"] = turn.situations
        if turn.script:
            told["script"] = turn.script
        if turn.story:
            told["story"] = turn.story
        return {**told, **turn.notes}


def _utter(dispatcher: CollectingDispatcher, bubble: Bubble, script: str | None) -> None:
    """Say a bubble in the script that the person writes; what a button sends stays as it is."""
    script = None if script == SIMPLIFIED else script
    buttons = [{"title": in_script(title, script), "payload": word} for title, word in bubble.buttons]
    picture = {"picture": dict(bubble.picture)} if bubble.picture else None
    dispatcher.utter_message(text=in_script(bubble.text, script), buttons=buttons or None, json_message=picture)


def _knows_something(turn: Turn) -> bool:
    return bool(turn.case.statuses or turn.case.facts.keys() - {"stage", "few_words"})


def _is_a_case(turn: Turn) -> bool:
    """Whether there is a job to judge: a country alone is what a question of law or pay names too."""
    told = turn.case.facts.keys() - {"stage", "few_words", "relative", "last_money", *_PLACES}
    return bool(turn.case.statuses or told) or turn.intent in ("describe_offer", "report_exploitation")


def _named_signs(turn: Turn) -> list[str]:
    return [mention["indicator"] for mention in turn.message.get("risk_indicators") or []]


def _surest_topic(turn: Turn) -> float:
    """How sure the likeliest topic of law is."""
    topics = turn.message.get("rights_topics") or []
    return float(topics[0]["confidence"]) if topics else 0.0


def _companies(turn: Turn) -> list[Bubble]:
    """Return what the list says of companies that were named for the first time; nothing where it says nothing."""
    told = list(turn.told.get("companies", ()))
    fresh = [found for found in turn.companies if found.name not in told and found.state == ASKED]
    if not fresh or turn.case.in_danger or turn.case.stage == DESTINATION:
        return []
    turn.notes["companies"] = [*told, *(found.name for found in fresh)]
    return [recruiter_replies().about(found, date.today()) for found in fresh]


class AnswerOffer(AnsweringAction):
    def name(self) -> str:
        return "action_answer_offer"

    def answer(self, turn: Turn) -> list[Bubble]:
        if not _knows_something(turn) and not turn.told.get("fair"):
            return [Bubble(texts().say("utter_need_more"))]
        nothing_new = turn.confidence < _UNSURE_OF_A_QUESTION and not turn.tells_something
        asks = sounds_like_a_question(turn.text) and not asks_for_verdict(turn.text)
        if asks and (nothing_new or not _is_a_case(turn)):
            return AnswerRights().answer(turn)
        if self._asks_about_a_sign(turn):
            return AnswerRights().answer(turn)
        there = turn.case.stage == DESTINATION
        if not turn.case.present and not turn.told.get("fair") and not there:
            turn.notes["fair"] = True
            return [composer().fair(turn.case)]
        return [composer().noted(turn.case)]

    @staticmethod
    def _asks_about_a_sign(turn: Turn) -> bool:
        """护照能给中介吗, taken for one more piece of the story: "no trouble seen" would be the wrong answer."""
        feared = any(mention["status"] == HYPOTHETICAL for mention in turn.message.get("risk_indicators") or [])
        in_the_middle = bool(turn.told.get("fair")) and not asks_for_verdict(turn.text)
        return (feared or in_the_middle) and sounds_like_a_question(turn.text)


class AnswerReport(AnsweringAction):
    def name(self) -> str:
        return "action_answer_report"

    def answer(self, turn: Turn) -> list[Bubble]:
        return AnswerOffer().answer(turn)


class AnswerEmergency(AnsweringAction):
    def name(self) -> str:
        return "action_answer_emergency"

    def answer(self, turn: Turn) -> list[Bubble]:
        if turn.case.in_danger:
            return [composer().emergency(turn.case)]
        return [*AnswerOffer().answer(turn), composer().if_in_danger(turn.case)]  # should the guess be right after all


class AnswerHotline(AnsweringAction):
    verdict_first = False

    def name(self) -> str:
        return "action_answer_hotline"

    def answer(self, turn: Turn) -> list[Bubble]:
        needs = wanted_needs(turn.text)
        if turn.case.in_danger and not needs:
            return [composer().emergency(turn.case)]
        there = turn.case.stage == DESTINATION or speaks_of_there(turn.text)
        country = turn.named_country or (turn.asked_country if there else None)
        province = turn.case.facts.get("province") or turn.case.facts.get("origin_province")
        return composer().hotlines(needs, country, province)


class AnswerRights(AnsweringAction):
    verdict_first = False

    def name(self) -> str:
        return "action_answer_rights"

    def answer(self, turn: Turn) -> list[Bubble]:
        rights = knowledge().rights
        if asks_for_minimum_pay(turn.text) and turn.asked_country not in (None, CHINA):
            return composer().destination(str(turn.asked_country), ["pay"])
        ranked = [entry["topic"] for entry in turn.message.get("rights_topics") or []]
        sure = _surest_topic(turn)
        named = _named_signs(turn)
        if is_generic_question(turn.text) and not named and turn.judged.reasons:
            named, sure = list(turn.judged.reasons[:1]), 0.0
        from_signs = [composer().topic_for(name).id for name in named]
        chosen = next((topic for topic in from_signs if topic in ranked), None)
        if sure >= _SURE_OF_A_TOPIC:
            chosen = ranked[0]
        if chosen is None and from_signs and sure < _LEAST_TOPIC_CONFIDENCE:
            chosen = from_signs[0]
        if chosen is None and (not ranked or sure < _LEAST_TOPIC_CONFIDENCE / 2 or turn.text.strip() == "权益"):
            shown = [rights.topic(topic) for topic in _FIRST_TOPICS]
            buttons = tuple((topic.title, f"权益:{topic.title}") for topic in shown)
            return [Bubble(texts().say("utter_rights_menu"), buttons)]
        chosen = chosen or ranked[0]
        others = [rights.topic(topic) for topic in ranked if topic != chosen]
        return [composer().rights(rights.topic(chosen), others if sure < 0.999 else ())]


#: Shown when nobody said what they want to know.
_FIRST_TOPICS = (
    "document_retention",
    "deposits_and_fees",
    "tourist_visa_work",
    "wage_arrears",
    "penalty_for_leaving",
    "scam_compounds",
)


class AnswerRecruiterCheck(AnsweringAction):
    verdict_first = False

    def name(self) -> str:
        return "action_answer_recruiter_check"

    def answer(self, turn: Turn) -> list[Bubble]:
        turn.notes["companies"] = [*turn.told.get("companies", ()), *(found.name for found in turn.companies)]
        if not turn.companies and turn.asked_country == CHINA:
            return [recruiter_replies().at_home()]
        found = recruiter_replies().check(turn.companies, date.today())
        if any(company.state == ASKED for company in turn.companies) or not turn.companies:
            return found
        return [found[0], *recruiter_replies().how_to_check()]  # no list to ask: then one has to ask oneself


class AnswerDestination(AnsweringAction):
    verdict_first = False

    def name(self) -> str:
        return "action_answer_destination"

    def answer(self, turn: Turn) -> list[Bubble]:
        country = turn.named_country or turn.case.destination
        if country is None:
            return [Bubble(texts().say("utter_destination_ask"))]
        about_a_sign = turn.named_country is None and turn.message.get("risk_indicators")
        if country == CHINA or about_a_sign:
            return AnswerRights().answer(turn)
        return composer().destination(country, destination_aspects(turn.text))


class AnswerContractCheck(AnsweringAction):
    def name(self) -> str:
        return "action_answer_contract_check"

    def answer(self, turn: Turn) -> list[Bubble]:
        lines = check_contract(turn.typed, contract_tables())
        if lines.findings and not turn.told.get("clause"):
            turn.notes["clause"] = True
            return contract_replies().main(lines)[:1]
        if _knows_something(turn) and not turn.told.get("fair"):
            return [*AnswerOffer().answer(turn), Bubble(texts().say("utter_contract_check"))]
        return [Bubble(texts().say("utter_contract_check"))]


class AnswerLeaveHelp(AnsweringAction):
    verdict_first = False

    def name(self) -> str:
        return "action_answer_leave_help"

    def answer(self, turn: Turn) -> list[Bubble]:
        ready = plan(turn, asked=True)
        if ready:
            return ready
        country = turn.case.destination
        name = "utter_leave_help_china" if country == CHINA else "utter_leave_help"
        numbers = composer().hotlines([], country, turn.case.facts.get("province"))
        return [Bubble(texts().say(name)), *numbers]


class AnswerYesOrNo(AnsweringAction):
    def name(self) -> str:
        return "action_answer_yes_or_no"

    def answer(self, turn: Turn) -> list[Bubble]:
        if turn.tells_something:
            return [Bubble(texts().say("utter_noted"))]
        name = "utter_yes_without_question" if turn.intent == "affirm" else "utter_no_without_question"
        return [Bubble(texts().say(name))]


class AnswerHuman(AnsweringAction):
    verdict_first = False
    calls_human = True

    def name(self) -> str:
        return "action_answer_human"

    def answer(self, turn: Turn) -> list[Bubble]:
        return [Bubble(texts().say("utter_human", numbers=composer().emergency_numbers(turn.case)))]


class AnswerStartOver(Action):
    """Forgets the story, not the wish for a human."""

    def name(self) -> str:
        return "action_answer_start_over"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        dispatcher.utter_message(text=texts().say("utter_start_over"))
        empty: dict[str, Any] = {"risk_level": LEVELS[0], "destination_country": None, "in_danger": False}
        empty.update({name: {} for name in ("risk_indicators", "offer", "evidence", "told")})
        return [SlotSet(name, value) for name, value in empty.items()]


class AnswerTalk(AnsweringAction):
    """Small talk and fixed answers, which can still carry a sign."""

    verdict_first = False

    def name(self) -> str:
        return "action_answer_talk"

    def answer(self, turn: Turn) -> list[Bubble]:
        if turn.intent == "greet" and turn.tells_something and _is_a_case(turn):
            return AnswerOffer().answer(turn)
        if turn.intent == "out_of_scope" and self._is_about_work_after_all(turn):
            return AnswerRights().answer(turn)
        if turn.intent == "ask_privacy" and speaks_of_reporting(turn.text):
            return [composer().rights(knowledge().rights.topic(_REPORTING))]
        buttons = composer().menu() if turn.intent in ("greet", "ask_capabilities", "out_of_scope") else ()
        return [Bubble(texts().say(_FIXED[turn.intent], days=retention_days()), buttons)]

    @staticmethod
    def _is_about_work_after_all(turn: Turn) -> bool:
        """护照能交吗, in the middle of a story: alone four words may be about anything, here they are not."""
        of_the_story = bool(turn.case.present or _named_signs(turn))
        return of_the_story and sounds_like_a_question(turn.text) and _surest_topic(turn) >= _SURE_OF_A_TOPIC


#: The topic of rights.yml on reporting to the police, and who learns of it.
_REPORTING = "report_to_police"
#: What a word in the middle of danger is not.
_SMALL_TALK = ("greet", "chitchat", "out_of_scope", "ask_capabilities", "thank")
_FIXED = {
    "greet": "utter_greet",
    "goodbye": "utter_goodbye",
    "thank": "utter_thank",
    "chitchat": "utter_chitchat",
    "out_of_scope": "utter_out_of_scope",
    "ask_capabilities": "utter_capabilities",
    "ask_privacy": "utter_privacy",
    "delete_data": "utter_erase_question",
}


class NotUnderstood(AnsweringAction):
    def name(self) -> str:
        return "action_not_understood"

    def answer(self, turn: Turn) -> list[Bubble]:
        if turn.tells_something or turn.message.get("risk_indicators"):
            return AnswerOffer().answer(turn)
        return [Bubble(texts().say("utter_not_understood"), composer().menu())]
