"""What the classifiers of signs see of a message, and of any stretch of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from bot.language.clauses import clauses
from bot.language.concepts import ConceptMention
from bot.language.lexicon import Sighting
from bot.language.plain_speech import in_plain_speech

#: Signs are often told in two clauses: 护照呢 / 老板锁着. Windows of one clause lose that, wider ones thin it out.
CLAUSES_IN_A_WINDOW = 2


@dataclass(frozen=True)
class Word:
    """A word of the segmentation; offsets in the normalised text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """A normalised text with its words, what lexicon and concepts see in it, and the compressed sentence vector."""

    text: str
    words: Sequence[Word]
    sightings: Sequence[Sighting]
    mentions: Sequence[ConceptMention]
    vector: numpy.ndarray
    #: Where this stretch begins in the message it is part of.
    start: int = 0

    @property
    def characters(self) -> str:
        """The text in plain speech with every digit as 0: 三千 and 3500 differ, 3500 and 3600 do not."""
        return re.sub("[0-9]", "0", in_plain_speech(self.text))

    @property
    def joined_words(self) -> str:
        """The words parted by blanks, digits as 0."""
        return " ".join(re.sub("[0-9]", "0", word.text) for word in self.words)

    def windows(self) -> list[Reading]:
        """Return every pair of neighbouring clauses; none when there are no more than two.

        The vector stays that of the whole message: it is the context.
        """
        parts = clauses(self.text)
        pairs = zip(parts, parts[CLAUSES_IN_A_WINDOW - 1 :])  # noqa: B905 - the second is shorter
        return [self._part(first.start, last.end) for first, last in pairs] if len(parts) > CLAUSES_IN_A_WINDOW else []

    def _part(self, start: int, end: int) -> Reading:
        return Reading(
            self.text[start:end],
            [word for word in self.words if start <= word.start and word.end <= end],
            [sighting for sighting in self.sightings if start <= sighting.start and sighting.end <= end],
            [mention for mention in self.mentions if start <= mention.start and mention.end <= end],
            self.vector,
            start,
        )
