"""Reading order and wrapped lines, without any picture."""

from __future__ import annotations

import pytest

from bot.papers import speech
from bot.papers.allowance import Allowance
from bot.papers.kinds import decoded, kind_of
from bot.papers.lines import Box, begins_a_point, in_reading_order, unwrapped_text


def box(left: float, top: float, text: str, size: float = 40) -> Box:
    return Box(left, top, left + size * len(text), top + size, text)


CASES = {
    "side by side, whichever was found first": ([box(500, 12, "八千元"), box(10, 10, "工资")], "工资 八千元"),
    "close together it is one word": ([box(10, 10, "工"), box(55, 10, "资")], "工资"),
    "a wrapped bubble becomes one line": (
        [box(10, 10, "先交八千押金护照我们保管"), box(10, 60, "到了就退"), box(10, 260, "好")],
        "先交八千押金护照我们保管到了就退\n好",
    ),
    "lines of an advert stay apart, as they stand apart": (
        [box(10, 10, "包吃包住包机票当天可走"), box(10, 90, "不要学历"), box(10, 170, "先交押金")],
        "包吃包住包机票当天可走\n不要学历\n先交押金",
    ),
    "a new point stays a line of its own": (
        [box(10, 10, "一、护照由公司统一保管"), box(10, 60, "二、押金八千")],
        "一、护照由公司统一保管\n二、押金八千",
    ),
    "a short line did not wrap": (
        [box(10, 10, "今天定下来吗"), box(10, 60, "名额就剩两个了你快点决定吧")],
        "今天定下来吗\n名额就剩两个了你快点决定吧",
    ),
    "the lines of a crowded poster are points, though one is the longest": (
        [box(10, 10 + place * 48, text) for place, text in enumerate(
            ("新加坡建筑工急招男女", "月薪一万八起步包吃住包机票", "不压工资不扣证件", "正规公司", "中介费两万八上岸付")
        )],
        "新加坡建筑工急招男女\n月薪一万八起步包吃住包机票\n不压工资不扣证件\n正规公司\n中介费两万八上岸付",
    ),
    "a character goes down with its comma": (
        [box(10, 10, "护照我们统一保管到了就退"), box(10, 60, "还，别告诉家里人名额只有两"), box(10, 110, "个了")],
        "护照我们统一保管到了就退还，别告诉家里人名额只有两个了",
    ),
    "a number goes down as a whole": (
        [box(10, 10, "想走要赔偿公司的培训费用"), box(10, 60, "30000元，另外押金不退")],
        "想走要赔偿公司的培训费用30000元，另外押金不退",
    ),
    "a larger heading does not go on in what stands below": (
        [box(10, 10, "高薪招聘出国务工诚聘", 80), box(10, 100, "地点柬埔寨西港", 40)],
        "高薪招聘出国务工诚聘\n地点柬埔寨西港",
    ),
    "Latin words keep their blank": ([box(10, 10, "pleasecontactus"), box(10, 60, "today")], "pleasecontactus today"),
}  # fmt: skip


@pytest.mark.parametrize("why", CASES)
def test_reading_order(why: str) -> None:
    boxes, expected = CASES[why]
    assert in_reading_order(boxes) == expected


@pytest.mark.parametrize("text", ["第三条 工资", "1. 交钱", "（2）护照", "• 包吃住", "地点：西港", "三、押金"])
def test_points(text: str) -> None:
    assert begins_a_point(text)


@pytest.mark.parametrize("text", ["的，应当赔偿甲方", "三万元", "2000元押金", "护照，押金：交"])
def test_no_points(text: str) -> None:
    assert not begins_a_point(text)


def test_a_text_layer_is_unwrapped_where_it_ended_at_the_margin() -> None:
    rows = (
        "第一条 护照和身份证件应当由甲方统一保管，乙",
        "方在合同期满之前不得以任何理由向甲方索回，否",
        "则视为违约。",
    )
    text = "\n".join(("劳务合同", *rows, "第二条 月工资八千元。"))
    assert unwrapped_text(text).splitlines() == ["劳务合同", "".join(rows), "第二条 月工资八千元。"]


def test_a_list_in_a_text_layer_stays_a_list() -> None:
    text = "月薪三万\n包吃包住\n先交八千"
    assert unwrapped_text(text) == text


@pytest.mark.parametrize("content", [b"\x00\x01\x02\x03" * 20, b"\x07" * 50, b"text\x00text"])
def test_no_text(content: bytes) -> None:
    assert decoded(content) is None


def test_the_first_bytes_decide() -> None:
    assert kind_of(b"\x89PNG\r\n\x1a\n") == "picture" and kind_of(b"\n%PDF-1.4") == "pdf"
    assert kind_of("招工".encode("gb18030")) == "text"


def test_speech_can_be_plugged_in_and_out() -> None:
    class Recognizer:
        def recognize(self, sound: bytes) -> str:
            return "救命"

    assert speech.recognizer() is None
    speech.plug_in(Recognizer())
    found = speech.recognizer()
    assert found is not None and found.recognize(b"") == "救命"
    speech.plug_in(None)
    assert speech.recognizer() is None


def test_an_allowance_ends_by_work_or_by_time() -> None:
    assert not Allowance().is_used_up
    assert Allowance(processor_seconds=-1).is_used_up and Allowance(seconds=-1).is_used_up
