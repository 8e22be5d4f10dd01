"""Pipeline step 7: the facts of an offer, beside its signs."""

from __future__ import annotations

import hashlib
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.language.facts import read_facts
from bot.language.places import DICTIONARY_FOLDER
from bot.nlu.indicators import RISK_INDICATORS
from bot.nlu.normalizer import normalized

OFFER_FACTS = "offer_facts"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class FactExtractor(GraphComponent):
    """Sets `offer_facts`: fact -> value, as described at bot.language.facts.read_facts."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FactExtractor:
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Change with the gazetteers."""
        content = b"".join(path.read_bytes() for path in sorted(DICTIONARY_FOLDER.glob("*.yml")))
        return hashlib.sha256(content).hexdigest()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            statuses = {found["indicator"]: found["status"] for found in message.get(RISK_INDICATORS) or []}
            facts = read_facts(normalized(message).text, statuses) if message.get(TEXT) else {}
            message.set(OFFER_FACTS, facts, add_to_output=True)
        return messages
