"""Bubbles and buttons within Telegram's limits."""

from __future__ import annotations

import uuid

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.gateway.render import bubbles, callback_data, keyboard, pressed, units


@given(st.text(alphabet="字a😀。\n \u200d\U0001f3fb́", max_size=300), st.integers(min_value=2, max_value=40))
@settings(deadline=None)
def test_nothing_is_lost_and_nothing_too_long(text: str, limit: int) -> None:
    parts = bubbles(text, limit)
    assert all(part and units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_parted_where_one_breathes() -> None:
    text = "一" * 30 + "\n\n" + "二" * 20 + "。" + "三" * 20
    assert bubbles(text, 40) == ["一" * 30, "二" * 20 + "。", "三" * 20] or bubbles(text, 60)[0].endswith(("一", "。"))


def test_emoji_stay_whole() -> None:
    assert bubbles("👍🏻" * 3, 4) == ["👍🏻"] * 3


def test_a_text_of_exactly_the_limit_is_one_bubble() -> None:
    assert len(bubbles("😀" * 2048)) == 1
    assert len(bubbles("😀" * 2048 + "字")) == 2


def test_buttons() -> None:
    message_id = uuid.uuid4()
    titles = ["同意", "不同意", "国内求助电话一览", " ", "很" * 90]
    made = keyboard(message_id, [{"title": title, "payload": title} for title in titles])
    assert made is not None
    rows = [[button.text for button in row] for row in made.inline_keyboard]
    assert rows == [["同意", "不同意"], ["国内求助电话一览"], ["很" * 40]]
    data = [str(button.callback_data) for row in made.inline_keyboard for button in row]
    assert all(len(item.encode()) <= 64 for item in data)
    assert [pressed(item) for item in data] == [(message_id, place) for place in (0, 1, 2, 4)]
    assert keyboard(message_id, []) is None


@given(st.text(max_size=70))
def test_foreign_button_data_names_nothing(data: str) -> None:
    found = pressed(data)
    assert found is None or callback_data(*found).replace(":0", ":") == data.lower().replace(":0", ":")
