"""Pipeline step 1: the plain spelling of a message, beside the text as it was typed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.normalization import VARIANTS_FILE, NormalizedText
from bot.language.plain_speech import PLAIN_SPEECH_FILE
from bot.language.sound_alikes import HEARD_WORDS_FILE
from bot.nlu.readings import Word
from bot.nlu.segmentation import read

NORMALIZED = "normalized_text"
_WORDS = "words"


@dataclass(frozen=True)
class _Words:
    words: list[Word]

    def fingerprint(self) -> str:
        """Return the same for all: the words follow from the text, which Rasa counts in already."""
        return _WORDS


def normalized(message: Message) -> NormalizedText:
    """Return the normalised text of a message, also where the pipeline did not pass through the normaliser."""
    found = message.get(NORMALIZED)
    if not isinstance(found, NormalizedText):  # in a training the normaliser itself is passed by
        found = _read(message)
    return found


def words_of(message: Message) -> list[Word]:
    """Return the words of the normalised text, segmented once."""
    normalized(message)
    kept = message.get(_WORDS)
    assert isinstance(kept, _Words)
    return kept.words


def _read(message: Message) -> NormalizedText:
    plain, words = read(message.get(TEXT) or "")
    message.set(NORMALIZED, plain)
    message.set(_WORDS, _Words(words))
    return plain


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
        """Change with the tables of spelling variants, of words that are listened for, and of plain speech."""
        tables = (VARIANTS_FILE, HEARD_WORDS_FILE, PLAIN_SPEECH_FILE)
        return hashlib.sha256(b"".join(path.read_bytes() for path in tables)).hexdigest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT) is not None:
                _read(message)
        return messages
