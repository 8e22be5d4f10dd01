from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.records.models import Contact, Conversation, Message


@pytest.fixture
def conversation(db: None) -> Conversation:
    return Conversation.objects.create(contact=Contact.objects.reach("telegram", "123456", "777001"))


@pytest.fixture
def say(conversation: Conversation) -> Callable[..., Message]:
    """Add a message of the person."""

    def add(text: str, **fields: Any) -> Message:
        given = {"direction": "in", "author": "person", "bot": "123456", "state": "received", "text": text, **fields}
        return Message.objects.add(conversation, **given)

    return add
