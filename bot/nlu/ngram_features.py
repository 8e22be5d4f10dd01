"""Pipeline step 3: which characters and words stand beside each other."""

from __future__ import annotations

import re
from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.normalizer import normalized


def characters_of(message: Message) -> str:
    """Return the normalised text with every digit as 0: 三千 and 3500 differ, 3500 and 3600 do not."""
    return re.sub(r"[0-9]", "0", normalized(message).text)


def words_of(message: Message) -> str:
    """Return the words of a message, parted by blanks."""
    return " ".join(re.sub(r"[0-9]", "0", token.text) for token in message.get("text_tokens") or [])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(SparseFeaturizer, GraphComponent):
    """One sparse sentence feature: tf-idf of character 1- to 4-grams and of word 1- and 2-grams.

    Rasa's CountVectorsFeaturizer joins tokens by blanks first, so its Chinese character n-grams never
    cross a word; these do.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            **SparseFeaturizer.get_default_config(),
            "minimum_count": 2,
            "weight": 4.0,
            FEATURIZER_CLASS_ALIAS: "ngrams",
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing to check: `minimum_count` is refused by scikit-learn where it makes no sense."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(resource.name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._config = config
        options = {"min_df": config["minimum_count"], "sublinear_tf": True, "dtype": "float32"}
        self._characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), lowercase=False, **options)
        self._words = TfidfVectorizer(
            analyzer="word", ngram_range=(1, 2), token_pattern=r"[^ ]+", lowercase=False, **options
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NgramFeaturizer:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        messages = [message for message in training_data.training_examples if message.get(TEXT)]
        self._characters.fit([characters_of(message) for message in messages])
        self._words.fit([words_of(message) for message in messages])
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump((self._characters, self._words), folder / "vectorizers.joblib")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NgramFeaturizer:
        featurizer = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            featurizer._characters, featurizer._words = joblib.load(folder / "vectorizers.joblib")
        return featurizer

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        texts = [message for message in messages if message.get(TEXT) is not None]  # an empty one needs features too
        if not texts:
            return messages
        features = self._config["weight"] * sparse.hstack(
            [
                self._characters.transform([characters_of(message) for message in texts]),
                self._words.transform([words_of(message) for message in texts]),
            ],
            format="csr",
        )
        for row, message in enumerate(texts):
            self.add_features_to_message(None, features[row].tocoo(), TEXT, message)
        return messages
