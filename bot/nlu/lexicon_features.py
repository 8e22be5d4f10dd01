"""Pipeline step 4: what the lexicon sees, as features for every classifier."""

from __future__ import annotations

import hashlib
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy import sparse

from bot.language.lexicon import LEXICON_FOLDER, Lexicon
from bot.language.mention_status import ABSENT, HYPOTHETICAL, PRESENT
from bot.nlu.normalizer import normalized

#: Message attribute: list[bot.language.lexicon.Sighting], offsets in the normalised text.
SIGHTINGS = "sightings"
_STATUSES = (PRESENT, ABSENT, HYPOTHETICAL)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LexiconFeaturizer(SparseFeaturizer, GraphComponent):
    """Sets `sightings` and one sparse sentence feature: indicator × status, then pattern × status, 0 or its weight."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**SparseFeaturizer.get_default_config(), FEATURIZER_CLASS_ALIAS: "lexicon", "weight": 1.4}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing to check."""

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._lexicon = Lexicon.load()
        self._indicators = sorted({pattern.indicator for pattern in self._lexicon.patterns})

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LexiconFeaturizer:
        return cls(config, execution_context.node_name)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Change with any file of the lexicon."""
        content = b"".join(path.read_bytes() for path in sorted(LEXICON_FOLDER.glob("*.yml")))
        return hashlib.sha256(content).hexdigest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        width = len(_STATUSES) * (len(self._indicators) + len(self._lexicon.patterns))
        offset = len(_STATUSES) * len(self._indicators)
        for message in messages:
            if message.get(TEXT) is None:
                continue
            sightings = self._lexicon.find(normalized(message).text)
            message.set(SIGHTINGS, sightings)
            columns = set()
            for sighting in sightings:
                status = _STATUSES.index(sighting.status)
                columns.add(len(_STATUSES) * self._indicators.index(sighting.indicator) + status)
                columns.add(offset + len(_STATUSES) * sighting.pattern + status)
            ordered = sorted(columns)
            row = sparse.coo_matrix(
                ([self._config["weight"]] * len(ordered), ([0] * len(ordered), ordered)), shape=(1, width)
            )
            self.add_features_to_message(None, row, TEXT, message)
        return messages
