"""Pipeline step 10: danger now is decided by itself, never the loser of a vote among twenty-one intents."""

from __future__ import annotations

import hashlib
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.language.lexicon import LEXICON_FOLDER, Lexicon
from bot.language.mention_status import PRESENT
from bot.nlu.normalizer import normalized

EMERGENCY = "emergency"
_DANGER_FILE = "danger.yml"
#: The group of patterns that need no agreement of the classifier.
_CERTAIN = "certain"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class EmergencyDecider(GraphComponent):
    """Makes the intent `emergency` where the classifier leans to it, or half leans and the words speak of danger,
    or the words cannot mean anything else."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"alone": 0.35, "with_words_of_danger": 0.25}

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._lexicon = Lexicon.load(patterns_file=_DANGER_FILE)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EmergencyDecider:
        return cls({**cls.get_default_config(), **config})

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Change with the words of danger."""
        content = b"".join((LEXICON_FOLDER / name).read_bytes() for name in ("words.yml", _DANGER_FILE))
        return hashlib.sha256(content).hexdigest()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = message.get(INTENT_RANKING_KEY) or []
            chance = next((entry["confidence"] for entry in ranking if entry["name"] == EMERGENCY), 0.0)
            if not message.get(TEXT) or (message.get(INTENT) or {}).get("name") == EMERGENCY:
                continue
            sightings = self._lexicon.find(normalized(message).text)
            # 能不能帮我报警 is asked, and still a cry for help.
            spoken = {s.indicator for s in sightings if s.status == PRESENT or s.indicator == _CERTAIN}
            half_sure = chance >= self._config["with_words_of_danger"]
            if chance >= self._config["alone"] or _CERTAIN in spoken or (spoken and half_sure):
                message.set(INTENT, {"name": EMERGENCY, "confidence": chance}, add_to_output=True)
        return messages
