"""Tf-idf of n-grams, as scikit-learn's TfidfVectorizer with sublinear_tf computes it.

That one sums up all its idf weights at every call only to see whether it was fitted: a millisecond for a message, six
times a message.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize


class Tfidf:
    """Rows of length 1: (1 + log of the count) × (1 + log of the inverse share of the texts that hold the n-gram)."""

    def __init__(self, analyzer: str, ngram_range: tuple[int, int], min_df: int) -> None:
        """`analyzer` is "char", or "word" for words that are parted by blanks."""
        self._counter = CountVectorizer(
            analyzer=analyzer,
            ngram_range=ngram_range,
            min_df=min_df,
            token_pattern="[^ ]+",
            lowercase=False,
            dtype=numpy.float32,
        )

    def fit(self, texts: Sequence[str]) -> None:
        """Learn the n-grams that at least `min_df` texts hold, and how many do."""
        counts = self._counter.fit_transform(texts)
        holding = numpy.bincount(counts.indices, minlength=counts.shape[1])
        self._idf = (numpy.log((1 + len(texts)) / (1 + holding)) + 1).astype(numpy.float32)

    def transform(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Return one row of float32 a text."""
        counts = self._counter.transform(texts)
        counts.data = (1 + numpy.log(counts.data)) * self._idf[counts.indices]
        return normalize(counts, copy=False)
