"""The real Rasa and the real action server: what they answer, to whom, and what they say in their log."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.settings import PROJECT, Settings
from tests.processes.conftest import free_port

pytestmark = pytest.mark.slow

SECRETS = ("我的护照被王老板扣了", "13800001111", "sender-of-a-person", "多谢王老板")


class Running:
    """`make rasa` with a small model, and everything it printed."""

    def __init__(self, project: Path, var: Path) -> None:
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "RASA_TELEMETRY_ENABLED"},
            "ANXING_VAR": str(var),
            "RASA_URL": f"http://127.0.0.1:{free_port()}",
            "ACTION_URL": f"http://127.0.0.1:{free_port()}",
            "LOG_LEVEL": "DEBUG",  # whatever the operator's shell says
        }
        self.settings = Settings.from_environment(self.environment)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.processes", "--only-rasa", "--project", str(project)],
            cwd=PROJECT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.output = ""
        threading.Thread(target=self._read, daemon=True).start()
        self.http = httpx.Client(base_url=self.settings.rasa_url, trust_env=False, timeout=20)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line

    def until(self, holds: Callable[[], bool], seconds: float = 100) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end and (self.process.poll() is None or holds()), self.output
            time.sleep(0.1)

    def say(self, text: str, token: str | None = None, **more: Any) -> httpx.Response:
        given = {"token": self.settings.rasa_token if token is None else token}
        body = {"sender": SECRETS[2], "message": text, **more}
        return self.http.post("/webhooks/rest/webhook", params=given, json=body)

    def api(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.http.request(method, path, params={"token": self.settings.rasa_token}, **more)

    @property
    def programs(self) -> list[int]:
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        return [int(pid) for pid in found]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
        self.http.close()


@pytest.fixture(scope="module")
def running(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(trained, tmp_path_factory.mktemp("running") / "var")
    try:
        made.until(lambda: "Ctrl-C stops everything" in made.output)
        yield made
    finally:
        made.stop()


def test_it_says_where_everything_is_but_not_the_token(running: Running) -> None:
    assert "rasa is ready" in running.output and "actions is ready" in running.output
    assert "Ready after" in running.output
    assert running.settings.rasa_url in running.output
    assert "rasa.token" in running.output
    assert running.settings.rasa_token not in running.output
    assert running.settings.action_token not in running.output


def test_it_answers(running: Running) -> None:
    assert running.say("谢谢").json()[0]["text"] == "不用谢"
    assert running.api("POST", "/model/parse", json={"text": "你好"}).json()["intent"]["name"] == "greet"
    assert "slots" in running.api("GET", f"/conversations/{SECRETS[2]}/tracker").json()


def test_it_tells_whether_it_is_ready_and_what_it_counted(running: Running) -> None:
    ready = running.api("GET", "/ready").json()
    assert ready["records"] is True and ready["model"]
    assert 'anxing_alarm{alarm="records"} 0.0' in running.api("GET", "/metrics").text
    with httpx.Client(base_url=running.settings.action_url, trust_env=False) as actions:
        token = {"token": running.settings.action_token}
        assert "anxing_action_errors_total" in actions.get("/metrics", params=token).text


def test_a_name_follows_a_message_through_rasa_to_the_actions(running: Running) -> None:
    name = {"X-Request-ID": "0123456789ab"}
    with httpx.Client(base_url=running.settings.action_url, trust_env=False) as actions:
        token = {"token": running.settings.action_token}
        actions.post("/webhook", params=token, content=b"{", headers=name)
    body = {"sender": SECRETS[2], "message": "坏了 " + SECRETS[0]}
    given = {"token": running.settings.rasa_token}
    running.http.post("/webhooks/rest/webhook", params=given, json=body, headers=name)
    running.until(lambda: "[0123456789ab]" in running.output, 10)


@pytest.mark.parametrize("token", ["", "wrong"])
def test_without_the_token_nothing_is_answered(running: Running, token: str) -> None:
    assert running.say("谢谢", token=token).status_code == 401
    assert running.http.get("/status", params={"token": token}).status_code == 401
    assert running.http.get("/ready", params={"token": token}).status_code == 401
    assert running.http.get("/metrics", params={"token": token}).status_code == 401
    assert running.http.post("/model/parse", params={"token": token}, json={"text": "你好"}).status_code == 401
    with httpx.Client(base_url=running.settings.action_url, trust_env=False) as actions:
        assert actions.get("/health", params={"token": token}).status_code == 401
        assert actions.post("/webhook", params={"token": token}, json={}).status_code == 401


def test_the_action_server_reads_small_plain_bodies_only(running: Running) -> None:
    token = {"token": running.settings.action_token}
    with httpx.Client(base_url=running.settings.action_url, trust_env=False) as actions:
        packed = actions.post("/webhook", params=token, content=b"x", headers={"Content-Encoding": "deflate"})
        assert packed.status_code == 415
        assert actions.post("/webhook", params=token, content=b"x" * 3_000_000).status_code == 413


@pytest.mark.parametrize(("method", "path"), [("PUT", "/model"), ("DELETE", "/model"), ("POST", "/model/train"),
                                              ("PUT", "/model/")])  # fmt: skip
def test_nobody_swaps_the_model(running: Running, method: str, path: str) -> None:
    assert running.api(method, path, json={"model_file": "/etc/passwd"}).status_code == 403
    assert running.api("GET", "/status").json()["model_file"]


def test_it_listens_on_this_machine_only(running: Running) -> None:
    for url in (running.settings.rasa_url, running.settings.action_url):
        assert _listening_addresses(int(url.rpartition(":")[2])) == {"0100007F"}


def _listening_addresses(port: int) -> set[str]:
    if not Path("/proc/net/tcp").exists():
        pytest.skip("only Linux lists its sockets in /proc")
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    listening = [row[1].split(":") for row in rows if row[3] == "0A"]
    return {address for address, hexadecimal in listening if int(hexadecimal, 16) == port}


def test_telemetry_is_off_and_no_token_is_on_a_command_line(running: Running) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("only Linux shows the environment of a process in /proc")
    assert len(running.programs) == 2
    for pid in running.programs:
        assert b"RASA_TELEMETRY_ENABLED=false" in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        assert running.settings.rasa_token.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_what_people_say_is_nowhere_in_the_output(running: Running) -> None:
    for text in (
        SECRETS[0],
        f"电话{SECRETS[1]}",
        SECRETS[3],
        f"坏了 {SECRETS[0]}",
        '/greet{"a": "' + SECRETS[0] + '"}',
    ):
        running.say(text, metadata={"message_id": SECRETS[2]})
        running.api("POST", "/model/parse", json={"text": text})
        running.api("POST", f"/conversations/{SECRETS[2]}/messages", json={"text": text, "sender": "user"})
        running.api("POST", f"/conversations/{SECRETS[2]}/trigger_intent", json={"name": text})
        running.http.post("/webhooks/rest/webhook", params={"token": text}, content=text.encode())
    with httpx.Client(base_url=running.settings.action_url, trust_env=False) as actions:
        broken = {"next_action": "action_that_nobody_has", "sender_id": SECRETS[2], "tracker": {"text": SECRETS[0]}}
        actions.post("/webhook", params={"token": running.settings.action_token}, json=broken)
        actions.post("/webhook", params={"token": running.settings.action_token}, content=SECRETS[0].encode())
    time.sleep(1)
    assert "rasa.core.processor" in running.output  # a crashed action was logged, without its words
    for secret in SECRETS:
        for form in (secret, json.dumps(secret).strip('"'), str(secret.encode())[2:-1]):
            assert form not in running.output
    lines = [line for line in running.output.splitlines() if " | " in line]
    assert all(line.split(" | ")[1].startswith("20") for line in lines), "a line that our log did not write"


def exists(pid: int) -> bool:
    return subprocess.run(["ps", "-p", str(pid)], capture_output=True).returncode == 0


def test_killed_it_leaves_nobody_behind(trained: Path, tmp_path: Path) -> None:
    made = Running(trained, tmp_path / "var")
    try:
        made.until(lambda: "actions is ready" in made.output)
        programs = made.programs
        assert len(programs) == 2
        made.process.kill()
        made.process.wait()
        end = time.monotonic() + 20
        while any(exists(pid) for pid in programs):
            assert time.monotonic() < end, "a program goes on without its supervisor"
            time.sleep(0.1)
    finally:
        made.stop()


def test_one_that_dies_is_named_and_started_again(trained: Path, tmp_path: Path) -> None:
    made = Running(trained, tmp_path / "var")
    try:
        made.until(lambda: "actions is ready" in made.output)
        listed = subprocess.run(["pgrep", "-P", str(made.process.pid), "-f", "actions.server"], capture_output=True)
        os.kill(int(listed.stdout), signal.SIGKILL)
        made.until(lambda: "actions was killed by SIGKILL; it is started again in 1 s." in made.output)
        made.until(lambda: made.output.count("actions is ready") == 2)
        assert made.process.poll() is None
    finally:
        made.stop()


def test_a_model_damaged_while_it_runs_stops_nobody(trained: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(trained, tmp_path / "project"))
    (model,) = (project / "models").glob("*.tar.gz")
    made = Running(project, tmp_path / "var")
    try:
        made.until(lambda: "Ctrl-C stops everything" in made.output)
        whole = model.read_bytes()
        model.write_bytes(whole[: len(whole) // 2])
        assert made.say("谢谢").json()[0]["text"] == "不用谢", "the one in memory goes on"
        listed = subprocess.run(["pgrep", "-P", str(made.process.pid), "-f", "rasa_server"], capture_output=True)
        os.kill(int(listed.stdout), signal.SIGKILL)
        made.until(lambda: "rasa ended with exit code 2; it is started again in" in made.output)
        assert f"Rasa stops: The model models/{model.name} is damaged: run `make train FORCE=1`." in made.output
        assert made.process.poll() is None and "actions ended" not in made.output
        model.write_bytes(whole)
        made.until(lambda: made.output.count("rasa is ready") == 2)
        assert made.say("谢谢").json()[0]["text"] == "不用谢"
    finally:
        made.stop()


def start_alone(project: Path, var: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.processes.rasa_server", "--project", str(project)],
        env={**os.environ, "ANXING_VAR": str(var), "RASA_URL": f"http://127.0.0.1:{free_port()}"},
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip


def test_no_model_is_one_sentence(trained: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(trained, tmp_path / "project", ignore=shutil.ignore_patterns("models")))
    result = start_alone(project, tmp_path / "var")
    assert result.returncode == 2
    assert result.stderr == "Rasa stops: There is no trained model in models/: run `make train`.\n"


def test_a_stale_model_is_one_sentence(trained: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(trained, tmp_path / "project"))
    with (project / "data" / "nlu" / "talk.yml").open("a") as file:
        file.write("# changed\n")
    result = start_alone(project, tmp_path / "var")
    assert result.returncode == 2
    assert result.stderr == "Rasa stops: The model in models/ is older than its data or code: run `make train`.\n"


@pytest.mark.parametrize("damage", [lambda content: content[: len(content) // 2], lambda _content: b"no archive"])
def test_a_damaged_model_is_one_sentence(trained: Path, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    project = Path(shutil.copytree(trained, tmp_path / "project"))
    (model,) = (project / "models").glob("*.tar.gz")
    model.write_bytes(damage(model.read_bytes()))
    result = start_alone(project, tmp_path / "var")
    assert result.returncode == 2
    assert f"Rasa stops: The model models/{model.name} is damaged: run `make train FORCE=1`." in result.stderr
    assert "Traceback" not in result.stderr
