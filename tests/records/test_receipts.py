"""What the records keep of a code, who it links, and what goes over by that: nothing but the place in the queue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import argon2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bot.records import receipts
from bot.records.erasing import erase_contact
from bot.records.models import Contact, Conversation, DialogueState, Receipt
from bot.records.receipts import Outcome

pytestmark = pytest.mark.django_db
CODE, OTHER, THIRD = "7123456789012340", "7999456789012340", "7888456789012340"
Talk = Callable[..., Conversation]


@pytest.fixture
def talk(db: None) -> Talk:
    """Start a talk of a person of its own, with a code where one is given."""
    made = 0

    def start(code: str = "", **fields: Any) -> Conversation:
        nonlocal made
        made += 1
        contact = Contact.objects.reach("telegram", "1", f"{made}")
        conversation = Conversation.objects.create(contact=contact, **fields)
        if code:
            assert receipts.keep(conversation.pk, code, receipts.hash_of(code))
        return conversation

    return start


def redeem(conversation: Conversation, code: str) -> Outcome:
    """Take a code as the gateway does, without its limits."""
    found = receipts.find(code)
    right = receipts.matches(found, code)
    return receipts.link(conversation.pk, found) if found and right else Outcome.WRONG


def continues(conversation: Conversation) -> Conversation | None:
    conversation.refresh_from_db()
    return conversation.continues


# what is kept


def test_only_digest_and_argon2id_hash_are_kept(talk: Talk) -> None:
    talk(CODE)
    row = Receipt.objects.values("lookup", "code_hash").get()
    assert CODE not in str(row) and CODE[:8] not in row["lookup"]
    used = argon2.extract_parameters(row["code_hash"])
    assert (used.type, used.memory_cost) == (argon2.Type.ID, 47_104)
    assert used == argon2.extract_parameters(receipts.OF_NOTHING), "nobody's code must take as long"
    assert len(row["code_hash"]) <= 200


def test_the_digest_needs_the_key(settings: Any) -> None:
    before = receipts.lookup_of(CODE)
    assert before == receipts.lookup_of(CODE[:8] + "00000000"), "of the first half alone"
    settings.PSEUDONYM_KEY = "another key of this length"
    assert receipts.lookup_of(CODE) != before


def test_a_code_is_found_without_a_search(talk: Talk) -> None:
    wanted = talk(CODE)
    Receipt.objects.bulk_create(
        Receipt(conversation=talk(), lookup=f"{number}", code_hash="x") for number in range(200)
    )
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = receipts.find(CODE)
    assert found is not None and found.conversation_id == wanted.pk
    assert len(asked) == 1
    if connection.vendor == "sqlite":
        plan = Receipt.objects.filter(lookup=receipts.lookup_of(CODE)).explain()
        assert "USING INDEX" in plan and "SCAN" not in plan


def test_a_code_that_begins_like_another_ones_is_not_kept(talk: Talk) -> None:
    """Two rows would share a digest; the gateway draws again."""
    first, second = talk(CODE), talk()
    alike = CODE[:8] + "55555555"
    assert receipts.keep(second.pk, alike, receipts.hash_of(alike)) is False
    assert receipts.find(CODE).conversation_id == first.pk  # type: ignore[union-attr]
    assert receipts.matches(receipts.find(alike), alike) is False
    assert receipts.keep(first.pk, alike, receipts.hash_of(alike)), "in place of one's own"


def test_a_damaged_hash_is_a_wrong_code() -> None:
    assert receipts.matches(Receipt(code_hash="$argon2id$nonsense"), CODE) is False
    assert receipts.matches(None, CODE) is False


# linking


def test_a_code_links_and_stays_good(talk: Talk) -> None:
    first, second, third = talk(CODE), talk(), talk()
    assert redeem(second, CODE) is Outcome.LINKED
    assert redeem(second, CODE) is Outcome.LINKED, "once more changes nothing"
    assert redeem(third, CODE) is Outcome.LINKED
    assert continues(second) == continues(third) == first and continues(first) is None
    assert receipts.same_case(third.pk) == {first.pk, second.pk}


@pytest.mark.parametrize("wrong", [OTHER, CODE[:8] + "99999999", CODE[:-1] + "1"])
def test_a_wrong_code_links_nothing(talk: Talk, wrong: str) -> None:
    talk(CODE)
    second = talk()
    assert redeem(second, wrong) is Outcome.WRONG
    assert continues(second) is None


def test_a_replaced_code_is_worthless(talk: Talk) -> None:
    first, second = talk(CODE), talk()
    found = receipts.find(CODE)
    receipts.keep(first.pk, OTHER, receipts.hash_of(OTHER))
    assert redeem(second, CODE) is Outcome.WRONG
    assert found is not None and receipts.link(second.pk, found) is Outcome.WRONG, "replaced while it was checked"
    assert redeem(second, OTHER) is Outcome.LINKED
    assert Receipt.objects.count() == 1


def test_ones_own_code(talk: Talk) -> None:
    first = talk(CODE)
    assert redeem(first, CODE) is Outcome.OWN and continues(first) is None


def test_links_lead_to_the_first_talk_and_never_round(talk: Talk) -> None:
    first, second, third = talk(CODE), talk(OTHER), talk(THIRD)
    assert redeem(second, CODE) is Outcome.LINKED
    assert redeem(third, OTHER) is Outcome.LINKED
    assert continues(third) == first, "the first one, by way of the second"
    for one, code in ((first, OTHER), (first, THIRD), (second, THIRD), (third, CODE)):
        assert redeem(one, code) is Outcome.LINKED, "one case already"
    assert continues(first) is None and continues(second) == continues(third) == first


def test_two_cases_become_one(talk: Talk) -> None:
    first, second, third = talk(CODE), talk(OTHER), talk()
    redeem(third, OTHER)
    assert redeem(second, CODE) is Outcome.LINKED
    assert receipts.same_case(third.pk) == {first.pk, second.pk}
    assert redeem(first, OTHER) is Outcome.LINKED and continues(first) is None
    assert redeem(third, CODE) is Outcome.LINKED and continues(third) == second


def test_another_code_leads_elsewhere_from_then_on(talk: Talk) -> None:
    first, second, third = talk(CODE), talk(OTHER), talk()
    redeem(third, CODE)
    redeem(third, OTHER)
    assert continues(third) == second and receipts.same_case(first.pk) == set()


def test_nothing_goes_over_but_the_wait(talk: Talk) -> None:
    talk(
        CODE, risk_level="critical", in_danger=True, destination_country="KH", indicators={"debt": "present"},
        facts={"fee": 35_000}, script="x",
    )  # fmt: skip
    second = talk()
    DialogueState.objects.create(sender=second.sender, state={"events": []})
    seen = Conversation.objects.filter(pk=second.pk).values
    before, state = seen().get(), DialogueState.objects.values().get()
    assert redeem(second, CODE) is Outcome.LINKED
    changed = {name for name, value in seen().get().items() if value != before[name]}
    assert changed == {"continues_id", "updated_at"}
    assert DialogueState.objects.values().get() == state
    assert Contact.objects.get(pk=second.contact_id).consent is None


def test_the_place_in_the_queue_goes_over(talk: Talk) -> None:
    since = timezone.now() - timedelta(hours=3)
    talk(CODE, waiting_for_human=True, waiting_since=since)
    second = talk(waiting_for_human=True, waiting_since=timezone.now())
    third = talk(OTHER)
    redeem(second, CODE)
    redeem(third, CODE)
    for one in (second, third):
        one.refresh_from_db()
        assert one.waiting_for_human and one.waiting_since == since


def test_who_waits_keeps_the_place_when_the_other_does_not_wait(talk: Talk) -> None:
    talk(CODE)
    since = timezone.now() - timedelta(hours=3)
    second = talk(waiting_for_human=True, waiting_since=since)
    redeem(second, CODE)
    second.refresh_from_db()
    assert second.waiting_for_human and second.waiting_since == since


# taking it back


def test_unlinking_the_later_talk_leaves_the_others_and_the_code(talk: Talk) -> None:
    first, second, third = talk(CODE), talk(), talk()
    redeem(second, CODE)
    redeem(third, CODE)
    assert receipts.unlink(second.pk) is True
    assert continues(second) is None and continues(third) == first
    assert receipts.unlink(second.pk) is False
    assert redeem(second, CODE) is Outcome.LINKED


def test_unlinking_the_first_talk_takes_all_links_and_the_code(talk: Talk) -> None:
    first, second, third = talk(CODE), talk(), talk()
    redeem(second, CODE)
    redeem(third, CODE)
    assert receipts.unlink(first.pk) is True
    assert continues(second) is None and continues(third) is None
    assert redeem(second, CODE) is Outcome.WRONG and Receipt.objects.count() == 0


def test_who_is_linked_with_nobody_keeps_the_code(talk: Talk) -> None:
    first, second = talk(CODE), talk()
    assert receipts.unlink(first.pk) is False
    assert redeem(second, CODE) is Outcome.LINKED


def test_who_waits_stays_waiting(talk: Talk) -> None:
    talk(CODE, waiting_for_human=True, waiting_since=timezone.now())
    second = talk()
    redeem(second, CODE)
    receipts.unlink(second.pk)
    second.refresh_from_db()
    assert second.waiting_for_human


def test_erasing_takes_code_and_links_and_leaves_the_other_talk(talk: Talk) -> None:
    first, second = talk(CODE), talk()
    redeem(second, CODE)
    found = receipts.find(CODE)
    erase_contact(first.contact)
    assert continues(second) is None and Receipt.objects.count() == 0
    assert redeem(second, CODE) is Outcome.WRONG
    assert found is not None and receipts.link(second.pk, found) is Outcome.WRONG, "erased while it was checked"
    assert receipts.keep(first.pk, CODE, "hash") and Receipt.objects.count() == 0, "nor does a code come back"
    assert receipts.unlink(first.pk) is False


def test_erasing_the_later_talk_leaves_the_first(talk: Talk) -> None:
    first, second = talk(CODE), talk()
    redeem(second, CODE)
    erase_contact(second.contact)
    assert receipts.same_case(first.pk) == set() and Receipt.objects.count() == 1


# tries


def test_five_wrong_codes_an_hour(talk: Talk) -> None:
    contact = talk().contact_id
    for _ in range(receipts.MOST_TRIES):
        assert receipts.may_try(contact)
        receipts.count_wrong(contact)
    assert not receipts.may_try(contact)
    assert receipts.may_try(talk().contact_id), "of one contact"
    Contact.objects.filter(pk=contact).update(receipt_tried_at=timezone.now() - timedelta(minutes=61))
    assert receipts.may_try(contact)
    receipts.count_wrong(contact)
    assert receipts.may_try(contact) and Contact.objects.get(pk=contact).receipt_tries == 1
