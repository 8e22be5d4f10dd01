"""A database that any earlier version has filled comes through to today's with everything in it."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from bot.records.backup import write_backup
from bot.records.models import Contact, Conversation, DialogueState, Message, Quarantine, pseudonym_of
from bot.records.restoring import restore
from bot.records.sealing import Sealed, seal_keys
from tests.records.filling import opened
from tests.records.installation import empty_database

WORDS = "中介说办护照先交三万五押金"
KEY = "the-backup-key-of-these-tests"
BUTTONS = [{"title": "真人", "payload": "真人"}]
TALKS = 2


def versions() -> list[str]:
    """Return the names of all migrations of the records, oldest first: also of those that are added later."""
    graph = MigrationLoader(None).graph
    (leaf,) = graph.leaf_nodes("records")
    return [name for app, name in graph.forwards_plan(leaf) if app == "records"]


def test_there_is_a_row_for_every_version() -> None:
    assert versions()[:4] == ["0001_first", "0002_message_file", "0003_recruiters", "0004_channel_message_id"]


def go_to(name: str) -> Any:
    """Make the database as that version did, and return its models."""
    executor = MigrationExecutor(connection)
    others = [node for node in executor.loader.graph.leaf_nodes() if node[0] not in ("records", "axes")]
    executor.migrate([*others, ("records", name)])
    return executor.loader.project_state([*others, ("records", name)]).apps


def add(models: Any, label: str, **values: Any) -> Any:
    """Add a row with those of the values for which this version had a column, sealed as it sealed."""
    model, key = models.get_model(label), uuid.uuid4()
    columns = {field.name: field for field in model._meta.local_concrete_fields}
    taken = {name: value for name, value in values.items() if name in columns}
    for name, value in taken.items():
        if name in SEALED.get(label, {}):
            plain = value.encode() if SEALED[label][name] is str else json.dumps(value).encode()
            # written out here, as what is in old databases is bound to these very words
            taken[name] = Sealed(seal_keys().seal(plain, f"{label.replace('.', '_')}.{name}:{key.hex}"))
    row = model(id=key, **taken)
    row.save(force_insert=True)
    return row


SEALED: dict[str, dict[str, type]] = {
    "records.contact": {"address": str},
    "records.conversation": {"indicators": dict, "facts": dict},
    "records.message": {"text": str, "file": dict, "buttons": dict, "picture": dict},
    "records.dialoguestate": {"state": dict},
    "records.quarantine": {"raw": str},
}


def fill(models: Any) -> None:
    now = timezone.now()
    for chat in map(str, range(1, TALKS + 1)):
        contact = add(
            models, "records.contact", channel="telegram", bot="9", address=chat, consent=True,
            pseudonym=pseudonym_of("telegram", "9", chat),
        )  # fmt: skip
        talk = add(
            models, "records.conversation", contact=contact, sender=f"sender{chat}", facts={"fee": chat},
            indicators={"recruitment_fee": "present"}, last_number=2, last_message_at=now, risk_level="high",
        )  # fmt: skip
        said = add(
            models, "records.message", conversation=talk, number=1, direction="in", author="person", state="answered",
            text=WORDS + chat, file={"trouble": "x"}, bot="9", update_id=int(chat), channel_message_id=5,
        )  # fmt: skip
        told = add(
            models, "records.message", conversation=talk, number=2, direction="out", author="bot", text=WORDS,
            buttons=BUTTONS, picture={"kind": "debt"}, reply_to=said,
        )  # fmt: skip
        add(models, "records.outbox", message=told, channel="telegram", state="pending")
        add(
            models, "records.finding", message=said, indicator="recruitment_fee", status="present", confidence=0.5,
            start=0, end=2,
        )  # fmt: skip
        add(models, "records.dialoguestate", sender=f"sender{chat}", state={"events": [chat]}, turn=1)
        add(models, "records.quarantine", bot="9", update_id=-int(chat), raw=WORDS, error_class="KeyError")
    models.get_model("auth.User").objects.create(username="staff", password="!")


def check(had_file: bool) -> None:
    """Look at everything with today's models."""
    counts = {model: model._base_manager.count() for model in (Contact, Conversation, DialogueState, Quarantine)}
    assert set(counts.values()) == {TALKS} and Message.objects.count() == 2 * TALKS
    for chat in map(str, range(1, TALKS + 1)):
        contact = Contact.objects.find("telegram", "9", chat)
        assert contact is not None and contact.address == chat and contact.consent is True
        (talk,) = contact.conversations.all()
        assert (talk.facts, talk.indicators) == ({"fee": chat}, {"recruitment_fee": "present"})
        said, told = talk.messages.all()
        assert said.text == WORDS + chat and said.findings.get().indicator == "recruitment_fee"
        assert said.file == ({"trouble": "x"} if had_file else None)
        assert told.buttons == BUTTONS and told.reply_to_id == said.pk and told.outbox.state == "pending"
        assert DialogueState.objects.get(sender=talk.sender).state == {"events": [chat]}
        assert Message.objects.add(talk, direction="in", author="person", text="又来了").number == 3
    assert {row.raw for row in Quarantine.objects.all()} == {WORDS}
    assert User.objects.get().username == "staff"
    assert opened() > 0


@pytest.mark.parametrize("version", versions())
def test_what_an_earlier_version_wrote_is_there_today(transactional_db: None, tmp_path: Path, version: str) -> None:
    with empty_database(tmp_path):
        fill(go_to(version))
        call_command("migrate", verbosity=0)
        call_command("migrate", "--check", verbosity=0)
        check(had_file=version != "0001_first")


@pytest.mark.parametrize("version", versions())
def test_a_backup_of_an_earlier_version_comes_back(
    transactional_db: None, tmp_path: Path, settings: Any, version: str
) -> None:
    settings.BACKUPS = tmp_path
    with empty_database(tmp_path):
        fill(go_to(version))
        write_backup(tmp_path / "a.backup", KEY)
    with empty_database(tmp_path):
        restore(tmp_path / "a.backup", KEY, lambda line: None)
        call_command("migrate", "--check", verbosity=0)
        check(had_file=version != "0001_first")


def test_every_sealed_column_is_in_these_rows() -> None:
    from bot.records.rotation import sealed_models

    today = {model._meta.label_lower: {field.name for field in fields} for model, fields in sealed_models()}
    assert {label: set(columns) for label, columns in SEALED.items()} == today, "add the new one to fill() and check()"
