"""Every word that can be said: where its numbers come from, and that nothing internal or promised is in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import opencc
import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import AnswerStartOver
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
#: A screen of a phone; what lists things that are filled in may be longer, see COMFORTABLE.
LONGEST_RESPONSE, MOST_LINES = 220, 12
#: Characters between two ends of sentences, and between any two marks: what is read in one breath.
LONGEST_SENTENCE, LONGEST_PHRASE = 40, 25
LONGEST_FACT_SENTENCE, LONGEST_FACT_PHRASE = 60, 36
MOST_ENGLISH_WORDS = 26
SENTENCE_END = re.compile(r"[。！？!?；;\n]")
PHRASE_END = re.compile(r"[。！？!?；;\n，,、：:（）()“”…•]|\{[a-z_]+\}")
#: Words of offices and courts, where a plain one does.
OFFICIALESE = re.compile(
    r"予以|之规定|应当|缴纳|及时|相关|依法|务必|从业|有关部门|(?<![由舍来怪])不得(?!不|已|了)|(?<!必)须|持有|从事|上述|下列"
    r"|酌情|如需|均可|均应|请于|进行|任何(?:单位|组织)(?:或|和)个人不|雇员|告知|届时|敬请|特此|逾期|擅自|凭证|知悉|悉知|贵方|本人须"
)
#: Filled by code that hands the response's name around, so that the test of the calls does not see them together.
FILLED_ELSEWHERE = {
    "utter_input_location": {"numbers"},
    "utter_paper_no_words": {"numbers"},
    "utter_privacy": {"days"},  # one of several fixed answers
    # the calculators choose among them by a name, and compose.sums says them all
    "utter_debt_ceiling": {"article", "as_of", "ceiling", "law"},
    "utter_debt_ceiling_and_deducted": {"article", "as_of", "ceiling", "law"},
    "utter_debt_late": {"interest", "late", "time"},
    "utter_debt_on_time": {"interest", "paid", "time"},
    "utter_picture_late": {"late", "time"},
    "utter_picture_late_never": {"late"},
    "utter_picture_on_time": {"time"},
}


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


@pytest.mark.parametrize("name", [name for name in RESPONSES if not name.startswith(ENGLISH)])
def test_a_response_reads_easily(name: str) -> None:
    text = RESPONSES[name]
    assert len(text) <= LONGEST_RESPONSE and text.count("\n") < MOST_LINES
    assert [part for part in SENTENCE_END.split(text) if len(part) > LONGEST_SENTENCE] == []
    assert [part for part in PHRASE_END.split(text) if len(part) > LONGEST_PHRASE] == []
    assert OFFICIALESE.findall(text) == []


@pytest.mark.parametrize("name", [name for name in RESPONSES if name.startswith(ENGLISH)])
def test_an_english_response_reads_easily(name: str) -> None:
    text = RESPONSES[name]
    assert len(text) <= LONGEST_RESPONSE
    assert [part for part in re.split(r"[.!?\n]", text) if len(part.split()) > MOST_ENGLISH_WORDS] == []


def facts_that_are_said() -> Iterator[tuple[str, str]]:
    """Texts of data/knowledge that are shown to people, by where they stand."""
    for topic in knowledge().rights.topics.values():
        yield f"rights {topic.id}", topic.answer
        yield from ((f"law of {topic.id}", law.gist) for law in topic.laws[:2])
    for code in knowledge().destinations.codes:
        place = knowledge().destinations.get(code)
        assert place is not None
        work = place.legal_work
        told = {
            "visa": work.visa,
            "fee": work.recruiter_fee_rule,
            "passport": work.passport_rule,
            "risk": place.risk_note,
        }
        yield from ((f"{code} {name}", text) for name, text in told.items() if text)
        yield from ((f"{code} {one.number}", one.purpose) for one in place.hotlines)
    for one in hotlines()._by_digits.values():
        if one.confirmed:
            yield f"purpose of {one.id}", one.purpose


def test_facts_read_easily() -> None:
    heavy = []
    for where, text in facts_that_are_said():
        heavy += [(where, part) for part in SENTENCE_END.split(text) if len(part) > LONGEST_FACT_SENTENCE]
        heavy += [(where, part) for part in PHRASE_END.split(text) if len(part) > LONGEST_FACT_PHRASE]
        heavy += [(where, word) for word in OFFICIALESE.findall(text)]
    assert heavy == []


def test_the_test_hears_officialese() -> None:
    assert OFFICIALESE.findall("你应当及时缴纳相关费用，不得从事其他工作")
    assert not OFFICIALESE.search("由不得自己，不得不走，必须先看合同")


def test_braces_are_placeholders_and_nothing_else() -> None:
    left = {
        name: text
        for name, text in RESPONSES.items()
        if re.search(r"[{}]|%s|%\(|\$\w|TODO|XX", PLACEHOLDER.sub("", text))
    }
    assert left == {}


class _Calls(ast.NodeVisitor):
    """Every call of `say` whose responses can be told: name -> the sets of values it is handed."""

    def __init__(self) -> None:
        self.found: dict[str, list[set[str]]] = {}
        #: The same of names that are put together (utter_sign_{name}); one written out elsewhere is none of them.
        self.put_together: dict[str, list[set[str]]] = {}
        self._assigned: list[dict[str, list[str]]] = [{}]

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        named: dict[str, list[str]] = {}
        for inner in ast.walk(node):
            if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name):
                named.setdefault(inner.targets[0].id, []).extend(self._names(inner.value))
        self._assigned.append(named)
        self.generic_visit(node)
        self._assigned.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if not node.args or called not in ("say", "_say", "_fact_line", "_tell"):
            return
        values = {word.arg for word in node.keywords if word.arg}
        if called == "_tell":  # the gateway's word of trouble
            values = {"numbers"}
        elif called == "_fact_line":
            values = {str(node.args[1].value)} if isinstance(node.args[1], ast.Constant) else set()
        elif any(word.arg is None for word in node.keywords):
            return
        through_voice = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value).endswith("voice")
        for name in self._names(node.args[0]):
            own = values | ({"numbers"} if through_voice and "{numbers}" in RESPONSES.get(name, "") else set())
            found = self.put_together if isinstance(node.args[0], ast.JoinedStr) else self.found
            found.setdefault(name, []).append(own)

    def _names(self, node: ast.expr) -> list[str]:
        if isinstance(node, ast.Name):
            return self._assigned[-1].get(node.id, [])
        if isinstance(node, ast.IfExp):
            return [*self._names(node.body), *self._names(node.orelse)]
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("utter_"):
            return [node.value]
        if isinstance(node, ast.JoinedStr):
            parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"\w+" for v in node.values]
            if parts[0].startswith("utter_"):
                return [name for name in RESPONSES if re.fullmatch("".join(parts), name)]
        return []


@lru_cache(maxsize=1)
def calls() -> dict[str, list[set[str]]]:
    visitor = _Calls()
    for path in CODE:
        visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
    return {**visitor.put_together, **visitor.found}


def placeholders(name: str) -> set[str]:
    return {found[1:-1] for found in PLACEHOLDER.findall(RESPONSES[name])}


def test_a_response_is_handed_the_values_it_has_room_for() -> None:
    """A call that chooses among several texts hands all of them what any of them needs; missing is what must not be."""
    wrong = {
        name: sorted(placeholders(name))
        for name, handed in calls().items()
        if name in RESPONSES and not any(placeholders(name) <= values for values in handed)
    }
    assert wrong == {}
    assert len(calls()) > 0.6 * len(RESPONSES), "the test no longer sees the calls"


def test_no_other_response_waits_for_a_value() -> None:
    unseen = {name: placeholders(name) for name in RESPONSES if placeholders(name) and name not in calls()}
    assert unseen == FILLED_ELSEWHERE


def test_every_slot_named_in_the_actions_exists() -> None:
    named: set[str] = set()
    for path in sorted((PROJECT / "actions").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if called in ("get_slot", "SlotSet") and isinstance(first, ast.Constant):
                named.add(str(first.value))
    assert named and named <= set(DOMAIN["slots"])
    assert set(DOMAIN["slots"]) <= named, "a slot that nobody reads or sets"


async def test_starting_over_empties_slots_that_exist() -> None:
    """The names stand in a table there, so the action itself is asked."""
    events = await AnswerStartOver().run(CollectingDispatcher(), Tracker("x", {}, {}, [], False, None, {}, None), {})
    emptied = {event["name"] for event in events}
    assert emptied and emptied <= set(DOMAIN["slots"])


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
