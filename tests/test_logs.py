"""Nothing that a person wrote, no chat id and no token gets into a log, whichever library is talkative."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SECRETS = ("中介要三万五押金", "777001777", "123456:AAsecret-token", "rasa-token-in-url")

# Each program says the secrets in one of the ways in which the libraries really say them.
LEAKS = {
    "rasa's structlog events": """
import structlog
structlog.get_logger("rasa.core.processor").warning("processor.message.parse.failed", user_text=WORDS, sender_id=CHAT)
structlog.get_logger().error("rest.message.received.failure", text=WORDS, exc_info=True)
""",
    "structlog loggers bound before we configured it": """
early.warning("message.parsing.failed", user_text=WORDS)
early.bind(sender=CHAT).error(WORDS)
""",
    "rasa's plain logs": """
logging.getLogger("rasa.shared.core.training_data.story_reader").warning(f"Failed to parse arguments in line '{WORDS}'")
logging.getLogger("rasa.core.tracker_store").error(f"Error happened when trying to save: {WORDS}")
""",
    "rasa's warnings": """
import warnings
warnings.warn(f"Failed to parse arguments in line '{WORDS}'.")
""",
    "a crashed action": """
try:
    raise ValueError(WORDS) from KeyError(CHAT)
except ValueError:
    logging.getLogger("rasa.core.processor").exception("Encountered an exception while running action " + CHAT)
    logging.getLogger("bot.gateway").exception("the action failed")
""",
    "the action server's request": """
logging.getLogger("rasa_sdk.endpoint").error("Failed to run custom action", extra={"tracker": WORDS})
logging.getLogger("rasa_sdk.executor").debug(WORDS)
""",
    "addresses with tokens": """
logging.getLogger("httpx").warning('HTTP Request: POST https://api.telegram.org/bot%s/getMe "200"', TOKEN)
logging.getLogger("sanic.access").warning("", extra={"request": f"POST /webhooks/rest/webhook?token={URL_TOKEN}"})
logging.getLogger("uvicorn.access").warning('%s - "%s %s HTTP/%s" %d', CHAT, "GET", "/?token=" + URL_TOKEN, "1.1", 200)
logging.getLogger("uvicorn.error").error("Exception in ASGI application: " + WORDS)
""",
    "telegram and django": """
logging.getLogger("telegram.ext.Application").error("Update %s caused error", {"text": WORDS, "chat": CHAT})
logging.getLogger("django.request").error("Internal Server Error: %s", "/talk/" + CHAT, exc_info=ValueError(WORDS))
logging.getLogger("django.db.backends").warning("(0.001) INSERT %s", WORDS)
""",
    "a handler that a library adds later": """
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter("%(message)s %(args)s %(exc_text)s"))
logging.getLogger("sanic.root").addHandler(handler)
try:
    raise ValueError(WORDS)
except ValueError:
    logging.getLogger("sanic.root").exception(WORDS)
""",
    "uvicorn's own log configuration": """
import logging.config, uvicorn.config
logging.config.dictConfig(uvicorn.config.LOGGING_CONFIG)
logging.getLogger("uvicorn.access").error('%s - "%s %s HTTP/%s" %d', CHAT, "GET", "/?token=" + URL_TOKEN, "1.1", 200)
logging.getLogger("uvicorn.error").error(WORDS)
""",
    "a record that cannot be formatted": """
logging.getLogger("rasa").error("%d", WORDS)
logging.getLogger("bot.gateway").error("%d", WORDS)
""",
    "asyncio": """
import asyncio
async def fail(): raise ValueError(WORDS)
async def main():
    task = asyncio.ensure_future(fail())
    await asyncio.sleep(0)
    del task
asyncio.run(main(), debug=True)
""",
    "a thread that dies": """
import threading
def fail(): raise ValueError(WORDS)
thread = threading.Thread(target=fail, name=CHAT); thread.start(); thread.join()
""",
    "a process that dies": """
raise ValueError(WORDS)
""",
}

PREPARE = """
import logging, sys
WORDS, CHAT, TOKEN, URL_TOKEN = {secrets!r}
try:
    import structlog
    structlog.configure(logger_factory=structlog.stdlib.LoggerFactory(), cache_logger_on_first_use=True)
    early = structlog.get_logger("rasa.nlu")
    early.info("warm")
except ImportError:
    pass
logging.basicConfig(level=logging.DEBUG)
from bot import logs
logs.configure()
"""


def run(project: Path, program: str, **environment: str) -> str:
    process = subprocess.run(
        [sys.executable, "-c", PREPARE.format(secrets=SECRETS) + program],
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return process.stdout + process.stderr


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_is_stopped(project: Path, leak: str, form: str) -> None:
    output = run(project, LEAKS[leak], ANXING_LOG_FORMAT=form)
    for secret in SECRETS:
        assert secret not in output
        assert secret.encode("unicode_escape").decode() not in output
    assert any(sign in output for sign in ("message withheld", "ERROR", "WARNING", "CRITICAL")), output


def test_the_lines_still_help(project: Path) -> None:
    output = run(
        project,
        """
logging.getLogger("bot.gateway").info("started with %d chats", 3)
logging.getLogger("actions").warning("two\\nlines")
logging.getLogger("httpx").info("traffic")
structlog.get_logger("rasa.core").error("processor.message.parse.failed", text=WORDS)
def inner(): raise KeyError(WORDS)
try:
    try: inner()
    except KeyError as error: raise ValueError(CHAT) from error
except ValueError:
    logging.getLogger("bot.records").exception("not saved")
""",
    )
    lines = output.splitlines()
    assert "INFO bot.gateway started with 3 chats" in lines[0]
    assert lines[1].endswith("WARNING actions two lines")
    assert "ERROR rasa.core" in lines[2]
    assert lines[2].endswith("processor.message.parse.failed")
    assert "ERROR bot.records not saved ValueError at <string>:" in lines[3]
    assert "<- KeyError at <string>:" in lines[3]
    assert len(lines) == 4


def test_telemetry_is_off_and_django_uses_this_log(project: Path) -> None:
    output = run(
        project,
        """
import os, django
os.environ.pop("RASA_TELEMETRY_ENABLED")
logs._configured = False
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.site.settings")
django.setup()
print(os.environ["RASA_TELEMETRY_ENABLED"], logs._configured, type(logging.root.handlers[0].formatter).__name__)
""",
    )
    assert output.split() == ["false", "True", "SafeFormatter"]


def test_json_lines_have_a_field_for_everything(project: Path) -> None:
    output = run(
        project,
        """
from bot import request_ids
logging.getLogger("bot.gateway").info("started with %d chats", 3)
with request_ids.named("0123456789ab"):
    logging.getLogger("actions").warning('two\\nlines "quoted" 引号')
    logging.getLogger("httpx").info("traffic")
    structlog.get_logger("rasa.core").error("processor.message.parse.failed", text=WORDS)
try:
    raise ValueError(CHAT)
except ValueError:
    logging.getLogger("bot.records").exception("not saved")
""",
        ANXING_LOG_FORMAT="json",
    )
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["level"] for line in lines] == ["INFO", "WARNING", "ERROR", "ERROR"]
    assert {line["process"] for line in lines} == {"-c"}
    assert lines[0]["message"] == "started with 3 chats" and "request_id" not in lines[0]
    assert lines[1]["message"] == 'two lines "quoted" 引号' and lines[1]["request_id"] == "0123456789ab"
    assert lines[2]["logger"] == "rasa.core" and lines[2]["event"] == "processor.message.parse.failed"
    assert lines[2]["request_id"] == "0123456789ab" and "message" not in lines[2]
    assert lines[3]["errors"].startswith("ValueError at <string>:")
    assert all(len(line["time"]) == 24 and line["time"].endswith("Z") for line in lines)


def test_the_readable_form_ends_with_the_name_of_the_request(project: Path) -> None:
    output = run(
        project,
        """
from bot import request_ids
with request_ids.named("0123456789ab"):
    logging.getLogger("bot.gateway").info("heard")
""",
    )
    assert output.strip().endswith("INFO bot.gateway heard [0123456789ab]")


def test_a_line_that_is_not_of_our_log_becomes_json_all_the_same() -> None:
    from bot.logs import passed_on

    told = json.loads(passed_on("rasa", "Rasa stops:  no model"))
    assert (told["process"], told["message"]) == ("rasa", "Rasa stops: no model")
    assert passed_on("rasa", '{"time": "x"}') == '{"time": "x"}'


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["-m", "bot.processes.lifeline", "bot.site"], "web"),
        (["-m", "bot.site"], "web"),
        (["-m", "bot.gateway"], "telegram"),
        (["-m", "bot.processes"], "bot.processes"),
    ],
)
def test_every_process_says_which_it_is(project: Path, tmp_path: Path, command: list[str], name: str) -> None:
    """Each is stopped at its first line by a setting that it cannot use."""
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, logging\nfrom bot import logs\natexit.register(lambda: print('name:', logs.process_name()))\n"
        if False
        else "import bot.settings as s\n"
        "def told(*_):\n    from bot import logs\n    print('name:', logs.process_name(), flush=True)\n"
        "    raise s.SettingsError('x.')\n"
        "s.Settings.from_environment = told\n"
    )
    path = f"{tmp_path}{os.pathsep}{project}"
    environment = {**os.environ, "ANXING_VAR": str(tmp_path), "PYTHONPATH": path}
    reading, writing = os.pipe()  # the lifeline ends the program when nobody holds it
    result = subprocess.run(
        [sys.executable, *command], cwd=project, env=environment, capture_output=True, text=True, timeout=60,
        stdin=reading,
    )  # fmt: skip
    os.close(reading)
    os.close(writing)
    assert f"name: {name}\n" in result.stdout, result.stdout + result.stderr
