"""Erasing: nothing stays, nobody else goes, and what was at work meanwhile brings nothing back."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from bot.gateway import ledger
from bot.gateway.ledger import Bubble, Incoming
from bot.records import erased_list
from bot.records.erasing import empty_write_ahead_log, erase_contact
from bot.records.leftovers import clear_files
from bot.records.models import (
    Contact,
    Conversation,
    DialogueState,
    LicensedRecruiter,
    Message,
    Outbox,
    Quarantine,
    RecruiterList,
    Tombstone,
)
from bot.records.retention import Rounds
from tests.records.stored import all_models, found, graves, person, rows_of, traces_of, ways_to_a_person

pytestmark = pytest.mark.django_db(transaction=True)

on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite")

#: Tables that no key leads from to a person, and why nothing of one is left in them.
WITHOUT_A_WAY = {
    DialogueState: "erased by the senders of the talks",
    Quarantine: "erased by the pseudonym",
    Tombstone: "what is to be left",
    RecruiterList: "public",
    LicensedRecruiter: "public",
}


@pytest.fixture(autouse=True)
def backups(settings: Any, tmp_path: Path) -> Path:
    settings.BACKUPS = tmp_path
    return tmp_path


def test_every_table_about_people_is_emptied() -> None:
    """A new model has to be made in `person`, and a key that leads to a person has to take its rows along."""
    gone, stays = person("777001", talks=2), person("777002")
    with_a_way = [model for model in all_models() if ways_to_a_person(model)]
    assert set(all_models()) - set(with_a_way) == set(WITHOUT_A_WAY)
    before = {model: model._default_manager.count() for model in all_models()}
    assert not [model for model in with_a_way if not before[model]], "make a row of it in tests/records/stored.py"
    kept = len(rows_of(stays))
    talks = set(gone.conversations.values_list("pk", flat=True))
    assert erase_contact(gone)
    for model in [*with_a_way, DialogueState, Quarantine]:
        others = sum(isinstance(row, model) for row in set(rows_of(stays)))
        assert model._default_manager.count() == others, f"{model.__name__} holds something of an erased person"
    assert len(rows_of(stays)) == kept
    assert graves() == {(talk, "person") for talk in talks}


def test_a_tombstone_tells_the_day_and_nothing_else() -> None:
    erase_contact(person("777001"), Tombstone.By.STAFF)
    stone = Tombstone.objects.get()
    assert (stone.by, stone.on) == ("staff", timezone.localdate())
    for at in (stone.created_at, stone.updated_at):
        assert timezone.localtime(at).strftime("%H:%M:%S.%f") == "00:00:00.000000"


def test_erasing_twice_is_no_harm() -> None:
    contact = person("777001")
    assert erase_contact(contact)
    assert not erase_contact(contact)
    assert Tombstone.objects.count() == 1


@pytest.mark.parametrize("erased", [0, 1])
def test_an_account_linked_by_a_receipt_stays(erased: int) -> None:
    """A finder of the code must not be able to destroy what the owner told."""
    accounts = [person("1"), person("2")]
    accounts[1].conversations.update(continues=accounts[0].conversations.get())
    erase_contact(accounts[erased])
    assert list(Contact.objects.all()) == [accounts[1 - erased]]
    assert not Conversation.objects.exclude(continues=None).exists()


# In the files


@on_sqlite
def test_nothing_is_left_in_the_file_its_indexes_and_its_log() -> None:
    gone, stays = person("777001", talks=3, text="他们收了护照。" * 600), person("777002")
    Contact.objects.update(consent=True)  # else the rounds take the words away as well
    traces, others = traces_of(gone), traces_of(stays)
    assert len(found(traces)) == len(traces) > 40
    erase_contact(gone)
    assert log_size() == 0
    assert len(found(traces)) < 3, "all but what SQLite may have left in gaps of moved pages"
    Rounds(lambda counts: None).look(0.0)
    assert not found(traces)
    assert len(found(others)) == len(others)
    assert log_size() == 0


def test_what_was_not_overwritten_goes_when_the_files_are_written_anew() -> None:
    """PostgreSQL never overwrites; SQLite leaves copies when it moves rows between pages, which cannot be forced."""
    assert clear_files()  # as when the retention process starts: PostgreSQL takes no samples from now on
    gone, stays = person("777001", text="他们收了护照。" * 600), person("777002")
    traces, others = traces_of(gone), traces_of(stays)
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA secure_delete = OFF")
    else:
        connection.cursor().execute("ANALYZE")
    try:
        erase_contact(gone)
        assert found(traces)
        assert clear_files()
        assert not found(traces)
    finally:
        connection.close()
    assert len(found(others)) == len(others)


@on_sqlite
def test_a_busy_reader_delays_the_emptying_of_the_log_and_nobody_else() -> None:
    contact = person("777001")
    traces = traces_of(contact)
    reader = sqlite3.connect(connection.settings_dict["NAME"])
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM records_contact").fetchone()
    began = time.monotonic()
    erase_contact(contact)
    assert not empty_write_ahead_log()
    assert time.monotonic() - began < 10, "whoever wants to write waits as long; 20 s is the limit of other work"
    assert connection.cursor().execute("PRAGMA busy_timeout").fetchone()[0] == 20_000
    assert found(traces)
    reader.close()
    Rounds(lambda counts: None).look(0.0)
    assert not found(traces)
    assert log_size() == 0


@on_sqlite
def test_a_log_that_cannot_be_emptied_is_no_failure_of_erasing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> bool:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr("bot.records.erasing.empty_write_ahead_log", fail)
    assert erase_contact(person("777001"))
    assert not Contact.objects.exists()


def log_size() -> int:
    name = Path(connection.settings_dict["NAME"])
    return name.with_name(name.name + "-wal").stat().st_size


# The list that outlives backups


def test_the_list_is_on_the_disk_before_the_deletion_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    contact = person("777001")
    add = erased_list.add

    def add_and_crash(*arguments: Any) -> None:
        add(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(erased_list, "add", add_and_crash)
    with pytest.raises(KeyboardInterrupt):
        erase_contact(contact)
    monkeypatch.undo()
    assert Contact.objects.filter(pk=contact.pk).exists()
    assert contact.pk in erased_list.read()
    assert erased_list.erase_again() == 1
    assert not Contact.objects.exists()


def test_who_comes_back_from_a_backup_is_erased_again() -> None:
    gone, stays = person("777001"), person("777002")
    backup, talk = rows_of(gone), gone.conversations.get().pk
    erase_contact(gone, Tombstone.By.STAFF)
    with transaction.atomic():
        Tombstone.objects.all().delete()
        for row in backup:
            row.save(force_insert=True)
    assert len(rows_of(gone)) == len(backup) > 10
    assert erased_list.erase_again() == 1
    assert not rows_of(gone)
    assert list(Contact.objects.all()) == [stays]
    assert graves() == {(talk, "staff")}
    assert erased_list.erase_again() == 0


def test_the_id_of_a_talk_is_enough_and_lists_add_up(tmp_path: Path) -> None:
    one, two, stays = person("1"), person("2"), person("3")
    older, newer = tmp_path / "older.list", tmp_path / "newer.list"
    older.write_text(f"{one.conversations.get().pk} 2026-01-02 staff\n")
    newer.write_text(f"{two.pk}\n")
    assert erased_list.erase_again([older, newer, tmp_path / "none.list"]) == 2
    assert list(Contact.objects.all()) == [stays]
    assert {by for _, by in graves()} == {"staff", "person"}


def test_half_a_line_is_passed_over_and_spoils_no_other(backups: Path) -> None:
    first, second = uuid4(), uuid4()
    erased_list.add([first])
    with erased_list.list_path().open("ab") as file:
        file.write(b"01234567-89ab")
    erased_list.add([second], Tombstone.By.RETENTION)
    assert erased_list.read() == {first, second}
    assert erased_list.list_path() == backups / "erased.list"
    assert erased_list.list_path().stat().st_mode & 0o077 == 0


def test_a_line_holds_an_id_a_day_and_who_erased() -> None:
    one = uuid4()
    erased_list.add([one])
    assert erased_list.list_path().read_text() == f"{one} {timezone.localdate()} person\n"


def test_many_write_at_once() -> None:
    ids = [uuid4() for _ in range(60)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda one: erased_list.add([one]), ids))
    assert erased_list.read() == set(ids)


def test_a_list_that_cannot_be_written_keeps_nobody_in_the_records(
    settings: Any, backups: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A full or unplugged disk is no reason to keep who asked to go: the tombstones make the list good later."""
    contact = person("777001")
    talk = contact.conversations.get().pk
    settings.BACKUPS = backups / "unplugged"
    with caplog.at_level(logging.ERROR, "bot"):
        assert erase_contact(contact)
    assert "ALARM: the list of the erased cannot be written" in caplog.text
    assert not Contact.objects.exists()
    settings.BACKUPS.mkdir()
    assert erased_list.add_missing() == 1
    assert erased_list.read() == {talk}
    assert erased_list.add_missing() == 0


# What was at work meanwhile


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Contact, Callable[[], Any]], Any]]:
    """Do something while an erasing has done everything but commit; return what came of it."""
    reached, go_on = threading.Event(), threading.Event()
    add = erased_list.add

    def add_slowly(*arguments: Any) -> None:
        add(*arguments)
        reached.set()
        assert go_on.wait(15)

    monkeypatch.setattr(erased_list, "add", add_slowly)
    with ThreadPoolExecutor(2) as pool:

        def do(contact: Contact, work: Callable[[], Any]) -> Any:
            erasing = pool.submit(_own_connection, lambda: erase_contact(contact))
            assert reached.wait(15)
            working: Future[Any] = pool.submit(_own_connection, work)
            time.sleep(0.2)  # long enough to run into the lock of the erasing, or into what is not there any more
            go_on.set()
            assert erasing.result(30)
            return working.result(30)

        yield do


def _own_connection(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()


def test_a_message_that_comes_meanwhile_begins_anew(late: Callable[..., Any]) -> None:
    gone = person("777001")
    incoming = Incoming("telegram", "1", "777001", Message.Kind.TEXT, "还在吗", 9)
    [message] = late(gone, lambda: ledger.store([incoming]))
    assert message is not None
    kept = Message.objects.select_related("conversation__contact").get()
    assert (kept.text, kept.number) == ("还在吗", 1)
    assert kept.conversation.contact_id != gone.pk
    assert kept.conversation.contact.welcomed_at is None


LATE_WORK: dict[str, Callable[[Message, Outbox], Any]] = {
    "an answer": lambda message, _: ledger.settle(message, [Bubble("回")], welcomed=True, consent=True),
    "a word of outage": lambda message, _: ledger.tell_of_outage([message], [Bubble("出了点毛病")]),
    "a picture that was read": lambda message, _: ledger.keep_paper([message], "合同", {"paper": "pdf", "cut": False}),
    "a bubble that arrived": lambda _, outbox: ledger.mark_sent(outbox.pk, "5"),
}


@pytest.mark.parametrize("work", LATE_WORK.values(), ids=LATE_WORK)
def test_what_is_written_after_erasing_brings_nothing_back(work: Callable[[Message, Outbox], Any]) -> None:
    contact = person("777001")
    message = Message.objects.select_related("conversation__contact").filter(direction="in").get()
    Message.objects.filter(pk=message.pk).update(state="received")
    outbox = Outbox.objects.select_related("message").first()
    assert outbox is not None
    erase_contact(contact)
    assert work(message, outbox) is False
    assert not rows_of(contact)
    assert not Message.objects.exists()


@pytest.mark.parametrize("work", LATE_WORK.values(), ids=LATE_WORK)
def test_what_is_written_during_erasing_brings_nothing_back(
    late: Callable[..., Any], work: Callable[[Message, Outbox], Any]
) -> None:
    contact = person("777001")
    message = Message.objects.select_related("conversation__contact").filter(direction="in").get()
    Message.objects.filter(pk=message.pk).update(state="received")
    outbox = Outbox.objects.select_related("message").first()
    assert outbox is not None
    assert late(contact, lambda: work(message, outbox)) is False
    assert not Message.objects.exists()
    assert not Contact.objects.exists()


def test_what_failed_or_waits_to_be_sent_again_is_forgotten_too() -> None:
    contact = person("777001")
    outbox = Outbox.objects.first()
    assert outbox is not None
    erase_contact(contact)
    ledger.mark_failed(outbox.pk, "Forbidden")
    ledger.mark_delayed(outbox.pk, "RetryAfter", 1, 5.0)
    assert not Outbox.objects.exists()


def test_a_reply_that_staff_write_meanwhile_comes_to_nothing() -> None:
    contact = person("777001")
    talk = contact.conversations.get()
    erase_contact(contact, Tombstone.By.PERSON)

    def reply() -> None:
        with transaction.atomic():
            message = Message.objects.add(talk, direction="out", author=Message.Author.STAFF, text="我来帮你")
            Outbox.objects.create(message=message, channel="telegram")

    with pytest.raises(Conversation.DoesNotExist):
        reply()
    assert not Message.objects.exists()
    assert not Outbox.objects.exists()


def test_who_writes_again_is_somebody_new() -> None:
    gone = person("777001")
    erase_contact(gone)
    [message] = ledger.store([Incoming("telegram", "1", "777001", Message.Kind.TEXT, "你好", 1)])
    assert message is not None
    ids: set[UUID] = {message.conversation.pk, message.conversation.contact_id}
    assert not ids & erased_list.read()
    assert erased_list.erase_again() == 0
