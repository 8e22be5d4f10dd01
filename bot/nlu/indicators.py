"""Pipeline step 6: which signs of exploitation a message tells, denies or fears; several can hold at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.clauses import clause_at, clauses
from bot.language.concepts import Concepts
from bot.language.lexicon import Lexicon, Sighting
from bot.language.mention_status import ABSENT, HYPOTHETICAL, PRESENT
from bot.nlu.lexicon_reader import lexicon_fingerprint
from bot.nlu.linear import FEWEST_EXAMPLES
from bot.nlu.message_reading import reading_of
from bot.nlu.normalizer import normalized
from bot.nlu.reading_features import ReadingFeatures
from bot.nlu.sign_model import SignModel, Verdict

RISK_INDICATORS = "risk_indicators"
#: Output beside `risk_indicators`: indicator -> chance that it is told as present, for every sign of the model.
INDICATOR_CHANCES = "indicator_chances"
#: A few characters say little to a reader; a short clause around them says it.
_SHORTEST_EVIDENCE = 7
_LONGEST_CLAUSE = 22
_REST_OF_A_NUMBER = re.compile("(?<=[0-9零〇一二两三四五六七八九十百千万亿])[0-9零〇一二两三四五六七八九十百千万亿]+")
#: From this chance on a sign is spoken of, though the lexicon sees nothing; below the other, a sighting is chance.
_SPOKEN_OF = 0.6
#: A plain opposite (每天8小时) and nothing else seen by the lexicon asks the model to be surer.
_AGAINST_A_DENIAL = 0.6
_NOT_SPOKEN_OF = 0.04
#: A message in which no sign at all is surer than this tells none: in three-fold cross-validation 0.073 instead of
#: 0.113 of the harmless messages raise something, for 0.0045 of micro-F1.
_SUREST_AT_LEAST = 0.55
#: But whoever cries for help is heard.
_CRY = "emergency"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class IndicatorClassifier(GraphComponent):
    """Sets `risk_indicators`: [{indicator, status, confidence, evidence, start, end}], offsets in the typed text,
    and `indicator_chances`. Trained on `metadata: {indicators: {name: status}}` of the examples; see sign_model.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    def __init__(self, model_storage: ModelStorage, resource: Resource, model: SignModel | None = None) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IndicatorClassifier:
        return cls(model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Change with any file of the lexicon."""
        return lexicon_fingerprint()

    def train(self, training_data: TrainingData) -> Resource:
        messages = [m for m in training_data.training_examples if m.get(TEXT) and m.get(INTENT)]
        labels = [indicators_of(message) for message in messages]
        told = [name for label in labels for name, status in label.items() if status == PRESENT]
        signs = sorted({name for name in told if told.count(name) >= FEWEST_EXAMPLES})
        if signs:
            self._model = SignModel.fit(
                [reading_of(message) for message in messages],
                labels,
                [message.get(INTENT) for message in messages],
                signs,
                ReadingFeatures.of(Lexicon.load(), Concepts.load()),
            )
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(self._model, folder / "signs.joblib")
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
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, joblib.load(folder / "signs.joblib"))

    def process(self, messages: list[Message]) -> list[Message]:
        texts = [message for message in messages if _has_words(message)]
        verdicts: list[list[Verdict]] = [[] for _ in texts]
        if texts and self._model:
            verdicts = self._model.read([reading_of(message) for message in texts])
        for message, own in zip(texts, verdicts, strict=True):
            message.set(RISK_INDICATORS, self._mentions(message, own), add_to_output=True)
            chances = {verdict.sign: round(verdict.present, 4) for verdict in own}
            message.set(INDICATOR_CHANCES, chances, add_to_output=True)
        for message in messages:
            if not _has_words(message):
                message.set(RISK_INDICATORS, [], add_to_output=True)
                message.set(INDICATOR_CHANCES, {}, add_to_output=True)
        return messages

    def _mentions(self, message: Message, verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
        found = []
        surest = max((verdict.present for verdict in verdicts), default=0.0)
        if (message.get(INTENT) or {}).get("name") == _CRY:
            surest = 1.0
        for verdict in verdicts:
            own = [sighting for sighting in reading_of(message).sightings if sighting.indicator == verdict.sign]
            status = self._status(verdict, own, surest)
            if status:
                found.append(_mention(message, verdict, status, own))
        return sorted(found, key=lambda mention: (mention["start"], mention["indicator"]))

    def _status(self, verdict: Verdict, sightings: Sequence[Sighting], surest: float) -> str | None:
        assert self._model is not None
        seen = {sighting.status for sighting in sightings}
        bound = self._model.bounds[verdict.sign]
        told = verdict.present >= (max(bound, _AGAINST_A_DENIAL) if seen == {ABSENT} else bound)
        if told and surest >= _SUREST_AT_LEAST:
            return PRESENT
        if ABSENT in seen:
            return ABSENT
        if HYPOTHETICAL in seen and verdict.spoken_of > _NOT_SPOKEN_OF:
            return HYPOTHETICAL
        return verdict.otherwise if verdict.spoken_of >= _SPOKEN_OF and not seen else None


def _has_words(message: Message) -> bool:
    """Whether there is a letter or a digit: three dots tell of nothing."""
    return any(character.isalnum() for character in message.get(TEXT) or "")


def indicators_of(message: Message) -> dict[str, str]:
    """Return indicator -> status as labelled in the training data."""
    example = (message.get("metadata") or {}).get("example") or {}
    return example.get("indicators") or {}


def _mention(message: Message, verdict: Verdict, status: str, sightings: Sequence[Sighting]) -> dict[str, Any]:
    plain = normalized(message)
    fitting = [sighting for sighting in sightings if sighting.status == status]
    if fitting:
        best = max(fitting, key=lambda sighting: sighting.end - sighting.start)
        start, end = _readable(plain.text, best.start, best.end)
        start, end = plain.origin(start, end)
    elif verdict.window is not None:
        start, end = plain.origin(verdict.window.start, verdict.window.start + len(verdict.window.text))
    else:
        start, end = 0, len(plain.original)
    return {
        "indicator": verdict.sign,
        "status": status,
        "confidence": round(verdict.present if status == PRESENT else 1.0 - verdict.present, 4),
        "evidence": plain.original[start:end],
        "start": start,
        "end": end,
    }


def _readable(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a few characters to the clause around them, unless it is long; 两万五 is never cut to 两万."""
    rest = _REST_OF_A_NUMBER.match(text, end)
    end = rest.end() if rest else end
    parts = clauses(text)
    clause = parts[clause_at(parts, start)]
    if end - start < _SHORTEST_EVIDENCE and end <= clause.end <= clause.start + _LONGEST_CLAUSE:
        return clause.start, clause.end
    return start, end
