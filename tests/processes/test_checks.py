"""What is wrong before the start is said in one sentence with the way out."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.processes import checks
from bot.processes.surroundings import loopback_port
from bot.settings import Settings, SettingsError
from tests.processes.conftest import free_port

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
WRONG = "110201543:RevokedRevokedRevoked"


class TelegramApi(BaseHTTPRequestHandler):
    """Answers getMe as api.telegram.org does."""

    broken = False

    def do_GET(self) -> None:
        right = self.path == f"/bot{TOKEN}/getMe"
        result = {"ok": True, "result": {"id": 110201543, "is_bot": True, "username": "anxing_bot"}}
        answer = result if right else {"ok": False, "error_code": 401, "description": "Unauthorized"}
        self.send_response(502 if self.broken else 200 if right else 401)
        self.end_headers()
        self.wfile.write(json.dumps({} if self.broken else answer).encode())

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def telegram() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), TelegramApi)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    TelegramApi.broken = False
    server.shutdown()
    server.server_close()


def settings(tmp_path: Path, **given: str) -> Settings:
    return Settings.from_environment({"ANXING_VAR": str(tmp_path / "var"), **given})


async def test_a_right_token_has_a_name(tmp_path: Path, telegram: str) -> None:
    found = await checks.telegram(settings(tmp_path, TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_API_BASE=telegram))
    assert (found.name, found.warning) == ("anxing_bot", "")


async def test_a_wrong_token_ends_the_start(tmp_path: Path, telegram: str) -> None:
    with pytest.raises(SettingsError, match="does not know TELEGRAM_BOT_TOKEN: copy it again from @BotFather"):
        await checks.telegram(settings(tmp_path, TELEGRAM_BOT_TOKEN=WRONG, TELEGRAM_API_BASE=telegram))


async def test_no_network_is_only_a_warning(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    found = await checks.telegram(settings(tmp_path, TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_API_BASE=nobody))
    assert "cannot be reached now (ConnectError)" in found.warning and TOKEN not in found.warning


async def test_trouble_at_telegram_is_only_a_warning(tmp_path: Path, telegram: str) -> None:
    TelegramApi.broken = True
    found = await checks.telegram(settings(tmp_path, TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_API_BASE=telegram))
    assert "answers 502" in found.warning


@pytest.mark.parametrize("version", [(3, 9), (3, 11), (3, 13)])
def test_another_python_is_refused(version: tuple[int, int]) -> None:
    with pytest.raises(SettingsError, match=r"Rasa needs 3\.10"):
        checks.python_version(version)


@pytest.mark.parametrize("setting", ["RASA_URL", "ACTION_URL", "SITE_PORT", "TELEGRAM_WEBHOOK_PORT"])
def test_a_busy_port_is_named_with_its_setting(tmp_path: Path, setting: str) -> None:
    given = {
        "RASA_URL": f"http://127.0.0.1:{free_port()}",
        "ACTION_URL": f"http://127.0.0.1:{free_port()}",
        "SITE_PORT": str(free_port()),
        "TELEGRAM_WEBHOOK_PORT": str(free_port()),
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_WEBHOOK_URL": "https://example.org/hook",
    }
    checks.ports(settings(tmp_path, **given), only_rasa=False)
    port = int(given[setting].rpartition(":")[2])
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(SettingsError, match=rf"Port {port} is in use .*find it with `.*{port}.*with {setting}\."):
            checks.ports(settings(tmp_path, **given), only_rasa=False)
        if setting in ("SITE_PORT", "TELEGRAM_WEBHOOK_PORT"):
            checks.ports(settings(tmp_path, **given), only_rasa=True)


def test_one_port_for_two_is_refused(tmp_path: Path) -> None:
    same = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(SettingsError, match="RASA_URL and ACTION_URL both name port"):
        checks.ports(settings(tmp_path, RASA_URL=same, ACTION_URL=same), only_rasa=True)


@pytest.mark.parametrize("url", ["http://0.0.0.0:5005", "http://rasa.example.org:5005", "https://127.0.0.1:5005",
                                 "http://127.0.0.1"])  # fmt: skip
def test_what_we_start_is_on_this_machine(url: str) -> None:
    with pytest.raises(SettingsError, match="RASA_URL must be"):
        loopback_port(url, "RASA_URL")


@pytest.mark.slow
def test_the_start_says_it_in_one_line(environment: dict[str, str], telegram: str) -> None:
    def refused(**given: str) -> str:
        result = subprocess.run(
            [sys.executable, "-m", "bot.processes"], env={**environment, **given}, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
        assert result.returncode == 2 and result.stdout == ""
        assert len(result.stderr.splitlines()) == 1, result.stderr
        return result.stderr

    assert "TELEGRAM_BOT_TOKEN" in refused(TELEGRAM_BOT_TOKEN=WRONG, TELEGRAM_API_BASE=telegram)
    assert WRONG not in refused(TELEGRAM_BOT_TOKEN=WRONG, TELEGRAM_API_BASE=telegram)
    assert "SITE_PORT" in refused(SITE_PORT="http")
    assert "@BotFather" in refused(TELEGRAM_BOT_TOKEN="no-token")
