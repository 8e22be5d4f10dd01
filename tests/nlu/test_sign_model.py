"""The two levels that decide on signs: the same every time, wary of what they have not learnt, pointing at a place."""

from __future__ import annotations

import numpy
import pytest

from bot.language.concepts import Concepts
from bot.language.lexicon import Lexicon
from bot.language.normalization import normalize
from bot.nlu.reading_features import ReadingFeatures
from bot.nlu.readings import Reading, Word
from bot.nlu.segmentation import segmenter
from bot.nlu.sign_model import SignModel
from tests.training_messages import training_messages

LEXICON, CONCEPTS = Lexicon.load(), Concepts.load()
SIGNS = ["document_retention", "recruitment_fee", "violence"]


def reading(typed: str) -> Reading:
    text = normalize(typed).text
    words = [Word(*word) for word in segmenter().tokenize(text)]
    vector = numpy.zeros(512, dtype=numpy.float32)  # meaning as a whole is the encoder's, not the question here
    return Reading(text, words, LEXICON.find(text), CONCEPTS.find(text), vector)


def trained() -> SignModel:
    messages = training_messages()[::8]
    return SignModel.fit(
        [reading(message.text) for message in messages],
        [{name: status for name, status in message.indicators.items() if name in SIGNS} for message in messages],
        [message.intent for message in messages],
        SIGNS,
        ReadingFeatures.of(LEXICON, CONCEPTS),
    )


@pytest.fixture(scope="module")
def model() -> SignModel:
    return trained()


TYPED = ["护照被老板收走了", "中介要收三万押金 护照自己拿着", "老板打我", "今天吃什么", "🙏", "1"]


def test_two_trainings_answer_alike(model: SignModel) -> None:
    again = trained()
    assert again.bounds == model.bounds
    for typed in TYPED:
        one, two = model.read([reading(typed)])[0], again.read([reading(typed)])[0]
        assert [v.present for v in one] == pytest.approx([v.present for v in two], abs=1e-9), typed


def test_company_in_a_batch_changes_nothing(model: SignModel) -> None:
    together = model.read([reading(typed) for typed in TYPED])
    for typed, verdicts in zip(TYPED, together, strict=True):
        alone = model.read([reading(typed)])[0]
        assert [v.present for v in alone] == pytest.approx([v.present for v in verdicts], abs=1e-6), typed


def test_what_is_told_is_likelier_than_what_is_not(model: SignModel) -> None:
    told = {v.sign: v.present for v in model.read([reading("护照被老板收走了")])[0]}
    calm = {v.sign: v.present for v in model.read([reading("今天吃什么")])[0]}
    assert told["document_retention"] >= model.bounds["document_retention"]
    assert all(calm[sign] < model.bounds[sign] for sign in SIGNS)


def test_the_window_points_at_the_clauses_that_say_it(model: SignModel) -> None:
    typed = "我在东莞上班 天气很热 吃得还行 护照被老板收走了"
    verdict = next(v for v in model.read([reading(typed)])[0] if v.sign == "document_retention")
    assert verdict.window is not None and "护照" in verdict.window.text
    assert normalize(typed).text[verdict.window.start :].startswith(verdict.window.text)


def test_two_clauses_have_no_windows() -> None:
    assert reading("护照被老板收走了 怎么办").windows() == []
    assert [w.text for w in reading("一 护照呢 没了").windows()] == ["一 护照呢", "护照呢 没了"]


def test_a_sign_without_examples_is_never_given() -> None:
    messages = [message for message in training_messages()[::8] if "violence" not in message.indicators]
    model = SignModel.fit(
        [reading(message.text) for message in messages],
        [{n: s for n, s in message.indicators.items() if n in SIGNS} for message in messages],
        [message.intent for message in messages],
        SIGNS,
        ReadingFeatures.of(LEXICON, CONCEPTS),
    )
    verdict = next(v for v in model.read([reading("老板打我")])[0] if v.sign == "violence")
    assert verdict.present < model.bounds["violence"]
