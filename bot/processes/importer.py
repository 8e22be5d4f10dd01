"""Reads the training messages once and fast: Rasa's own importer takes a minute for ten thousand, three times over."""

from __future__ import annotations

from typing import Any

import yaml
from rasa.shared.constants import LATEST_TRAINING_DATA_FORMAT_VERSION
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEYS_OF_AN_INTENT = {"intent", "examples", "metadata"}
_KEYS_OF_AN_EXAMPLE = {"text", "metadata"}


class QuickReader(RasaYAMLReader):
    """Rasa's reader for files that look regular at a glance; of any other Rasa's own reader says what is wrong."""

    def reads(self, string: str, **kwargs: Any) -> TrainingData:
        """Return the messages; raise a YamlException, with the line, if the file is not Rasa's training data."""
        content = _regular_content(string)
        if content is None:
            return super().reads(string, **kwargs)
        self._parse_nlu(content["nlu"])
        examples = [UnchangingMessage.like(message) for message in self.training_examples]
        return TrainingData(examples, self.entity_synonyms, self.regex_features, self.lookup_tables, self.responses)


class UnchangingMessage(Message):
    """A message as read from a file: a copy shares what it holds, which nobody changes, and its fingerprint.

    Rasa copies all messages and names each by its content several times before the training begins.
    """

    @classmethod
    def like(cls, message: Message) -> UnchangingMessage:
        return cls(message.data, message.output_properties, message.time, message.features)

    def __deepcopy__(self, memo: dict[int, Any]) -> UnchangingMessage:
        twin = UnchangingMessage(self.data, set(self.output_properties), self.time, list(self.features))
        twin._cached_fingerprint = self._cached_fingerprint  # set() and add_features() drop it
        return twin


class ReadOnce(RasaFileImporter):
    """Rasa's file importer with a memory; nobody changes what it returns, merging makes copies."""

    _messages: TrainingData | None = None

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Return the messages of data/nlu; the language, asked for under two names, matters to other formats only."""
        if self._messages is None:
            self._messages = TrainingData().merge(*[QuickReader().read(path) for path in self._nlu_files])
        return self._messages


def _regular_content(string: str) -> dict[str, Any] | None:
    """Return what stands in a file that is made as ours are; None when it is not."""
    try:
        content: Any = yaml.load(string, Loader=_LOADER)  # a safe loader, in C where there is one
    except yaml.YAMLError:
        return None
    return content if _is_regular(content) else None


def _is_regular(content: Any) -> bool:
    """Whether these are intents with lines of examples, or with examples and metadata, of the known version."""
    return (
        isinstance(content, dict)
        and set(content) == {"version", "nlu"}
        and content["version"] == LATEST_TRAINING_DATA_FORMAT_VERSION
        and isinstance(content["nlu"], list)
        and all(_is_regular_intent(block) for block in content["nlu"])
    )


def _is_regular_intent(block: Any) -> bool:
    if not isinstance(block, dict) or not set(block) <= _KEYS_OF_AN_INTENT:
        return False
    if not isinstance(block.get("intent"), str) or not isinstance(block.get("metadata", {}), dict):
        return False
    examples = block.get("examples")
    return isinstance(examples, str) or (
        isinstance(examples, list)
        and all(
            isinstance(example, dict)
            and set(example) <= _KEYS_OF_AN_EXAMPLE
            and isinstance(example.get("text"), str)
            and isinstance(example.get("metadata", {}), dict)
            for example in examples
        )
    )
