"""Says whether a number is one we know, and what the real authority never does. Never that a call is real."""

from __future__ import annotations

from collections.abc import Iterable

from bot.knowledge.hotlines import Hotline
from bot.knowledge.impostors import Claim, Impostors
from bot.language.hotline_claims import HotlineClaim
from bot.replies.composer import Bubble, Knowledge
from bot.replies.numbers import each_number_once, first_of_each
from bot.replies.texts import Texts

_MOST_NUMBERS_CHECKED = 2
_OLD = "do_not_use"


class ImpostorReply:
    """Answers who asks whether a call or message in the name of an authority is real."""

    def __init__(self, texts: Texts, impostors: Impostors, knowledge: Knowledge) -> None:
        self._say = texts.say
        self._impostors = impostors
        self._hotlines = knowledge.hotlines

    def answer(
        self, claim: HotlineClaim, country: str | None, province: str | None = None, few_words: bool = False
    ) -> list[Bubble]:
        """Return what to do at once if money has gone, then the number checked and the one to dial, then the marks.

        `country`: where the person is (Case.whereabouts), None when nobody said. No number of a caller is repeated
        unless it is in our tables. A wish for few words gets the first of these only, and one number.
        """
        row = self._impostors.claims[claim.kind]
        if few_words:
            return [Bubble(self._few_words(claim, row, country, province))]
        pages = [self._money_sent(country, province)] if claim.money_sent else []
        pages += [self._check(claim, row, country, province), self._marks(row)]
        return [Bubble(page) for page in pages]

    def _check(self, claim: HotlineClaim, row: Claim, country: str | None, province: str | None) -> str:
        lines = list(dict.fromkeys(self._verdicts(claim.numbers[:_MOST_NUMBERS_CHECKED], country)))
        lines = lines or [self._say("utter_impostor_no_number")]
        lines.append(self._say("utter_impostor_hang_up" if claim.called_me else "utter_impostor_ask_yourself"))
        return "\n".join([*lines, *self._numbers(row.dial_for(country), country, province)])

    def _few_words(self, claim: HotlineClaim, row: Claim, country: str | None, province: str | None) -> str:
        needs = self._impostors.whom_to_call(country) if claim.money_sent else row.dial_for(country)
        step = self._impostors.money_sent(country)[0] if claim.money_sent else self._say("utter_impostor_few_words")
        numbers = self._numbers(needs, country, province)
        return "\n".join([step, *(numbers if country is None else numbers[:1])])

    def _verdicts(self, numbers: Iterable[str], country: str | None) -> Iterable[str]:
        for written in numbers:
            known = self._hotlines.recognise(written, country)
            if known is not None and known.confirmed:
                yield self._say("utter_impostor_known", number=_as_printed(known, written), name=known.name)
            elif known is not None and known.status == _OLD:
                yield self._say("utter_impostor_old")
            else:
                yield self._say("utter_impostor_unknown")

    def _marks(self, row: Claim) -> str:
        lines = [self._say("utter_impostor_never", name=row.name, real=row.real.text)]
        lines += [self._say("utter_impostor_never_point", point=fact.text) for fact in row.never]
        return "\n".join([*lines, self._say("utter_impostor_one_is_enough")])

    def _money_sent(self, country: str | None, province: str | None) -> str:
        steps = enumerate(self._impostors.money_sent(country), 1)
        lines = [self._say("utter_impostor_money_sent")]
        lines += [self._say("utter_plan_step", number=number, step=step) for number, step in steps]
        numbers = self._numbers(self._impostors.whom_to_call(country), country, province)
        return "\n".join([*lines, self._say("utter_call"), *numbers])

    def _numbers(self, needs: Iterable[str], country: str | None, province: str | None) -> list[str]:
        if country is not None:
            found = first_of_each(self._hotlines, needs, country, province)
            return [self._say("utter_hotline", name=one.name, number=one.number) for one in found]
        return [
            self._say(
                "utter_plan_call_abroad" if (one.number or "").startswith("+") else "utter_plan_call_in_china",
                name=one.name,
                number=one.number,
            )
            for one in each_number_once(self._hotlines.emergency(None))
        ]


def _as_printed(known: Hotline, written: str) -> str | None:
    """The number of our table, in the form for calls from abroad when it was written so."""
    return known.dial_from_abroad if written.startswith(("+", "00")) and known.dial_from_abroad else known.number
