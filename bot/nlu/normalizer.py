"""Pipeline step 1: the plain spelling of a message, beside the text as it was typed."""

from __future__ import annotations

import hashlib
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.normalization import VARIANTS_FILE, NormalizedText, normalize

NORMALIZED = "normalized_text"


def normalized(message: Message) -> NormalizedText:
    """Return the normalised text of a message, also where the pipeline did not pass through the normaliser."""
    found = message.get(NORMALIZED)
    if not isinstance(found, NormalizedText):
        found = normalize(message.get(TEXT) or "")
        message.set(NORMALIZED, found)  # in a training the normaliser itself is passed by
    return found


# Rasa has no type for a step before the tokenizer; every type but the first ones may stand anywhere in the list.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Normalizer(GraphComponent):
    """Sets `normalized_text`; the text itself stays, so that offsets and slashes mean what the person typed."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Normalizer:
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Change with the table of spelling variants."""
        return hashlib.sha256(VARIANTS_FILE.read_bytes()).hexdigest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT) is not None:
                message.set(NORMALIZED, normalize(message.get(TEXT)))
        return messages
