"""Guessing passwords: who is locked out, who is not, and that nothing is written down about anybody."""

from __future__ import annotations

import dataclasses
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory

from bot.console import sign_in
from bot.console.sign_in import TRIES_OF_A_NAME, TRIES_OF_AN_ADDRESS
from bot.limiting import MovingWindow

PAGE, PASSWORD = "/desk/sign-in/", "a long enough password"
OFFICE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


class Clock:
    now = 5000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for name in ("of_names", "of_addresses"):
        window: MovingWindow = getattr(sign_in, name)
        monkeypatch.setattr(window, "_clock", made)
    return made


def attempt(name: str = "lin", password: str = "wrong", address: str = OFFICE, **headers: str) -> HttpResponse:
    return Client(REMOTE_ADDR=address, **headers).post(PAGE, {"username": name, "password": password})


def guessed(name: str = "lin", address: str = OFFICE) -> list[int]:
    return [attempt(name, address=address).status_code for _ in range(TRIES_OF_A_NAME)]


def signs_in(name: str = "lin", address: str = OFFICE, **headers: str) -> bool:
    return attempt(name, PASSWORD, address, **headers).status_code == 302


def test_after_five_wrong_passwords_the_right_one_does_not_help_either(staff: User) -> None:
    assert guessed() == [200, 200, 200, 200, 429]
    assert not signs_in()


def test_the_page_says_when_and_what_to_do(staff: User, clock: Clock) -> None:
    guessed()
    clock.now += 61
    answer = attempt()
    page = answer.content.decode()
    assert answer.status_code == 429 and answer["Retry-After"] == "839"
    assert "多少分钟以后再试：14。" in page and "管理员" in page and "用户名或密码不对" not in page
    english = Client(REMOTE_ADDR=OFFICE)
    english.post("/desk/language/setlang/", {"language": "en", "next": PAGE})
    page = english.post(PAGE, {"username": "lin", "password": "x"}).content.decode()
    assert "Minutes to wait before the next one: 14." in page and "administrator" in page


def test_after_a_quarter_of_an_hour_it_goes_on(staff: User, clock: Clock) -> None:
    guessed()
    for _ in range(14):
        clock.now += 60
        assert attempt().status_code == 429, "trying on does not prolong it, and does not help"
    clock.now += 60
    assert signs_in()


def test_nobody_can_lock_a_member_of_staff_out_from_elsewhere(staff: User) -> None:
    guessed(address=ELSEWHERE)
    assert signs_in(address=OFFICE)


def test_a_colleague_at_the_same_address_is_not_locked_out(staff: User) -> None:
    User.objects.create_user("mei", password=PASSWORD)
    guessed()
    assert signs_in("mei")


def test_many_names_from_one_address_are_guessing_too(staff: User) -> None:
    answers = [attempt(f"name{number}").status_code for number in range(TRIES_OF_AN_ADDRESS)]
    assert answers[:-1] == [200] * (TRIES_OF_AN_ADDRESS - 1) and answers[-1] == 429
    assert not signs_in()
    assert signs_in(address=ELSEWHERE)


def test_success_takes_the_mistakes_back(staff: User) -> None:
    mistakes = TRIES_OF_A_NAME - 1
    for _ in range(TRIES_OF_AN_ADDRESS // mistakes):
        assert [attempt().status_code for _ in range(mistakes)] == [200] * mistakes
        assert signs_in()
    for number in range(TRIES_OF_AN_ADDRESS % mistakes):
        attempt(f"name{number}")
    assert not signs_in(), "signing in to an account of one's own makes no room for guessing others"


def test_an_office_can_sign_in_all_day(staff: User) -> None:
    assert all(signs_in() for _ in range(TRIES_OF_AN_ADDRESS + 5))


def test_many_tries_at_the_same_moment_are_counted_one_by_one(staff: User) -> None:
    request = RequestFactory().post(PAGE, REMOTE_ADDR=OFFICE)

    def one(_: int) -> bool:
        from django.core.exceptions import PermissionDenied

        try:
            sign_in.LimitedTries().authenticate(request, "lin")
        except PermissionDenied:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(one, range(64))) == TRIES_OF_A_NAME


def test_what_a_stranger_says_about_the_address_is_not_believed(staff: User) -> None:
    for number in range(TRIES_OF_A_NAME):
        attempt(HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert not signs_in(HTTP_X_FORWARDED_FOR="192.0.2.99")


@pytest.fixture
def behind_tls(settings: Any) -> None:
    settings.ANXING = dataclasses.replace(settings.ANXING, behind_tls=True)


def test_behind_the_proxy_its_last_word_counts(staff: User, behind_tls: None) -> None:
    for number in range(TRIES_OF_A_NAME):
        attempt(address="127.0.0.1", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, {ELSEWHERE}")
    assert not signs_in(address="127.0.0.1", HTTP_X_FORWARDED_FOR=f"192.0.2.99, {ELSEWHERE}")
    assert signs_in(address="127.0.0.1", HTTP_X_FORWARDED_FOR=f"{ELSEWHERE}, {OFFICE}")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
        ("", "nonsense", False),
    ],
)
def test_whose_address_it_is(staff: User, one: str, other: str, same: bool) -> None:
    guessed(address=one)
    assert signs_in(address=other) is not same


def test_nothing_is_written_down_about_anybody(staff: User, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        guessed("wang-xiaomei")
        attempt("wang-xiaomei")
    told = " ".join(record.getMessage() for record in caplog.records)
    assert "wang-xiaomei" not in told and OFFICE not in told
    kept = (*sign_in.of_names._passed, *sign_in.of_addresses._passed)
    assert not any("wang" in str(key) for key in kept)


def test_programs_sign_in_without_a_limit(staff: User) -> None:
    assert all(authenticate(username="lin", password=PASSWORD) for _ in range(3))
    call_command("check")
