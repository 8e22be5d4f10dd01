"""A number that several people were given: counted by digest, judged by the levels of today, nowhere kept in clear."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable

import pytest

from bot.records.erasing import erase_contact
from bot.records.models import Contact, Conversation, SeenNumber
from bot.records.seen_numbers import MOST_OF_A_MESSAGE, digest_of, keep_numbers, times_seen_before

pytestmark = pytest.mark.django_db
ADVERT = "柬埔寨高薪，电话138-1234-5678"
Talk = Callable[..., Conversation]


@pytest.fixture
def talk() -> Talk:
    """Start a talk of a person in which something was said."""

    def start(person: str, said: str = "", level: str = "none") -> Conversation:
        contact = Contact.objects.reach("telegram", "1", person)
        conversation = Conversation.objects.create(contact=contact, risk_level=level)
        keep_numbers(conversation, said)
        return conversation

    return start


def seen(conversation: Conversation) -> int:
    return times_seen_before([conversation])[conversation.pk]


def test_a_number_of_another_risky_talk_is_seen(talk: Talk) -> None:
    talk("first", ADVERT, "critical")
    again = talk("second", "微信13812345678加我")
    assert seen(again) == 1
    assert SeenNumber.objects.count() == 2


@pytest.mark.parametrize(("level", "count"), [("none", 0), ("caution", 0), ("high", 1), ("critical", 1)])
def test_only_grave_talks_count(talk: Talk, level: str, count: int) -> None:
    talk("first", ADVERT, level)
    assert seen(talk("second", ADVERT)) == count


def test_a_talk_that_becomes_grave_later_counts_from_then_on(talk: Talk) -> None:
    first, second = talk("first", ADVERT), talk("second", ADVERT)
    assert seen(second) == 0
    Conversation.objects.filter(pk=first.pk).update(risk_level="high")
    assert seen(second) == 1
    Conversation.objects.filter(pk=first.pk).update(risk_level="caution")  # a correction
    assert seen(second) == 0


def test_other_talks_of_the_same_person_do_not_count(talk: Talk) -> None:
    talk("first", ADVERT, "critical")
    assert seen(talk("first", ADVERT)) == 0


def test_people_are_counted_not_talks_or_numbers(talk: Talk) -> None:
    for person in ("first", "first", "second"):
        talk(person, ADVERT + "，微信abc_2026", "high")
    assert seen(talk("third", ADVERT + "，微信abc_2026")) == 2


def test_whoever_is_erased_is_counted_no_more(talk: Talk) -> None:
    first, second = talk("first", ADVERT, "critical"), talk("second", ADVERT)
    erase_contact(first.contact)
    assert seen(second) == 0
    assert SeenNumber.objects.count() == 1


def test_another_kind_is_another_number(talk: Talk) -> None:
    talk("first", "QQ 123456789", "critical")
    assert seen(talk("second", "飞机 @a123456789")) == 0
    assert digest_of("qq", "123456789") != digest_of("phone", "123456789")


def test_own_and_public_numbers_and_cards_are_not_kept(talk: Talk) -> None:
    said = (
        "我的电话是13812345678",
        "使馆电话 +81-3-6450-2195",
        "打12308",
        "卡号6222021234567890123",
        "35012219900101123X",
    )
    for number, words in enumerate(said):
        talk(f"{number}", words, "critical")
    assert not SeenNumber.objects.exists()
    talk("abroad", "老板+855 12 345 678", "critical")
    assert SeenNumber.objects.count() == 1


def test_the_digest_needs_a_key_of_its_own(settings: object) -> None:
    before = digest_of("phone", "13812345678")
    assert len(before) == 64
    key = settings.PSEUDONYM_KEY  # type: ignore[attr-defined]
    assert before != hmac.new(key.encode(), b"phone:13812345678", hashlib.sha256).hexdigest(), "a key of its own"
    settings.PSEUDONYM_KEY = "another-key-of-enough-length"  # type: ignore[attr-defined]
    assert digest_of("phone", "13812345678") != before


def test_saying_it_again_keeps_the_first_time(talk: Talk) -> None:
    conversation = talk("first", ADVERT)
    first = SeenNumber.objects.get().first_seen_at
    keep_numbers(conversation, ADVERT)
    assert SeenNumber.objects.get().first_seen_at == first


def test_a_flood_of_numbers_is_cut(talk: Talk) -> None:
    talk("first", "\n".join(f"138{number:08}" for number in range(100)))
    assert SeenNumber.objects.count() == MOST_OF_A_MESSAGE


def test_nothing_is_logged(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        talk("first", ADVERT, "critical")
        seen(talk("second", ADVERT))
    assert "138" not in "".join(record.getMessage() for record in caplog.records if record.name.startswith("bot"))


def test_many_talks_are_judged_in_two_questions(talk: Talk, django_assert_num_queries: Callable[..., object]) -> None:
    talks = [talk(f"{number}", ADVERT, "high") for number in range(10)]
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert set(times_seen_before(talks).values()) == {9}
