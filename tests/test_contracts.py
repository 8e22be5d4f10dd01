"""What other programs and rooms rely on: slots, policies, addresses, telemetry, and who may import whom."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.risk.taxonomy import LEVELS, Taxonomy
from bot.settings import PROJECT, Settings

DOMAIN: dict[str, Any] = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
CONFIG: dict[str, Any] = yaml.safe_load((PROJECT / "config.yml").read_text(encoding="utf-8"))
#: Slots that other programs read, with their types, and those of our own.
PUBLIC_SLOTS = {
    "risk_level": ("text", "none"),
    "risk_indicators": ("any", {}),
    "destination_country": ("text", None),
    "offer": ("any", {}),
}
OWN_SLOTS = {
    "evidence": ("any", {}),
    "in_danger": ("bool", False),
    "waiting_for_human": ("bool", False),
    "told": ("any", {}),
}
FRAMEWORKS = {"rasa", "rasa_sdk", "telegram", "django", "sanic", "asgiref", "uvicorn", "httpx"}
#: Room -> the outside packages that it may import beside those that no rule names, and the rooms of ours.
ROOMS: dict[str, tuple[set[str], set[str]]] = {
    "bot/risk": (set(), {"bot.risk", "bot.language", "bot.tables"}),
    "bot/knowledge": (set(), {"bot.knowledge", "bot.tables"}),
    "bot/language": (set(), {"bot.language", "bot.tables"}),
    "bot/replies": (set(), {"bot.replies", "bot.knowledge", "bot.risk", "bot.language", "bot.tables"}),
    "bot/papers": (set(), {"bot.papers"}),
    "bot/nlu": ({"rasa"}, {"bot.nlu", "bot.language", "bot.knowledge", "bot.tables"}),
    "actions": (
        {"rasa_sdk", "sanic"},
        {
            "actions", "bot.language", "bot.knowledge", "bot.replies", "bot.risk", "bot.tables", "bot.settings",
            "bot.health", "bot.logs", "bot.processes", "bot.records.recruiters",
        },
    ),
}  # fmt: skip
PROGRAMS = [
    path
    for path in (
        PROJECT / "manage.py",
        *(p for room in ("bot", "actions", "benchmarks") for p in (PROJECT / room).rglob("*.py")),
    )
    if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
]


def imports_of(path: Path) -> Iterator[str]:
    """Yield every module that a file imports at run time, also inside functions; not those for type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for part in node.body
        for inner in ast.walk(part)
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def files_of(room: str) -> list[Path]:
    found = sorted((PROJECT / room).rglob("*.py"))
    assert found, room
    return found


@pytest.mark.parametrize(("name", "kind", "initial"), [(n, *k) for n, k in {**PUBLIC_SLOTS, **OWN_SLOTS}.items()])
def test_slots(name: str, kind: str, initial: object) -> None:
    slot = DOMAIN["slots"][name]
    assert slot["type"] == kind
    assert slot.get("initial_value") == initial
    assert slot["mappings"] == [{"type": "custom"}], "only our actions set it, never an entity or an intent"
    assert kind == "any" or slot["influence_conversation"] is False


def test_there_are_no_other_slots_forms_or_entities() -> None:
    assert set(DOMAIN["slots"]) == {*PUBLIC_SLOTS, *OWN_SLOTS}
    assert not DOMAIN.get("entities") and not DOMAIN.get("forms")
    assert DOMAIN["session_config"] == {"session_expiration_time": 0, "carry_over_slots_to_new_session": True}


def test_intents_are_those_of_the_taxonomy() -> None:
    taxonomy = Taxonomy.load(PROJECT / "data/knowledge/taxonomy.yml")
    assert tuple(DOMAIN["intents"]) == taxonomy.intents
    assert not {"restart", "back", "session_start"} & set(DOMAIN["intents"]), "Rasa's built-ins"
    assert taxonomy.risk_levels == LEVELS == ("none", "caution", "high", "critical")
    assert len(taxonomy.indicators) == 20


def test_policies_are_rules_only() -> None:
    assert [policy["name"] for policy in CONFIG["policies"]] == ["RulePolicy"]
    names = [component["name"] for component in CONFIG["pipeline"]]
    assert not any("DIET" in name or "TED" in name or "Response" in name for name in names)
    assert names[0].endswith("Normalizer") and names[-1].endswith("MenuWords"), "the menu has the last word"
    assert names.index("FallbackClassifier") < names.index("bot.nlu.emergency.EmergencyDecider")
    assert CONFIG["assistant_id"] and CONFIG["language"] == "zh" and CONFIG["recipe"] == "default.v1"


@pytest.mark.parametrize("component", [c["name"] for c in CONFIG["pipeline"] if c["name"].startswith("bot.")])
def test_components_with_tables_have_them_in_their_fingerprint(component: str) -> None:
    import importlib

    module, name = component.rsplit(".", 1)
    loaded = importlib.import_module(module)
    source = Path(loaded.__file__ or "").read_text(encoding="utf-8")
    reads_files = re.search(r"_FILE\b|_FOLDER\b|Lexicon\.load", source)
    if reads_files:
        first = getattr(loaded, name).fingerprint_addon({})
        assert isinstance(first, str) and len(first) == 64


def test_rasa_is_reached_on_this_machine_only() -> None:
    endpoints = yaml.safe_load((PROJECT / "endpoints.yml").read_text(encoding="utf-8"))
    assert endpoints["tracker_store"] == {"type": "bot.records.tracker_store.RecordsTrackerStore"}
    assert endpoints["action_endpoint"]["token"] == "${ACTION_TOKEN}"
    assert set(endpoints) <= {"action_endpoint", "tracker_store", "lock_store"}
    for url in (Settings.from_environment({}).rasa_url, Settings.from_environment({}).action_url):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)


def test_the_only_channel_is_ours_and_asks_for_a_token() -> None:
    credentials = yaml.safe_load((PROJECT / "credentials.yml").read_text(encoding="utf-8"))
    assert credentials == {"bot.gateway.rest_channel.RestChannel": {"token": "${RASA_TOKEN}"}}


def test_nothing_listens_beyond_this_machine_by_default() -> None:
    settings = Settings.from_environment({})
    assert settings.site_host in ("127.0.0.1", "localhost")
    found = [
        f"{path.relative_to(PROJECT)}"
        for room in ("bot", "actions")
        for path in files_of(room)
        if re.search(
            r"(?:host|listen|bind|run)\w*[=(, ]+[\"'](?:0\.0\.0\.0|::)?[\"']", path.read_text(encoding="utf-8")
        )
    ]
    assert found == []


@pytest.mark.parametrize("path", sorted(PROGRAMS), ids=lambda path: str(path.relative_to(PROJECT)))
def test_telemetry_is_off_in_every_program(path: Path) -> None:
    """By bot.logs.configure, by prepare, or by Django's settings, which all switch it off first."""
    text = path.read_text(encoding="utf-8")
    switches = (
        "configure()",
        "prepare()",
        "DJANGO_SETTINGS_MODULE",
        "RASA_TELEMETRY_ENABLED",
        "lifeline",
        "supervisor",
    )
    assert any(switch in text for switch in switches)
    assert 'RASA_TELEMETRY_ENABLED"] = "false"' in (PROJECT / "bot/site/settings.py").read_text(encoding="utf-8")
    assert "os.environ.update(TELEMETRY_OFF)" in (PROJECT / "bot/logs.py").read_text(encoding="utf-8")


def test_make_switches_telemetry_off_too() -> None:
    assert "export RASA_TELEMETRY_ENABLED = false" in (PROJECT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_one_way(room: str) -> None:
    allowed, rooms = ROOMS[room]
    wrong = []
    for path in files_of(room):
        for module in imports_of(path):
            outside = module.split(".")[0] in FRAMEWORKS - allowed
            ours = module.split(".")[0] in ("bot", "actions", "tests", "benchmarks")
            own = any(module == known or module.startswith(known + ".") for known in rooms) or module == "bot"
            if outside or (ours and not own):
                wrong.append(f"{path.relative_to(PROJECT)} imports {module}")
    assert wrong == []


def test_nothing_imports_the_actions() -> None:
    users = [p for p in files_of("bot") if any(m.split(".")[0] == "actions" for m in imports_of(p))]
    assert users == []


def test_nothing_of_the_product_imports_tests() -> None:
    rooms = [*files_of("bot"), *files_of("actions")]
    assert [p for p in rooms if any(m.split(".")[0] in ("tests", "benchmarks") for m in imports_of(p))] == []


def test_the_gateway_knows_rasa_only_through_the_wire() -> None:
    users = [p.name for p in files_of("bot/gateway") if any(m.split(".")[0] == "rasa" for m in imports_of(p))]
    assert users == ["rest_channel.py"]


def test_the_console_and_the_site_know_neither_rasa_nor_the_model() -> None:
    for room in ("bot/console", "bot/site"):
        for path in files_of(room):
            known = {module.split(".")[0] for module in imports_of(path)}
            assert not known & {"rasa", "rasa_sdk"}, path
            assert not any(module.startswith("bot.nlu") for module in imports_of(path)), path


def test_only_telegrams_files_import_telegram() -> None:
    users = {p.name for p in files_of("bot") if any(m.split(".")[0] == "telegram" for m in imports_of(p))}
    assert users and all(p.parent.name == "gateway" for p in files_of("bot") if p.name in users)


def test_no_file_needs_what_lies_outside_the_project() -> None:
    folders = ("bot", "actions", "data", "tests", "benchmarks", "tools")
    found = [
        str(path.relative_to(PROJECT))
        for folder in folders
        for path in sorted((PROJECT / folder).rglob("*"))
        if path.suffix in (".py", ".yml", ".sh", ".txt") and path.name != Path(__file__).name
        if re.search(
            r"[\"'( ]\.\./shared/|/shared/(?:samples|knowledge|tools)",
            path.read_text(encoding="utf-8", errors="ignore"),
        )
    ]
    allowed = {"tests/conversations/offers.yml"}  # a remark on the format
    assert set(found) - allowed == set()
