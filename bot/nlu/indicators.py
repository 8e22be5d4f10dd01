"""Pipeline step 7: which signs of exploitation a message tells, denies or fears; several can hold at once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import joblib
import numpy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from bot.language.clauses import clause_at, clauses
from bot.language.lexicon import Sighting
from bot.language.mention_status import ABSENT, HYPOTHETICAL, PRESENT
from bot.nlu.lexicon_features import SIGHTINGS
from bot.nlu.normalizer import normalized

RISK_INDICATORS = "risk_indicators"
#: A label needs so many examples on either side before a model of its own says anything.
_FEWEST_EXAMPLES = 8
_NEVER = -10.0
#: A few characters say little to a reader; a short clause around them says it.
_SHORTEST_EVIDENCE = 7
_LONGEST_CLAUSE = 22
#: Where the model is nearly sure that a sign is not meant, the lexicon's sighting of it is not shown either.
_NOT_MEANT = 0.04


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class IndicatorClassifier(GraphComponent):
    """Sets `risk_indicators`: [{indicator, status, confidence, evidence, start, end}], offsets in the typed text.

    A sign is present where one logistic regression an indicator, on all sentence features (n-grams, lexicon,
    sentence vector), is sure enough, or where a reliable pattern of the lexicon sees it and the model does not
    object; a plain opposite told beside it asks for more. How reliable a pattern is, is counted in training
    (right (+1.2) of all (+2), so that a new one is believed at first). A sign that is not present is reported absent
    or hypothetical where the lexicon sees it so. Trained on `metadata: {indicators: {name: status}}` of the
    examples; the bounds are those of the best F1 at few false alarms in four-fold cross-validation.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "inverse_regularization": 6.0,
            "threshold": 0.5,
            "threshold_unseen": 0.7,
            "threshold_denied": 0.9,
            "least_reliability": 0.6,
            "least_if_seen": 0.08,
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._names: list[str] = []
        self._weights = numpy.zeros((0, 0), dtype=numpy.float32)
        self._intercepts = numpy.zeros(0)
        self._reliability: dict[int, float] = {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IndicatorClassifier:
        return cls({**cls.get_default_config(), **config}, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        messages = [m for m in training_data.training_examples if m.get(TEXT) and m.get(INTENT)]
        labels = [indicators_of(message) for message in messages]
        features = feature_matrix(messages)
        self._names = sorted({name for label in labels for name, status in label.items() if status == PRESENT})
        weights, intercepts = [], []
        for name in self._names:
            truth = numpy.array([label.get(name) == PRESENT for label in labels])
            if min(truth.sum(), (~truth).sum()) < _FEWEST_EXAMPLES:
                weights.append(numpy.zeros(features.shape[1]))
                intercepts.append(_NEVER)
                continue
            model = LogisticRegression(
                C=self._config["inverse_regularization"], solver="liblinear", random_state=7, max_iter=300
            )
            model.fit(features, truth)
            weights.append(model.coef_[0])
            intercepts.append(float(model.intercept_[0]))
        self._weights = numpy.vstack(weights).astype(numpy.float32) if weights else self._weights
        self._intercepts = numpy.array(intercepts)
        self._reliability = _reliability(messages, labels)
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump((self._names, self._weights, self._intercepts, self._reliability), folder / "indicators.joblib")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IndicatorClassifier:
        classifier = cls({**cls.get_default_config(), **config}, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            loaded = joblib.load(folder / "indicators.joblib")
        classifier._names, classifier._weights, classifier._intercepts, classifier._reliability = loaded
        return classifier

    def process(self, messages: list[Message]) -> list[Message]:
        texts = [message for message in messages if message.get(TEXT)]
        chances = self._chances(texts) if texts and self._names else None
        for row, message in enumerate(texts):
            chance = dict(zip(self._names, chances[row], strict=True)) if chances is not None else {}
            message.set(RISK_INDICATORS, self._mentions(message, chance), add_to_output=True)
        for message in messages:
            if not message.get(TEXT):
                message.set(RISK_INDICATORS, [], add_to_output=True)
        return messages

    def _chances(self, messages: list[Message]) -> numpy.ndarray:
        scores = feature_matrix(messages) @ self._weights.T + self._intercepts
        return 1.0 / (1.0 + numpy.exp(-numpy.asarray(scores)))

    def _mentions(self, message: Message, chances: dict[str, float]) -> list[dict[str, Any]]:
        sightings: list[Sighting] = message.get(SIGHTINGS) or []
        found = []
        for name in sorted({sighting.indicator for sighting in sightings} | set(chances)):
            chance = float(chances.get(name, 0.0))
            own = [sighting for sighting in sightings if sighting.indicator == name]
            if self._is_present(chance, own):
                found.append(self._mention(message, name, PRESENT, chance, own))
                continue
            for status in (ABSENT, HYPOTHETICAL):
                spans = [sighting for sighting in own if sighting.status == status]
                if spans and (status == ABSENT or chance > _NOT_MEANT):
                    found.append(self._mention(message, name, status, 1.0 - chance, spans))
                    break
        return sorted(found, key=lambda mention: mention["start"])

    def _is_present(self, chance: float, sightings: list[Sighting]) -> bool:
        statuses = {sighting.status for sighting in sightings}
        denied = ABSENT in statuses or statuses == {HYPOTHETICAL}
        bound = "threshold_denied" if denied else "threshold" if sightings else "threshold_unseen"
        if chance >= self._config[bound]:
            return True
        reliable = any(
            self._reliability.get(sighting.pattern, 1.0) >= self._config["least_reliability"]
            for sighting in sightings
            if sighting.status == PRESENT
        )
        return reliable and not denied and chance >= self._config["least_if_seen"]

    @staticmethod
    def _mention(
        message: Message, name: str, status: str, confidence: float, sightings: list[Sighting]
    ) -> dict[str, Any]:
        plain = normalized(message)
        fitting = [sighting for sighting in sightings if sighting.status == status] or sightings
        parts = clauses(plain.text)
        if fitting:
            best = max(fitting, key=lambda sighting: sighting.end - sighting.start)
            start, end = best.start, best.end
            clause = parts[clause_at(parts, start)]
            if end - start < _SHORTEST_EVIDENCE and end <= clause.end <= clause.start + _LONGEST_CLAUSE:
                start, end = clause.start, clause.end
            start, end = plain.origin(start, end)
        else:  # the model read it in the message as a whole
            start, end = 0, len(plain.original)
        return {
            "indicator": name,
            "status": status,
            "confidence": round(confidence, 4),
            "evidence": plain.original[start:end],
            "start": start,
            "end": end,
        }


def indicators_of(message: Message) -> dict[str, str]:
    """Return indicator -> status as labelled in the training data."""
    example = (message.get("metadata") or {}).get("example") or {}
    return example.get("indicators") or {}


def _reliability(messages: list[Message], labels: list[dict[str, str]]) -> dict[int, float]:
    """Return pattern number -> share of its present sightings that the labels confirm, smoothed."""
    seen: Counter[int] = Counter()
    right: Counter[int] = Counter()
    for message, label in zip(messages, labels, strict=True):
        for number, name in {(s.pattern, s.indicator) for s in message.get(SIGHTINGS) or [] if s.status == PRESENT}:
            seen[number] += 1
            right[number] += label.get(name) == PRESENT
    return {number: (right[number] + 1.2) / (seen[number] + 2.0) for number in seen}


def feature_matrix(messages: list[Message]) -> sparse.csr_matrix:
    """Return all sentence features, one row a message, in the order of the pipeline."""
    return sparse.vstack([_row(message) for message in messages]).tocsr()


def _row(message: Message) -> sparse.csr_matrix:
    parts = [
        sparse.csr_matrix(feature.features)
        for feature in message.features
        if feature.type == FEATURE_TYPE_SENTENCE and feature.attribute == TEXT
    ]
    return sparse.hstack(parts, format="csr")
