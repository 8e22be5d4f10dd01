"""Answers that do not hang on the intent: to a question of ours, a sum, a contract, a false policeman, a page more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from actions.turn import (
    Turn,
    calculators,
    composer,
    contract_replies,
    english_replies,
    impostor_replies,
    knowledge,
    plan_replies,
    texts,
)
from bot.language.misuse import INSULT, NONSENSE, PROMPT
from bot.language.money_questions import asks_for_debt, asks_for_pay, asks_for_yuan
from bot.language.numerals import find_amounts
from bot.language.requests import asks_what_to_do, sounds_like_a_question
from bot.language.short_answers import is_enough
from bot.replies.composer import Bubble
from bot.replies.misuse import refusal
from bot.risk.taxonomy import DESTINATION, LEVELS

#: Kinds of misuse that may stand in a true story; the others are asked for by who does harm.
_MAY_BE_A_STORY = (INSULT, NONSENSE, PROMPT)
DEBT, PAY = "debt", "pay"
#: Wishes that are fulfilled, in whatever language they come.
_NOT_ANSWERED_IN_ENGLISH = ("request_human", "delete_data", "start_over", "ask_privacy")
#: Facts that a calculator works with.
_MONEY_FACTS = frozenset(
    ("loan", "fee", "pay", "sum", "interest", "living", "repayment", "compounding", "hours_a_day", "rest_days")
)
#: Longer than that nobody answers a question for a number.
_LONGEST_NUMBER_ANSWER = 30
#: A calculation needs one of them; without any the question was about something else.
_OWED = ("loan", "fee", "sum")


def aside(turn: Turn, news: Sequence[Bubble]) -> list[Bubble] | None:
    """Return the answer when this message asks for one that does not hang on its intent, else None.

    `news` is what the message changed about the verdict; it goes along where the message is part of the story.
    """
    if turn.english and turn.intent not in _NOT_ANSWERED_IN_ENGLISH:
        if turn.misuse and not turn.new_signs:
            return [refusal(texts(), turn.misuse, in_english=True)]
        turn.notes["english"] = True
        return [english_replies().answer(turn.case, welcomed=bool(turn.told.get("english")))]
    if turn.contract:
        return _contract(turn)
    if turn.claim:
        turn.notes["claim"] = turn.claim.kind
        facts = turn.case.facts
        return impostor_replies().answer(
            turn.claim, turn.case.whereabouts, facts.get("province"), bool(facts.get("few_words"))
        )
    if turn.misuse and not (news and turn.misuse in _MAY_BE_A_STORY):
        return [refusal(texts(), turn.misuse)]
    return _sums(turn, news) or _in_yuan(turn) or plan(turn) or _told_so_far(turn, news)


def page_or_picture(turn: Turn) -> list[Bubble] | None:
    """Return what the buttons 更多 and 做成图片 are for, in any state of the talk; None for every other word."""
    if turn.text.strip() == texts().say("utter_button_more"):
        return _next_page(turn)
    if turn.text.strip() == texts().say("utter_button_picture"):
        return [composer().card(turn.case, turn.judged, date.today())]
    return None


def paged(turn: Turn, pages: Sequence[Bubble], first: int = 1) -> list[Bubble]:
    """Return the first pages; a button leads to the rest, which the talk remembers."""
    shown, rest = list(pages[:first]), pages[first:]
    if rest:
        turn.notes["more"] = [{"text": page.text, "buttons": [list(one) for one in page.buttons]} for page in rest]
        more = texts().say("utter_button_more")
        shown[-1] = Bubble(shown[-1].text, (*shown[-1].buttons, (more, more)), shown[-1].picture)
    return shown


def plan(turn: Turn, asked: bool = False) -> list[Bubble] | None:
    """What to do: a plan for who is there already, the verdict for who is not; None while nobody asks.

    `asked` when the caller knows that it is asked for.
    """
    told = list(turn.told.get("plans", ()))
    fitting = plan_replies().choose(turn.case, turn.text, told, turn.situations)
    pressed = bool(fitting) and fitting[0].title == turn.text.strip()
    there = turn.case.stage == DESTINATION or turn.case.in_danger
    if not (pressed or asked or asks_what_to_do(turn.text)):
        return None
    if not there and not pressed:
        return composer().verdict(turn.case, turn.judged) if turn.case.present else None
    if not fitting:
        return None
    turn.notes["plans"] = [*told, fitting[0].id]
    return paged(turn, plan_replies().say(fitting, turn.case))


def _next_page(turn: Turn) -> list[Bubble]:
    pages = [
        Bubble(page["text"], tuple((title, word) for title, word in page["buttons"]))
        for page in turn.told.get("more", ())
    ]
    turn.notes["more"] = []
    return paged(turn, pages) if pages else [Bubble(texts().say("utter_no_more"))]


def _contract(turn: Turn) -> list[Bubble]:
    """The worst lines and what is missing; every clause on further pages."""
    assert turn.contract is not None
    main = contract_replies().main(turn.contract)
    shown = paged(turn, [*main, *contract_replies().more(turn.contract)], first=len(main))
    level = turn.judged.level
    if LEVELS.index(level) >= LEVELS.index("high"):
        shown.insert(0, Bubble(composer().level(turn.case, turn.judged)))
    return shown


def _sums(turn: Turn, news: Sequence[Bubble]) -> list[Bubble] | None:
    """The calculators: asked for now, or told the number that they asked for."""
    facts, waiting = turn.case.facts, turn.told.get("sum")
    said = turn.message.get("offer_facts") or {}
    owed = any(facts.get(name) for name in _OWED)
    if asks_for_pay(turn.text) and facts.get("pay"):
        wanted = PAY
    elif asks_for_debt(turn.text) and (owed or facts.get("interest")):
        wanted = DEBT
    elif waiting and said.keys() & _MONEY_FACTS and len(turn.text) <= _LONGEST_NUMBER_ANSWER and not news:
        wanted = waiting
    else:
        return None
    turn.notes["sum"] = wanted
    answer = calculators().pay_answer(facts) if wanted == PAY else calculators().debt_answer(facts)
    return [*news, answer]


def _in_yuan(turn: Turn) -> list[Bubble] | None:
    """What a foreign sum is in yuan: that of the message, or else the minimum pay that was told last."""
    if not asks_for_yuan(turn.text):
        return None
    answer = calculators().yuan_answer(find_amounts(turn.text), turn.asked_country)
    return [answer] if answer else None


def _told_so_far(turn: Turn, news: Sequence[Bubble]) -> list[Bubble] | None:
    """After an answer to our question, or when the person has had enough of them."""
    if is_enough(turn.text):
        turn.notes["enough"] = True
        if turn.case.present:
            return composer().verdict(turn.case, turn.judged)
        return [composer().fair(turn.case)] if turn.case.facts else [Bubble(texts().say("utter_goodbye"))]
    if turn.plain_answer is None:
        return None
    return list(news) or [Bubble(texts().say("utter_answer_noted"))]


def next_question(turn: Turn) -> Bubble | None:
    """Return what to ask after this answer, noted as asked; None when nothing more could change the verdict."""
    asked = list(turn.told.get("asked", ()))
    question = turn.question if turn.question and turn.question.is_open(turn.case) and not turn.plain_answer else None
    if question is None:
        question = knowledge().interview.next_question(turn.case, knowledge().risk, asked)
    elif turn.told.get("repeated") == question.id or not sounds_like_a_question(turn.text):
        turn.notes["question"] = None
        return None  # they are telling their story: whoever talks is not interrupted a second time
    else:
        turn.notes["repeated"] = question.id
    if question is None:
        return None
    turn.notes["asked"] = list(dict.fromkeys([*asked, question.id]))
    turn.notes["question"] = question.id
    return composer().question(turn.case, question)
