"""`make run` and `make rasa`: checks, trains, migrates, starts everything and says where it is."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from bot.logs import configure, is_json, passed_on
from bot.processes import checks, models
from bot.processes.checks import TelegramName
from bot.processes.rasa_server import FIRST_WORDS
from bot.processes.supervisor import Program, Stopped, Supervisor
from bot.processes.surroundings import prepare
from bot.settings import PROJECT, Settings, SettingsError

REFUSED = 2
SECONDS_FOR_A_LOOK = 10.0
EVERYWHERE = ("0.0.0.0", "::")


class Services:
    """The programs of 安行 and how to see that each is ready."""

    def __init__(self, settings: Settings, model_project: Path, client: httpx.AsyncClient) -> None:
        self._settings, self._model_project, self._client = settings, model_project, client

    @property
    def site(self) -> str:
        host = "127.0.0.1" if self._settings.site_host in EVERYWHERE else self._settings.site_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._settings.site_port}"

    def stages(self, only_rasa: bool) -> list[list[Program]]:
        """Whoever talks to people starts last: until Rasa is there they could only excuse themselves."""
        stages = [[self._rasa(), Program("actions", ("actions.server",), self._actions_ready)]]
        if not only_rasa:
            # Before anybody is talked to: whoever came back from a backup is erased again.
            stages[0].append(Program("retention", ("manage", "retain", "--forever")))
            talking = [Program("web", ("bot.site",), self._site_ready)]
            if self._settings.telegram_bot_token:
                talking.append(Program("telegram", ("bot.gateway",)))
            stages.append(talking)
        return stages

    def _rasa(self) -> Program:
        command = ("bot.processes.rasa_server", "--project", str(self._model_project))
        return Program("rasa", command, self._rasa_ready)

    async def _rasa_ready(self) -> bool:
        token = {"token": self._settings.rasa_token}
        url = self._settings.rasa_url
        if not await self._answers(lambda: self._client.get(f"{url}/status", params=token)):
            return False
        words = {"text": FIRST_WORDS}
        return await self._answers(lambda: self._client.post(f"{url}/model/parse", params=token, json=words))

    async def _actions_ready(self) -> bool:
        token = {"token": self._settings.action_token}
        return await self._answers(lambda: self._client.get(f"{self._settings.action_url}/health", params=token))

    async def _site_ready(self) -> bool:
        return await self._answers(lambda: self._client.get(self.site + "/"))

    async def _answers(self, ask: Callable[[], Awaitable[httpx.Response]]) -> bool:
        try:
            return (await ask()).status_code < 400
        except httpx.HTTPError:
            return False


def greeting(settings: Settings, site: str, telegram: TelegramName, seconds: float, only_rasa: bool) -> str:
    """Say where everything is; a token is named by the place it lies at."""
    token = "RASA_TOKEN" if _from_environment(settings) else str(settings.var / "keys" / "rasa.token")
    lines = [f"Ready after {seconds:.0f} s."]
    if not only_rasa:
        lines.append(f"  Chat page    {site}/")
        lines.append(
            f"  Staff desk   {site}/desk/  (first make an account: .venv/bin/python manage.py createsuperuser)"
        )
        if not settings.telegram_bot_token:
            lines.append("  Telegram     off; README.md says how to get a TELEGRAM_BOT_TOKEN")
        elif telegram.name:
            lines.append(f"  Telegram     https://t.me/{telegram.name}")
        else:
            lines.append(f"  Telegram     {telegram.warning}")
    lines.append(f"  Rasa         {settings.rasa_url}  (token: {token})")
    lines.append("  Ctrl-C stops everything.")
    return "\n".join(lines)


def _from_environment(settings: Settings) -> bool:
    kept = settings.var / "keys" / "rasa.token"
    return not kept.is_file() or kept.read_text(encoding="ascii").strip() != settings.rasa_token


async def start(model_project: Path, only_rasa: bool) -> int:
    """Run until stopped."""
    began = time.monotonic()
    checks.python_version()
    settings = Settings.from_environment()
    checks.ports(settings, only_rasa)
    supervisor = Supervisor(PROJECT, _print)
    supervisor.catch_signals()
    telegram = TelegramName()
    if settings.telegram_bot_token and not only_rasa:
        telegram = await checks.telegram(settings)
        if telegram.warning:
            _print(telegram.warning)
    for program in _preparations(model_project):
        if code := await supervisor.finish(program):
            return code
    # Not through a proxy: it would be asked for this very machine.
    async with httpx.AsyncClient(timeout=SECONDS_FOR_A_LOOK, trust_env=False) as client:
        services = Services(settings, model_project, client)

        def greet() -> None:
            seconds = time.monotonic() - began
            _print(greeting(settings, services.site, telegram, seconds, only_rasa))

        return await supervisor.run(services.stages(only_rasa), greet)


def _print(line: str) -> None:
    print(passed_on("supervisor", line) if is_json() else line, flush=True)


def _preparations(model_project: Path) -> list[Program]:
    preparations = [Program("records", ("manage", "migrate", "--no-input", "-v0"))]
    if models.fitting(model_project) is None:
        _print("The model is missing or older than its data: training takes a minute or two.")
        preparations.append(Program("training", ("bot.processes.training", "--project", str(model_project))))
    return preparations


def main() -> int:
    """Start everything; a wrong setting is one sentence and an exit code."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--only-rasa", action="store_true", help="only Rasa and the action server")
    parser.add_argument("--project", type=Path, default=PROJECT, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    prepare()
    configure()
    try:
        return asyncio.run(start(arguments.project.absolute(), arguments.only_rasa))
    except SettingsError as error:
        print(f"安行 cannot start: {error}", file=sys.stderr)
        return REFUSED
    except (Stopped, KeyboardInterrupt):
        return 0


if __name__ == "__main__":
    sys.exit(main())
