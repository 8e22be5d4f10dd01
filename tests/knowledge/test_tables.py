"""A mistake in a table stops the start, naming file and line; and the two pure rooms stay pure."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.knowledge import KnowledgeError
from bot.knowledge.destinations import Destinations
from bot.knowledge.exchange_rates import ExchangeRates
from bot.knowledge.hotlines import Hotlines
from bot.knowledge.impostors import Impostors
from bot.knowledge.lending import LendingLaws
from bot.knowledge.plans import Plans
from bot.knowledge.recruiter_checks import load_recruiter_checks
from bot.knowledge.rights import Rights
from bot.risk.assessment import RiskTables
from bot.risk.contract_tables import ContractTables
from bot.risk.interview import Interview
from bot.risk.pay import PayRules

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "data/knowledge"


def load_interview(folder: Path) -> Interview:
    return Interview.load(folder, RiskTables.load(FOLDER))  # the other tables are not the question


READERS: dict[str, Callable[[Path], object]] = {
    "hotlines": Hotlines.load,
    "destinations": Destinations.load,
    "rights": Rights.load,
    "plans": Plans.load,
    "impostors": Impostors.load,
    "risk": RiskTables.load,
    "rates": ExchangeRates.load,
    "lending": LendingLaws.load,
    "pay": PayRules.load,
    "contract": ContractTables.load,
    "interview": load_interview,
    "recruiter_checks": load_recruiter_checks,
}
CASES: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/cases/malformed_tables.yml").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "knowledge"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_mistakes_are_refused(case: dict[str, Any], folder: Path) -> None:
    path = folder / case["file"]
    text = path.read_text(encoding="utf-8")
    if "append" in case:
        changed = text + case["append"]
    else:
        assert case["old"] in text
        changed = text.replace(case["old"], case["new"], 1)
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(KnowledgeError) as refusal:
        READERS[case["reader"]](folder)
    message = str(refusal.value)
    assert case["says"] in message
    assert message.startswith(f"{folder / case.get('names', case['file'])}:")
    assert not message.startswith(f"{path}:0:")
    if "line_of" in case:
        line = 1 + changed[: changed.index(case["line_of"])].count("\n")
        assert message.startswith(f"{path}:{line}: ")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("content", ["", "just words", "[1, 2]", "- {a: 1", "\tx: 1"])
def test_anything_else_is_refused(reader: str, content: str, folder: Path) -> None:
    names = {"risk": "risk_levels", "rates": "exchange_rates", "pay": "pay_comparison", "contract": "contract_clauses"}
    path = folder / f"{names.get(reader, reader)}.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=path.name):
        READERS[reader](folder)


@pytest.mark.parametrize("reader", READERS)
def test_a_missing_file_is_named(reader: str, folder: Path) -> None:
    for path in folder.glob("*.yml"):
        path.unlink()
    with pytest.raises(KnowledgeError, match="cannot be read") as refusal:
        READERS[reader](folder)
    assert isinstance(refusal.value.__cause__, OSError)


def imported_by(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            names.add(node.module or "")
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in (
            "__import__",
            "import_module",
        ):
            raise AssertionError(f"{path}: imports something this test cannot see")
    return names


ALLOWED = {
    "risk": {
        *("bot.risk", "bot.tables", "bot.language"),
        *("__future__", "collections", "dataclasses", "decimal", "itertools", "pathlib", "re", "types", "typing"),
    },
    "knowledge": {
        *("bot.knowledge", "bot.tables"),
        *("__future__", "collections", "dataclasses", "datetime", "decimal", "pathlib", "re", "types"),
    },
    "tables.py": {"__future__", "collections", "pathlib", "typing", "yaml"},
}


@pytest.mark.parametrize("room", ALLOWED)
def test_rooms_are_pure(room: str) -> None:
    place = ROOT / "bot" / room
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert files
    for path in files:
        for name in imported_by(path):
            parts = name.split(".")
            assert parts[0] in ALLOWED[room] or ".".join(parts[:2]) in ALLOWED[room], f"{path} imports {name}"
