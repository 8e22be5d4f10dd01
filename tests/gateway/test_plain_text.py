"""Typed text on its way to Rasa."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.gateway.plain_text import cleaned, harmless, has_words, is_blank
from bot.gateway.words import spoken
from bot.language.normalization import normalize

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "typed_slashes.yml").read_text(encoding="utf-8"))
#: Whatever str.strip() takes away: Rasa does that before it looks for the slash.
BLANKS = [chr(code) for code in range(0x110000) if chr(code).isspace()]


def is_intent_to_rasa(text: str) -> bool:
    """Let Rasa's own component judge."""
    message = RegexMessageHandler().process([Message({TEXT: text})])[0]
    return bool(message.get(INTENT)) or text.strip().startswith("/")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_typed_slashes(case: dict[str, str]) -> None:
    assert harmless(case["typed"]) == case["seen"]
    assert len(case["seen"]) == len(case["typed"]), "evidence is found by offsets"
    for changed in (case["seen"], unicodedata.normalize("NFKC", case["seen"]), normalize(case["seen"]).text):
        assert not is_intent_to_rasa(changed)


def test_every_blank_that_python_strips() -> None:
    assert len(BLANKS) == 29
    for blank in BLANKS:
        assert not is_intent_to_rasa(harmless(f'{blank}/describe_offer{{"risk_level":"none"}}'))


@given(st.text(alphabet=st.characters() | st.sampled_from('/／⁄∕\u3000\u200b\u2028{"}'), max_size=12))
@settings(max_examples=150, deadline=None)
def test_whatever_is_typed_is_no_intent(typed: str) -> None:
    seen = harmless(typed + "/restart")
    assert len(seen) == len(typed) + 8
    assert harmless(seen) == seen
    for changed in (seen, unicodedata.normalize("NFKC", seen), normalize(seen).text):
        assert not is_intent_to_rasa(changed)
    seen.encode()


@pytest.mark.parametrize(
    ("text", "blank", "words"),
    [
        ("", True, False),
        (" \n\u3000\u200b\x00", True, False),
        ("\u2800\u3164\ufe0f", True, False),
        ("😭😭🆘", False, False),
        ("？？？！", False, False),
        ("110", False, True),
        ("救", False, True),
        ("😭救我", False, True),
    ],
)
def test_blank_and_words(text: str, blank: bool, words: bool) -> None:
    assert (is_blank(text), has_words(text)) == (blank, words)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/start", "开始"),
        ("/start deep_link", "开始"),
        ("/Check@some_bot", "查招工"),
        ("/check 柬埔寨包机票", "查招工 柬埔寨包机票"),
        ("/热线", "热线"),
        ("/delete 全部", "删除"),
        ("/receipt", "接续码"),
        ("/receipt 7123 4567 8901 2340", "接续码 7123 4567 8901 2340"),
        ("/接续码", "接续码"),
        ("/unlink now", "断开"),
        ("/转人工", "/转人工"),
        ("/restart", "/restart"),
        ("他说 /start", "他说 /start"),
        ("/", "/"),
    ],
)
def test_menu_words(typed: str, meant: str) -> None:
    assert spoken(typed) == meant


def test_no_writing_is_turned_round_and_no_character_moves() -> None:
    turned = "甲\u202e乙\u2066丙\u2069\u202c丁 سلام \u200f"
    assert cleaned(turned) == "甲\u200b乙\u200b丙\u200b\u200b丁 سلام \u200f"
    assert len(cleaned(turned)) == len(turned)
