"""Which of a person's words are quoted for a sign."""

from __future__ import annotations

import pytest

from bot.nlu.indicators import _readable


@pytest.mark.parametrize(
    ("why", "text", "seen", "quoted"),
    [
        ("a sum in words is whole", "一个月保底两万五 不要学历", "一个月保底两万", "一个月保底两万五"),
        ("a sum in digits is whole", "他说押金要交3000块", "他说押金要交30", "他说押金要交3000"),
        (
            "a number that only follows is another thing",
            "护照已经交给他们 三个月了",
            "护照已经交给他们",
            "护照已经交给他们",
        ),
        ("a few characters become their clause", "来了以后 没发工资", "没发", "没发工资"),
    ],
)
def test_what_is_quoted(why: str, text: str, seen: str, quoted: str) -> None:
    start = text.index(seen)
    begin, end = _readable(text, start, start + len(seen))
    assert text[begin:end] == quoted, why
