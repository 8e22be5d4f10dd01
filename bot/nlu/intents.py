"""Pipeline step 5: what a person wants from this message."""

from __future__ import annotations

from typing import Any

import joblib
import numpy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.concepts import Concepts
from bot.language.lexicon import Lexicon
from bot.nlu.familiarity import Familiarity
from bot.nlu.lexicon_reader import lexicon_fingerprint
from bot.nlu.linear import Linear, chances
from bot.nlu.message_reading import reading_of
from bot.nlu.reading_features import ReadingFeatures

_INVERSE_REGULARIZATION = 1.0
_OUT_OF_SCOPE = "out_of_scope"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent):
    """Sets `intent` and `intent_ranking` (all intents, likeliest first; the confidences sum to 1).

    What is like no talk that is known is out of scope, whatever the intents make of it; see familiarity.

    One balanced logistic regression an intent over the same features as the signs. Rasa's LogisticRegressionClassifier
    does the same sums on features of Rasa's own; it took four times as long and asked for a second set of n-grams.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    def __init__(
        self,
        model_storage: ModelStorage,
        resource: Resource,
        intents: list[str] | None = None,
        features: ReadingFeatures | None = None,
        linear: Linear | None = None,
        familiarity: Familiarity | None = None,
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._intents = intents or []
        self._features = features
        self._linear = linear
        self._familiarity = familiarity

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentClassifier:
        return cls(model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Change with any file of the lexicon."""
        return lexicon_fingerprint()

    def train(self, training_data: TrainingData) -> Resource:
        messages = [message for message in training_data.intent_examples if message.get(TEXT)]
        if messages:
            readings = [reading_of(message) for message in messages]
            given = numpy.array([message.get(INTENT) for message in messages])
            self._intents = sorted(set(given))
            self._features = ReadingFeatures.of(Lexicon.load(), Concepts.load()).fit(readings)
            self._linear = Linear.fit(
                self._features.rows(readings),
                [given == intent for intent in self._intents],
                [True] * len(self._intents),
                _INVERSE_REGULARIZATION,
            )
            self._familiarity = Familiarity.of(readings, list(given))
        learnt = (self._intents, self._features, self._linear, self._familiarity)
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(learnt, folder / "intents.joblib")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, *joblib.load(folder / "intents.joblib"))

    def process(self, messages: list[Message]) -> list[Message]:
        texts = [message for message in messages if message.get(TEXT) is not None]
        if not texts or self._features is None or self._linear is None or self._familiarity is None:
            return messages
        readings = [reading_of(message) for message in texts]
        scores = self._linear.scores(self._features.rows(readings))
        for message, reading, row in zip(texts, readings, chances(scores), strict=True):
            order = numpy.argsort(-row, kind="stable")
            ranking = [{"name": self._intents[n], "confidence": float(row[n] / row.sum())} for n in order]
            if self._familiarity.is_foreign(reading, float(row.max() / row.sum())):
                ranking = _first(ranking, _OUT_OF_SCOPE)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


def _first(ranking: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the ranking with the named intent at its head, as sure as the one it displaces."""
    ahead = [{**entry, "confidence": ranking[0]["confidence"]} for entry in ranking if entry["name"] == name]
    return [*ahead, *(entry for entry in ranking if entry["name"] != name)]
