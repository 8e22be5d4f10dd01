"""The pictures: real PNGs of a phone's width, every sign of theirs in the font, nothing of the person on them."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
import yaml
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from actions.turn import composer, knowledge, texts
from bot.replies.calculators import Calculators
from bot.replies.pictures import FONT_FILE, WIDTH, _Card, _font, _pieces, _wrap, alt_text, draw
from bot.risk.case import Case
from bot.risk.taxonomy import DESTINATION, LEVELS, RECRUITMENT
from bot.settings import PROJECT
from tests.replies.compose import RATES, judged, money
from tests.reply_checks import faults_of

DAY = date(2026, 11, 29)
SIGNS = tuple(knowledge().risk.taxonomy.indicators)
IN_THE_FONT = set(TTFont(FONT_FILE).getBestCmap())


def card(level: str, *signs: str, stage: str = RECRUITMENT, country: str = "KH") -> dict[str, Any]:
    told = Case(
        dict.fromkeys(signs, "present"),
        dict.fromkeys(signs, "老王13812345678把我护照拿了"),
        {"stage": stage, "destination": country, "destination_name": "西港", "origin_province": "CN-FJ"},
    )
    picture = composer().card(told, judged(level, *signs), DAY).picture
    assert picture is not None
    return dict(picture)


def debt(**facts: Any) -> dict[str, Any]:
    told = {"loan": money(80_000), "interest": RATES[1], "repayment": money(9_000), **facts}
    picture = Calculators(texts(), knowledge()).debt_answer(told).picture
    assert picture is not None
    return dict(picture)


def opened(picture: dict[str, Any]) -> Image.Image:
    return Image.open(BytesIO(draw(picture)))


def words_of(picture: Any) -> str:
    """Return every text of a spec."""
    if isinstance(picture, dict):
        return "".join(words_of(value) for value in picture.values())
    if isinstance(picture, list):
        return "".join(map(words_of, picture))
    return picture if isinstance(picture, str) else ""


@pytest.mark.parametrize("stage", [RECRUITMENT, DESTINATION])
@pytest.mark.parametrize("level", LEVELS)
def test_a_card_of_every_level(level: str, stage: str) -> None:
    signs = SIGNS[:6] if level != LEVELS[0] else ()
    picture = card(level, *signs, stage=stage)
    image = opened(picture)
    assert image.format == "PNG" and image.width == WIDTH and 700 < image.height < 3_000
    assert len(picture["signs"]) == min(4, len(signs))
    assert len(picture["steps"]) <= 3 and len(picture["calls"]) <= 3
    assert faults_of(alt_text(picture)) == []
    assert alt_text(picture).endswith("2026年11月29日")


@pytest.mark.parametrize("stage", [RECRUITMENT, DESTINATION])
def test_the_longest_card_keeps_its_foot(stage: str) -> None:
    side = "there" if stage == DESTINATION else "offer"
    said = {sign: texts().say(f"utter_sign_{sign}") + texts().say(f"utter_step_{side}_{sign}") for sign in SIGNS}
    longest = sorted(SIGNS, key=lambda sign: -len(said[sign]))
    height = opened(card(LEVELS[3], *longest[:4], stage=stage)).height
    assert height < _Card._LONGEST - 100, "the paper was cut"


def test_levels_differ_without_colour() -> None:
    """In grey the head of each card still looks different: words and outline."""
    heads = {opened(card(level, "recruitment_fee")).convert("L").crop((0, 0, 240, 240)).tobytes() for level in LEVELS}
    titles = {card(level)["title"] for level in LEVELS}
    assert len(heads) == len(titles) == len(LEVELS)


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_of_the_person_is_on_a_card(level: str) -> None:
    said = json.dumps(card(level, "document_retention", "threats"), ensure_ascii=False)
    assert not any(secret in said for secret in ("老王", "13812345678", "西港", "福建", "CN-FJ"))


def test_a_card_without_a_sign_is_no_stamp() -> None:
    picture = card(LEVELS[0])
    assert "不等于安全" in picture["lead"] and picture["signs"] == []
    assert len(picture["steps"]) == 3
    assert not any(words in words_of(picture) for words in ("放心", "可以去", "没问题"))


def test_numbers_on_a_card_are_those_of_the_verdict() -> None:
    told = Case({"recruitment_fee": "present"}, {}, {"destination": "KH", "stage": RECRUITMENT})
    verdict = "\n".join(bubble.text for bubble in composer().verdict(told, judged(LEVELS[2], "recruitment_fee")))
    numbers = [call["number"] for call in card(LEVELS[2], "recruitment_fee")["calls"]]
    assert numbers and all(number in verdict for number in numbers)


@pytest.mark.parametrize(
    ("why", "facts"),
    [
        ("ends soon", {}),
        ("ends at once", {"repayment": money(200_000)}),
        ("never ends", {"repayment": money(900)}),
        ("nothing is paid", {"repayment": money(0)}),
        ("takes years", {"repayment": money(1_700)}),
        ("tiny", {"loan": money(1), "repayment": money(1)}),
        ("huge", {"loan": money(50_000_000), "repayment": money(1_200_000)}),
    ],
)
def test_a_picture_of_every_kind_of_debt(why: str, facts: dict[str, Any]) -> None:
    picture = debt(**facts)
    image = opened(picture)
    assert image.format == "PNG" and image.size == (WIDTH, 1200)
    assert json.loads(json.dumps(picture, ensure_ascii=False)) == picture, "plain JSON"
    assert faults_of(alt_text(picture)) == []


def test_the_two_lines_differ_without_colour() -> None:
    """One is drawn through, one in dashes: along their keys in grey there are gaps in the second only."""
    grey = opened(debt()).convert("L")

    def gaps(y: int) -> int:
        inked = [grey.getpixel((x, y)) < 200 for x in range(62, 168)]  # type: ignore[operator]
        return sum(before and not after for before, after in pairwise(inked))

    assert gaps(262) == 0 and gaps(334) >= 2


def test_every_word_of_a_picture_is_in_the_font() -> None:
    pictures = [debt(), debt(repayment=money(900))]
    pictures += [card(level, sign, stage=stage, country=country)
                 for level in LEVELS for sign in SIGNS for stage in (RECRUITMENT, DESTINATION)
                 for country in ("KH", "JP", "CN")]  # fmt: skip
    missing = {
        character for picture in pictures for character in words_of(picture) if ord(character) not in IN_THE_FONT
    }
    assert missing == set()
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))["responses"]
    texts_of_pictures = [
        rows[0]["text"] for name, rows in domain.items() if name.startswith(("utter_card", "utter_pic"))
    ]
    assert len(texts_of_pictures) > 15
    assert {c for text in texts_of_pictures for c in text if ord(c) not in IN_THE_FONT} == set()


def test_the_font_holds_what_people_read() -> None:
    assert len(IN_THE_FONT) > 9_000 and FONT_FILE.stat().st_size < 3_000_000
    assert {ord(c) for c in "安行护照签证工资，。：（）0123456789+-%ABCxyz元萬嗎護"} <= IN_THE_FONT
    assert (FONT_FILE.parent / "OFL.txt").read_text(encoding="utf-8").count("SIL OPEN FONT LICENSE") == 1


@given(st.text(alphabet="安行护照工资，。：、12345+-%AbC “”", min_size=1, max_size=120), st.integers(20, 60))
@settings(max_examples=60)
def test_lines_are_never_too_wide_and_lose_nothing(text: str, size: int) -> None:
    lines = _wrap(text, size, 900)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:  # a word or number is not broken, however long; else no line is too wide
        assert _font(size).getlength(line) <= 900 or len(_pieces(line.strip())) == 1


@pytest.mark.parametrize(
    ("why", "text", "lines"),
    [
        ("after a comma rather than in a word", "没有工作签证去打工是违法的，出了事也不敢找人帮。",
         ["没有工作签证去打工是违法的，", "出了事也不敢找人帮。"]),
        ("no comma begins a line", "一二三四五六七八九十一二三四五六七八九十，好",
         ["一二三四五六七八九十一二三四五六七八九", "十，好"]),
        ("a number stays whole", "一二三四五六七八九十一二三四五六七+86-10-12308",
         ["一二三四五六七八九十一二三四五六七", "+86-10-12308"]),
        ("short", "先停一停。", ["先停一停。"]),
    ],
)  # fmt: skip
def test_where_lines_break(why: str, text: str, lines: list[str]) -> None:
    assert _wrap(text, 44, 880) == lines


@pytest.mark.parametrize("spec", [{}, {"kind": "map"}])
def test_no_such_picture(spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no such picture"):
        draw(spec)
