"""Who needs a doctor now: the ambulance then stands before the police."""

from __future__ import annotations

import pytest

from bot.language.facts import read_facts


@pytest.mark.parametrize(
    ("text", "hurt"),
    [
        ("工友腿被砸断了", True),
        ("半边身子烫了人躺地上", True),
        ("血止不住", True),
        ("从架子上摔下来 动不了", True),
        ("他触电了 叫不醒", True),
        ("我被关在园区 手机快没电了", False),
        ("压了我三个月工资", False),
        ("我还没到 电话打到家里了", False),
    ],
)
def test_hurt(text: str, hurt: bool) -> None:
    assert bool(read_facts(text, {}).get("hurt")) is hurt
