"""An alarm is seen at once, does not flood the log, and ends."""

from __future__ import annotations

import logging

import pytest

from bot.health import counted
from bot.health.alarms import Alarm


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def alarm(clock: Clock, caplog: pytest.LogCaptureFixture) -> Alarm:
    caplog.set_level(logging.INFO)
    return Alarm("records", clock=clock)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [f"{record.levelname} {record.getMessage()}" for record in caplog.records]


def test_it_is_said_once_a_minute_while_it_lasts(alarm: Alarm, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(121):
        alarm.sound("they cannot be used", "write")
        clock.now += 1
    assert lines(caplog) == ["ERROR ALARM: they cannot be used"] * 3
    assert alarm.is_on


def test_its_end_is_said_with_how_long_it_lasted(alarm: Alarm, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    alarm.sound("they cannot be used")
    clock.now += 42
    alarm.end("they can be used again")
    alarm.end("they can be used again")
    assert lines(caplog)[1:] == ["WARNING Over after 42 s: they can be used again"]
    assert not alarm.is_on


def test_reading_that_works_does_not_end_the_alarm_of_writing(alarm: Alarm, caplog: pytest.LogCaptureFixture) -> None:
    """On a full disk every turn reads and then fails to write."""
    for _ in range(5):
        alarm.end("again", "read")
        alarm.sound("they cannot be used", "write")
    assert lines(caplog) == ["ERROR ALARM: they cannot be used"]
    alarm.end("again", "write")
    assert not alarm.is_on and len(lines(caplog)) == 2


def test_one_that_comes_and_goes_is_not_said_more_often(alarm: Alarm, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(10):
        alarm.sound("they cannot be used")
        alarm.end("again")
    assert lines(caplog).count("ERROR ALARM: they cannot be used") == 1


def test_it_is_counted(alarm: Alarm) -> None:
    def value(name: str) -> float:
        return counted.REGISTRY.get_sample_value(name, {"alarm": "records"}) or 0.0

    before = value("anxing_alarm_causes_total")
    alarm.sound("x")
    alarm.sound("x")
    assert (value("anxing_alarm"), value("anxing_alarm_causes_total") - before) == (1.0, 2.0)
    alarm.end("y")
    assert value("anxing_alarm") == 0.0
