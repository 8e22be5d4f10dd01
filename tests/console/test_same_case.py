"""Talks that a receipt made one case: staff see that they are, and of each only what its own consent allows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bot.records.models import Conversation, Message

LIST = "/desk/"
SECRET = "护照被王老板扣了"
Talk = Callable[..., Conversation]


def page_of(conversation: Conversation) -> str:
    return reverse("console:conversation", args=[conversation.pk])


def content(desk: Client, address: str) -> str:
    return desk.get(address).content.decode()


def test_each_page_leads_to_all_others_of_the_case(desk: Client, talk: Talk) -> None:
    first, stranger = talk(), talk()
    second, third = talk(continues=first), talk(continues=first)
    for one, others in ((first, (second, third)), (second, (first, third)), (third, (first, second))):
        shown = content(desk, page_of(one))
        assert shown.count("另一个聊天") == 2 and "那边说过的话，不要在这边提" in shown
        assert all(f'href="{page_of(other)}"' in shown for other in others)
        assert page_of(stranger) not in shown
    assert "同一件事" not in content(desk, page_of(stranger))


@pytest.mark.parametrize("consent", [None, False])
def test_the_consent_of_one_opens_no_other(desk: Client, talk: Talk, consent: bool | None) -> None:
    first = talk(consent, risk_level="critical", facts={"fee": 35_000})
    second = talk(True, continues=first)
    Message.objects.add(first, direction="in", author="person", text=SECRET)
    Message.objects.add(second, direction="in", author="person", text="是我，换了手机")
    shown = content(desk, page_of(second))
    assert "换了手机" in shown and "极高风险" in shown
    assert SECRET not in shown and "35000" not in shown
    closed = content(desk, page_of(first))
    assert SECRET not in closed and "换了手机" not in closed
    assert "另一个聊天" in closed


def test_the_list_marks_linked_talks_and_orders_each_by_its_own_state(desk: Client, talk: Talk) -> None:
    first = talk(risk_level="critical")
    second, stranger = talk(continues=first), talk(risk_level="high")
    shown = content(desk, LIST)
    assert shown.count(">同一件事<") == 2
    places = [shown.index(str(one.pk)) for one in (first, stranger, second)]
    assert places == sorted(places), "the level of one is not the other's"


def test_a_list_of_linked_talks_asks_no_more_questions(desk: Client, talk: Talk) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            desk.get(LIST)
        return len(asked)

    first = talk()
    alone = queries()
    for _ in range(10):
        talk(continues=first)
    assert queries() == alone


def test_staff_read_no_code_before_it_is_sent(desk: Client, talk: Talk) -> None:
    conversation = talk()
    Message.objects.add(conversation, direction="in", author="person", text="7123 4567 8901 2340")
    Message.objects.add(conversation, direction="out", author="bot", text="你的接续码：\n7123 4567 8901 2340\n抄好")
    shown = content(desk, page_of(conversation))
    assert "7123" not in shown and shown.count("•••• •••• •••• ••••") == 2 and "抄好" in shown


def test_it_is_said_in_english_too(desk: Client, talk: Talk) -> None:
    first = talk()
    second = talk(continues=first)
    desk.post("/desk/language/setlang/", {"language": "en", "next": LIST})
    shown = content(desk, page_of(second))
    assert "Same case" in shown and "another talk" in shown and "in other hands" in shown
