"""The training messages: labels that exist, nothing that Rasa misreads, and enough of them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from typing import Any

import pytest
import yaml

from bot.knowledge.rights import Rights
from bot.language.normalization import normalize
from bot.risk.status import STATUSES
from bot.risk.taxonomy import Taxonomy
from bot.settings import PROJECT
from tests.training_messages import TrainingMessage, training_messages

TAXONOMY = Taxonomy.load(PROJECT / "data/knowledge/taxonomy.yml")
TOPICS = set(Rights.load(PROJECT / "data/knowledge").topics)
MESSAGES = training_messages()
FILES = sorted((PROJECT / "data/nlu").glob("*.yml"))


def bare(text: str) -> str:
    """Return what is left of a message when spelling, blanks and punctuation do not count, but for a question mark."""
    return "".join(c for c in normalize(text).text if c == "?" or unicodedata.category(c)[0] not in "PZS")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_format(path: Any) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(document) == {"version", "nlu"} and document["version"] == "3.1"
    for group in document["nlu"]:
        assert set(group) == {"intent", "examples"}
        assert group["intent"] in TAXONOMY.intents
        for row in group["examples"]:
            assert set(row) <= {"text", "metadata"}, row
            assert set(row.get("metadata") or {}) <= {"indicators", "topic"}, row
            assert row["text"].strip().count("\n") == 0 and not row["text"].startswith("- "), "Rasa would keep the dash"


def test_labels_exist() -> None:
    for message in MESSAGES:
        for indicator, status in message.indicators.items():
            assert indicator in TAXONOMY.indicators, message
            assert status in STATUSES, message
        assert message.metadata.get("topic") in {None, *TOPICS}, message


def test_there_are_enough() -> None:
    assert len({message.text for message in MESSAGES}) >= 10_000
    intents = Counter(message.intent for message in MESSAGES)
    assert set(intents) == set(TAXONOMY.intents)
    assert min(intents.values()) >= 80, intents.most_common()[-3:]
    assert min(intents["out_of_scope"], intents["chitchat"]) >= 400, "ordinary life has many topics"
    assert intents["emergency"] >= 250, "with indirect ones"


@pytest.mark.parametrize(("status", "least"), [("present", 200), ("absent", 60), ("hypothetical", 60)])
def test_every_sign_is_taught_with_every_status(status: str, least: int) -> None:
    assert status in STATUSES
    taught = Counter(name for m in MESSAGES for name, given in m.indicators.items() if given == status)
    assert {name: taught[name] for name in TAXONOMY.indicators if taught[name] < least} == {}


def test_every_topic_is_taught() -> None:
    taught = {message.metadata["topic"] for message in MESSAGES if "topic" in message.metadata}
    assert TOPICS - taught == set()


def test_nothing_that_rasa_misreads() -> None:
    for message in MESSAGES:
        assert "${" not in message.text, message
        assert not re.search(r"\[[^\]]*\]\s*[({]", message.text), f"entity markup: {message}"
        assert not message.text.startswith("/"), message
        assert message.text == message.text.strip() and message.text, message
        assert not any(unicodedata.category(c) in ("Cc", "Cs", "Co") for c in message.text), message


def test_no_two_messages_are_twins() -> None:
    seen: dict[str, list[TrainingMessage]] = defaultdict(list)
    for message in MESSAGES:
        seen[bare(message.text) or message.text].append(message)
    twins = [[(m.file, m.text) for m in same] for same in seen.values() if len(same) > 1]
    assert twins == []


def test_no_message_is_one_of_the_menu() -> None:
    """Words of the menu are decided by bot/nlu/menu_words.py; a different label for one would never be learnt."""
    menu = yaml.safe_load((PROJECT / "data/dictionary/menu_words.yml").read_text(encoding="utf-8"))
    for message in MESSAGES:
        assert menu.get(message.text, message.intent) == message.intent, message


def test_no_template_was_filled_in() -> None:
    """Messages by hand begin in many ways; hundreds with the same first eight characters come out of a template."""
    beginnings = Counter(message.text[:8] for message in MESSAGES if len(message.text) > 12)
    assert beginnings.most_common(1)[0][1] <= 12, beginnings.most_common(3)


def test_messages_have_people_behind_them() -> None:
    """Some in traditional script or Cantonese, some with English, some very short, some long."""
    texts = [message.text for message in MESSAGES]
    assert sum(normalize(text).text != text.lower() for text in texts) >= 50
    assert sum(len(text) <= 6 for text in texts) >= 100
    assert sum(len(text) >= 40 for text in texts) >= 100
