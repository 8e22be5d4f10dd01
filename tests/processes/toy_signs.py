"""A component that is easy to see through, for tests of evaluations."""

from __future__ import annotations

import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ToySigns(GraphComponent):
    """Sees a fee where `word` stands, and papers in exactly the messages that it was trained on."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"word": "钱"}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource, known: list[str]) -> None:
        self._word = config["word"]
        self._storage, self._resource = storage, resource
        self._known = known

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ToySigns:
        return cls(config, model_storage, resource, [])

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ToySigns:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, json.loads((folder / "known.json").read_text()))

    def train(self, training_data: TrainingData) -> Resource:
        known = [message.get(TEXT) for message in training_data.training_examples]
        with self._storage.write_to(self._resource) as folder:
            (folder / "known.json").write_text(json.dumps(known))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            chances = {"fee": 0.9 if self._word in text else 0.1, "papers": 0.8 if text in self._known else 0.2}
            mentions = [
                {"indicator": label, "status": "present", "confidence": chance}
                for label, chance in chances.items()
                if chance > 0.5
            ]
            message.set("risk_indicators", mentions, add_to_output=True)
            message.set("indicator_chances", chances, add_to_output=True)
        return messages
