"""Labelled messages, from a file with one JSON object a line or from the training data in data/nlu."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from bot.risk.status import ABSENT, HYPOTHETICAL, PRESENT, STATUSES
from bot.risk.taxonomy import Taxonomy

TAXONOMY_FILE = Path("data/knowledge/taxonomy.yml")
TRAINING_FOLDER = Path("data/nlu")
MOST_COMPLAINTS = 20
LONGEST_LABEL = 40
# Rasa takes the marks away when it trains; a person does not write them.
_ENTITY_MARKUP = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_READ: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WRITE: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class EvaluationError(ValueError):
    """Nothing can be evaluated; the message says why and what to do, and quotes no text of a message."""


@dataclass(frozen=True)
class Labelled:
    """A message and what it means; an empty intent does not count."""

    id: str
    text: str
    intent: str
    present: frozenset[str]
    absent: frozenset[str]
    hypothetical: frozenset[str]

    @property
    def words(self) -> str:
        """Return a name for the text that tells two texts apart without quoting them."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:10]


class _Names:
    """Names messages by file and words, so that one keeps its name when the file grows above it."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def name(self, message: Labelled, file: Path) -> Labelled:
        name = f"{file.stem}-{message.words}"
        self._given[name] += 1
        twin = self._given[name]
        return replace(message, id=name if twin == 1 else f"{name}-{twin}")


def intent_group(intent: str | None) -> str:
    """Return the intent without the part after the slash, which Rasa's response selectors add."""
    return (intent or "").partition("/")[0]


def read(path: Path, taxonomy: Taxonomy) -> list[Labelled]:
    """Read a file, or say which lines are wrong and how."""
    try:
        # Not splitlines(): inside a JSON text it also splits at characters such as U+2028.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read ({type(error).__name__}).") from error
    messages: list[Labelled] = []
    wrong: list[str] = []
    names = _Names()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            message = _checked(_labelled(json.loads(line)), taxonomy)
        except (ValueError, RecursionError) as error:
            reason = "it is no JSON" if isinstance(error, json.JSONDecodeError | RecursionError) else str(error)
            wrong.append(f"line {number}: {reason}")
        else:
            messages.append(message if message.id else names.name(message, path))
    twice = [name for name, times in Counter(message.id for message in messages).items() if times > 1]
    wrong += [f"id {_short(name)} is given to several messages" for name in twice]
    if wrong:
        raise EvaluationError(f"{path.name} has lines that cannot be used; correct them:\n{_listed(wrong)}")
    if not messages:
        raise EvaluationError(f"{path.name} holds no message.")
    return messages


def _labelled(row: Any) -> Labelled:
    if not isinstance(row, dict):
        raise ValueError("it must be an object")
    name, text, intent = row.get("id"), row.get("text"), row.get("intent")
    if name is not None and not isinstance(name, str | int):
        raise ValueError("id must be a text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("text is missing")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("text holds half a character (a lone surrogate)")
    if intent is not None and not isinstance(intent, str):
        raise ValueError("intent must be a text")
    labels = {}
    for status in STATUSES:
        given = row.get(status) or []
        if not isinstance(given, list) or not all(isinstance(label, str) for label in given):
            raise ValueError(f"{status} must be a list of labels")
        labels[status] = given
    return Labelled("" if name is None else str(name), text, intent_group(intent), **_sets(labels))


def _sets(labels: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    return {status: frozenset(labels[status]) for status in STATUSES}


def _checked(message: Labelled, taxonomy: Taxonomy) -> Labelled:
    """Refuse a label that does not exist: no model could ever be right about it."""
    if message.intent and message.intent not in taxonomy.intents:
        raise ValueError(f"{_short(message.intent)} is no intent of {TAXONOMY_FILE}")
    unknown = sorted((message.present | message.absent | message.hypothetical) - taxonomy.indicators.keys())
    if unknown:
        raise ValueError(f"{_short(unknown[0])} is no indicator of {TAXONOMY_FILE}")
    return message


def _short(label: str) -> str:
    return repr(label if len(label) <= LONGEST_LABEL else label[:LONGEST_LABEL] + "…")


def _listed(complaints: list[str]) -> str:
    rest = len(complaints) - MOST_COMPLAINTS
    return "\n".join(complaints[:MOST_COMPLAINTS] + ([f"and {rest} more"] if rest > 0 else []))


class TrainingFiles:
    """The files of data/nlu: their messages, and the files again without some of them."""

    def __init__(self, project: Path, taxonomy: Taxonomy) -> None:
        self._project = project
        self._documents: dict[Path, dict[str, Any]] = {}
        self._places: list[tuple[Path, int, int]] = []
        self._names = _Names()
        self.messages: list[Labelled] = []
        for path in sorted((project / TRAINING_FOLDER).rglob("*.yml")):
            self._add(path.relative_to(project), taxonomy)
        if not self.messages:
            raise EvaluationError(f"There is no labelled message in {TRAINING_FOLDER}.")

    def write_without(self, left_out: Collection[int], project: Path) -> None:
        """Write the files into another project; the messages are named by their number in `messages`."""
        gone = {self._places[number] for number in left_out}
        for file, document in self._documents.items():
            blocks = []
            for number, block in enumerate(document["nlu"]):
                if "intent" in block:
                    rows = [row for at, row in enumerate(block["examples"]) if (file, number, at) not in gone]
                    block = {**block, "examples": rows}
                if block.get("examples") != []:  # Rasa warns of an intent without examples
                    blocks.append(block)
            path = project / file
            path.parent.mkdir(parents=True, exist_ok=True)
            content = yaml.dump({**document, "nlu": blocks}, Dumper=_WRITE, allow_unicode=True, sort_keys=False)
            path.write_text(content, encoding="utf-8")

    def _add(self, file: Path, taxonomy: Taxonomy) -> None:
        try:
            document = yaml.load((self._project / file).read_text(encoding="utf-8"), Loader=_READ)
            blocks = document.get("nlu")
        except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError) as error:
            raise _not_readable(file) from error
        if not isinstance(blocks, list):
            return  # a file of rules, say
        self._documents[file] = document
        for at, block in enumerate(blocks):
            if not isinstance(block, dict):
                raise _not_readable(file)
            if "intent" not in block:
                continue  # synonyms and the like stay in every fold
            block["examples"] = list(_rows(block.get("examples"), file))
            for number, row in enumerate(block["examples"]):
                try:
                    message = _checked(_from_example(block["intent"], row), taxonomy)
                except ValueError as error:
                    raise EvaluationError(f"{file}: example {number + 1} of {block['intent']}: {error}.") from error
                self._places.append((file, at, number))
                self.messages.append(self._names.name(message, file))


def _not_readable(file: Path) -> EvaluationError:
    return EvaluationError(f"{file} cannot be read: run `make train`, which says what is wrong with it.")


def _rows(examples: Any, file: Path) -> Iterator[dict[str, Any]]:
    """Yield the examples as the long form has them, whichever of the two forms of Rasa they are written in."""
    if isinstance(examples, str):
        yield from ({"text": line[1:].strip()} for line in examples.splitlines() if line.startswith("-"))
        return
    for row in examples or []:
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise _not_readable(file)
        yield row


def _from_example(intent: str, row: dict[str, Any]) -> Labelled:
    text = _ENTITY_MARKUP.sub(r"\1", row["text"].strip().removeprefix("- ").strip())
    given = (row.get("metadata") or {}).get("indicators") or {}
    by_status: dict[str, list[str]] = {PRESENT: [], ABSENT: [], HYPOTHETICAL: []}
    for label, status in given.items():
        if status not in by_status:
            raise ValueError(f"{_short(str(status))} is no status")
        by_status[status].append(label)
    return Labelled("", text, intent_group(intent), **_sets(by_status))
