"""What is like nothing that people told us is foreign; what the lexicon knows, or a sure guess, never is."""

from __future__ import annotations

import numpy
import pytest

from bot.language.concepts import Concepts
from bot.language.lexicon import Lexicon
from bot.nlu.familiarity import ANY_TALK, Familiarity
from bot.nlu.readings import Reading

SIZE = 8
UNSURE, SURE = 0.2, 0.9
LEXICON, CONCEPTS = Lexicon.load(), Concepts.load()


def reading(*vector: float, text: str = "") -> Reading:
    """Return a reading with this vector, the rest of it zero, and what the lexicon sees in the text."""
    whole = numpy.array([*vector, *[0.0] * (SIZE - len(vector))], dtype=numpy.float32)
    return Reading(text, [], LEXICON.find(text), CONCEPTS.find(text), whole)


def known(*vectors: tuple[float, ...], intent: str = "describe_offer") -> Familiarity:
    return Familiarity.of([reading(*vector) for vector in vectors], [intent] * len(vectors))


NEAR = ((1.0, 0.0), (1.0, 0.1), (1.0, 0.2))


def test_far_from_all_that_is_known_is_foreign() -> None:
    assert known(*NEAR).is_foreign(reading(0.0, 0.0, 1.0), UNSURE)


def test_near_to_what_is_known_is_not() -> None:
    assert not known(*NEAR).is_foreign(reading(1.0, 0.05), UNSURE)


def test_a_sure_guess_is_no_guess() -> None:
    far = reading(0.0, 0.0, 1.0)
    assert not known(*NEAR).is_foreign(far, SURE)
    assert known(*NEAR).is_foreign(far, 0.399) and not known(*NEAR).is_foreign(far, 0.4)


@pytest.mark.parametrize("text", ["护照被老板收走了", "他们打我", "中介费三万"])
def test_what_lexicon_or_concepts_know_is_ours(text: str) -> None:
    far = reading(0.0, 0.0, 1.0, text=text)
    assert far.sightings or far.mentions
    assert not known(*NEAR).is_foreign(far, UNSURE)


@pytest.mark.parametrize("longer", [0.001, 1.0, 1000.0])
def test_only_the_direction_counts(longer: float) -> None:
    """Vectors come as they are; a long one is not nearer for its length."""
    loud = known(*[tuple(longer * value for value in vector) for vector in NEAR])
    assert loud.is_foreign(reading(0.0, 0.0, longer), UNSURE)
    assert not loud.is_foreign(reading(longer, 0.05 * longer), UNSURE)


def test_nearness_is_the_mean_of_the_three_nearest() -> None:
    """One twin alone is chance: 1, 0 and 0 is a mean of a third."""
    message = reading(1.0)
    assert known((1.0,), (0.0, 1.0), (0.0, 0.0, 1.0)).is_foreign(message, UNSURE)
    assert not known((1.0,), (1.0,), (0.0, 1.0)).is_foreign(message, UNSURE)
    far_ones = [(0.0, 0.0, 0.0, 1.0)] * 40
    assert not known((1.0,), (1.0,), (1.0,), *far_ones).is_foreign(message, UNSURE), "the rest does not count"


def test_talk_about_anything_is_not_remembered() -> None:
    """Whoever talks of the weather is not one of us because somebody did before."""
    weather = [reading(0.0, 0.0, 1.0)] * 5
    for intent in ANY_TALK:
        both = Familiarity.of([*map(reading_of_near, NEAR), *weather], ["describe_offer"] * 3 + [intent] * 5)
        assert both.is_foreign(reading(0.0, 0.0, 1.0), UNSURE)
    ours = Familiarity.of([*map(reading_of_near, NEAR), *weather], ["describe_offer"] * 8)
    assert not ours.is_foreign(reading(0.0, 0.0, 1.0), UNSURE)


def reading_of_near(vector: tuple[float, ...]) -> Reading:
    return reading(*vector)


def test_with_next_to_nothing_known_nothing_is_foreign() -> None:
    for familiarity in (known(), known(*NEAR[:2]), known(*NEAR, intent="chitchat")):
        assert not familiarity.is_foreign(reading(0.0, 0.0, 1.0), UNSURE)


def test_a_message_without_a_vector_does_not_crash() -> None:
    assert known(*NEAR).is_foreign(reading(), UNSURE)
    assert known(*NEAR, (0.0, 0.0)).is_foreign(reading(), UNSURE)


def test_readings_and_intents_belong_together() -> None:
    with pytest.raises(ValueError, match="zip"):
        Familiarity.of([reading(1.0)], [])
