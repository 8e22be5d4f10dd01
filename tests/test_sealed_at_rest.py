"""The proof that nothing anybody wrote lies anywhere in clear: a whole system is filled, crashed and searched."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from bot.settings import PROJECT
from tests.gateway.bot_api import BotApi, Person
from tests.gateway.helpers import until
from tests.gateway.stack import ACTIONS, GATEWAY, RASA, Stack
from tests.records.test_postgresql import SERVER
from tests.seeking import forms, seek
from tests.site.helpers import Browser

SITE = "bot.site"
PROGRAMS = (RASA, ACTIONS, GATEWAY, SITE)  # Rasa, which takes long to start, is started once
#: In everything that anybody writes below. No text of ours holds them.
NAME, MARK = "欧阳锟铻", "zqvxkwjh"
CONTROL = "司徒鋆翀wjqxzkvh"
CHATS = (777_123_456, 777_123_457)
PASSWORD = f"密码{NAME}{MARK}"
LONGEST = 300  # seconds; on a machine that does nothing else it takes a quarter of it


def words(what: str) -> str:
    return f"{what}：老板{NAME}{MARK}说先交八千押金，护照他保管，去柬埔寨做客服"


# that the search can find


@pytest.mark.parametrize("text", [NAME, MARK, CONTROL])
@pytest.mark.parametrize(
    "write",
    [
        str.encode,
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.encode("gb18030"),
        lambda text: json.dumps({"text": text}).encode(),
        lambda text: json.dumps(json.dumps({"text": text})).encode(),
        lambda text: repr(text.encode()).encode(),
        lambda text: ascii(text).encode(),
        lambda text: base64.b64encode(text.encode()),
        lambda text: base64.b64encode(b"1" + text.encode() + b"23"),
        lambda text: base64.urlsafe_b64encode(b"12" + text.encode() + b"3"),
        lambda text: base64.b64encode(b"12" + text.encode("utf-16-le")),
        lambda text: (b"1" + text.encode()).hex().encode(),
        lambda text: text.encode().hex().upper().encode(),
        lambda text: str(httpx.URL("http://x/", params={"name": text})).encode(),
    ],
)
def test_the_search_finds_words_in_every_form(text: str, write: Callable[[str], bytes]) -> None:
    assert seek(text, b"before" + write(text) + b"after")
    assert not seek(text, write("别的人说的别的话 something else"))
    assert len(forms(text)) > 20


# that nothing is there


class System(Stack):
    """All programs, with all their files below one folder, so that all of it can be searched."""

    def __init__(self, root: Path, api: BotApi) -> None:
        self.root = root / "system"
        self.root.mkdir()
        super().__init__(self.root / "var", api)
        for name in ("tmp", "home"):
            (self.root / name).mkdir()
        crash = root / "crash"  # not searched
        crash.mkdir()
        (crash / "sitecustomize.py").write_text(CRASH.format(words=words("崩溃")), encoding="utf-8")
        self.environment |= {
            "TMPDIR": str(self.root / "tmp"), "HOME": str(self.root / "home"),
            "PYTHONPATH": str(crash), "PYTHONFAULTHANDLER": "1", "DATABASE_URL": "",
        }  # fmt: skip

    async def start(self, *modules: str, **more: str) -> None:
        await super().start(*modules, **more)
        for module in modules:
            if module == SITE:
                await self.eventually(lambda: _answers(self.site + "/"))

    async def eventually(self, condition: Callable[[], Awaitable[object]]) -> None:
        async def hold() -> None:
            while not await condition():
                await asyncio.sleep(0.3)

        await asyncio.wait_for(hold(), LONGEST / 3)

    async def crash(self, module: str, number: signal.Signals) -> None:
        """Send a signal of which the program ends."""
        process = self._running.pop(module)
        process.send_signal(number)
        await asyncio.wait_for(process.wait(), 60)

    def signal(self, module: str, number: signal.Signals) -> None:
        self._running[module].send_signal(number)

    def core_limits(self) -> set[str]:
        found = set()
        for process in self._running.values():
            limits = Path(f"/proc/{process.pid}/limits").read_text()
            found |= {line.split()[4] for line in limits.splitlines() if line.startswith("Max core file size")}
        return found

    async def restore_into(self, server: Server, backup: Path) -> None:
        sqlite, self.environment["DATABASE_URL"] = self.environment["DATABASE_URL"], server.url
        await self._run("manage.py", "restore", str(backup))
        self.environment["DATABASE_URL"] = sqlite

    def files(self) -> dict[str, bytes]:
        """Return all that the system has written to the disk."""
        paths = [path for path in self.root.rglob("*") if path.is_file()]
        found = {}
        for path in [*paths, *PROJECT.glob("core*")]:
            with contextlib.suppress(FileNotFoundError):  # a temporary one may go at any moment
                found[str(path.relative_to(self.root) if path in paths else path)] = path.read_bytes()
        return found


#: Loaded by every program at its start: an exception with somebody's words in it, in the main thread or in another.
CRASH = """
import signal, threading
def fail(*_):
    words = "{words}"
    raise RuntimeError(words, dict(text=words))
signal.signal(signal.SIGUSR1, fail)
signal.signal(signal.SIGUSR2, lambda *_: threading.Thread(target=fail).start())
"""


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        try:
            return (await client.get(url)).status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture
def core_dumps() -> Iterator[None]:
    """Let programs that are started now leave core dumps, unless they see to it that they do not."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.fixture
async def system(tmp_path: Path, core_dumps: None) -> AsyncIterator[tuple[System, BotApi]]:
    training = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.processes.training", cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if name != "RASA_CACHE_DIRECTORY"},
    )  # fmt: skip
    assert await training.wait() == 0
    async with BotApi() as api:
        made = System(tmp_path, api)
        await made.migrate()
        try:
            yield made, api
        finally:
            await made.stop()


async def say_everything_on_telegram(api: BotApi) -> list[Person]:
    """Let one who agrees and one who does not write in every way there is."""
    people = [api.person(chat) for chat in CHATS]
    for person in people:
        person.name = NAME + MARK
        person.says("/start")
        await until(lambda person=person: person.chat, LONGEST)  # type: ignore[misc]
    people[0].presses("同意")
    for person in people:
        person.says(words("文字"))
        person.edits(words("改了"))
        person.sends_photo(caption=words("照片"))
        person.sends_document(words("文件").encode(), name=words("文件名")[:60] + ".txt", caption=words("文件说明"))
        person.sends_document(words("另一个").encode("gb18030"))
        person.says_in_group(words("群里"))
        press_old_button(person, f"{NAME}{MARK}")
        api.queue({"message": {**person.message_json(text=5), "caption": words("读不懂")}, "broken": words("坏的")})
        person.says(f"/{MARK}" + '{"' + NAME + '": 1}')
        person.says(words("救命，我被锁起来了"))
    api.queue({"message": {"text": words("没有聊天")}})
    api.queue({"message": words("什么都不是")})
    return people


def press_old_button(person: Person, title: str) -> None:
    """Press a button that our records do not know: what stands on it is taken as said."""
    button = {"text": title, "callback_data": f"{uuid.uuid4().hex}:0"}
    person.api.queue(
        {
            "callback_query": {
                "id": person.api.new_query(), "from": person.user_json(), "chat_instance": "7",
                "data": button["callback_data"],
                "message": {
                    "message_id": 3, "date": 1_700_000_000, "chat": person.chat_json(), "text": words("旧消息"),
                    "reply_markup": {"inline_keyboard": [[button]]},
                },
            }
        }
    )  # fmt: skip


async def say_everything_on_the_page(site: str) -> None:
    for agrees in (True, False):
        async with Browser(site) as browser:
            await browser.open()
            if agrees:
                await browser.press("同意热线人员看聊天")
            await browser.say(words("网页"))
            await browser.in_place(words("网页里"), form="a")
            files = {"files": (words("名字") + ".txt", words("网页文件").encode(), "text/plain")}
            await browser.post("/send/", data={**browser.page.fields, "text": words("附言")}, files=files)
            await browser.post("/send/", data={"text": words("没有令牌")})
            await browser.get("/send/", params={"text": words("地址里")})
            await browser.get(f"/{NAME}{MARK}/")


async def work_at_the_desk(system: System) -> None:
    """Sign in, read, search and answer; and mistype the password."""
    await system._run(
        "manage.py", "shell", "--no-imports", "-c",
        "from django.contrib.auth.models import User; from bot.records import models as m\n"
        f"User.objects.create_superuser('lin', password={PASSWORD!r})\n"
        "talk = m.Conversation.objects.filter(contact__channel='telegram', contact__consent=True).get()\n"
        f"reply = m.Message.objects.add(talk, direction='out', author='staff', text={words('工作人员')!r})\n"
        "m.Outbox.objects.create(message=reply, channel='telegram')",
    )  # fmt: skip
    talks = await system.records("[str(x.pk) for x in m.Conversation.objects.all()]")
    async with Browser(system.site) as desk:
        for password in (PASSWORD + "错", PASSWORD):
            await desk.open("/desk/sign-in/")
            form = {**desk.page.fields, "username": "lin", "password": password}
            await desk.post("/desk/sign-in/", data=form)
        shown = [(await desk.open(f"/desk/talk/{talk}/")).text for talk in talks]
        assert any(NAME in page for page in shown), "staff read what they may read"
        await desk.open("/desk/")
        await desk.get("/desk/recruiters/", params={"name": f"{NAME}{MARK}公司"})


ANSWERED = (
    "{'open': m.Message.objects.filter(state='received').count(),"
    " 'unsent': m.Outbox.objects.exclude(state='sent').count(),"
    " 'in': m.Message.objects.filter(direction='in').count()}"
)
KEPT = (
    "{'texts': [x.text for x in m.Message.objects.all()], 'facts': [x.facts for x in m.Conversation.objects.all()],"
    " 'states': [str(x.state) for x in m.DialogueState.objects.all()],"
    " 'raw': [x.raw for x in m.Quarantine.objects.all()]}"
)


def found_in(files: dict[str, bytes], *sought: str) -> list[str]:
    return [f"{text} in {name}" for name, content in files.items() for text in sought if seek(text, content)]


SOUGHT = (NAME, MARK, *map(str, CHATS))


@pytest.mark.slow
@pytest.mark.timeout(4 * LONGEST)
async def test_nothing_that_anybody_wrote_lies_anywhere_in_clear(system: tuple[System, BotApi]) -> None:
    all_programs, api = system
    await all_programs.start(*PROGRAMS)
    await asyncio.wait_for(all_programs.rasa_answers(), LONGEST)
    people = await say_everything_on_telegram(api)
    await say_everything_on_the_page(all_programs.site)

    async def answered() -> bool:
        state = await all_programs.records(ANSWERED)
        return state["open"] == state["unsent"] == 0 and state["in"] >= 26

    await all_programs.eventually(answered)
    await work_at_the_desk(all_programs)
    await until(lambda: any(words("工作人员") in text for text in people[0].texts), LONGEST)
    kept = await all_programs.records(KEPT)
    for what in ("texts", "states", "raw"):
        assert any(MARK in one for one in kept[what]), f"{what} have to hold the words, or nothing is proved"
    assert any(kept["facts"])

    # with everything at work, and the log of SQLite full of it
    assert all_programs.files()["var/anxing.sqlite3-wal"]
    assert found_in(all_programs.files(), *SOUGHT) == []
    assert all_programs.core_limits() == {"0"}

    # crashing: with the words in an exception, then in the middle of work by the signals of a broken program
    for number in (signal.SIGUSR2, signal.SIGUSR1):
        raised = all_programs.log.count("RuntimeError at sitecustomize.py")
        for module in PROGRAMS[number == signal.SIGUSR1 :]:
            all_programs.signal(module, number)
        await until(lambda n=raised: all_programs.log.count("RuntimeError at sitecustomize.py") >= n + 3, 60)  # type: ignore[misc]
    for module in PROGRAMS[1:]:
        await all_programs.kill(module)  # sanic goes on after an exception
    await all_programs.start(*PROGRAMS[1:])
    for person in people:
        person.says(words("崩溃前"))
    for module, number in zip(PROGRAMS, (signal.SIGSEGV, signal.SIGABRT) * 2, strict=True):
        await all_programs.crash(module, number)
    assert "Fatal Python error" in all_programs.log
    assert not list(PROJECT.glob("core*"))
    assert found_in(all_programs.files(), *SOUGHT) == []

    backup = all_programs.root / "var" / "a.backup"
    await all_programs._run("manage.py", "backup", "--to", str(backup))
    assert found_in(all_programs.files(), *SOUGHT) == []

    # and the search finds what really is there, in each kind of place
    with traces(all_programs):
        places = {line.partition(" in ")[2] for line in found_in(all_programs.files(), CONTROL)}
    assert places >= {"var/anxing.sqlite3-wal", "var/some.file", "tmp/some.file", "home/some.file", "logs/control.log"}

    with postgresql() as server:
        await all_programs.restore_into(server, backup)
        dump = server.dump()
        assert b"records_message" in dump and dump.count(b"telegram") >= 2
        assert found_in({"dump": dump}, *SOUGHT) == []
        server.execute(f"UPDATE records_quarantine SET error_class = '{CONTROL}'")
        assert found_in({"dump": server.dump()}, CONTROL) == [f"{CONTROL} in dump"]


@contextlib.contextmanager
def traces(system: System) -> Iterator[None]:
    """Leave words of our own in clear: in files, in a log, and in a column that is not sealed."""
    for folder in ("var", "tmp", "home"):
        (system.root / folder / "some.file").write_text(json.dumps({"text": CONTROL}))
    careless = f"from bot import logs; logs.configure(); logs.logging.getLogger('bot').info({CONTROL!r})"
    with (system.root / "logs" / "control.log").open("wb") as log:
        subprocess.run([sys.executable, "-c", careless], cwd=PROJECT, env=system.environment, stderr=log, check=True)
    with contextlib.closing(sqlite3.connect(system.root / "var" / "anxing.sqlite3")) as records:
        records.execute("UPDATE records_quarantine SET error_class = ?", [CONTROL])
        records.commit()
        yield  # as long as the connection is open, its log is there


class Server:
    """A database on a PostgreSQL server."""

    def __init__(self, name: str) -> None:
        self.url = SERVER.rpartition("/")[0] + "/" + name

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def dump(self) -> bytes:
        """Return what pg_dump makes of it, or the server's own copy of every table where pg_dump does not fit it."""
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            return subprocess.run(["pg_dump", self.url], capture_output=True, check=True, timeout=60).stdout
        with psycopg.connect(self.url) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            copied = []
            for (table,) in tables:
                with connection.cursor().copy(f'COPY "{table}" TO STDOUT') as rows:  # type: ignore[call-overload]
                    copied += [table.encode(), *map(bytes, rows)]
        return b"\n".join(copied)


@contextlib.contextmanager
def postgresql() -> Iterator[Server]:
    name = f"anxing_keys_{uuid.uuid4().hex[:12]}"
    try:
        administrator = psycopg.connect(SERVER, connect_timeout=2, autocommit=True)
    except psycopg.OperationalError:
        pytest.skip("SQLite, files and logs are clean; no PostgreSQL server is reachable, set TEST_POSTGRESQL_URL")
    with administrator:
        administrator.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        try:
            yield Server(name)
        finally:
            administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]
