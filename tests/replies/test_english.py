"""The one English bubble."""

from __future__ import annotations

import re

import pytest

from actions.turn import knowledge, texts
from bot.language.english import english_sign_names
from bot.language.normalization import normalize
from bot.replies.english import EnglishReplies, heard_in_english
from bot.risk.case import Case
from tests.replies.compose import english
from tests.reply_checks import faults_of

REPLIES = EnglishReplies(texts(), knowledge())


def answered(*messages: str) -> str:
    case = Case()
    for message in messages:
        case = heard_in_english(normalize(message).text, case)
    return REPLIES.answer(case).text


def test_who_is_held_abroad_gets_the_numbers_there_first() -> None:
    text = answered("Help me, we are locked in and they beat us. I am in Myawaddy")
    police = knowledge().destinations.get("MM").emergency.police[0]  # type: ignore[union-attr]
    assert text.index(police) < text.index("Beating people is a crime.")
    assert "+86-10-12308" in text and "Who to call in Myanmar" in text


def test_an_offer_is_answered_from_home() -> None:
    text = answered("agent wants 3000 dollars deposit first and then tourist visa to Thailand")
    assert text.startswith("Please stop here.") and "Who to call in China" in text and "Thailand" not in text


def test_nobody_said_where() -> None:
    text = answered("they dont let us out")
    assert "In China: 110" in text and "From abroad: +86-10-12308" in text and "Which country" in text


def test_what_was_told_before_counts() -> None:
    text = answered("my boss took my passport", "he doesnt pay us", "I am in Dubai")
    assert "Only you may keep your passport." in text and "United Arab Emirates" in text


@pytest.mark.parametrize(
    ("message", "begins"),
    [
        ("hello there", "Hello, I am"),
        ("they did not take my passport", "From what you say, I see no sign of danger"),
        ("i want to die", "I am worried about you"),
        ("boss took my passport and i cannot leave the factory", "This is very serious"),
        ("we work 14 hours a day", "This is not right"),
    ],
)
def test_the_first_sentence(message: str, begins: str) -> None:
    assert answered(message).startswith(begins)


def test_every_bubble_is_short_says_that_we_speak_chinese_and_has_no_fault() -> None:
    for bubble in set(english()):
        assert bubble.text.endswith("We can talk in Chinese: 中文")
        assert faults_of(bubble.text) == []
        assert len(bubble.text) <= 470 and bubble.text.count("\n") <= 11
        chinese = re.findall("[一-鿿]+", bubble.text)
        assert set(chinese) <= {"中文", "安行"}, "an English reader gets English names"


def test_every_sign_that_is_heard_has_its_words() -> None:
    for sign in english_sign_names():
        assert texts().say(f"utter_english_sign_{sign}")
