"""`manage.py rotate_keys`: everything sealed anew while others write, nothing lost, nothing of the old key left."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.keys import KeysError, alone, new_seal_key
from bot.records import rotation, sealing
from bot.records.models import Contact, Conversation, DialogueState, Message, Quarantine
from bot.records.rotation import Found, seal_all_anew, sealed_models
from bot.records.sealing import KeyFile, SealError
from tests.records.installation import Installation
from tests.records.test_sealing import raw, write_raw

#: Writes and reads as a busy process does, until its input ends; then says how much it wrote.
WRITER = """
import threading
from django.db import transaction
name, ended = "NAME", threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
talk = m.Conversation.objects.create(contact=m.Contact.objects.reach("telegram", "1", name))
state = m.DialogueState.objects.create(sender=talk.sender, state={"turn": 0})
number = 0
print("begun", flush=True)
while not ended.is_set():
    number += 1
    with transaction.atomic():
        m.Message.objects.add(talk, direction="in", author="person", text=f"{name}话{number}", buttons=[number])
        state.state = {"turn": number}
        state.save()
    held = m.Conversation.objects.get(pk=talk.pk)  # its values are not opened: they are written back as they came
    held.facts = {"turn": number}
    held.save()
    old = m.Message.objects.filter(conversation=talk).order_by("?").first()
    assert old.text == f"{name}话{old.number}" and old.buttons == [old.number]
    assert m.DialogueState.objects.get(pk=state.pk).state == {"turn": number}
    time.sleep(0.005)
print("= " + json.dumps(number))
"""

EVERYTHING = """
from bot.records.rotation import sealed_models
ids, opened = set(), 0
for model, fields in sealed_models():
    for row in model.objects.all():
        for field in fields:
            value = row.__dict__[field.attname]
            if value is not None:
                ids.add(value[0])
                getattr(row, field.attname)
                opened += 1
answer = {"ids": sorted(ids), "opened": opened}
"""

ROWS = """
talk = m.Conversation.objects.create(contact=m.Contact.objects.reach("web", "", "somebody"), facts={"fee": 3})
m.Message.objects.bulk_create(
    m.Message(conversation=talk, number=n, direction="in", author="person", text=f"话{n}") for n in range(1, COUNT + 1)
)
answer = None
"""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path / "var")
    try:
        made.manage("migrate", "-v0")
        yield made
    finally:
        made.close()


@pytest.mark.slow
def test_two_processes_write_and_read_while_the_keys_are_rotated(installation: Installation) -> None:
    writers = [installation.start_python(WRITER.replace("NAME", name)) for name in ("甲", "乙")]
    for writer in writers:
        assert writer.stdout and writer.stdout.readline() == "begun\n"
    said = installation.manage("rotate_keys", "--wait", "2")
    wrote = []
    for writer in writers:
        output, _ = writer.communicate("", timeout=60)
        assert writer.returncode == 0, output
        wrote.append(int(output.rpartition("= ")[2]))
    assert min(wrote) > 20, "they have to have been busy meanwhile"
    assert "Key 2 seals from now on." in said and "Done" in said
    assert installation.key_ids == [2]
    assert installation.python(EVERYTHING)["ids"] == [2]
    texts = installation.python("answer = sorted(x.text for x in m.Message.objects.all())")
    assert texts == sorted(f"{name}话{n}" for name, most in zip("甲乙", wrote, strict=True) for n in range(1, most + 1))
    turns = installation.python("answer = sorted(x.facts['turn'] for x in m.Conversation.objects.all())")
    assert turns == sorted(wrote)


@pytest.mark.slow
def test_what_the_old_key_sealed_is_nowhere_in_the_sqlite_file(installation: Installation) -> None:
    if installation.sqlite is None:
        pytest.skip("reads the SQLite file")
    installation.python(ROWS.replace("COUNT", "300"))
    with sqlite3.connect(installation.sqlite) as records:
        old = [bytes(text) for (text,) in records.execute("SELECT text FROM records_message")]
    records.close()
    files = sorted(installation.var.glob("anxing.sqlite3*"))
    assert sum(value in b"".join(path.read_bytes() for path in files) for value in old) == 300
    installation.manage("rotate_keys", "--wait", "0")
    everything = b"".join(path.read_bytes() for path in installation.var.glob("anxing.sqlite3*"))
    assert sum(value[1:] in everything for value in old) == 0


@pytest.mark.slow
def test_a_rotation_that_was_killed_is_finished_by_the_next(installation: Installation) -> None:
    installation.python(ROWS.replace("COUNT", "3000"))
    killed = installation.start("rotate_keys", "--wait", "0")
    assert killed.stdout and "Key 2 seals" in killed.stdout.readline()
    killed.kill()
    killed.communicate()
    between = installation.python(EVERYTHING)
    assert 1 in between["ids"] and between["opened"] > 3000, "what is half done can be read"
    assert installation.key_ids == [2, 1]
    said = installation.manage("rotate_keys", "--wait", "0")
    assert "going on" in said and installation.key_ids == [2]
    assert installation.python(EVERYTHING) == {"ids": [2], "opened": between["opened"]}


@pytest.mark.slow
def test_the_old_key_can_be_kept_and_is_dropped_by_the_next_rotation(installation: Installation) -> None:
    installation.python(ROWS.replace("COUNT", "3"))
    installation.manage("rotate_keys", "--keep-old", "--wait", "0")
    assert installation.key_ids == [2, 1]
    installation.manage("rotate_keys", "--wait", "0")
    assert installation.key_ids == [3]
    assert installation.python(EVERYTHING)["ids"] == [3]


@pytest.mark.slow
def test_keys_of_the_environment_are_the_operators_to_change(installation: Installation) -> None:
    installation.python(ROWS.replace("COUNT", "3"))
    old = installation.keys.read_text().strip()
    said = installation.manage("rotate_keys", fails=True, ANXING_SEAL_KEYS=old)
    assert "put it first" in said and "Traceback" not in said
    both = f"{new_seal_key(7)},{old}"
    said = installation.manage("rotate_keys", ANXING_SEAL_KEYS=both)
    assert "take out of ANXING_SEAL_KEYS the keys 1" in said
    assert installation.python(EVERYTHING, ANXING_SEAL_KEYS=both.partition(",")[0])["ids"] == [7]
    assert old == installation.keys.read_text().strip(), "the file is not touched"


# in one process


@pytest.fixture
def key_file(tmp_path: Path, settings: Any) -> Path:
    """Keys in a file, as every process has them; the first one is that of the test run."""
    path = tmp_path / "seal.keys"
    path.write_text(settings.SEAL_KEYS)
    settings.SEAL_KEYS_FILE = path
    return path


def put_first(path: Path, key_id: int) -> None:
    rotation.rewrite(path, lambda text: f"{new_seal_key(key_id)}\n{text}")


def test_every_sealed_column_is_found() -> None:
    found = {model: {field.name for field in fields} for model, fields in sealed_models()}
    expected: dict[Any, set[str]] = {
        Contact: {"address"},
        Conversation: {"indicators", "facts"},
        Message: {"text", "file", "buttons", "picture"},
        DialogueState: {"state"},
        Quarantine: {"raw"},
    }
    assert expected.items() <= found.items()


def test_a_new_key_opens_at_once_and_seals_within_a_second(
    key_file: Path, say: Callable[..., Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(sealing.time, "monotonic", lambda: now[0])
    other = KeyFile(key_file)  # as another process has it
    assert other.keys().first == 1
    put_first(key_file, 2)
    assert other.keys().first == 1, "a look a second is enough"
    now[0] += 1
    assert other.keys().first == 2
    message = say("第一")  # this process looks for the first time
    put_first(key_file, 3)
    place = Message._meta.get_field("text").place(message.pk)
    write_raw(message, other.keys(look=True).seal("第二".encode(), place))
    assert raw(message)[0] == 3
    assert Message.objects.get(pk=message.pk).text == "第二"


def test_a_key_file_that_is_gone_or_broken_stops_nobody(key_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    keys = KeyFile(key_file)
    sealed = keys.keys().seal(b"x", "place")
    text = key_file.read_text()
    for damage in (lambda: key_file.write_text("1:broken"), key_file.unlink):
        damage()
        assert keys.keys(look=True).open(sealed, "place") == b"x"
        assert "ALARM" in caplog.text and text not in caplog.text
        caplog.clear()
    with pytest.raises(SealError, match="cannot be read"):
        KeyFile(key_file).keys()


def test_what_was_read_before_an_old_key_went_still_opens(key_file: Path, say: Callable[..., Message]) -> None:
    read_before = Message.objects.get(pk=say("第一").pk)
    put_first(key_file, 2)
    rotation.rewrite(key_file, lambda text: text.split()[0])
    sealing.seal_keys(look=True)
    assert read_before.text == "第一"


def test_a_row_read_before_is_not_written_back_with_the_old_key(key_file: Path, say: Callable[..., Message]) -> None:
    message = Message.objects.get(pk=say("第一", buttons=[1]).pk)
    put_first(key_file, 2)
    sealing.seal_keys(look=True)
    message.state = Message.State.ANSWERED
    message.save()
    assert raw(message)[0] == raw(message, "buttons")[0] == 2
    assert Message.objects.get(pk=message.pk).text == "第一"


def test_a_row_that_was_changed_after_it_was_read_is_not_overwritten(
    key_file: Path, say: Callable[..., Message]
) -> None:
    message = say("第一")
    fields = dict(sealed_models())[Message]
    row = Message.objects.values("pk", *(field.attname for field in fields)).get(pk=message.pk)
    message.text = "改了"
    message.save()
    put_first(key_file, 2)
    sealing.seal_keys(look=True)
    found = Found()
    rotation._seal_row_anew(Message, fields, row, found)
    assert (found.sealed_anew, found.changed_meanwhile) == (0, 1)
    assert Message.objects.get(pk=message.pk).text == "改了"


def test_a_value_that_no_key_opens_keeps_the_old_keys(key_file: Path, say: Callable[..., Message]) -> None:
    broken, whole = say("第一"), say("第二")
    write_raw(broken, bytes([1]) + bytes(40))
    put_first(key_file, 2)
    sealing.seal_keys(look=True)
    with pytest.raises(rotation.RotationError, match="1 rows"):
        seal_all_anew(lambda line: None)
    assert raw(whole)[0] == 2, "the others are done all the same"


@pytest.mark.parametrize(("ids", "expected"), [((1,), 2), ((255,), 0), ((2, 3, 1), 4), ((254, 255, 0), 1)])
def test_a_new_key_has_an_id_that_is_free(ids: tuple[int, ...], expected: int) -> None:
    text = rotation._with_new_key("\n".join(map(new_seal_key, ids)))
    assert [int(entry.partition(":")[0]) for entry in text.split()] == [expected, *ids]


def test_only_one_rotation_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / ".rotating"
    with alone(lock, "Busy."), pytest.raises(KeysError, match="Busy"), alone(lock, "Busy."):
        pass
    with alone(lock, "Busy."):
        pass
