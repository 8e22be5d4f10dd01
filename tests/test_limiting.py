"""How often something may happen."""

from __future__ import annotations

from bot.limiting import MovingWindow


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_so_many_pass_within_any_span() -> None:
    clock = Clock()
    window = MovingWindow(3, 60, clock)
    assert [window.take("a") for _ in range(4)] == [True, True, True, False]
    clock.now += 59
    assert not window.take("a") and window.wait("a") == 1
    clock.now += 1
    assert window.wait("a") == 0 and window.take("a")


def test_what_does_not_pass_does_not_prolong_the_wait() -> None:
    clock = Clock()
    window = MovingWindow(1, 60, clock)
    window.take("a")
    for _ in range(59):
        clock.now += 1
        assert not window.take("a")
    clock.now += 1
    assert window.take("a")


def test_one_key_does_not_count_for_another() -> None:
    window = MovingWindow(1, 60, Clock())
    assert window.take("a") and window.take("b") and not window.take("a")


def test_whoever_has_not_come_for_so_long_is_forgotten() -> None:
    clock = Clock()
    window = MovingWindow(2, 60, clock)
    for number in range(1000):
        window.take(number)
    clock.now += 30
    window.take(0)  # has come again
    clock.now += 30
    window.take("new")
    assert len(window) == 2, "nobody's name stays in memory"


def test_a_key_can_be_let_go() -> None:
    window = MovingWindow(1, 60, Clock())
    window.take("a")
    window.forget("a")
    window.forget("nobody")
    assert window.take("a")
