"""How near a message is to talk that is known: what is like nothing that people told us is not for us to guess at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from bot.nlu.readings import Reading

#: Talk about anything: no message is out of place because it is far from the rest.
ANY_TALK = ("out_of_scope", "chitchat")
_NEIGHBOURS = 3
#: Two-fold over 20,353 messages: stricter bounds reject more of what is ours than of what is not (0.5 with a confidence
#: of 0.5: 22 rightly, 86 wrongly; these: 5 and 6). They are for talk from worlds that no training message is from.
_FAR = 0.45
_GUESS = 0.4


class Familiarity:
    """Knows the vectors of all messages that are about this bot's subjects."""

    def __init__(self, known: numpy.ndarray) -> None:
        """`known`: a row of length 1 a message."""
        self._known = known

    @classmethod
    def of(cls, readings: Sequence[Reading], intents: Sequence[str]) -> Familiarity:
        """Remember the readings whose intent is about something."""
        rows = [r.vector for r, intent in zip(readings, intents, strict=True) if intent not in ANY_TALK]
        return cls(_of_length_one(numpy.vstack(rows)) if len(rows) >= _NEIGHBOURS else numpy.zeros((0, 0)))

    def is_foreign(self, reading: Reading, confidence: float) -> bool:
        """Whether an intent of this confidence is a guess at a message far from all known talk.

        Never where the lexicon or a concept finds something.
        """
        if confidence >= _GUESS or reading.sightings or reading.mentions or not len(self._known):
            return False
        nearness = self._known @ _of_length_one(reading.vector[None, :])[0]
        return float(numpy.partition(nearness, -_NEIGHBOURS)[-_NEIGHBOURS:].mean()) < _FAR


def _of_length_one(rows: numpy.ndarray) -> numpy.ndarray:
    lengths = numpy.linalg.norm(rows, axis=1, keepdims=True)
    unit: numpy.ndarray = (rows / numpy.maximum(lengths, 1e-9)).astype(numpy.float32)
    return unit
