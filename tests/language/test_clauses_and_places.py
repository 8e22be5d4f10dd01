"""Where a clause ends, and where somebody goes, is and comes from."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.clauses import clause_at, clauses
from bot.language.normalization import normalize
from bot.language.places import destination_of, find_places, origin_of
from tests.case_files import load_cases

#: A country code of its own, but American law and numbers.
UNDER_ANOTHER_FLAG = {"关岛"}


@pytest.mark.parametrize("case", load_cases("clauses.yml"))
def test_clauses(case: dict[str, Any]) -> None:
    text = normalize(case["text"]).text
    parts = clauses(text)
    assert [part.text for part in parts] == [normalize(clause).text for clause in case["clauses"]]
    assert all(text[part.start : part.end] == part.text for part in parts)


@given(st.text(alphabet="护照没收，。 ,!?…\n:：ab1~～", max_size=60))
def test_clauses_are_in_order_and_every_position_has_one(text: str) -> None:
    parts = clauses(text)
    assert all(before.end <= after.start for before, after in pairwise(parts))
    for position in range(len(text)):
        assert parts == [] or 0 <= clause_at(parts, position) < len(parts)


@pytest.mark.parametrize("case", load_cases("places.yml"))
def test_places(case: dict[str, Any]) -> None:
    text = normalize(case["text"]).text
    places = find_places(text)
    assert all(text[place.start : place.end] == place.name for place in places)
    origin = origin_of(text, places)
    where = destination_of(text, [place for place in places if place.province is None or place.province != origin])
    if "destination" in case:
        assert (where and [where.country, where.province]) == case["destination"]
    if "origin" in case:
        assert origin == case["origin"]


def test_no_place_is_named_in_two_countries(project: Any) -> None:
    """One table wins silently, so a name in two of them is a mistake in one."""
    import yaml

    seen: dict[str, str] = {}
    for name in ("countries.yml", "places_abroad.yml", "provinces.yml"):
        table = yaml.safe_load((project / "data/dictionary" / name).read_text(encoding="utf-8"))
        for code, names in table.items():
            for place in set(names) - UNDER_ANOTHER_FLAG:
                assert seen.setdefault(place, code[:2]) == code[:2], place
