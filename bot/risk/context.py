"""What a story makes of the signs that a model saw in one message of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.risk.case import ONLY_AT_WORK, Case
from bot.risk.status import HYPOTHETICAL, PRESENT, Mention
from bot.risk.taxonomy import RECRUITMENT

#: In a story that holds signs already, a sign as likely as this is one more; alone it would be too little.
_LIKELY_IN_A_STORY = 0.4
#: Seven messages are seven chances of an error: in a story that is fair so far something must be surer than alone.
_SURE_IN_A_FAIR_STORY = 0.6
_VIOLENCE = "violence"
#: From here on a cry for help counts without a word of danger.
_SURELY_DANGER = 0.6


@dataclass(frozen=True)
class Traits:
    """What else is known of the message; `words` as typed."""

    words: str
    is_question: bool = False
    #: It tells what somebody else lived through.
    is_hearsay: bool = False
    tells_of_a_blow: bool = True
    is_cry_for_help: bool = False
    names_somebody: bool = False
    #: It asks for a number or for the law about a kind of trouble that nobody is said to have.
    asks_in_general: bool = False


def in_context(
    mentions: Sequence[Mention], chances: Mapping[str, float], before: Case, traits: Traits
) -> tuple[Mention, ...]:
    """Return the signs to believe; `chances` of the model, sign -> chance that it is told as present."""
    believed = [one for one in mentions if one.indicator != _VIOLENCE or traits.tells_of_a_blow]
    if before.present:
        believed += _likely_here(believed, chances, before, traits)
    elif traits.asks_in_general or (before.facts and traits.is_hearsay):
        believed = [replace(one, status=HYPOTHETICAL) for one in believed]
    elif before.facts and not traits.is_cry_for_help:
        surest = max((one.confidence for one in believed if one.status == PRESENT), default=1.0)
        if surest < _SURE_IN_A_FAIR_STORY:
            believed = [one for one in believed if one.status != PRESENT]
    return tuple(believed)


def is_a_guess_at_danger(
    confidence: float, seen: Sequence[Mention], facts: Mapping[str, Any], before: Case, *, word_of_danger: bool
) -> bool:
    """Whether what was taken for a cry for help is most likely none, in a fair story or before leaving.

    `confidence` of the intent, `seen` and `facts` of the message. None of 41 cries in five fresh rounds and the samples
    is a guess by this rule.
    """
    calm_so_far = not before.in_danger and (before.stage == RECRUITMENT or bool(before.facts and not before.present))
    force = any(one.status == PRESENT and one.indicator in ONLY_AT_WORK for one in seen)
    urgent = word_of_danger or force or bool(facts.keys() & {"self_harm", "hurt"})
    return calm_so_far and not urgent and confidence < _SURELY_DANGER


def _likely_here(
    mentions: Sequence[Mention], chances: Mapping[str, float], before: Case, traits: Traits
) -> list[Mention]:
    if traits.is_question or traits.names_somebody:
        return []
    named = {one.indicator for one in mentions} | before.present
    return [
        Mention(name, PRESENT, chance, traits.words, 0, len(traits.words))
        for name, chance in chances.items()
        if chance >= _LIKELY_IN_A_STORY and name not in named and (name != _VIOLENCE or traits.tells_of_a_blow)
    ]
