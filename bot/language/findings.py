"""Lexicon and concepts together: all that is seen in a text before anything is learnt."""

from __future__ import annotations

from collections.abc import Sequence

from bot.language.concepts import ConceptMention, Concepts
from bot.language.lexicon import Lexicon, Sighting


class FindingsReader:
    """Reads normalised texts."""

    def __init__(self, lexicon: Lexicon, concepts: Concepts) -> None:
        self._lexicon, self._concepts = lexicon, concepts

    @classmethod
    def load(cls) -> FindingsReader:
        """Read data/lexicon; raise LexiconError at the first entry that cannot be used."""
        return cls(Lexicon.load(), Concepts.load())

    def __call__(self, texts: Sequence[str]) -> list[tuple[list[Sighting], list[ConceptMention]]]:
        """Return sightings and mentions for each text."""
        return [(self._lexicon.find(text), self._concepts.find(text)) for text in texts]
