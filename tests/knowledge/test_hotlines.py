"""Numbers: each fits its place and need, none is made up, none that was not confirmed gets out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.knowledge.destinations import Destinations
from bot.knowledge.hotlines import NEEDS, Hotline, Hotlines
from bot.knowledge.rights import Rights

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "data/knowledge"
HOTLINES = Hotlines.load(FOLDER)
DESTINATIONS = Destinations.load(FOLDER)
WELL_FORMED = re.compile(r"\+?\d+([ -]\d+)*")
PLACES = [None, "CN", "PL", *DESTINATIONS.codes]


def load_cases(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/cases" / name).read_text(encoding="utf-8"))
    return cases


def raw(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def numbers(hotlines: list[Hotline]) -> list[str | None]:
    return [hotline.number for hotline in hotlines]


def everything_returned() -> list[Hotline]:
    return [
        hotline
        for country in PLACES
        for province in (None, "CN-FJ", "CN-ZJ", "CN-JL")
        for found in (
            HOTLINES.emergency(country, province),
            HOTLINES.for_place(country, province),
            *(HOTLINES.for_need(need, country, province) for need in NEEDS),
        )
        for hotline in found
    ]


@pytest.mark.parametrize("case", load_cases("hotlines.yml"), ids=lambda case: case["why"])
def test_whom_to_call(case: dict[str, Any]) -> None:
    found = numbers(getattr(HOTLINES, case["ask"])(*case["with"]))
    if "only" in case:
        assert found == case["only"]
    assert found[: len(case.get("first", ()))] == case.get("first", [])
    assert set(case.get("has", ())) <= set(found)
    assert not set(case.get("has_not", ())) & set(found)


@pytest.mark.parametrize("case", load_cases("recognise.yml"), ids=lambda case: case["why"])
def test_recognise(case: dict[str, Any]) -> None:
    hotline = HOTLINES.recognise(case["number"], case.get("country"))
    assert (hotline.id if hotline else None) == case["id"]
    if hotline:
        assert hotline.confirmed is case["confirmed"]


def test_both_kinds_of_old_number_are_recognised_and_never_offered() -> None:
    old = [entry for entry in raw("hotlines.yml") if entry["status"] == "do_not_use"]
    assert len(old) == 3
    for entry in old:
        hotline = HOTLINES.recognise(entry["number"])
        assert hotline is not None and hotline.id == entry["id"] and hotline.status == "do_not_use"
        assert entry["number"] not in HOTLINES.dialable_numbers()


def test_only_confirmed_numbers_are_returned() -> None:
    returned = everything_returned()
    assert returned
    for hotline in returned:
        assert hotline.confirmed, hotline.id
        assert hotline.number in HOTLINES.dialable_numbers(), hotline.id


def test_what_is_not_confirmed_is_not_dialable() -> None:
    doubtful = {entry["number"] for entry in raw("hotlines.yml") if entry["confidence"] == "low"}
    sure = {entry["number"] for entry in raw("hotlines.yml") if entry["confidence"] != "low"}
    for destination in raw("destinations.yml"):
        if destination["confidence"] == "low":
            assert DESTINATIONS.get(destination["code"]).emergency.police == ()  # type: ignore[union-attr]
        doubtful |= {entry["number"] for entry in destination["hotlines"] if entry["confidence"] == "low"}
    assert len(doubtful) > 5
    assert not (doubtful - sure) & HOTLINES.dialable_numbers()


def test_every_number_is_the_string_that_was_written() -> None:
    """YAML may turn 012 into 10 or 1:30 into 90: compare with the characters in the file."""
    for name in ("hotlines.yml", "destinations.yml"):
        tree = yaml.compose((FOLDER / name).read_text(encoding="utf-8"))
        values = number_nodes(tree)
        assert len(values) > 30
        for node in values:
            assert node.tag == "tag:yaml.org,2002:str", f"{name}:{node.start_mark.line + 1}"
            for number in node.value.split(" / "):
                plain = re.sub(r"\(.*\)", "", number)
                assert WELL_FORMED.fullmatch(plain), f"{name}:{node.start_mark.line + 1}"


def number_nodes(node: Any) -> list[Any]:
    if isinstance(node, yaml.SequenceNode):
        return [found for item in node.value for found in number_nodes(item)]
    if not isinstance(node, yaml.MappingNode):
        return []
    found = []
    for key, value in node.value:
        is_number = key.value in ("number", "dial_from_abroad", "police", "ambulance")
        if is_number and value.tag != "tag:yaml.org,2002:null":
            found.append(value)
        found += number_nodes(value)
    return found


def test_all_dialable_numbers_are_well_formed_and_written_in_the_files() -> None:
    written = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in ("hotlines.yml", "destinations.yml"))
    assert len(HOTLINES.dialable_numbers()) > 120
    for number in HOTLINES.dialable_numbers():
        assert WELL_FORMED.fullmatch(number)
        assert re.search(rf"(?<![\d-]){re.escape(number)}(?!\d)", written)


def test_a_number_with_a_remark_is_not_given_to_people_abroad() -> None:
    (line,) = [hotline for hotline in HOTLINES.for_need("wages", "IL") if hotline.number == "1-700-707-889"]
    assert line.dial_from_abroad is None


def test_each_of_several_numbers_has_its_place() -> None:
    names = {hotline.number: hotline.name for hotline in HOTLINES.for_need("consular", "TH")}
    assert names["+66-80-936-6070"] == "驻孔敬总领馆领事保护与协助电话"
    assert names["+66-94-595-6158"] == "驻普吉领事办公室领事保护与协助电话"
    assert numbers(HOTLINES.for_need("consular", "MY"))[2:] == ["+60-3-21636853", "+60-3-21645301"]


def test_only_china_and_the_consular_centre_are_given_as_dialled_there() -> None:
    """Abroad nobody can dial 12308 or 010; `number` is always what to dial from where the person is."""
    for country in DESTINATIONS.codes:
        for hotline in HOTLINES.for_place(country):
            assert hotline.country == country or hotline.number in ("+86-10-12308", "+86-10-65612308")


def test_an_unknown_need_is_refused() -> None:
    with pytest.raises(ValueError, match="'wage' is no need"):
        HOTLINES.for_need("wage")


def test_answers_cannot_change_what_is_stored() -> None:
    HOTLINES.for_place("CN").clear()
    HOTLINES.dialable_numbers().clear()
    assert HOTLINES.for_place("CN") and HOTLINES.dialable_numbers()


def test_numbers_named_in_shown_texts_are_dialable() -> None:
    """Rights answers and rules of a country are printed as they are, so their numbers must be confirmed ones."""
    rights = Rights.load(FOLDER)
    texts = [topic.answer for topic in rights.topics.values()]
    for code in DESTINATIONS.codes:
        destination = DESTINATIONS.get(code)
        assert destination is not None
        texts += [text for text in vars(destination.legal_work).values() if isinstance(text, str)]
    named = {
        number
        for text in texts
        for number in re.findall(r"(?<![\d.])(?:110|120|1[12]\d{3}|9\d{4}|\d{7,})(?![\d.元])", text)
    }
    assert {"12308", "12333", "110"} <= named
    assert named <= HOTLINES.dialable_numbers()


def test_numbers_inside_purposes_are_dialable() -> None:
    """A purpose may name a second way of dialling, and that of an old number the new one; nothing else slips in."""
    fields = [entry["number"] for entry in raw("hotlines.yml") if entry["number"]]
    for destination in raw("destinations.yml"):
        fields += [destination["emergency"]["police"] or "", destination["emergency"]["ambulance"] or ""]
        for entry in destination["hotlines"]:
            fields += [*entry["number"].split(" / "), entry["dial_from_abroad"] or ""]
    fields = [number for field in fields for number in field.split(" / ")]
    inside = {number for number in HOTLINES.dialable_numbers() if number not in fields}
    assert inside == {"131450", "07030000203", "971600590000", "65612308", "+86-10-12308", "+86-10-65612308"} - set(
        fields
    )
