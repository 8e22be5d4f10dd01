"""The reading of a Rasa message, put together from what the first steps found, once for all classifiers."""

from __future__ import annotations

from dataclasses import dataclass

from rasa.shared.nlu.training_data.message import Message

from bot.nlu.lexicon_reader import FINDINGS, Findings
from bot.nlu.normalizer import normalized, words_of
from bot.nlu.readings import Reading
from bot.nlu.sentence_embedding import vectors_of

_READING = "reading"


@dataclass(frozen=True)
class _Kept:
    reading: Reading

    def fingerprint(self) -> str:
        return _READING  # as with Findings: it follows from the text


def reading_of(message: Message) -> Reading:
    """Return what the steps before have found in a message."""
    kept = message.get(_READING)
    if kept is None:
        text = normalized(message).text
        findings = message.get(FINDINGS) or Findings([], [])
        reading = Reading(
            text, words_of(message), findings.sightings, findings.mentions, vectors_of(message).compressed
        )
        kept = _Kept(reading)
        message.set(_READING, kept)
    return kept.reading
