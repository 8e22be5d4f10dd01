"""What a story makes of the signs that a model saw in one message of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.risk.case import ONLY_AT_WORK, Case
from bot.risk.status import HYPOTHETICAL, PRESENT, Mention
from bot.risk.taxonomy import RECRUITMENT

#: Seven messages are seven chances of an error, and a piece of a story says less than the whole: a sign counts when it
#: is as likely as this on the average of the message alone and the story with it. By that alone 6 in place of 10 signs
#: are wrongly raised in 40 fresh stories and 3 missed as before; in 120 older ones 9 in place of 15, missed 14 and 12.
_LIKELY_IN_THE_STORY = 0.47
#: Where there are signs already, one more is likelier.
_ONE_MORE_IN_A_GRAVE_STORY = 0.42
#: The first sign of a story is not added by the story alone, unless that is sure.
_ADDED_TO_A_FAIR_STORY = 0.6
#: What only the pieces before it tell is not told again by this one.
_SAYS_SOMETHING_ITSELF = 0.15
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
    mentions: Sequence[Mention],
    chances: Mapping[str, float],
    before: Case,
    traits: Traits,
    story: Mapping[str, float] | None = None,
) -> tuple[Mention, ...]:
    """Return the signs to believe; `chances` and `story` are sign -> chance that it is told as present, by the model:
    in the message alone, and in the story with the message at its end (None for the first message)."""
    believed = [one for one in mentions if one.indicator != _VIOLENCE or traits.tells_of_a_blow]
    if not before.present and (traits.asks_in_general or (before.facts and traits.is_hearsay)):
        return tuple(replace(one, status=HYPOTHETICAL) for one in believed)
    if not story:
        return tuple(believed)
    likely = {name: (chance + story.get(name, 0.0)) / 2 for name, chance in chances.items()}
    kept = [
        one
        for one in believed
        if one.status != PRESENT or traits.is_cry_for_help or likely.get(one.indicator, 1.0) >= _LIKELY_IN_THE_STORY
    ]
    return (*kept, *_more_of_the_story(kept, chances, likely, before, traits))


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


def _more_of_the_story(
    mentions: Sequence[Mention],
    chances: Mapping[str, float],
    likely: Mapping[str, float],
    before: Case,
    traits: Traits,
) -> list[Mention]:
    """What the message alone does not show for sure, but as a piece of the story does."""
    if traits.is_question or traits.names_somebody:
        return []
    named = {one.indicator for one in mentions} | before.statuses.keys()
    bound = _ONE_MORE_IN_A_GRAVE_STORY if before.present else _ADDED_TO_A_FAIR_STORY
    return [
        Mention(name, PRESENT, chance, traits.words, 0, len(traits.words))
        for name, chance in likely.items()
        if chance >= bound
        and chances[name] >= _SAYS_SOMETHING_ITSELF
        and name not in named
        and (name != _VIOLENCE or traits.tells_of_a_blow)
    ]
