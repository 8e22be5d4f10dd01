"""What the law says, topic by topic, with the articles behind each answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.knowledge.advice import load_advice
from bot.knowledge.hotlines import CONFIDENCES
from bot.tables import Entry, load_entries


@dataclass(frozen=True)
class Law:
    name: str
    article: str
    gist: str
    in_force_since: str
    source_url: str


@dataclass(frozen=True)
class RightsTopic:
    """`answer` is information, not legal advice."""

    id: str
    title: str
    questions: tuple[str, ...]
    answer: str
    laws: tuple[Law, ...]
    confidence: str


class Rights:
    def __init__(self, topics: Mapping[str, RightsTopic], by_indicator: Mapping[str, str]) -> None:
        self.topics = MappingProxyType(dict(topics))
        self._by_indicator = dict(by_indicator)

    @classmethod
    def load(cls, folder: Path) -> Rights:
        topics: dict[str, RightsTopic] = {}
        for entry in load_entries(folder / "rights.yml"):
            topic = _read(entry)
            if topic.id in topics:
                entry.refuse(f"id {topic.id!r} is given twice", "id")
            if topic.confidence != "low":  # not confirmed, so not shown
                topics[topic.id] = topic
        by_indicator = {name: row.rights_topic for name, row in load_advice(folder, topics).items()}
        return cls(topics, by_indicator)

    def topic(self, topic_id: str) -> RightsTopic:
        return self.topics[topic_id]

    def for_indicator(self, indicator: str) -> RightsTopic:
        return self.topics[self._by_indicator[indicator]]


def _read(entry: Entry) -> RightsTopic:
    entry.check_fields(["id", "title_zh", "question_zh", "answer_zh", "law", "confidence"], ["note_zh"])
    laws = tuple(_read_law(law) for law in entry.entries("law"))
    if not laws:
        entry.refuse("law is empty", "law")
    return RightsTopic(
        id=entry.text("id"),
        title=entry.text("title_zh"),
        questions=entry.texts("question_zh"),
        answer=entry.text("answer_zh"),
        laws=laws,
        confidence=entry.choice("confidence", CONFIDENCES),
    )


def _read_law(entry: Entry) -> Law:
    entry.check_fields(["name_zh", "article", "gist_zh", "in_force_since", "source_url"])
    return Law(
        name=entry.text("name_zh"),
        article=entry.text("article"),
        gist=entry.text("gist_zh"),
        in_force_since=entry.text("in_force_since"),
        source_url=entry.text("source_url"),
    )
