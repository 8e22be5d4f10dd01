from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from bot.console import sign_in
from bot.limiting import MovingWindow
from bot.records.models import Contact, Conversation


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_user("lin", password="a long enough password")


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    """A browser in which a member of staff signed in."""
    client.force_login(staff)
    return client


@pytest.fixture
def talk(db: None) -> Callable[..., Conversation]:
    """Make a conversation of a person of its own."""
    made = 0

    def make(consent: bool | None = True, **fields: Any) -> Conversation:
        nonlocal made
        made += 1
        contact = Contact.objects.reach("telegram", "1", f"77700{made}")
        contact.consent = consent
        contact.save()
        return Conversation.objects.create(contact=contact, **fields)

    return make


@pytest.fixture(autouse=True)
def nobody_tried_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries are counted in memory, and all tests come from one address."""
    monkeypatch.setattr(sign_in, "of_names", MovingWindow(sign_in.TRIES_OF_A_NAME, sign_in.MINUTES * 60))
    monkeypatch.setattr(sign_in, "of_addresses", MovingWindow(sign_in.TRIES_OF_AN_ADDRESS, sign_in.MINUTES * 60))
