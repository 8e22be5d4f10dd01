"""Who is removed when, what the job shows, and that its trouble is nobody else's."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from bot.records import erased_list
from bot.records.erasing import erase_contact
from bot.records.management.commands import retain
from bot.records.models import Contact, Conversation, DialogueState, Message, Quarantine
from bot.records.retention import DAY, HOUR, Rounds, retain_daily, retain_hourly
from tests.records.stored import graves, person, rows_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def backups(settings: Any, tmp_path: Path) -> None:
    settings.BACKUPS = tmp_path


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def somebody(
    address: str, *, made: float, seen: float | None = None, said: float | None = None, waits: bool = False
) -> Contact:
    """Make a person who came, was seen and had a message so many days ago."""
    contact = person(address)
    last_seen = None if seen is None else days_ago(seen)
    Contact.objects.filter(pk=contact.pk).update(created_at=days_ago(made), last_seen_at=last_seen)
    last_said = None if said is None else days_ago(said)
    contact.conversations.update(last_message_at=last_said, waiting_for_human=waits)
    return contact


CASES: dict[str, tuple[dict[str, Any], bool]] = {
    "away for longer than the time": ({"made": 90, "seen": 31, "said": 31}, True),
    "here yesterday": ({"made": 90, "seen": 1, "said": 1}, False),
    "just within the time": ({"made": 90, "seen": 29.9, "said": 29.9}, False),
    "only written to, by staff": ({"made": 90, "seen": 60, "said": 3}, False),
    "seen, though no message is kept": ({"made": 90, "seen": 3}, False),
    "never wrote, came long ago": ({"made": 31}, True),
    "never wrote, came today": ({"made": 0}, False),
    "waits for a human": ({"made": 170, "seen": 160, "said": 160, "waits": True}, False),
    "waited for a human too long": ({"made": 200, "seen": 181, "said": 181, "waits": True}, True),
}


@pytest.mark.parametrize(("times", "goes"), CASES.values(), ids=CASES)
def test_who_is_removed(times: dict[str, Any], goes: bool) -> None:
    contact = somebody("1", **times)
    talk = contact.conversations.get().pk
    counts = retain_daily(timezone.now())
    assert bool(rows_of(contact)) is not goes
    assert sum(counts.values()) == int(goes)
    assert graves() == ({(talk, "retention")} if goes else set())
    assert (contact.pk in erased_list.read()) is goes, "an older backup does not bring them back either"


def test_the_times_are_settings(settings: Any) -> None:
    settings.RETENTION_DAYS, settings.RETENTION_OPEN_DAYS = 2, 5
    for address, days, waits in (("1", 3.0, False), ("2", 3.0, True), ("3", 6.0, True)):
        somebody(address, made=9, seen=days, said=days, waits=waits)
    assert retain_daily(timezone.now()) == {"people without activity": 1, "people who waited for a human": 1}
    assert Contact.objects.count() == 1


def test_who_goes_on_from_elsewhere_is_here_in_both_accounts() -> None:
    lost, here = somebody("1", made=90, seen=60, said=60), somebody("2", made=40, seen=1, said=1)
    here.conversations.update(continues=lost.conversations.get())
    assert not sum(retain_daily(timezone.now()).values())
    Contact.objects.filter(pk=here.pk).update(last_seen_at=days_ago(35))
    here.conversations.update(last_message_at=days_ago(35))
    assert sum(retain_daily(timezone.now()).values()) == 2
    assert not Contact.objects.exists()


def test_small_things_have_their_time() -> None:
    contact = person("1")
    Contact.objects.update(consent=True)
    for number, age in enumerate((1, 6.9, 7.1)):
        row = Quarantine.objects.create(bot="9", update_id=number, raw="x")
        Quarantine.objects.filter(pk=row.pk).update(created_at=days_ago(age))
    for sender, hours in (("evaluation", 25), ("just now", 1)):
        state = DialogueState.objects.create(sender=sender)
        DialogueState.objects.filter(pk=state.pk).update(updated_at=days_ago(hours / 24))
    DialogueState.objects.filter(sender=contact.conversations.get().sender).update(updated_at=days_ago(9))
    for left in (timedelta(days=-1), timedelta(days=1)):
        session = SessionStore()
        session.set_expiry(left)
        session.save()
    counts = retain_hourly(timezone.now())
    assert counts["unreadable updates"] == counts["dialogue_states"] == 1
    assert counts["sign-ins of staff that ended"] == 1
    assert set(Quarantine.objects.filter(bot="9").values_list("update_id", flat=True)) == {0, 1}
    assert set(DialogueState.objects.values_list("sender", flat=True)) == {
        "just now",
        contact.conversations.get().sender,
    }
    assert Session.objects.get().expire_date > timezone.now()


def test_what_is_kept_little_of_is_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.records.retention.keep_little", lambda now: {"messages emptied": 4})
    assert retain_hourly(timezone.now())["messages emptied"] == 4


def test_the_command_shows_counts_only() -> None:
    gone = somebody("777001", made=90, seen=60, said=60)
    shown = io.StringIO()
    call_command("retain", stdout=shown)
    assert "people without activity" in shown.getvalue()
    assert [line.split()[-1] for line in shown.getvalue().splitlines() if line.startswith("people without")] == ["1"]
    for word in ("777001", gone.pk.hex, str(gone.pk), gone.pseudonym):
        assert word not in shown.getvalue()


# Going on


@pytest.fixture
def told() -> list[Any]:
    return []


def test_the_daily_round_is_made_at_the_start_and_then_daily(told: list[Any]) -> None:
    rounds = Rounds(told.append)
    rounds.look(5.0)
    assert told == [{"people without activity": 0, "people who waited for a human": 0}]
    somebody("1", made=90, seen=60, said=60)
    rounds.look(5.0 + DAY - 1)
    assert Contact.objects.count() == 1
    rounds.look(5.0 + DAY)
    assert told[-1]["people without activity"] == 1


def test_small_things_are_seen_to_hourly(told: list[Any]) -> None:
    rounds = Rounds(told.append)
    rounds.look(5.0)
    row = Quarantine.objects.create(bot="9", update_id=1, raw="x")
    Quarantine.objects.filter(pk=row.pk).update(created_at=days_ago(8))
    rounds.look(5.0 + HOUR - 1)
    assert Quarantine.objects.exists()
    rounds.look(5.0 + HOUR)
    assert not Quarantine.objects.exists()
    assert told[-1]["unreadable updates"] == 1


@pytest.fixture
def rewritten(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """How often the files were written anew, and whether at any size."""
    calls: list[bool] = []

    def clear(at_any_size: bool) -> bool:
        calls.append(at_any_size)
        return len(calls) != 2  # the second time somebody else is at work

    monkeypatch.setattr("bot.records.retention.clear_files", clear)
    return calls


def test_the_files_are_written_anew_daily_and_after_an_erasing(told: list[Any], rewritten: list[bool]) -> None:
    rounds = Rounds(told.append)
    rounds.look(5.0)
    rounds.look(65.0)
    assert rewritten == [True]
    erase_contact(person("1"))
    rounds.look(125.0)
    rounds.look(185.0)  # again, as it did not work
    rounds.look(245.0)
    assert rewritten == [True, False, False]
    rounds.look(5.0 + DAY)
    assert rewritten == [True, False, False, True]


def test_trouble_with_the_database_is_told_and_passes(
    told: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    somebody("1", made=90, seen=60, said=60)
    rounds, fails = Rounds(told.append), [True]

    def sometimes(now: datetime) -> Any:
        if fails.pop():
            raise OperationalError("database is locked")
        return retain_daily(now)

    monkeypatch.setattr("bot.records.retention.retain_daily", sometimes)
    with caplog.at_level(logging.ERROR, "bot"):
        retain._look(rounds)
    assert "OperationalError" in caplog.text
    assert Contact.objects.exists()
    fails.append(False)
    retain._look(rounds)
    assert not Contact.objects.exists()


def test_one_process_goes_on_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Callable[..., Any]] = []

    def sleep(seconds: float) -> None:
        if len(looks) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(retain.time, "sleep", sleep)
    monkeypatch.setattr(retain, "_look", looks.append)
    call_command("retain", "--forever")
    assert len(looks) == 3


def test_who_writes_while_others_are_removed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    contact = somebody("1", made=90, seen=60, said=60)
    talk = contact.conversations.get()

    def and_then_they_write(pk: UUID) -> set[UUID]:
        Message.objects.add(talk, direction="in", author="person", text="我又来了")
        return {pk}

    monkeypatch.setattr("bot.records.retention.same_person", and_then_they_write)
    assert not sum(retain_daily(timezone.now()).values())
    assert Conversation.objects.filter(pk=talk.pk).exists()
