"""Pipeline step 4: the meaning of the whole message as one vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import joblib
import numpy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.decomposition import PCA

from bot.language.plain_speech import in_plain_speech
from bot.nlu.encoder import encode
from bot.nlu.normalizer import normalized

_VECTORS = "sentence_vectors"
_COMPONENTS = 128
#: The components of two thousand messages are those of all.
_ENOUGH_FOR_COMPONENTS = 2000


@dataclass(frozen=True)
class SentenceVectors:
    """The vector of a message, float32 of 512 and length 1, and the same in at most 128 principal components."""

    full: numpy.ndarray
    compressed: numpy.ndarray

    def fingerprint(self) -> str:
        """Return the same for all: a vector follows from the text, which Rasa counts in already."""
        return _VECTORS


def vectors_of(message: Message) -> SentenceVectors:
    """Return what SentenceEmbedding has set."""
    vectors = message.get(_VECTORS)
    assert isinstance(vectors, SentenceVectors)
    return vectors


# Rasa lets only tokenizers and featurizers look through the training messages.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEmbedding(GraphComponent):
    """Sets the sentence vectors of every message.

    The classifiers learn three times as fast from 128 numbers as from 512, and as well (average precision of signs
    0.858 against 0.860).
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource, compression: PCA | None = None) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._compression = compression

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbedding:
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        messages = [message for message in training_data.training_examples if message.get(TEXT)]
        vectors = encode(_texts(messages[:: 1 + len(messages) // _ENOUGH_FOR_COMPONENTS]))
        self._compression = PCA(min(_COMPONENTS, *vectors.shape), svd_solver="full").fit(vectors)
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(self._compression, folder / "compression.joblib")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEmbedding:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, joblib.load(folder / "compression.joblib"))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        texts = [message for message in messages if message.get(TEXT) is not None]
        if not texts:
            return messages
        assert self._compression is not None
        vectors = encode(_texts(texts))
        compressed = self._compression.transform(vectors).astype(numpy.float32)
        for message, full, short in zip(texts, vectors, compressed, strict=True):
            message.set(_VECTORS, SentenceVectors(full, short))
        return messages


def _texts(messages: list[Message]) -> list[str]:
    return [in_plain_speech(normalized(message).text) or " " for message in messages]  # an empty one needs a vector too
