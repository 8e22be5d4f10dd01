"""Readings as rows of numbers: what every classifier of ours sees of a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy
from scipy import sparse

from bot.language.concepts import Concepts
from bot.language.lexicon import Lexicon
from bot.language.mention_status import ABSENT, HYPOTHETICAL, PRESENT
from bot.nlu.readings import Reading
from bot.nlu.tfidf import Tfidf

STATUSES = (PRESENT, ABSENT, HYPOTHETICAL)
#: The best of a few tried in four-fold cross-validation, for signs and for intents.
_WEIGHTS = {"ngrams": 4.0, "lexicon": 1.4, "concepts": 1.0, "vector": 3.0}


class ReadingFeatures:
    """Turns readings into a sparse matrix: n-grams of characters (1 to 4) and words (1 and 2) as tf-idf, then switches
    for sign × status, pattern × status and concept × (said, denied), then the compressed sentence vector."""

    def __init__(self, indicators: Sequence[str], patterns: int, concepts: Sequence[str]) -> None:
        """`indicators` and `concepts` name the columns of lexicon and concepts, `patterns` counts the lexicon's."""
        self._indicators = {name: number for number, name in enumerate(indicators)}
        self._patterns = patterns
        self._concepts = {name: number for number, name in enumerate(concepts)}
        self._characters = Tfidf("char", (1, 4), min_df=2)
        self._words = Tfidf("word", (1, 2), min_df=2)

    @classmethod
    def of(cls, lexicon: Lexicon, concepts: Concepts) -> ReadingFeatures:
        """Return features with a column for everything that a lexicon and concepts can find."""
        indicators = sorted({pattern.indicator for pattern in lexicon.patterns})
        return cls(indicators, len(lexicon.patterns), concepts.names)

    def unlearned(self) -> ReadingFeatures:
        """Return features with the same columns of lexicon and concepts that have seen no message yet."""
        return ReadingFeatures(list(self._indicators), self._patterns, list(self._concepts))

    def fit(self, readings: Sequence[Reading]) -> ReadingFeatures:
        """Learn which n-grams there are and how common they are."""
        self._characters.fit([reading.characters for reading in readings])
        self._words.fit([reading.joined_words for reading in readings])
        return self

    def rows(self, readings: Sequence[Reading]) -> sparse.csr_matrix:
        """Return one row of float32 a reading."""
        lexicon_width = len(STATUSES) * (len(self._indicators) + self._patterns)
        return sparse.hstack(
            [
                _WEIGHTS["ngrams"] * self._characters.transform([reading.characters for reading in readings]),
                _WEIGHTS["ngrams"] * self._words.transform([reading.joined_words for reading in readings]),
                _WEIGHTS["lexicon"] * _switches(readings, self._sighted, lexicon_width),
                _WEIGHTS["concepts"] * _switches(readings, self._mentioned, 2 * len(self._concepts)),
                sparse.csr_matrix(_WEIGHTS["vector"] * numpy.vstack([reading.vector for reading in readings])),
            ],
            format="csr",
            dtype=numpy.float32,
        )

    def _sighted(self, reading: Reading) -> set[int]:
        columns = set()
        for sighting in reading.sightings:
            status = STATUSES.index(sighting.status)
            columns.add(len(STATUSES) * self._indicators[sighting.indicator] + status)
            columns.add(len(STATUSES) * (len(self._indicators) + sighting.pattern) + status)
        return columns

    def _mentioned(self, reading: Reading) -> set[int]:
        return {2 * self._concepts[mention.concept] + mention.denied for mention in reading.mentions}


def _switches(readings: Sequence[Reading], columns_of: Callable[[Reading], set[int]], width: int) -> sparse.csr_matrix:
    rows = [sorted(columns_of(reading)) for reading in readings]
    starts = numpy.cumsum([0] + [len(row) for row in rows])
    columns = numpy.array([column for row in rows for column in row], dtype=numpy.int32)
    ones = numpy.ones(len(columns), dtype=numpy.float32)
    return sparse.csr_matrix((ones, columns, starts), shape=(len(rows), width))
