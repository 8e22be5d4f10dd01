"""Pipeline step 5: what a message speaks of, whatever words it uses, as features for every classifier."""

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

from bot.language.concepts import CONCEPTS_FOLDER, Concepts
from bot.nlu.normalizer import normalized

#: Message attribute: list[bot.language.concepts.ConceptMention], offsets in the normalised text.
CONCEPT_MENTIONS = "concept_mentions"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class ConceptFeaturizer(SparseFeaturizer, GraphComponent):
    """Sets `concept_mentions` and one sparse sentence feature: concept × (said, denied), 0 or its weight."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**SparseFeaturizer.get_default_config(), FEATURIZER_CLASS_ALIAS: "concepts", "weight": 1.0}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing to check."""

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._concepts = Concepts.load()
        self._column = {concept: 2 * number for number, concept in enumerate(self._concepts.names)}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ConceptFeaturizer:
        return cls(config, execution_context.node_name)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Change with any file of the concepts."""
        content = b"".join(path.read_bytes() for path in sorted(CONCEPTS_FOLDER.glob("*.yml")))
        return hashlib.sha256(content).hexdigest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT) is None:
                continue
            mentions = self._concepts.find(normalized(message).text)
            message.set(CONCEPT_MENTIONS, mentions)
            columns = sorted({self._column[mention.concept] + mention.denied for mention in mentions})
            row = sparse.coo_matrix(
                ([self._config["weight"]] * len(columns), ([0] * len(columns), columns)),
                shape=(1, 2 * len(self._column)),
            )
            self.add_features_to_message(None, row, TEXT, message)
        return messages
