"""Pipeline step 11: a word of the menu means what the menu says, and a chosen topic is that topic."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.knowledge.rights import Rights
from bot.nlu.indicators import RISK_INDICATORS
from bot.nlu.normalizer import normalized
from bot.nlu.rights_topics import KNOWLEDGE_FOLDER, RIGHTS_TOPICS

MENU_FILE = Path("data/dictionary/menu_words.yml")
#: A button that asks about one topic sends this before the topic's title.
TOPIC_PREFIX = "权益:"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class MenuWords(GraphComponent):
    """Sets the intent of menu words, and intent and topic of 权益:标题; none of their words raises a sign."""

    def __init__(self) -> None:
        self._intents: dict[str, str] = yaml.safe_load(MENU_FILE.read_text(encoding="utf-8"))
        self._topics = {_bare(topic.title): topic.id for topic in Rights.load(KNOWLEDGE_FOLDER).topics.values()}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MenuWords:
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Change with the menu."""
        return hashlib.sha256(MENU_FILE.read_bytes()).hexdigest()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if not message.get(TEXT):
                continue
            text = re.sub(r"^[\s。!?？，,]+|[\s。!?？，,]+$", "", normalized(message).text)
            intent = self._intents.get(text)
            if text.startswith(TOPIC_PREFIX) and _bare(text[len(TOPIC_PREFIX) :]) in self._topics:
                intent = "ask_rights"
                topic = self._topics[_bare(text[len(TOPIC_PREFIX) :])]
                message.set(RIGHTS_TOPICS, [{"topic": topic, "confidence": 1.0}], add_to_output=True)
            if intent:
                message.set(INTENT, {"name": intent, "confidence": 1.0}, add_to_output=True)
                message.set(RISK_INDICATORS, [], add_to_output=True)
        return messages


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text.lower())
