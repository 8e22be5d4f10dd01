"""One short English bubble for somebody who writes English; everything longer is said in Chinese."""

from __future__ import annotations

from bot.knowledge.hotlines import Hotline
from bot.language.english import (
    english_danger,
    english_name,
    english_place,
    english_self_harm,
    english_sign_names,
    english_signs,
)
from bot.replies.composer import Bubble, Knowledge
from bot.replies.texts import Texts
from bot.risk.assessment import CHINA
from bot.risk.case import Case
from bot.risk.status import PRESENT
from bot.risk.taxonomy import DESTINATION, LEVELS

NONE, CRITICAL = LEVELS[0], LEVELS[-1]
_MOST_SIGNS = 2
_MOST_NUMBERS = 3
#: Before leaving, the police at home is enough.
_MOST_NUMBERS_OF_AN_OFFER = 1
_BACKUP_LINE = "mfa_12308_backup"
#: Whoever tells of these is there already.
_THERE = frozenset(
    ("movement_restriction", "isolation", "violence", "wage_withholding", "threats", "excessive_overtime")
)


def heard_in_english(text: str, before: Case) -> Case:
    """Return what is known after one more normalised message in English."""
    signs = english_signs(text)
    facts = dict(before.facts)
    place = english_place(text)
    if place:
        facts["destination"] = place
    if any(status == PRESENT and name in _THERE for name, status in signs.items()):
        facts["stage"] = DESTINATION
    if english_self_harm(text):
        facts["self_harm"] = True
    in_danger = before.in_danger or english_danger(text)
    return Case({**before.statuses, **signs}, before.evidence, facts, in_danger=in_danger)


class EnglishReplies:
    """The level, up to two signs in plain words, whom to call, and that we speak Chinese."""

    def __init__(self, texts: Texts, knowledge: Knowledge) -> None:
        self._say = texts.say
        self._knowledge = knowledge

    def answer(self, case: Case, welcomed: bool = False) -> Bubble:
        """Return the bubble for a case as `heard_in_english` gave it; `welcomed` when this is not the first one."""
        judged = case.judged(self._knowledge.risk)
        there = case.stage == DESTINATION or case.in_danger
        lines = [self._level(case, judged.level, there, welcomed)]
        if case.in_danger:  # then the numbers stand before everything else
            lines += self._calls(case, there)
        signs = [name for name in judged.reasons if name in english_sign_names()][:_MOST_SIGNS]
        if signs and not case.facts.get("self_harm"):
            told = " ".join(self._say(f"utter_english_sign_{name}") for name in signs)
            lines.append(self._say("utter_english_signs", signs=told))
        if judged.level != NONE and not case.in_danger:
            lines += self._calls(case, there)
        lines.append(self._say("utter_english_chinese"))
        return Bubble("\n".join(lines))

    def _level(self, case: Case, level: str, there: bool, welcomed: bool) -> str:
        if case.in_danger:
            return self._say("utter_english_self_harm" if case.facts.get("self_harm") else "utter_english_danger")
        if level != NONE:
            return self._say(f"utter_english_level_{level}_{'there' if there else 'offer'}")
        return self._say("utter_english_level_none" if case.statuses or welcomed else "utter_english_welcome")

    def _calls(self, case: Case, there: bool) -> list[str]:
        country = case.destination if there else CHINA
        hotlines = self._knowledge.hotlines
        found = hotlines.emergency(country, case.facts.get("province"))
        if country is None:
            lines = [self._say("utter_english_call_anywhere"), *(self._line_anywhere(one) for one in found)]
            return [*lines, self._say("utter_english_ask_place")]
        if case.facts.get("self_harm") and country == CHINA:
            found = [*hotlines.for_need("psychological", CHINA)[:1], *found]
        most = _MOST_NUMBERS if there else _MOST_NUMBERS_OF_AN_OFFER
        shown = [one for one in found if one.id != _BACKUP_LINE][:most]
        place = english_name(country)
        title = self._say("utter_english_call", place=place) if place else self._say("utter_english_call_anywhere")
        return [title, *(self._line(one) for one in shown)]

    def _line(self, hotline: Hotline) -> str:
        return self._say("utter_english_number", name=hotline.name_english, number=hotline.number)

    def _line_anywhere(self, hotline: Hotline) -> str:
        at_home = not (hotline.number or "").startswith("+")
        name = "utter_english_number_in_china" if at_home else "utter_english_number_abroad"
        return self._say(name, name=hotline.name_english, number=hotline.number)
