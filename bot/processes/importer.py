"""Reads the training messages once: Rasa's own importer parses the same ten thousand three times in a training."""

from __future__ import annotations

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData


class ReadOnce(RasaFileImporter):
    """Rasa's file importer with a memory; nobody changes what it returns, merging makes copies."""

    _messages: TrainingData | None = None

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Return the messages of data/nlu; the language, asked for under two names, matters to other formats only."""
        if self._messages is None:
            self._messages = super().get_nlu_data(language)
        return self._messages
