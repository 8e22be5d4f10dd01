"""Pipeline step 2: the words of a message as Rasa's tokens."""

from __future__ import annotations

import hashlib
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.language.normalization import normalize
from bot.nlu.normalizer import normalized, words_of
from bot.nlu.segmentation import DICTIONARY_FILE, segmented

#: Stands for a message without a single readable character, so that later steps have something to count.
NOTHING_READABLE = "<nothing>"


class WordToken(Token):
    """Rasa's token, named by its word alone: where it stands follows from the text, which Rasa counts in already."""

    def fingerprint(self) -> str:
        return str(self.text)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class ChineseTokenizer(Tokenizer):
    """Tokens hold the normalised word and the offsets of the text as typed."""

    @staticmethod
    def supported_languages() -> list[str]:
        return ["zh"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ChineseTokenizer:
        return cls(config)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Change with the domain dictionary."""
        return hashlib.sha256(DICTIONARY_FILE.read_bytes()).hexdigest()

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        plain = normalized(message) if attribute == TEXT else normalize(message.get(attribute))
        words = words_of(message) if attribute == TEXT else segmented(plain.text)
        tokens: list[Token] = [WordToken(word.text, *plain.origin(word.start, word.end)) for word in words]
        return tokens or [WordToken(NOTHING_READABLE, 0, len(plain.original))]
