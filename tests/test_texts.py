"""Every word that can be said: where its numbers come from, and that nothing internal or promised is in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import opencc
import pytest
import yaml

from actions.turn import knowledge
from bot.gateway.words import COMMANDS
from bot.risk.taxonomy import LEVELS
from bot.settings import PROJECT
from tests.replies.compose import every_bubble
from tests.reply_checks import dialable, faults_of, hotlines, numbers_in, units, unknown_numbers

DOMAIN: dict[str, Any] = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
RESPONSES: dict[str, str] = {name: rows[0]["text"] for name, rows in DOMAIN["responses"].items()}
COMFORTABLE = 400
CODE = [path for room in ("actions", "bot") for path in sorted((PROJECT / room).rglob("*.py"))]
PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
#: Names that are said in Latin letters because people know them so.
LATIN = {"Telegram"}
#: The only responses in English.
ENGLISH = "utter_english_"


def said_in_code() -> Iterator[str | ast.JoinedStr]:
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield node
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.keyword) and node.arg:  # utter_gateway_button_agree=…
                yield node.arg


def names_in_code() -> tuple[set[str], list[re.Pattern[str]]]:
    """Return response names written out, and patterns of those put together (utter_sign_{name})."""
    names: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for node in said_in_code():
        if isinstance(node, str):
            names |= set(re.findall(r"^utter_\w+$", node))
        else:
            parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"\w+" for v in node.values]
            if parts[0].startswith("utter_") and len(parts[0]) > len("utter_"):
                patterns.append(re.compile("".join(parts)))
    return names, patterns


def test_every_response_is_used() -> None:
    names, patterns = names_in_code()
    rules = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "data/rules").glob("*.yml"))
    names |= set(re.findall(r"utter_\w+", rules))
    unused = [n for n in RESPONSES if n not in names and not any(p.fullmatch(n) for p in patterns)]
    assert unused == []


def test_every_used_response_exists() -> None:
    names, patterns = names_in_code()
    prefixes = {name for name in names if name.endswith("_")}
    assert sorted(names - prefixes - set(RESPONSES)) == []
    assert all(any(pattern.fullmatch(name) for name in RESPONSES) for pattern in patterns)
    signs = knowledge().risk.taxonomy.indicators
    sides = ("offer", "there")
    wanted = {f"utter_sign_{sign}" for sign in signs} | {f"utter_step_{side}_{s}" for side in sides for s in signs}
    wanted |= {f"utter_{kind}_{level}_{side}" for kind in ("level", "still") for level in LEVELS[1:] for side in sides}
    wanted |= {f"utter_gateway_command_{name}" for name in COMMANDS}
    assert sorted(wanted - set(RESPONSES)) == []


def test_every_response_has_one_text_and_nothing_else() -> None:
    for name, rows in DOMAIN["responses"].items():
        assert len(rows) == 1 and set(rows[0]) == {"text"}, name
        assert rows[0]["text"] == rows[0]["text"].strip("\n"), name


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response(name: str) -> None:
    text = PLACEHOLDER.sub("…", RESPONSES[name])
    assert faults_of(text) == []
    assert opencc.OpenCC("t2s").convert(text) == text, "traditional script"
    if not name.startswith(ENGLISH):
        assert {word for word in re.findall(r"[A-Za-z]{2,}", text)} <= LATIN
    assert units(text) <= 1000


def test_every_number_that_can_be_composed_is_a_confirmed_one() -> None:
    """The issue's number test: signs × levels × stages × countries, danger, hotlines, law, countries."""
    found = {(number, bubble.text) for bubble in every_bubble() for number in unknown_numbers(bubble.text)}
    assert sorted(found)[:20] == []
    printed = {re.sub(r"[ -]", "", number) for bubble in every_bubble() for number in numbers_in(bubble.text)}
    assert len(printed) > 100, "the test no longer sees the numbers"


def test_no_unconfirmed_number_can_be_composed() -> None:
    everything = [*hotlines()._by_digits.values()]
    refused = {one.number for one in everything if not one.confirmed and one.number} - hotlines().dialable_numbers()
    assert refused, "there are entries that must not be shown"
    texts = "\n".join(bubble.text for bubble in every_bubble())
    assert [number for number in refused if re.search(rf"(?<![\d-]){re.escape(number)}(?![\d-])", texts)] == []


def test_no_composed_bubble_has_a_fault() -> None:
    faults = {fault for bubble in every_bubble() for fault in faults_of(bubble.text)}
    assert faults == set()
    assert max(units(bubble.text) for bubble in every_bubble()) <= 4096


def test_most_bubbles_are_comfortable_to_read() -> None:
    lengths = [len(bubble.text) for bubble in every_bubble()]
    beginnings = (b.text[:40].replace("\n", " ") for b in every_bubble())
    longer = sorted({pair for pair in zip(lengths, beginnings, strict=True) if pair[0] > COMFORTABLE})
    print(f"{len(longer)} of {len(lengths)} different bubbles are longer than {COMFORTABLE} characters:")
    for length, beginning in longer:
        print(f"  {length}: {beginning}")
    assert len(longer) <= 0.1 * len(lengths)


def test_numbers_of_gateway_and_site() -> None:
    """What the other rooms say by themselves: literals in their code, templates and scripts."""
    found = {}
    for path in CODE:
        if path.relative_to(PROJECT).parts[:2] not in (("bot", "gateway"), ("bot", "site"), ("bot", "console")):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_said(node.value):
                found.update({number: path.name for number in unknown_numbers(node.value)})
    for path in [*PROJECT.glob("bot/*/templates/**/*.html")]:
        words = re.sub(r"\{[%{#].*?[%}#]\}|<[^>]*>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        found.update({number: path.name for number in unknown_numbers(words)})
    assert found == {}


def _is_said(text: str) -> bool:
    """Chinese words, and no regular expression over them."""
    return bool(re.search("[一-鿿]", text)) and "(?" not in text


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("打110或12308", ["110", "12308"]),
        ("第96条，国务院令第620号，2008年1月1日", []),
        ("+86-10-12308、0120-250-169", ["+86-10-12308", "0120-250-169"]),
        ("每月8000元，2,000美元，一天12小时", []),
        ("打 13812345678 找他", ["13812345678"]),
        ("外交部：+86-10-65612308\n　人在国外", ["+86-10-65612308"]),
        ("1-700-707-889", ["1-700-707-889"]),
        ("法国17，中国110", ["110"]),
    ],
)
def test_the_test_sees_numbers(text: str, numbers: list[str]) -> None:
    assert numbers_in(text) == numbers


def test_the_test_knows_what_is_confirmed() -> None:
    assert {"110", "12308", "+861012308"} <= dialable()
    assert unknown_numbers("打13812345678") == ["13812345678"]


def test_no_message_of_the_project_says_what_it_must_not(project: Path) -> None:
    assert faults_of("你一定不会被遣返") and faults_of("见 utter_welcome") and faults_of("{numbers}") and faults_of(" ")
    assert faults_of("不一定不会被遣返") == []
