"""Settings: what is missing is made, what is wrong is said in one sentence."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.keys import KeysError, new_token, read_or_make
from bot.settings import Settings, SettingsError


def settings(folder: Path, **environ: str) -> Settings:
    return Settings.from_environment({"ANXING_VAR": str(folder), **environ})


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_fresh_machine_needs_no_setting(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    made = settings(folder)
    assert made.database.name == str(folder / "anxing.sqlite3")
    assert made.rasa_url == "http://127.0.0.1:5005"
    assert (made.site_host, made.site_port, made.debug, made.behind_tls) == ("127.0.0.1", 8000, False, False)
    assert made.telegram_bot_token == ""
    secrets = {made.rasa_token, made.action_token, made.secret_key, made.pseudonym_key, made.seal_keys}
    assert len(secrets) == 5
    assert settings(folder) == made, "the next start reads the same keys"
    assert mode(folder) == mode(folder / "keys") == 0o700
    assert {mode(path) for path in (folder / "keys").iterdir()} == {0o600}


def test_no_secret_is_in_the_printed_form(tmp_path: Path) -> None:
    made = settings(
        tmp_path, TELEGRAM_BOT_TOKEN="123456:AAAAAAAAAAAAAAAA", DATABASE_URL="postgresql://me:hunter2hunter2@db/anxing"
    )
    shown = repr(made)
    for secret in (made.rasa_token, made.seal_keys, made.secret_key, made.telegram_bot_token, made.database.password):
        assert secret not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_BOT_TOKEN", "my token"),
        ("TELEGRAM_BOT_TOKEN", "²:AAAAAAAAAAAAAAAA"),
        ("TELEGRAM_API_BASE", "api.telegram.org"),
        ("TELEGRAM_API_BASE", "http://[::1"),
        ("RASA_URL", "ftp://127.0.0.1"),
        ("RASA_TOKEN", "short"),
        ("RASA_TOKEN", "有中文的很长很长很长很长很长的令牌"),
        ("SITE_PORT", "80a"),
        ("SITE_PORT", "0"),
        ("SITE_PORT", "9" * 5000),
        ("ANXING_RETENTION_DAYS", "00"),
        ("ANXING_RETENTION_DAYS", "3651"),
        ("ANXING_RETENTION_DAYS", "a week"),
        ("ANXING_RETENTION_DAYS", "-30"),
        ("ANXING_RETENTION_DAYS", "30.5"),
        ("ANXING_RETENTION_DAYS", "³⁰"),
        ("ANXING_RETENTION_DAYS", "9" * 5000),
        ("ANXING_DEBUG", "maybe"),
        ("DATABASE_URL", "mysql://db/name"),
        ("DATABASE_URL", "postgresql://db"),
        ("DATABASE_URL", "postgresql://db:port/name"),
        ("DATABASE_URL", "postgresql://[broken/name"),
        ("ANXING_VAR", "/dev/null/var"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"ANXING_VAR": str(tmp_path), name: value})
    sentence = str(caught.value)
    assert name in sentence or name == "ANXING_VAR"
    assert sentence.endswith((".", "…)."))
    assert len(sentence) < 200
    assert value not in sentence or name == "ANXING_VAR"


def test_how_long_a_talk_is_kept_can_be_chosen(tmp_path: Path) -> None:
    assert settings(tmp_path).retention_days == 30
    assert [settings(tmp_path, ANXING_RETENTION_DAYS=days).retention_days for days in ("1", "3650")] == [1, 3650]


def test_a_database_address_is_taken_apart(tmp_path: Path) -> None:
    url = "postgresql://me:p%40ss@db.example:6432/an%20xing?sslmode=require"
    database = settings(tmp_path, DATABASE_URL=url).database
    assert (database.engine, database.name, database.host, database.port) == (
        "postgresql",
        "an xing",
        "db.example",
        6432,
    )
    assert (database.user, database.password, database.options) == ("me", "p@ss", {"sslmode": "require"})


def test_an_empty_key_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "seal.keys").touch()
    with pytest.raises(SettingsError, match="empty"):
        settings(tmp_path)


def test_an_open_key_file_is_closed_again(tmp_path: Path) -> None:
    settings(tmp_path)
    (tmp_path / "keys" / "seal.keys").chmod(0o644)
    (tmp_path / "keys").chmod(0o755)
    settings(tmp_path)
    assert (mode(tmp_path / "keys"), mode(tmp_path / "keys" / "seal.keys")) == (0o700, 0o600)


def test_a_key_file_that_is_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "some.key").mkdir()
    with pytest.raises(KeysError):
        read_or_make(tmp_path / "some.key", new_token)


def _make(path: Path, start: object) -> str:
    return read_or_make(path, new_token)


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.starmap(_make, [(tmp_path / "keys" / "some.key", number) for number in range(24)])
    assert len(set(keys)) == 1
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == [".lock", "some.key"]


def manage(project: Path, folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=project,
        env={**os.environ, "ANXING_VAR": str(folder), **environ},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_database_is_made_for_its_owner_only(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "var"
    made = manage(project, folder, "migrate", "-v0", DATABASE_URL="")
    assert made.returncode == 0, made.stderr
    assert (folder / "anxing.sqlite3").stat().st_size > 0
    assert {mode(path) for path in folder.glob("anxing.sqlite3*")} == {0o600}


def test_a_wrong_setting_ends_the_program_with_the_sentence(project: Path, tmp_path: Path) -> None:
    failed = manage(project, tmp_path, "check", SITE_PORT="many")
    assert failed.returncode == 1
    assert failed.stderr.strip() == "SITE_PORT must be a port number between 1 and 65535."


def test_the_deployed_site_has_no_warning(project: Path, tmp_path: Path) -> None:
    checked = manage(project, tmp_path, "check", "--deploy", "--fail-level", "WARNING", SITE_BEHIND_TLS="true")
    assert checked.returncode == 0, checked.stderr
