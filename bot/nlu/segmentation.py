"""Chinese words by a jieba of our own, with the words of this field."""

from __future__ import annotations

import logging
import tempfile
from functools import lru_cache
from pathlib import Path

import jieba

from bot.language.normalization import NormalizedText, normalize
from bot.language.plain_speech import in_plain_speech
from bot.language.sound_alikes import SoundAlikes
from bot.nlu.readings import Word

DICTIONARY_FILE = Path("data/dictionary/words.txt")

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


@lru_cache(maxsize=1)
def _sound_alikes() -> SoundAlikes:
    return SoundAlikes.load()


def segmented(text: str) -> list[Word]:
    """Return the words of a normalised text, blanks left out."""
    return [Word(word, start, end) for word, start, end in segmenter().tokenize(text) if word.strip()]


def read(text: str) -> tuple[NormalizedText, list[Word]]:
    """Return a typed text in its plain spelling, words that only sound right written right, and its words.

    The words are those of plain speech; their offsets fit the text.
    """
    plain = normalize(text)
    words = segmented(plain.text)
    known = segmenter().FREQ
    corrected = _sound_alikes().corrected(
        plain.text, [(word.text, word.start, word.end) for word in words], lambda word: known.get(word, 0) > 0
    )
    spoken = in_plain_speech(corrected)
    if spoken != plain.text:
        words = segmented(spoken)
    return NormalizedText(corrected, plain.original, plain.offsets), words
