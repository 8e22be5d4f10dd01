"""Who claims to be an authority."""

from __future__ import annotations

from typing import Any

import pytest

from bot.language.hotline_claims import hotline_claim
from bot.language.normalization import normalize
from tests.case_files import load_cases


@pytest.mark.parametrize("case", load_cases("hotline_claims.yml"))
def test_claims(case: dict[str, Any]) -> None:
    claim = hotline_claim(normalize(case["text"]).text)
    assert (claim.kind if claim else None) == case["kind"]
    for name in ("called_me", "money_sent"):
        if name in case:
            assert getattr(claim, name) == case[name], name
    if "numbers" in case:
        assert claim is not None and list(claim.numbers) == case["numbers"]


@pytest.mark.parametrize(
    "text", ["", " ", "？", "1" * 4000, "打" * 4000, "使馆" * 2000, "公安打" * 1300, "+86 " * 1000], ids=range(8)
)
def test_anything_can_be_read(text: str) -> None:
    hotline_claim(normalize(text).text)
