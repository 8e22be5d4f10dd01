"""Erasing by staff: who may, that it is asked once, and what is shown afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from bot.records import erased_list
from bot.records.erasing import erase_contact
from bot.records.models import Contact, Conversation, Message, Tombstone

LIST = "/desk/"
TEXT = "中介说先交三万五押金"
Talk = Callable[..., Conversation]


@pytest.fixture(autouse=True)
def backups(settings: Any, tmp_path: Path) -> None:
    settings.BACKUPS = tmp_path


@pytest.fixture
def eraser(desk: Client, staff: User) -> Client:
    staff.user_permissions.add(Permission.objects.get(codename="delete_contact"))
    return desk


def page_of(talk: Conversation, what: str = "conversation") -> str:
    return reverse(f"console:{what}", args=[talk.pk])


@pytest.mark.parametrize("consent", [True, False, None])
def test_staff_erase_after_one_question(eraser: Client, talk: Talk, consent: bool | None) -> None:
    gone, stays = talk(consent, risk_level="high"), talk()
    Message.objects.add(gone, direction="in", author="person", text=TEXT)
    assert page_of(gone, "erase") in eraser.get(page_of(gone)).content.decode()
    question = eraser.get(page_of(gone, "erase")).content.decode()
    assert "确认删除" in question and TEXT not in question
    assert Conversation.objects.count() == 2, "asking erases nobody"
    answer = eraser.post(page_of(gone, "erase"), follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    content = answer.content.decode()
    assert "这个人的全部记录已经删除。" in content and "已删除的对话：1" in content
    assert list(Conversation.objects.all()) == [stays]
    assert list(Tombstone.objects.values_list("pk", "by")) == [(gone.pk, "staff")]
    assert gone.contact_id in erased_list.read()


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_who_was_given_the_right_may_erase(client: Client, staff: User, talk: Talk, method: str) -> None:
    conversation = talk()
    address = page_of(conversation, "erase")
    assert getattr(client, method)(address)["Location"].startswith("/desk/sign-in/")
    client.force_login(staff)
    assert getattr(client, method)(address).status_code == 403
    assert address not in client.get(page_of(conversation)).content.decode()
    assert Contact.objects.exists()


def test_a_superuser_may(client: Client, talk: Talk) -> None:
    client.force_login(User.objects.create_superuser("chief", password="a long enough password"))
    client.post(page_of(talk(), "erase"))
    assert not Contact.objects.exists()


def test_the_form_needs_its_token(staff: User, talk: Talk) -> None:
    strict, conversation = Client(enforce_csrf_checks=True), talk()
    staff.user_permissions.add(Permission.objects.get(codename="delete_contact"))
    strict.force_login(staff)
    assert strict.post(page_of(conversation, "erase")).status_code == 403
    assert Contact.objects.exists()


SHOWN = {
    "person": "此人已删除全部记录",
    "staff": "工作人员已删除此人的全部记录",
    "retention": "此人的记录到期，已全部删除",
}


@pytest.mark.parametrize(("by", "words"), SHOWN.items())
@pytest.mark.parametrize("what", ["conversation", "erase"])
def test_of_an_erased_talk_staff_see_by_whom_and_nothing_else(
    eraser: Client, talk: Talk, by: str, words: str, what: str
) -> None:
    gone = talk(risk_level="critical", destination_country="KH", waiting_for_human=True)
    Message.objects.add(gone, direction="in", author="person", text=TEXT)
    erase_contact(gone.contact, by)
    answer = eraser.get(page_of(gone, what))
    content = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())  # letters at random, as KH
    assert answer.status_code == 410
    assert words in content
    for other in (TEXT, "KH", "极高风险", "等待真人", *(set(SHOWN.values()) - {words})):
        assert other not in content
    assert str(gone.pk) not in eraser.get(LIST).content.decode()


def test_erased_twice_says_so(eraser: Client, talk: Talk) -> None:
    conversation = talk()
    erase_contact(conversation.contact)
    answer = eraser.post(page_of(conversation, "erase"))
    assert answer.status_code == 410
    assert Tombstone.objects.get().by == "person"


def test_a_busy_database_is_told_and_nothing_is_lost(
    eraser: Client, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("bot.console.erasing.erase_contact", fail)
    conversation = talk()
    answer = eraser.post(page_of(conversation, "erase"), follow=True)
    assert "请再试一次" in answer.content.decode()
    assert Contact.objects.exists()


def test_nobody_erased_is_not_counted(desk: Client, talk: Talk) -> None:
    talk()
    assert "已删除的对话" not in desk.get(LIST).content.decode()
