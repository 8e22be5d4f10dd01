"""Read a YAML table so that every mistake in it can be named by file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class KnowledgeError(ValueError):
    """A table in data/knowledge says something it must not; the message begins with file and line."""


def refuse(path: Path, line: int, problem: str, cause: Exception | None = None) -> NoReturn:
    raise KnowledgeError(f"{path}:{line}: {problem}") from cause


class Entry(Mapping[str, Any]):
    """One YAML mapping that remembers where each of its fields was written."""

    def __init__(self, path: Path, line: int, fields: dict[str, Any], lines: dict[str, int]) -> None:
        self.path, self.line = path, line
        self._fields, self._lines = fields, lines

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def refuse(self, problem: str, name: str | None = None, cause: Exception | None = None) -> NoReturn:
        refuse(self.path, self._lines.get(name or "", self.line), problem, cause)

    def check_fields(self, required: Iterable[str], optional: Iterable[str] = ()) -> None:
        """Refuse a field nobody reads (a typo loses a fact silently) and a field that is missing."""
        required = tuple(required)
        known = {*required, *optional}
        for name in self._fields:
            if name not in known:
                self.refuse(f"unknown field {name!r}", name)
        for name in required:
            if name not in self._fields:
                self.refuse(f"missing field {name!r}")

    def text(self, name: str) -> str:
        value = self.optional_text(name)
        if not value:
            self.refuse(f"{name} is missing", name)
        return value

    def optional_text(self, name: str) -> str | None:
        """A text or null; a number or date must be quoted, or YAML would change how it is written."""
        value = self._fields.get(name)
        if value is not None and not isinstance(value, str):
            self.refuse(f"{name} must be a text in quotes, not {value!r}", name)
        return value

    def choice(self, name: str, allowed: Iterable[str]) -> str:
        value = self.text(name)
        self.check_choice(value, allowed, name)
        return value

    def check_choice(self, value: Any, allowed: Iterable[str], name: str) -> None:
        allowed = tuple(allowed)
        if value not in allowed:
            self.refuse(f"{name} is {value!r}, not one of {', '.join(allowed)}", name)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._fields.get(name, default)
        if not isinstance(value, bool):
            self.refuse(f"{name} must be true or false, not {value!r}", name)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._fields.get(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.refuse(f"{name} must be a list of texts", name)
        return tuple(value)

    def entry(self, name: str) -> Entry:
        value = self._fields.get(name)
        if not isinstance(value, Entry):
            self.refuse(f"{name} must be a table of fields", name)
        return value

    def entries(self, name: str) -> tuple[Entry, ...]:
        value = self._fields.get(name)
        if not isinstance(value, list) or not all(isinstance(item, Entry) for item in value):
            self.refuse(f"{name} must be a list of entries", name)
        return tuple(value)


def load(path: Path) -> Any:
    """Return the document: mappings as Entry, sequences as list, scalars as YAML reads them."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        refuse(path, 0, f"cannot be read ({type(error).__name__})", error)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        return _build(node, loader, path) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or "not YAML"
        refuse(path, mark.line + 1 if mark else 0, f"is not valid YAML: {problem}", error)
    finally:
        loader.dispose()


def load_entry(path: Path) -> Entry:
    document = load(path)
    if not isinstance(document, Entry):
        refuse(path, 1, "must be a table of fields")
    return document


def load_entries(path: Path) -> tuple[Entry, ...]:
    document = load(path)
    if not isinstance(document, list) or not document or not all(isinstance(item, Entry) for item in document):
        refuse(path, 1, "must be a list of entries")
    return tuple(document)


def _build(node: Any, loader: Any, path: Path) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, loader, path) for item in node.value]
    if not isinstance(node, yaml.MappingNode):
        try:
            return loader.construct_object(node)
        except ValueError as error:  # an impossible date, for one
            refuse(path, node.start_mark.line + 1, f"{node.value!r} cannot be read", error)
    fields: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = str(key_node.value)
        if key in fields:
            refuse(path, line, f"field {key!r} is given twice")
        fields[key], lines[key] = _build(value_node, loader, path), line
    return Entry(path, node.start_mark.line + 1, fields, lines)
