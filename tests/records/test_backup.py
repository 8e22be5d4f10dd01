"""Backups: taken while everything runs, whole or not at all, and put back as they were or not at all."""

from __future__ import annotations

import contextlib
import io
import json
import resource
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.db import connection

from bot.keys import new_seal_key
from bot.records import backup_file, erased_list
from bot.records.backup import write_backup
from bot.records.backup_file import BackupError, read_lines, write_lines
from bot.records.erasing import erase_contact
from bot.records.models import Contact, Message, Tombstone
from bot.records.restoring import refuse_if_running, restore
from bot.settings import Settings
from tests.environment import DATABASE_FOR_TESTS
from tests.records.filling import ADDRESS, PASSWORD, WORDS, everything, fill, opened
from tests.records.installation import Installation, empty_database
from tests.records.test_rotation import EVERYTHING, WRITER

KEY = "the-backup-key-of-these-tests"


def silent(line: str) -> None:
    pass


@pytest.fixture
def backup(transactional_db: None, tmp_path: Path) -> Path:
    """A backup of a database that is still there."""
    fill()
    path = tmp_path / "a.backup"
    write_backup(path, KEY)
    return path


@pytest.fixture
def own_list(tmp_path: Path, settings: Any) -> Path:
    settings.BACKUPS = tmp_path / "backups"
    settings.BACKUPS.mkdir()
    return erased_list.list_path()


# the file


def written(lines: list[bytes], key: str = KEY) -> bytes:
    file = io.BytesIO()
    write_lines(file, key, lines)
    return file.getvalue()


def read(content: bytes, key: str = KEY) -> list[bytes]:
    return list(read_lines(io.BytesIO(content), key))


@pytest.mark.parametrize("size", [0, 1, 62, 63, 64, 65, 127, 128, 1000])
def test_lines_come_back_wherever_chunks_end(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(backup_file, "CHUNK_BYTES", 64)
    lines = [b"x" * size, b"", b"y" * 3]
    assert read(written(lines)) == lines
    assert read(written([])) == []


def test_every_flipped_bit_and_every_cut_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_file, "CHUNK_BYTES", 64)
    content = written([b"x" * 30] * 6)
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1
        for wrong in (bytes(flipped), content[:place]):
            with pytest.raises(BackupError):
                read(wrong)


def test_chunks_cannot_be_moved_left_out_or_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_file, "CHUNK_BYTES", 64)
    content = written([b"x" * 63] * 4)
    header, size = content[: backup_file.HEADER_BYTES], 64 + backup_file.TAG_BYTES
    one, two, three, four = (content[backup_file.HEADER_BYTES + size * n :][:size] for n in range(4))
    assert read(header + one + two + three + four) == [b"x" * 63] * 4
    other = written([b"x" * 63] * 4)[backup_file.HEADER_BYTES :][:size]  # of a file with the same key and content
    for parts in (
        (two, one, three, four), (one, two, four), (one, two, three), (one, two, three, four, four),
        (other, two, three, four), (one, two, three, four, b"x"), (),
    ):  # fmt: skip
        with pytest.raises(BackupError, match="damaged or not complete"):
            read(header + b"".join(parts))


def test_another_key_is_told_from_damage() -> None:
    with pytest.raises(BackupError, match="another backup key"):
        read(written([b"x"]), "some-other-backup-key")
    with pytest.raises(BackupError, match="no backup of 安行"):
        read(b"SQLite format 3\x00" + bytes(200))


# taking and putting back


def test_everything_comes_back_as_it_was(backup: Path, tmp_path: Path) -> None:
    before, values = everything(), opened()
    with empty_database(tmp_path):
        restore(backup, KEY, silent)
        assert everything() == before, "times, passwords and sealed bytes as well"
        assert opened() == values > 15
        assert Message.objects.get(number=1).text == f"{WORDS}1\ud800\x00"
        staff = User.objects.get()
        assert staff.check_password(PASSWORD) and staff.groups.get().name == "hotline"
        assert staff.has_perm("records.change_message")
        assert User.objects.create_user("another").pk != staff.pk, "numbers go on after those that came back"
        assert Permission.objects.count() == len(before["auth.Permission"])
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_nothing_in_the_file_can_be_read(backup: Path) -> None:
    content = backup.read_bytes()
    for secret in (WORDS, ADDRESS, "records.message", "staff", "hotline", "records_message"):
        assert secret.encode() not in content
    assert backup.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in backup.parent.glob("*.backup*")] == ["a.backup"]
    assert WORDS.encode() not in b"".join(read(content)), "what is sealed stays sealed inside"


@pytest.mark.parametrize(
    "damage", ["kind", "key", "salt", "first", "middle", "last", "cut", "cut by a chunk", "longer"]
)
def test_a_damaged_backup_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, transactional_db: None, tmp_path: Path, damage: str
) -> None:
    monkeypatch.setattr(backup_file, "CHUNK_BYTES", 4096)
    fill()
    path = tmp_path / "a.backup"
    write_backup(path, KEY)
    content = bytearray(path.read_bytes())
    chunk = 4096 + backup_file.TAG_BYTES
    assert len(content) > 3 * chunk
    places = {"kind": 3, "key": 20, "salt": 30, "first": 100, "middle": len(content) // 2, "last": -1}
    if damage in places:
        content[places[damage]] ^= 0x40
    elif damage == "longer":
        content += b"x"
    else:
        del content[-5 if damage == "cut" else backup_file.HEADER_BYTES + 2 * chunk :]
    path.write_bytes(content)
    with empty_database(tmp_path):
        call_command("migrate", verbosity=0)
        fill(1)
        before = everything()
        with pytest.raises(BackupError):
            restore(path, KEY, silent, replace=True)
        assert everything() == before


def test_a_wrong_key_changes_nothing(backup: Path, tmp_path: Path, settings: Any) -> None:
    before = everything()
    with pytest.raises(BackupError, match="another backup key"):
        restore(backup, KEY + "x", silent, replace=True)
    keys, settings.SEAL_KEYS_FILE = settings.SEAL_KEYS, None
    settings.SEAL_KEYS = new_seal_key(7)
    with empty_database(tmp_path):
        with pytest.raises(BackupError, match=r"not what is sealed in it: .* id 1.* older copy of var/keys/seal.keys"):
            restore(backup, KEY, silent)
        assert connection.introspection.table_names() == [], "nothing was begun"
        settings.SEAL_KEYS += "," + keys
        restore(backup, KEY, silent)
        assert Message.objects.order_by("number")[0].text.startswith(WORDS)
        sealed_with = {bytes(text)[0] for text in Message.objects.values_list("text", flat=True)}
        assert sealed_with == {7}, "what comes back is sealed with the first key"
    settings.SEAL_KEYS = keys
    assert everything() == before


def test_a_database_in_use_is_replaced_only_when_asked_for(backup: Path, tmp_path: Path) -> None:
    before = everything()
    with empty_database(tmp_path):
        call_command("migrate", verbosity=0)
        Tombstone.objects.create(by="staff", on="2026-11-01")
        kept = everything()
        with pytest.raises(BackupError, match=r"not empty.*--replace"):
            restore(backup, KEY, silent)
        assert everything() == kept
        restore(backup, KEY, silent, replace=True)
        assert everything() == before


def test_a_migrated_database_without_a_row_counts_as_empty(backup: Path, tmp_path: Path) -> None:
    before = everything()
    with empty_database(tmp_path):
        call_command("migrate", verbosity=0)
        restore(backup, KEY, silent)
        assert everything() == before


@contextlib.contextmanager
def another_user() -> Iterator[None]:
    name = connection.settings_dict["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        other: Any = sqlite3.connect(name)
    else:
        other = psycopg.connect(DATABASE_FOR_TESTS.rpartition("/")[0] + "/" + name)
    try:
        other.execute("SELECT * FROM records_message").fetchall()
        yield
    finally:
        other.close()


def test_a_database_that_another_program_has_open_is_left_alone(backup: Path) -> None:
    before = everything()
    with another_user(), pytest.raises(BackupError, match="Another program uses the database"):
        restore(backup, KEY, silent, replace=True)
    assert everything() == before


def test_a_program_that_answers_on_its_port_is_in_the_way(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        settings = Settings.from_environment({"ANXING_VAR": str(tmp_path), "SITE_PORT": str(port)})
        with pytest.raises(BackupError, match=f"port {port}: stop 安行"):
            refuse_if_running(settings)


def crafted(path: Path, *parts: Any) -> Path:
    path.write_bytes(written([json.dumps(part).encode() for part in parts]))
    return path


HEAD = {"made_at": "2026-11-01", "migrations": [["contenttypes", "0001_initial"]]}
TABLE = {"table": "contenttypes.contenttype", "columns": ["id", "name", "app_label", "model"]}


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([{**HEAD, "migrations": [["records", "0099_next"]]}], "newer version than this program .records 0099_next"),
        ([HEAD, TABLE, [1, "x", "x", "x"], {"rows": 2}], "not complete"),
        ([HEAD, TABLE, [1, "x", "x", "x"]], "not complete"),
        ([HEAD, TABLE, [1, "x"], {"rows": 1}], "does not fit"),
        ([{"rows": 0}], "not written by this program"),
    ],
)
def test_a_backup_of_another_program_is_refused(
    transactional_db: None, tmp_path: Path, parts: list[Any], sentence: str
) -> None:
    with empty_database(tmp_path):
        with pytest.raises(BackupError, match=sentence):
            restore(crafted(tmp_path / "a.backup", *parts), KEY, silent)
        assert connection.introspection.table_names() == []


def test_rows_that_do_not_fit_together_change_nothing(backup: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in read(backup.read_bytes())]
    finding = next(
        n for n, line in enumerate(lines) if isinstance(line, dict) and line.get("table") == "records.finding"
    )
    lines[finding + 1][lines[finding]["columns"].index("message_id")] = "0" * 32
    with empty_database(tmp_path):
        call_command("migrate", verbosity=0)
        Tombstone.objects.create(by="staff", on="2026-11-01")
        before = everything()
        with pytest.raises(BackupError, match="does not fit together"):
            restore(crafted(tmp_path / "b.backup", *lines), KEY, silent, replace=True)
        assert everything() == before
        assert not list(tmp_path.glob("*.restoring*"))


def test_a_disk_that_is_full_leaves_no_half_backup(transactional_db: None, tmp_path: Path) -> None:
    fill(200)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(BackupError, match="cannot be written"):
            write_backup(tmp_path / "a.backup", KEY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == []


def test_a_backup_never_replaces_a_file(backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(BackupError, match="there already"):
        write_backup(backup, KEY)
    assert backup.read_bytes() == before


@pytest.mark.parametrize("where", ["this installation", "beside the backup"])
def test_who_was_erased_since_does_not_come_back(backup: Path, own_list: Path, tmp_path: Path, where: str) -> None:
    erase_contact(Contact.objects.get(channel="telegram"))
    if where == "beside the backup":
        own_list.rename(backup.with_name(erased_list.NAME))
    listed = erased_list.read([own_list, backup.with_name(erased_list.NAME)])
    said: list[str] = []
    with empty_database(tmp_path):
        restore(backup, KEY, said.append)
        left = Contact.objects.exclude(channel="telegram")
        assert not Contact.objects.filter(channel="telegram").exists()
        assert not Message.objects.exclude(conversation__contact__in=left).exists()
    assert "1 people" in said[-1]
    assert erased_list.read() >= listed, "an older backup that is put back later meets the same list"


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_taken_while_others_write_and_put_back_on_an_empty_machine(tmp_path: Path) -> None:
    busy, fresh = Installation(tmp_path / "busy"), Installation(tmp_path / "fresh")
    try:
        busy.manage("migrate", "-v0")
        writers = [busy.start_python(WRITER.replace("NAME", name)) for name in ("甲", "乙")]
        for writer in writers:
            assert writer.stdout and writer.stdout.readline() == "begun\n"
        said = busy.manage("backup")
        busy.manage("backup", "--to", str(tmp_path / "second.backup"))
        for writer in writers:
            output, _ = writer.communicate("", timeout=60)
            assert writer.returncode == 0, output
        (first,) = (busy.var / "backups").glob("anxing-*.backup")
        assert first.name in said and first.stat().st_mode & 0o777 == 0o600

        shutil.copytree(busy.var / "keys", fresh.var / "keys")
        counts = []
        for path, arguments in ((first, ()), (tmp_path / "second.backup", ("--replace",))):
            fresh.manage("restore", str(path), *arguments, **ports())
            counts.append(fresh.python(CONSISTENT))
            assert fresh.python(EVERYTHING)["ids"] == [1]
        assert 0 < counts[0] <= counts[1], "the second was taken later"
        assert fresh.manage("migrate", "--check") == ""
    finally:
        busy.close()
        fresh.close()


#: A message never without its talk, nor a talk that counts a message that is not there.
CONSISTENT = """
answer = 0
for talk in m.Conversation.objects.all():
    messages = list(m.Message.objects.filter(conversation=talk).order_by("number"))
    assert [x.number for x in messages] == list(range(1, talk.last_number + 1))
    assert all(x.text.endswith(f"话{x.number}") and x.buttons == [x.number] for x in messages)
    (state,) = m.DialogueState.objects.filter(sender=talk.sender)
    assert state.state == {"turn": talk.last_number}, "written in the same transaction as the last message"
    answer += len(messages)
"""


def ports() -> dict[str, str]:
    """Return ports on which nobody answers."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        rasa, actions, site = (str(server.getsockname()[1]) for server in servers)
    urls = {"RASA_URL": f"http://127.0.0.1:{rasa}", "ACTION_URL": f"http://127.0.0.1:{actions}"}
    return {**urls, "SITE_PORT": site}


def test_the_commands_say_what_is_wrong_in_one_sentence(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name, value in ports().items():
        monkeypatch.setenv(name, value)
    for arguments in (
        ("restore", tmp_path / "nothing"),
        ("restore", tmp_path),
        ("backup", "--to", tmp_path / "no" / "b"),
    ):
        with pytest.raises(CommandError) as caught:
            call_command(*map(str, arguments))
        assert str(caught.value).count("\n") == 0 and str(caught.value).endswith(".")
