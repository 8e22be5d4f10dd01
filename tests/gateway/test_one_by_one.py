"""The one thread that works on a SQLite database: danger first, and a flood leaves time for answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from bot.gateway.one_by_one import OneByOne, storing
from bot.gateway.ordering import urgently


@pytest.fixture
def thread() -> OneByOne:
    return OneByOne()


def held(thread: OneByOne) -> Callable[[], None]:
    """Keep the thread busy until the returned function is called."""
    go_on = threading.Event()
    thread.submit(go_on.wait)
    return go_on.set


def test_results_and_errors_come_back(thread: OneByOne) -> None:
    assert thread.submit(lambda: 5).result(5) == 5
    with pytest.raises(ZeroDivisionError):
        thread.submit(lambda: 1 / 0).result(5)
    assert thread.submit(lambda: 6).result(5) == 6


def test_danger_passes_all_others_and_each_kind_stays_in_order(thread: OneByOne) -> None:
    done: list[str] = []
    release = held(thread)
    for number in range(3):
        last = thread.submit(lambda number=number: done.append(f"answer {number}"))
        with storing():
            thread.submit(lambda number=number: done.append(f"store {number}"))
    with urgently():
        thread.submit(lambda: done.append("danger 0"))
        with storing():
            thread.submit(lambda: done.append("danger 1"))
    release()
    last.result(5)
    thread.submit(lambda: None).result(5)
    assert done[:2] == ["danger 0", "danger 1"]
    for kind in ("answer", "store"):
        assert [one for one in done if one.startswith(kind)] == [f"{kind} {number}" for number in range(3)]


def test_in_a_flood_answers_keep_a_share_of_the_time(thread: OneByOne) -> None:
    """Storing was done before all answers once: while there was always more to store, nobody was answered."""
    done: list[str] = []
    release = held(thread)
    for _ in range(40):
        with storing():
            thread.submit(lambda: (time.sleep(0.003), done.append("store")))
        last = thread.submit(lambda: (time.sleep(0.003), done.append("answer")))
    release()
    last.result(20)
    first_half = done[:40]
    assert 3 <= first_half.count("answer") <= 20 <= first_half.count("store")


def test_who_had_nothing_to_do_does_not_save_up_time(thread: OneByOne) -> None:
    for _ in range(20):
        thread.submit(lambda: time.sleep(0.003))
    thread.submit(lambda: None).result(5)
    done: list[str] = []
    release = held(thread)
    for _ in range(20):
        with storing():
            thread.submit(lambda: (time.sleep(0.003), done.append("store")))
        last = thread.submit(lambda: (time.sleep(0.003), done.append("answer")))
    release()
    last.result(20)
    assert "answer" in done[:12]


def test_what_is_given_up_is_not_done(thread: OneByOne) -> None:
    done: list[int] = []
    release = held(thread)
    assert thread.submit(lambda: done.append(1)).cancel()
    release()
    thread.submit(lambda: None).result(5)
    assert done == []
