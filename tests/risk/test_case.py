"""What one more message changes about the money that was told: an answer, a correction, or a sum without a name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.risk.case import Case, Heard
from bot.risk.status import PRESENT, Mention
from bot.risk.taxonomy import RECRUITMENT


def money(low: float, currency: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a sum as bot.language.facts writes it."""
    return {"low": low, "high": low, "currency": currency, **more}


def heard(sum_answers: str | None = None, corrects: bool = False, **facts: Any) -> Heard:
    return Heard("describe_offer", facts=facts, words="三万", sum_answers=sum_answers, corrects=corrects)


def told(*messages: Heard) -> dict[str, Any]:
    case = Case({}, {}, {"stage": RECRUITMENT})
    for message in messages:
        case = case.after(message)
    return {name: value for name, value in case.facts.items() if name != "stage"}


def test_a_bare_sum_is_a_sum() -> None:
    assert told(heard(sum=money(30_000))) == {"sum": money(30_000)}


def test_a_bare_sum_answers_the_question_for_a_fee() -> None:
    facts = told(heard("fee", sum=money(30_000)))
    assert facts == {"fee": money(30_000), "last_money": "fee"}


def test_an_answer_with_a_name_is_what_it_says() -> None:
    """Asked for the fee, told the fee and another sum: the fee is the one that was named."""
    facts = told(heard("fee", fee=money(20_000), sum=money(90_000)))
    assert facts["fee"] == money(20_000) and facts["sum"] == money(90_000)
    facts = told(heard("fee", pay=money(8_000, period="month")))
    assert "fee" not in facts and facts["last_money"] == "pay"


@pytest.mark.parametrize("name", ["fee", "pay", "loan"])
def test_a_correction_takes_the_place_of_what_was_told_last(name: str) -> None:
    first: dict[str, Any] = {name: money(20_000)}
    facts = told(heard(**first), heard(corrects=True, sum=money(30_000)))
    assert facts[name]["low"] == facts[name]["high"] == 30_000
    assert facts.keys() == {name, "last_money"}


def test_of_several_sums_the_last_one_is_corrected() -> None:
    messages = [heard(fee=money(20_000)), heard(pay=money(8_000, period="month"))]
    facts = told(*messages, heard(corrects=True, sum=money(9_000)))
    assert facts["pay"]["low"] == 9_000 and facts["fee"] == money(20_000)
    facts = told(*reversed(messages), heard(corrects=True, sum=money(30_000)))
    assert facts["fee"] == money(30_000) and facts["pay"]["low"] == 8_000


def test_of_two_sums_in_one_message_the_money_they_want_is_corrected() -> None:
    """月薪八千中介费两万 - 不对是三万: what they are to pay is what people get wrong, and what matters."""
    facts = told(heard(pay=money(8_000, period="month"), fee=money(20_000)), heard(corrects=True, sum=money(30_000)))
    assert facts["fee"] == money(30_000) and facts["pay"]["low"] == 8_000


def test_what_lies_between_does_not_matter() -> None:
    facts = told(heard(fee=money(20_000)), heard(destination="JP"), heard(), heard(corrects=True, sum=money(30_000)))
    assert facts["fee"] == money(30_000) and facts["destination"] == "JP" and "sum" not in facts


def test_pay_by_the_month_stays_by_the_month() -> None:
    """不对是九千: nobody says again what it is paid by."""
    facts = told(heard(pay=money(8_000, "CNY", period="month")), heard(corrects=True, sum=money(9_000, "CNY")))
    assert facts["pay"] == money(9_000, "CNY", period="month")


def test_a_currency_that_is_told_with_the_correction_holds() -> None:
    facts = told(heard(fee=money(20_000)), heard(corrects=True, sum=money(3_000, "USD")))
    assert facts["fee"] == money(3_000, "USD")


def test_a_currency_that_is_not_told_again_stays() -> None:
    """月薪8000刀 - 不对，是9000: dollars, not yuan."""
    facts = told(heard(pay=money(8_000, "USD", period="month")), heard(corrects=True, sum=money(9_000)))
    assert facts["pay"] == money(9_000, "USD", period="month")


def test_a_correction_can_be_corrected() -> None:
    facts = told(heard(fee=money(1)), heard(corrects=True, sum=money(2)), heard(corrects=True, sum=money(3)))
    assert facts["fee"] == money(3)


def test_an_answer_can_be_corrected() -> None:
    facts = told(heard("fee", sum=money(20_000)), heard(corrects=True, sum=money(30_000)))
    assert facts == {"fee": money(30_000), "last_money": "fee"}


def test_a_named_sum_in_a_correction_is_what_it_says() -> None:
    facts = told(heard(fee=money(20_000)), heard(corrects=True, pay=money(8_000)))
    assert facts == {"fee": money(20_000), "pay": money(8_000), "last_money": "pay"}


def test_a_correction_of_nothing_stays_a_sum() -> None:
    assert told(heard(corrects=True, sum=money(30_000))) == {"sum": money(30_000)}
    assert told(heard(corrects=True)) == {}


def test_a_bare_sum_without_a_correction_changes_no_fee() -> None:
    facts = told(heard(fee=money(20_000)), heard(sum=money(30_000)))
    assert facts == {"fee": money(20_000), "last_money": "fee", "sum": money(30_000)}


def test_asked_for_the_fee_a_correction_is_the_fee_too() -> None:
    """The question is nearer than what was told before it."""
    facts = told(heard(pay=money(8_000)), heard("fee", True, sum=money(30_000)))
    assert facts["fee"] == money(30_000) and facts["pay"] == money(8_000) and facts["last_money"] == "fee"


names = st.sampled_from(["fee", "pay", "loan", "sum"])


@given(st.lists(st.tuples(st.dictionaries(names, st.integers(1, 99_999).map(money), max_size=3), st.booleans())))
def test_the_messages_are_not_changed_and_no_sum_is_lost(messages: list[tuple[dict[str, Any], bool]]) -> None:
    case = Case()
    for facts, corrects in messages:
        before, kept = dict(case.facts), {name: dict(value) for name, value in facts.items()}
        after = case.after(heard(None, corrects, **facts))
        assert facts == kept and case.facts == before
        amounts = [value["low"] for value in after.facts.values() if isinstance(value, dict)]
        assert all(value["low"] in amounts for value in facts.values())
        assert all(after.facts[name] == value for name, value in facts.items() if name != "sum")
        case = after


@pytest.mark.parametrize(
    ("why", "messages", "where"),
    [
        ("taken away abroad", [{"destination": "MM"}], "MM"),
        ("still on the road to the border", [{"destination": "MM", "on_the_way": True}], "CN"),
        ("names where in China they are", [{"destination": "MM"}, {"destination": "CN", "words": "在临沧"}], "CN"),
        ("then they are across", [{"destination": "MM", "on_the_way": True}, {"destination": "MM"}], "MM"),
        ("a brother: where the family is does not help him", [{"destination": "LA", "for_someone_else": True},
                                                             {"destination": "CN", "words": "我在西昌"}], "LA"),
        ("back from there", [{"destination": "KH", "back_home": True}], "CN"),
    ],
)  # fmt: skip
def test_whose_help_is_near_in_danger(why: str, messages: list[dict[str, Any]], where: str) -> None:
    case = Case()
    for message in messages:
        flags = {name: message.pop(name) for name in ("on_the_way", "back_home") if name in message}
        words = message.pop("words", "救命")
        case = case.after(Heard("emergency", facts=message, words=words, **flags))
    assert case.whereabouts == where, why


def test_a_corrected_place_takes_back_no_sign() -> None:
    papers = Mention("document_retention", PRESENT, 0.9, "护照要交给领队", 0, 7)
    case = Case().after(Heard("describe_offer", (papers,), {"destination": "TH"}, "护照要交给领队"))
    signs = frozenset({"document_retention"})
    same = case.after(Heard("deny", (), {}, "不对 已经还给我了", corrects=True, last_signs=signs))
    moved = case.after(Heard("deny", (), {"destination": "MY"}, "不是泰国 是马来西亚", corrects=True, last_signs=signs))
    assert same.present == frozenset() and moved.present == signs
