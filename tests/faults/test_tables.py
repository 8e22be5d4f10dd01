"""A table that was edited wrongly: refused at the start with file and line, and no harm to what is running."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import PROJECT
from bot.tables import KnowledgeError
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import LATE, OUTAGE, until
from tests.gateway.stack import ACTIONS, GATEWAY, WEB, Stack
from tests.knowledge.test_tables import FOLDER, READERS

#: Which readers each table has.
READ_BY: dict[str, tuple[str, ...]] = {
    "contract_clauses": ("contract",),
    "destinations": ("destinations", "hotlines", "plans"),
    "exchange_rates": ("rates",),
    "hotline_needs": ("hotlines",),
    "hotlines": ("hotlines", "recruiter_checks"),
    "ilo_indicators": ("risk",),
    "impostors": ("impostors",),
    "indicator_advice": ("plans", "rights", "risk"),
    "interview": ("interview",),
    "lending": ("lending",),
    "pay_comparison": ("pay",),
    "plans": ("plans",),
    "recruiter_checks": ("recruiter_checks",),
    "rights": ("plans", "rights"),
    "risk_levels": ("risk",),
    "taxonomy": ("contract", "plans", "rights", "risk"),
}
SLIPS = ("[1, 2]", "{a: 1}", "-7", "null", "viele", "2026-13-45", "1e999", "!!python/none x", '"\\ud800"')
PLACES = 3  # in each table, the same in every run


def test_every_table_is_broken_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.yml")} == set(READ_BY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "knowledge"))


def refusals(table: str, folder: Path) -> list[str]:
    """Read the table with all that read it; whatever else goes wrong than a refusal with file and line, fails."""
    found = []
    for reader in READ_BY[table]:
        try:
            READERS[reader](folder)
        except KnowledgeError as error:
            assert re.match(rf"{re.escape(str(folder))}/[a-z_]+\.yml:[1-9]\d*: .", str(error)), error
            found.append(str(error))
    return found


def fields(node: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key, value
            yield from fields(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from fields(value)


def line_of(text: str, index: int) -> int:
    return text.count("\n", 0, index) + 1


def unclosed(text: str, key: Any, value: Any) -> tuple[str, str]:
    return text[: value.start_mark.index] + "[" + text[value.start_mark.index :], "is not valid YAML"


def with_tab(text: str, key: Any, value: Any) -> tuple[str, str]:
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    return f"{text[:start]}\t{text[start:]}", "is not valid YAML"


def twice(text: str, key: Any, value: Any) -> tuple[str, str]:
    where = key.start_mark.index
    before = text[text.rfind("\n", 0, where) + 1 : where].replace("-", " ")
    name = text[where : key.end_mark.index]
    more = f"{name}: x\n{before}" if not before.strip() else f"{name}: x, "
    return text[:where] + more + text[where:], "is given twice"


@pytest.mark.parametrize("table", READ_BY)
@pytest.mark.parametrize("damage", [unclosed, with_tab, twice])
def test_what_is_no_table_is_refused_with_its_line(
    table: str, damage: Callable[[str, Any, Any], tuple[str, str]], folder: Path
) -> None:
    path, chosen = folder / f"{table}.yml", random.Random(table)
    text = path.read_text(encoding="utf-8")
    places = list(fields(yaml.compose(text, Loader=yaml.CSafeLoader)))
    for key, value in chosen.sample(places, min(PLACES, len(places))):
        changed, says = damage(text, key, value)
        path.write_text(changed, encoding="utf-8")
        found = [said for said in refusals(table, folder) if said.startswith(f"{path}:")]
        assert found, f"line {line_of(text, key.start_mark.index)} with {damage.__name__} was read"
        if damage is twice:
            assert says in found[0]
            assert abs(int(found[0].split(":")[1]) - line_of(text, key.start_mark.index)) <= 1
        else:
            assert int(found[0].split(":")[1]) >= line_of(text, key.start_mark.index) - 1
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("table", READ_BY)
def test_a_field_that_is_missing_or_misspelt_is_refused(table: str, folder: Path) -> None:
    """At least the first field of every table and of its entries is needed; which ones are is the table's business."""
    path, chosen = folder / f"{table}.yml", random.Random(table)
    text = path.read_text(encoding="utf-8")
    places = list(fields(yaml.compose(text, Loader=yaml.CSafeLoader)))
    refused = 0
    for key, _ in [places[0], *chosen.sample(places, min(PLACES, len(places)))]:
        path.write_text(f"{text[: key.start_mark.index]}kex{text[key.end_mark.index :]}", encoding="utf-8")
        refused += bool(refusals(table, folder))
    path.write_text(text, encoding="utf-8")
    assert refused >= 1


@pytest.mark.parametrize("table", READ_BY)
def test_a_wrong_value_is_refused_or_harmless_but_never_a_crash(table: str, folder: Path) -> None:
    path, chosen = folder / f"{table}.yml", random.Random(table)
    text = path.read_text(encoding="utf-8")
    places = list(fields(yaml.compose(text, Loader=yaml.CSafeLoader)))
    refused = 0
    for slip in SLIPS:
        _, value = chosen.choice(places)
        start, end = value.start_mark.index, value.end_mark.index
        gap = "\n" if text[end - 1 : end] == "\n" else ""
        path.write_text(f"{text[:start]}{slip}{gap}{text[end:]}", encoding="utf-8")
        refused += bool(refusals(table, folder))
    path.write_text(text, encoding="utf-8")
    assert refused >= len(SLIPS) / 2, "most of them are noticed"


# the real programs, on a copy of the project


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    for name in ("bot", "actions", "data", "domain.yml", "manage.py", "endpoints.yml", "credentials.yml", "config.yml"):
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, made / name, ignore=shutil.ignore_patterns("__pycache__", "fonts", "nlu"))
        else:
            shutil.copy(source, made / name)
    for name in ("fonts", "nlu"):
        (made / "data" / name).symlink_to(PROJECT / "data" / name)
    shutil.copytree(PROJECT / "bot" / "nlu", made / "bot" / "nlu")
    return made


@pytest.fixture
async def stack(tmp_path: Path, api: BotApi, rasa: FakeRasa, copied: Path) -> AsyncIterator[Stack]:
    made = Stack(tmp_path / "var", api, copied, RASA_URL=rasa.url, RASA_TOKEN=rasa.token)
    try:
        yield made
    finally:
        await made.stop()


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_each_program_refuses_to_start_with_file_and_line(stack: Stack, copied: Path) -> None:
    await stack.migrate()
    for file, old, new, says, programs in (
        ("data/knowledge/hotlines.yml", "number: '12367'", "number: 12367", "must be a text", (GATEWAY, WEB, ACTIONS)),
        ("data/knowledge/plans.yml", "indicators: [violence]", "indicators: [violance]", "'violance'", (ACTIONS,)),
        ("data/knowledge/destinations.yml", "name_en: Japan", "name_en: [Japan", "is not valid YAML", (GATEWAY,)),
        ("domain.yml", "\nresponses:\n", "\nresponses:\n\tx: 1\n", "is not valid YAML", (GATEWAY, WEB, ACTIONS)),
        ("domain.yml", "  utter_gateway_outage:\n", "  utter_gateway_outrage:\n", "missing response", (GATEWAY, WEB)),
        ("domain.yml", "{numbers}", "{numbers", "cannot be filled in", (GATEWAY, ACTIONS)),
        ("data/lexicon/danger.yml", ":\n", ": [\n", "is not valid YAML", (GATEWAY,)),
        ("data/dictionary/countries.yml", "\nKH:", "\nKH: [", "is not valid YAML", (ACTIONS,)),
    ):
        path = copied / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        before = len(stack.log)
        await stack.start(*programs)
        codes = [await asyncio.wait_for(stack.ended(program), 60) for program in programs]
        path.write_text(text, encoding="utf-8")
        said = stack.log
        assert codes == [2] * len(programs), (file, new, said[before:])
        for program in programs:
            last = (stack.logs / f"{program}.log").read_text(encoding="utf-8").strip().splitlines()[-1]
            assert re.search(rf"stops: \S*{re.escape(file)}:[1-9]\d*: .*{re.escape(says)}", last), last


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_an_edit_changes_nothing_until_a_restart(stack: Stack, copied: Path, api: BotApi, rasa: FakeRasa) -> None:
    await stack.migrate()
    await stack.start(GATEWAY)
    person = api.person(501)
    person.says("你好")
    await until(lambda: any("回：你好" in text for text in person.texts), 60)
    path = copied / "data" / "knowledge" / "hotlines.yml"
    good = path.read_text(encoding="utf-8")
    path.write_text("- {id: x\n", encoding="utf-8")
    (copied / "domain.yml").rename(copied / "domain.away")
    rasa.mode = "error"
    person.says("他们打我")
    await until(lambda: person.texts[-1].startswith(OUTAGE), 30)
    assert "110" in person.texts[-1] and "12308" in person.texts[-1], "the last good tables go on"
    await stack.kill(GATEWAY)
    person.says("还在吗")
    (copied / "domain.away").rename(copied / "domain.yml")
    await stack.start(GATEWAY)
    assert await asyncio.wait_for(stack.ended(GATEWAY), 60) == 2
    assert re.search(r"The Telegram gateway stops: \S+/hotlines\.yml:[12]: ", stack.log)
    path.write_text(good, encoding="utf-8")
    rasa.mode = "ok"
    await stack.start(GATEWAY)
    await until(lambda: "回：还在吗" in person.texts[-1] or f"{LATE}\n回：还在吗" == person.texts[-1], 60)
    assert f"{LATE}\n回：他们打我" in person.texts
