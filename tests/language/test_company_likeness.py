"""The same name, a short form, or a copy of it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.language.company_likeness import SAME, CompanyIndex
from tests.case_files import CASES

TABLE: dict[str, Any] = yaml.safe_load((CASES / "company_likeness.yml").read_text(encoding="utf-8"))
NAMES: list[str] = TABLE["list"]
INDEX = CompanyIndex(NAMES)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["why"]) for case in TABLE["cases"]])
def test_likeness(case: dict[str, Any]) -> None:
    found = [[NAMES[one.position], one.kind] for one in INDEX.find(case["name"])]
    assert found == case["finds"]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_finds_itself_alone(name: str) -> None:
    assert [NAMES[one.position] for one in INDEX.find(name)] == [name]


@given(st.sampled_from(NAMES), st.integers(0, 20), st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5))
def test_a_changed_character_is_never_the_same(name: str, place: int, other: str) -> None:
    place %= len(name)
    changed = name[:place] + other + name[place + 1 :]
    if changed != name and other not in "環島國際經濟":
        same = [one for one in INDEX.find(changed) if one.kind == SAME]
        assert all(NAMES[one.position] != name for one in same) or _only_script(changed, name)


def _only_script(changed: str, name: str) -> bool:
    from bot.language.company_names import name_parts

    return name_parts(changed).plain == name_parts(name).plain


def test_most_limits_the_answer() -> None:
    many = CompanyIndex([f"青岛环太国际{word}有限公司" for word in ("劳务", "人力资源", "船员", "服务", "咨询")])
    assert len(many.find("青岛环太", most=3)) == 3
    assert len(many.find("青岛环太国际贸易有限公司", most=2)) == 2


def test_an_empty_list_finds_nothing() -> None:
    assert CompanyIndex([]).find("青岛环太") == []
