"""What is a code, and what only looks like one: a card number must never be taken for it."""

from __future__ import annotations

import math

import pytest

from bot.gateway.voice import Voice
from bot.language.script import in_script
from bot.records.receipt_codes import FIRST, LENGTH, code_in, in_groups, is_ours, masked, new_code, passes_luhn
from bot.settings import PROJECT

OURS = "7123456789012340"
#: Test numbers of banks, 16 digits each: UnionPay, Visa, Mastercard, JCB, Discover, and one that begins as ours do.
CARDS = (
    "6200000000000005", "4111111111111111", "5555555555554444", "3530111333300000", "6011111111111117",
    "7000000000000005",
)  # fmt: skip


def test_the_examples_are_what_they_are_for() -> None:
    assert is_ours(OURS) and not passes_luhn(OURS)
    assert all(passes_luhn(card) for card in CARDS)
    assert passes_luhn("79927398713") and not passes_luhn("79927398710"), "the example of the standard"


def test_every_code_drawn_is_ours_and_none_is_a_card() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    for code in codes:
        assert is_ours(code) and code_in(code) == code


def test_there_are_more_than_2_to_the_48_codes() -> None:
    free = 10 ** (LENGTH - len(FIRST)) * 9 // 10  # of ten last digits one passes Luhn's test
    assert math.log2(free) > 48
    assert sum(is_ours(OURS[:-1] + digit) for digit in "0123456789") == 9


@pytest.mark.parametrize(
    "text",
    [
        OURS,
        in_groups(OURS),
        "7123-4567-8901-2340",
        " 7123 4567 8901 2340。",
        "7123  4567\n8901  2340",
        "7123–4567–8901–2340",
        "７１２３４５６７８９０１２３４０",
        "７１２３　４５６７　８９０１　２３４０",
        "7123\u200b4567\u200b8901\u200b2340",
        "7 1 2 3 4 5 6 7 8 9 0 1 2 3 4 0",
        "接续码7123456789012340",
        "接续码：7123 4567 8901 2340",
        "接續碼 7123 4567 8901 2340",
        "我的接续码是 7123 4567 8901 2340。",
        "7123 4567 8901 2340 这是我的接续码，帮我接上",
    ],
)
def test_a_code_is_known_in_every_form(text: str) -> None:
    assert code_in(text) == OURS
    hidden = masked(text)
    assert len(hidden) == len(text) and hidden.count("•") == 16
    assert code_in(hidden) is None and not any(character.isdigit() for character in hidden)


@pytest.mark.parametrize("script", [None, "traditional", "hong_kong"])
def test_our_own_bubble_is_a_code_too(script: str | None) -> None:
    """Who copies the whole bubble to the other telephone has brought the code."""
    said = Voice.load(PROJECT / "domain.yml", PROJECT / "data" / "knowledge").say(
        "utter_receipt_given", code=in_groups(OURS)
    )
    text = in_script(said.text, script)
    assert code_in(text) == OURS
    assert "16" in masked(text) and in_groups("•" * 16) in masked(text)


@pytest.mark.parametrize("text", [*CARDS, *(in_groups(card) for card in CARDS), *(f"我的卡号{card}" for card in CARDS)])
def test_a_card_is_no_code(text: str) -> None:
    assert code_in(text) is None and masked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "接续码",
        "接续码是什么",
        "2088123456789012",  # an account of Alipay's
        "6200000000000004",  # a card with a slip of the pen
        "712345678901234",  # a digit short
        "71234567890123401",  # a digit more
        "7123 4567 8901 2340 1",
        "1 7123 4567 8901 2340",
        "110101199003071234",  # an identity card
        "转到7123456789012340这个账号",  # an account of somebody's
        "7123456789012340 7123456789012340",
        "7123,4567,8901,2340",
        "接续码" + "。" * 400 + OURS,
        "²" * 16,
        "七一二三四五六七八九零一二三四零",
    ],
)
def test_no_code(text: str) -> None:
    assert code_in(text) is None and masked(text) == text


@pytest.mark.parametrize("digits", [*CARDS, "7123456789012347", "8123456789012340", "1123456789012340"])
def test_behind_the_word_every_16_digits_are_meant_as_a_code(digits: str) -> None:
    """A miscopied digit may pass Luhn's test, or be the first one; the person is to hear that it is wrong."""
    assert code_in(f"接续码 {digits}") == digits


@pytest.mark.parametrize("card", CARDS)
def test_a_card_beside_the_word_is_still_a_card(card: str) -> None:
    assert code_in(f"他要我的银行卡 {card}，还有接续码") is None
