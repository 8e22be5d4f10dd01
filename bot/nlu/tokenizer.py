"""Pipeline step 2: Chinese words by a jieba of our own, with the words of this field."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import jieba
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.language.normalization import normalize
from bot.nlu.normalizer import normalized

DICTIONARY_FILE = Path("data/dictionary/words.txt")
#: Stands for a message without a single readable character, so that later steps have something to count.
NOTHING_READABLE = "<nothing>"

jieba.setLogLevel(logging.WARNING)


@lru_cache(maxsize=1)
def segmenter(dictionary: Path = DICTIONARY_FILE) -> jieba.Tokenizer:
    """Return our own jieba with the domain dictionary.

    jieba keeps its cache, read back with marshal, in the shared folder for temporary files: give it a
    private one, gone at once.
    """
    tokenizer = jieba.Tokenizer()
    with tempfile.TemporaryDirectory() as private:
        tokenizer.tmp_dir = private
        tokenizer.initialize()
    tokenizer.load_userdict(str(dictionary))
    return tokenizer


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
        tokens: list[Token] = []
        for word, start, end in segmenter().tokenize(plain.text):
            if word.strip():
                begin, stop = plain.origin(start, end)
                tokens.append(WordToken(word, begin, stop))
        return tokens or [WordToken(NOTHING_READABLE, 0, len(plain.original))]
