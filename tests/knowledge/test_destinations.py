"""Countries: facts come through unchanged, doubt stays doubt, names are found in free text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.knowledge.destinations import Destinations

FOLDER = Path(__file__).parents[2] / "data/knowledge"
DESTINATIONS = Destinations.load(FOLDER)
RAW: list[dict[str, Any]] = yaml.safe_load((FOLDER / "destinations.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("entry", RAW, ids=lambda entry: entry["code"])
def test_facts_come_through(entry: dict[str, Any]) -> None:
    destination = DESTINATIONS.get(entry["code"])
    assert destination is not None
    assert destination.name == entry["name_zh"]
    assert destination.risk_note == entry["risk_note_zh"]
    work = entry["legal_work"]
    assert destination.legal_work.tourist_visa_work is work["tourist_visa_work"]
    assert destination.legal_work.recruiter_fee_rule == work["recruiter_fee_rule_zh"]
    amount = entry["pay_reference"]["amount"]
    assert (destination.pay_reference.amount if destination.pay_reference else None) == amount
    assert all(hotline.confirmed for hotline in destination.hotlines)


def test_null_stays_unknown() -> None:
    japan, angola = DESTINATIONS.get("JP"), DESTINATIONS.get("AO")
    assert japan is not None and japan.legal_work.tourist_visa_work is None
    assert angola is not None and angola.pay_reference is None and angola.emergency.police == ()


def test_several_police_numbers() -> None:
    congo = DESTINATIONS.get("CD")
    assert congo is not None
    assert congo.emergency.police == ("+243-818906284", "+243-816770006", "+243-827205000")
    assert congo.emergency.ambulance == ()


@pytest.mark.parametrize("code", [None, "CN", "XX", ""])
def test_no_such_country(code: str | None) -> None:
    assert DESTINATIONS.get(code) is None


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("我要去日本打工", ["JP"]),
        ("先到泰国再去缅甸妙瓦底", ["TH", "MM", "MM"]),
        ("西港那边", ["KH"]),
        ("kk园区", ["MM"]),  # however it is capitalised
        ("济州岛", ["KR"]),  # one mention, not 济州 and 济州岛
        ("ABC公司", []),  # BC is a name for Philippine gambling, but not inside a word
        ("在苏州电子厂", []),
    ],
)
def test_find(text: str, codes: list[str]) -> None:
    found = DESTINATIONS.find(text)
    assert [code for code, _, _ in found] == codes
    for code, start, end in found:
        destination = DESTINATIONS.get(code)
        assert destination is not None
        assert text[start:end].lower() in [name.lower() for name in (*destination.aliases, destination.name)]
