"""Company names in what people write, and the parts of a name."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.company_names import LONGEST_READ, find_company_names, name_parts
from bot.language.normalization import normalize
from tests.case_files import load_cases


@pytest.mark.parametrize("case", load_cases("company_names.yml"))
def test_company_names(case: dict[str, Any]) -> None:
    text = normalize(case["text"]).text
    found = find_company_names(text)
    assert [one.name for one in found] == case["names"]
    assert [one.name for one in found if not one.sure] == case.get("unsure", [])
    assert [text[one.start : one.end] for one in found] == case["names"]


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("青岛环太国际经济技术合作有限公司", "环太"),
        ("中国山东国际经济技术合作有限公司", "中国山东国际经济技术合作"),
        ("山东（青岛）环太国际人力资源有限责任公司", "环太"),
        ("福州鑫海人力资源有限公司", "鑫海"),
        ("青島環太國際", "环太"),
    ],
)
def test_the_core_tells_one_company_from_another(name: str, core: str) -> None:
    assert name_parts(name).core == core


def test_places_lead_to_their_province() -> None:
    assert name_parts("青岛环太有限公司").provinces == name_parts("山东省环太有限公司").provinces == {"CN-SD"}


@given(st.text(alphabet="青岛环太国际有限责任公司集团劳务叫是查一下的()（） ，。a1", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    plain = normalize(text).text
    for one in find_company_names(plain):
        assert plain[one.start : one.end] == one.name
        name_parts(one.name)


@pytest.mark.parametrize("piece", ["公司", "国", "有限", "青岛", "是", "国际经济技术合作", "集团", "(", "查一下"])
def test_hostile_texts_take_no_time(piece: str) -> None:
    began = time.perf_counter()
    find_company_names((piece * LONGEST_READ)[:LONGEST_READ])
    assert time.perf_counter() - began < 2.0
