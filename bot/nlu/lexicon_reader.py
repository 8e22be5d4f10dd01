"""Pipeline step 3: what lexicon and concepts see in a message."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.concepts import CONCEPTS_FOLDER, ConceptMention
from bot.language.findings import FindingsReader
from bot.language.lexicon import LEXICON_FOLDER, Sighting
from bot.nlu.normalizer import normalized
from bot.nlu.side_by_side import side_by_side

#: Message attribute: Findings.
FINDINGS = "findings"
#: The files of data/lexicon that the models see, beside the concepts; misuse.yml and english.yml are read by rules.
_LEARNT_FROM = ("words.yml", "indicators.yml", "danger.yml")


@dataclass(frozen=True)
class Findings:
    """Offsets are those of the normalised text."""

    sightings: Sequence[Sighting]
    mentions: Sequence[ConceptMention]

    def fingerprint(self) -> str:
        """Return the same for all: what is found follows from the text, which Rasa counts in already."""
        return FINDINGS


# Rasa lets only tokenizers and featurizers look through the training messages.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LexiconReader(GraphComponent):
    """Sets `findings`."""

    def __init__(self) -> None:
        self._read = FindingsReader.load()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LexiconReader:
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Change with the lexicon."""
        return lexicon_fingerprint()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        told = [message for message in messages if message.get(TEXT) is not None]
        found = side_by_side(self._read, [normalized(message).text for message in told])
        for message, (sightings, mentions) in zip(told, found, strict=True):
            message.set(FINDINGS, Findings(sightings, mentions))
        return messages


def lexicon_fingerprint() -> str:
    """Return a name for what is learnt from: the numbers of its patterns and concepts are columns of the models."""
    files = [*(LEXICON_FOLDER / name for name in _LEARNT_FROM), *sorted(CONCEPTS_FOLDER.glob("*.yml"))]
    content = b"".join(path.read_bytes() for path in files)
    return hashlib.sha256(content).hexdigest()
