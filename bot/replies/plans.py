"""Says a plan for somebody who is already there: what to do, whom to call, what embassy and family can do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from bot.knowledge.hotlines import CHINA, Hotline
from bot.knowledge.plans import Plan, Plans
from bot.language.plan_words import situations
from bot.replies.composer import Bubble, Knowledge
from bot.replies.numbers import MOST_NUMBERS, each_number_once, first_of_each
from bot.replies.texts import Texts
from bot.risk.case import Case

_MOST_LAWS = 2
#: With something special to know, one article is enough.
_MOST_POINTS = 2
_MOST_FAMILY_STEPS = 5
_MOST_OTHERS = 3
#: Characters that fit on a phone screen.
_LONGEST_PAGE = 220
_POLICE, _CONSULAR, _MARITIME = "police", "consular", "maritime"


class PlanReply:
    """Chooses plans and says them in pages, one bubble each."""

    def __init__(self, texts: Texts, plans: Plans, knowledge: Knowledge) -> None:
        self._say = texts.say
        self._plans = plans
        self._knowledge = knowledge

    def choose(
        self, case: Case, text: str = "", told: Collection[str] = (), spoken: Collection[str] = ()
    ) -> list[Plan]:
        """Return the plans that fit what is known and what a normalised text tells, most urgent first.

        `told` are ids of plans that were said before: left out, unless their title is the text (a pressed button).
        `spoken` are situations that earlier messages told of.
        """
        fitting = self._plans.fitting(case.statuses, case.facts, {*situations(text), *spoken})
        pressed = [plan for plan in self._plans if plan.title == text.strip()]
        return [*pressed, *(plan for plan in fitting if plan not in pressed and plan.id not in told)]

    def say(self, plans: Sequence[Plan], case: Case) -> list[Bubble]:
        """Return the pages of the first plan and buttons to the others; nothing without a plan."""
        if not plans:
            return []
        pages = self.pages(plans[0], case)
        others = plans[1 : 1 + _MOST_OTHERS]
        if others and not case.facts.get("few_words"):
            buttons = tuple((plan.title, plan.title) for plan in others)
            pages.append(Bubble(self._say("utter_plan_others"), buttons))
        return pages

    def pages(self, plan: Plan, case: Case) -> list[Bubble]:
        """Safety and numbers, then embassy and law, then the family; the family first when the family asks.

        A wish for few words gets one step and one number.
        """
        for_others = _asks_for_others(case)
        if case.facts.get("few_words"):
            return [self._few_words(plan, case, for_others)]
        there, family = [self._there(plan, case)], [self._family(plan, case)]
        official = _on_one_page([self._embassy(plan, case), self._law(plan, case)])
        order = [*family, *there, *official] if for_others else [*there, *official, *family]
        return [Bubble(page) for page in order]

    # pages

    def _there(self, plan: Plan, case: Case) -> str:
        country = case.destination
        for_them = _asks_for_others(case)
        title = "utter_plan_title_for_them" if for_them else "utter_plan_title"
        note_down = "utter_plan_note_down_for_them" if for_them else "utter_plan_note_down"
        lines = [self._say(title, title=plan.title)]
        lines += [
            self._say("utter_plan_step", number=number, step=step)
            for number, step in enumerate(plan.steps("safety", country), 1)
        ]
        lines += [self._say(note_down, what=what) for what in plan.steps("note_down", country)]
        numbers = self._number_lines(self._numbers(plan, case), known_place=country is not None)
        return "\n".join([*lines, self._say("utter_plan_call"), *numbers])

    def _embassy(self, plan: Plan, case: Case) -> str:
        lines: list[str] = []
        for part, heading in (("embassy_can", "utter_plan_embassy"), ("embassy_cannot", "utter_plan_embassy_cannot")):
            points = plan.steps(part, case.destination)
            lines += [self._say(heading), *self._points(points)] if points else []
        return "\n".join(lines)

    def _law(self, plan: Plan, case: Case) -> str:
        know = plan.steps("know", case.destination)[:_MOST_POINTS]
        laws = plan.laws_for(case.destination)[: 1 if know else _MOST_LAWS]
        if not know and not laws:
            return ""
        lines = [self._say("utter_plan_law"), *self._points(know)]
        lines += [self._say("utter_law", law=f"《{law.name}》", article=law.article, gist=law.gist) for law in laws]
        return "\n".join([*lines, self._say("utter_not_legal_advice")])

    def _family(self, plan: Plan, case: Case) -> str:
        country = case.destination
        name = "utter_plan_family_for_them" if _asks_for_others(case) else "utter_plan_family"
        lines = [self._say(name, title=plan.title)]
        lines += [
            self._say("utter_plan_step", number=number, step=step)
            for number, step in enumerate(plan.steps("family", country)[:_MOST_FAMILY_STEPS], 1)
        ]
        numbers = self._number_lines(self._family_numbers(plan, case))
        return "\n".join([*lines, self._say("utter_plan_family_call"), *numbers])

    def _few_words(self, plan: Plan, case: Case, for_others: bool) -> Bubble:
        step = plan.steps("family" if for_others else "safety", case.destination)[0]
        numbers = self._family_numbers(plan, case) if for_others else self._numbers(plan, case)
        return Bubble(self._say("utter_plan_few_words", step=step, number=numbers[0].number))

    # numbers

    def _numbers(self, plan: Plan, case: Case) -> list[Hotline]:
        """Return at most three numbers to dial where the person is."""
        country = case.destination
        needs = plan.call[plan.place(country)]
        if country is None or plan.at_sea:
            return self._numbers_anywhere(needs, country)
        return first_of_each(self._knowledge.hotlines, needs, country, case.facts.get("province"))

    def _family_numbers(self, plan: Plan, case: Case) -> list[Hotline]:
        needs = plan.family_call[plan.place(case.destination)]
        return first_of_each(self._knowledge.hotlines, needs, CHINA, case.facts.get("origin_province"))

    def _numbers_anywhere(self, needs: Iterable[str], country: str | None) -> list[Hotline]:
        """At sea, or nobody said where: what works from anywhere, and what works in China, each named as that."""
        hotlines = self._knowledge.hotlines
        everywhere = {_POLICE: hotlines.emergency(None)[:1], _CONSULAR: hotlines.emergency(None)[1:2]}
        everywhere[_MARITIME] = hotlines.for_need(_MARITIME, CHINA)
        found: list[Hotline] = []
        for need in (*needs, _CONSULAR, _POLICE):
            local = need == _POLICE and country not in (None, CHINA)
            found += hotlines.for_need(need, country)[:1] if local else everywhere.get(need, [])[:1]
        return each_number_once(found)[:MOST_NUMBERS]

    def _number_lines(self, numbers: Sequence[Hotline], known_place: bool = True) -> list[str]:
        if known_place:
            return [self._say("utter_hotline", name=one.name, number=one.number) for one in numbers]
        return [
            self._say(
                "utter_plan_call_abroad" if (one.number or "").startswith("+") else "utter_plan_call_in_china",
                name=one.name,
                number=one.number,
            )
            for one in numbers
        ]

    def _points(self, points: Iterable[str]) -> list[str]:
        return [self._say("utter_plan_point", point=point) for point in points]


def _asks_for_others(case: Case) -> bool:
    return bool(case.facts.get("for_someone_else") or case.facts.get("caller_in_china"))


def _on_one_page(parts: Iterable[str]) -> list[str]:
    """Join parts while they fit on a screen; a part stays whole."""
    pages: list[str] = []
    for part in filter(None, parts):
        joined = f"{pages[-1]}\n{part}" if pages else part
        if pages and len(joined) <= _LONGEST_PAGE:
            pages[-1] = joined
        else:
            pages.append(part)
    return pages
