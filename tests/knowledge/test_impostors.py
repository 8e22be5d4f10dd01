"""What the real ones never do: every kind of claim has marks with a source, and a number to dial instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.impostors import PLACES, Impostors, place_of
from bot.language.hotline_claims import KINDS

FOLDER = Path(__file__).parents[2] / "data/knowledge"
IMPOSTORS = Impostors.load(FOLDER)


def test_the_kinds_of_the_words_are_the_claims() -> None:
    assert set(IMPOSTORS.claims) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_claim_has_three_or_four_marks_with_their_sources(kind: str) -> None:
    claim = IMPOSTORS.claims[kind]
    assert 3 <= len(claim.never) <= 4
    for fact in (claim.real, *claim.never):
        assert fact.sources and len(fact.text) <= 24
        for source in fact.sources:
            assert source.url.startswith("http") and source.as_of and source.confidence in ("high", "medium")
    assert set(claim.dial) == set(PLACES)


def test_places() -> None:
    assert [place_of(country) for country in ("CN", "HK", "MO", "US", None)] == [
        "china", "hk_mo", "hk_mo", "abroad", "abroad",
    ]  # fmt: skip


def test_gone_money_is_told_to_the_police_first() -> None:
    assert IMPOSTORS.whom_to_call("CN") == ("police", "fraud")
    assert IMPOSTORS.whom_to_call("US")[0] == IMPOSTORS.whom_to_call("HK")[0] == "police"
    assert "报警" in IMPOSTORS.money_sent("CN")[0]
    assert len(IMPOSTORS.money_sent("US")) == len(IMPOSTORS.money_sent("CN")) + 1, "the family at home as well"


def test_a_mark_of_low_confidence_is_not_shown(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.yml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    table = tmp_path / "impostors.yml"
    text = table.read_text(encoding="utf-8")
    start = text.index("- id: britain_2018")
    at = text.index("confidence: medium", start)
    table.write_text(text[:at] + "confidence: low" + text[at + len("confidence: medium") :], encoding="utf-8")
    before, after = IMPOSTORS.claims["embassy"].never, Impostors.load(tmp_path).claims["embassy"].never
    assert len(after) == len(before) - 1
