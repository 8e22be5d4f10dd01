"""Without consent no word is kept for longer than it is needed; with it all is, until it is withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from bot.records import keeping
from bot.records.models import Contact, Conversation, DialogueState, Finding, Message, Outbox, Quarantine

Say = Callable[..., Message]
SECRET = "护照被王老板扣了"
DAY = timedelta(hours=24)


def now() -> datetime:
    return timezone.now()


def agree(conversation: Conversation, consent: bool | None) -> None:
    Contact.objects.filter(pk=conversation.contact_id).update(consent=consent)


def on_the_web(conversation: Conversation) -> None:
    Contact.objects.filter(pk=conversation.contact_id).update(channel="web")


def reply(to: Message, text: str = "先别交钱", state: str = "sent", **fields: Any) -> Message:
    made = Message.objects.add(
        to.conversation, direction="out", author="bot", text=text, reply_to=to,
        buttons=[{"title": "真人", "payload": "真人"}], picture={"kind": "debt"}, **fields,
    )  # fmt: skip
    Outbox.objects.create(message=made, channel=to.conversation.contact.channel, state=state)
    return made


def texts(conversation: Conversation) -> list[str]:
    return [message.text for message in conversation.messages.order_by("number")]


@pytest.mark.parametrize("consent", [None, False])
@pytest.mark.parametrize("state", ["answered", "abandoned"])
def test_what_was_answered_and_sent_is_emptied(
    conversation: Conversation, say: Say, consent: bool | None, state: str
) -> None:
    agree(conversation, consent)
    said = say(SECRET, state=state, file={"paper": "pdf", "typed": 2})
    Finding.objects.create(message=said, indicator="debt", status="present", confidence=1, start=0, end=2)
    sent, failed = reply(said), reply(said, state="failed")
    assert keeping.empty_needless(conversation.pk, now()) == 3
    for message in (said, sent, failed):
        message.refresh_from_db()
        assert (message.text, message.file, message.picture) == ("", None, None)
        assert message.emptied_at is not None
    assert Finding.objects.count() == 0
    assert sent.buttons == [{"title": "真人", "payload": "真人"}], "they can still be pressed"
    assert keeping.empty_needless(conversation.pk, now()) == 0


def test_what_waits_is_kept(conversation: Conversation, say: Say) -> None:
    waiting = say(SECRET)
    reply(waiting, "在答你", state="pending")
    assert keeping.empty_needless(conversation.pk, now()) == 0
    assert keeping.keep_little(now() + 30 * DAY)["messages"] == 0, "however long the channel or Rasa is out"
    assert texts(conversation) == [SECRET, "在答你"]


def test_with_consent_all_is_kept(conversation: Conversation, say: Say) -> None:
    agree(conversation, True)
    said = say(SECRET, state="answered")
    reply(said)
    conversation.facts = {"fee": 8000}
    conversation.save()
    Finding.objects.create(message=said, indicator="debt", status="present", confidence=1, start=0, end=2)
    DialogueState.objects.create(sender=conversation.sender, state={"events": []})
    Quarantine.objects.create(bot="1", update_id=1, pseudonym=conversation.contact.pseudonym, raw=SECRET)
    assert keeping.empty_needless(conversation.pk, now()) == 0
    assert set(keeping.keep_little(now() + 30 * DAY).values()) == {0}
    assert texts(conversation) == [SECRET, "先别交钱"]


def test_withdrawing_empties_what_was_kept(conversation: Conversation, say: Say) -> None:
    said = say(SECRET, state="answered")
    reply(said)
    waiting = say("还没答的")
    conversation.indicators, conversation.facts = {"debt": "present"}, {"fee": 8000}
    conversation.risk_level, conversation.destination_country = "critical", "KH"
    conversation.save()
    Finding.objects.create(message=said, indicator="debt", status="present", confidence=1, start=0, end=2)
    other = Conversation.objects.create(contact=Contact.objects.reach("telegram", "1", "else"), facts={"fee": 1})
    agree(conversation, False)
    keeping.withdraw(conversation.contact_id, now())
    assert texts(conversation) == ["", "", "还没答的"] and waiting.state == "received"
    conversation.refresh_from_db()
    assert (conversation.indicators, conversation.facts) == ({}, {}) and Finding.objects.count() == 0
    assert (conversation.risk_level, conversation.destination_country) == ("critical", "KH"), "staff see it of all"
    other.refresh_from_db()
    assert other.facts == {"fee": 1}


# The page has no other memory


def test_the_last_turn_stays_on_the_page_until_the_next_is_answered(conversation: Conversation, say: Say) -> None:
    on_the_web(conversation)
    conversation.contact.refresh_from_db()
    reply(say("一", state="answered"), "回一")
    assert keeping.empty_needless(conversation.pk, now()) == 0
    second = say("二")
    assert keeping.empty_needless(conversation.pk, now()) == 0, "not answered yet"
    Message.objects.filter(pk=second.pk).update(state="answered")
    reply(second, "回二")
    assert keeping.empty_needless(conversation.pk, now()) == 2
    assert texts(conversation) == ["", "", "二", "回二"]


def test_messages_in_a_row_are_one_turn(conversation: Conversation, say: Say) -> None:
    on_the_web(conversation)
    first, second = say("一", state="answered"), say("二", state="answered")
    reply(first, "回一"), reply(second, "回二")
    assert keeping.empty_needless(conversation.pk, now()) == 0


def test_what_the_page_did_not_show_yet_waits_for_it(conversation: Conversation, say: Say) -> None:
    """Two requests under way: the second is answered before the page of the first is made."""
    on_the_web(conversation)
    unseen = reply(say("一", state="answered"), "回一", state="pending")
    reply(say("二", state="answered"), "回二")
    assert keeping.empty_needless(conversation.pk, now()) == 0
    Outbox.objects.filter(message=unseen).update(state="sent")
    assert keeping.empty_needless(conversation.pk, now()) == 2
    assert texts(conversation) == ["", "", "二", "回二"]


@pytest.mark.parametrize("state", ["sent", "pending"])
def test_the_page_shows_nothing_for_longer_than_a_day(conversation: Conversation, say: Say, state: str) -> None:
    on_the_web(conversation)
    reply(say("一", state="answered"), "回一", state=state)
    assert keeping.keep_little(now() + DAY - timedelta(minutes=1))["messages"] == 0
    assert keeping.keep_little(now() + DAY)["messages"] == 2
    assert texts(conversation) == ["", ""]


def test_a_cleared_page_needs_nothing(conversation: Conversation, say: Say) -> None:
    on_the_web(conversation)
    last = reply(say("一", state="answered"), "回一")
    Conversation.objects.filter(pk=conversation.pk).update(cleared_through=last.number)
    assert keeping.empty_needless(conversation.pk, now()) == 2


# After a day


@pytest.mark.parametrize("consent", [None, False])
def test_where_the_dialogue_stood_is_forgotten_a_day_after_its_last_change(
    conversation: Conversation, consent: bool | None
) -> None:
    agree(conversation, consent)
    for sender in (conversation.sender, "nobody's"):
        DialogueState.objects.create(sender=sender, state={"events": [SECRET]})
    assert keeping.forget_states(now() + DAY - timedelta(minutes=1)) == 0
    DialogueState.objects.filter(sender="nobody's").update(updated_at=now() + timedelta(hours=2))
    assert keeping.forget_states(now() + DAY) == 1
    assert DialogueState.objects.get().sender == "nobody's"
    assert keeping.forget_states(now() + DAY + timedelta(hours=2)) == 1


def test_a_day_later_not_even_a_button_or_a_digest_is_left(conversation: Conversation, say: Say) -> None:
    said = say(SECRET, state="answered")
    bubble = reply(said)
    keeping.empty_needless(conversation.pk, now())
    keeping.keep_little(now() + DAY - timedelta(minutes=1))
    said.refresh_from_db(), bubble.refresh_from_db()
    assert bubble.buttons and said.text_digest
    keeping.keep_little(now() + DAY)
    said.refresh_from_db(), bubble.refresh_from_db()
    assert bubble.buttons is None and said.text_digest == ""


def test_what_an_older_version_left_is_emptied(conversation: Conversation, say: Say) -> None:
    said = say(SECRET, state="received")
    Finding.objects.create(message=said, indicator="debt", status="present", confidence=1, start=0, end=2)
    conversation.facts = {"employer": "王老板"}
    conversation.save()
    Quarantine.objects.create(bot="1", update_id=1, raw=SECRET)
    counts = keeping.keep_little(now() + DAY)
    assert counts == {"dialogue_states": 0, "messages": 0, "summaries": 1, "findings": 1, "quarantined": 1}
    conversation.refresh_from_db()
    assert conversation.facts == {} and Quarantine.objects.get().raw == ""


def test_more_than_fit_into_one_transaction(conversation: Conversation, say: Say, monkeypatch: Any) -> None:
    monkeypatch.setattr(keeping, "_AT_ONCE", 3)
    for number in range(7):
        say(f"第{number}句", state="answered")
    assert keeping.keep_little(now())["messages"] == 7
    assert set(texts(conversation)) == {""}


# Digests


def test_a_digest_tells_equal_texts_only_with_its_message_and_the_key(
    conversation: Conversation, say: Say, settings: Any
) -> None:
    one, other = say(SECRET, state="answered"), say(SECRET, state="answered")
    keeping.empty_needless(conversation.pk, now())
    one.refresh_from_db(), other.refresh_from_db()
    assert one.text_digest != other.text_digest
    assert keeping.says(one, SECRET) and keeping.says(other, SECRET)
    assert not keeping.says(one, SECRET + "。")
    settings.PSEUDONYM_KEY = "another key of somebody else"
    assert not keeping.says(one, SECRET), "nobody can try texts without the key"


def test_a_text_that_is_there_is_compared_itself(say: Say) -> None:
    assert keeping.says(say("一\ud800"), "一\ud800") and not keeping.says(say("一"), "二")


def test_what_no_key_opens_any_more_is_emptied_all_the_same(
    conversation: Conversation, say: Say, settings: Any
) -> None:
    say(SECRET, state="answered")
    settings.SEAL_KEYS = "9:" + "A" * 43 + "="
    assert keeping.empty_needless(conversation.pk, now()) == 1
    assert texts(conversation) == [""]
