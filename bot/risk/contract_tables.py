"""What a contract must say and must not say: contract_clauses.yml, read once and refused when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.risk.taxonomy import Taxonomy
from bot.tables import Entry, load_entry

FILE = "contract_clauses.yml"
SERVICE, LABOUR_ABROAD, LABOUR_CHINA, AGREEMENT = "service", "labour_abroad", "labour_china", "agreement"
KINDS = (SERVICE, LABOUR_ABROAD, LABOUR_CHINA, AGREEMENT)
CONFIDENCES = ("high", "medium")
FORM = ("first", "second", "words", "adverts", "foreign", "blank", "blank_after", "signing")
_HEAVIEST = 100
_NAME = re.compile(r"\{([a-z_]+)\}")
_REACH = re.compile(r"~(\d+)")


@dataclass(frozen=True)
class Ground:
    """An article of a law; `binding` is False for a sign that the ILO names and no law was confirmed to forbid."""

    law: str
    article: str
    binding: bool
    source: str
    confidence: str


@dataclass(frozen=True)
class ContractKind:
    """`title` is looked for in the first lines, `words` anywhere."""

    id: str
    chinese: str
    title: tuple[re.Pattern[str], ...]
    words: tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class Clause:
    """`kinds`: kind of contract -> what demands it there, None where it is only advised."""

    id: str
    chinese: str
    recognise: tuple[re.Pattern[str], ...]
    kinds: Mapping[str, Ground | None]


@dataclass(frozen=True)
class Fault:
    """`kinds`: kind of contract -> what it goes against there; `indicator` is the sign that it is, if any."""

    id: str
    clause: str
    indicator: str | None
    weight: int
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    kinds: Mapping[str, Ground]
    why: str
    ask: str


@dataclass(frozen=True)
class ContractTables:
    """`ocr`: wrong -> right spelling of the same length."""

    kinds: Mapping[str, ContractKind]
    abroad: tuple[str, ...]
    form: Mapping[str, tuple[str, ...]]
    ocr: Mapping[str, str]
    clauses: tuple[Clause, ...]
    faults: tuple[Fault, ...]

    @classmethod
    def load(cls, folder: Path) -> ContractTables:
        """Read contract_clauses.yml (indicators by taxonomy.yml); KnowledgeError names file and line."""
        document = load_entry(folder / FILE)
        document.check_fields(["laws", "kinds", "abroad", "form", "names", "ocr", "clauses", "faults"])
        reader = _Reader(document, Taxonomy.load(folder / "taxonomy.yml"))
        form = document.entry("form")
        form.check_fields(FORM)
        kinds = {kind.id: kind for kind in map(reader.kind, document.entries("kinds"))}
        if tuple(kinds) != KINDS:
            document.refuse(f"kinds must be {', '.join(KINDS)}, in this order", "kinds")
        return cls(
            kinds=MappingProxyType(kinds),
            abroad=document.texts("abroad"),
            form=MappingProxyType({name: form.texts(name) for name in FORM}),
            ocr=MappingProxyType(_read_ocr(document.entry("ocr"))),
            clauses=tuple(map(reader.clause, document.entries("clauses"))),
            faults=tuple(map(reader.fault, document.entries("faults"))),
        )


class _Reader:
    def __init__(self, document: Entry, taxonomy: Taxonomy) -> None:
        self._indicators = taxonomy.indicators
        names = document.entry("names")
        self._names = {name: names.text(name) for name in names}
        self._laws = document.entry("laws")
        for name in self._laws:
            law = self._laws.entry(name)
            law.check_fields(["name_zh", "binding", "source", "confidence"])
            law.text("name_zh"), law.flag("binding"), law.text("source"), law.choice("confidence", CONFIDENCES)
        self._clauses: set[str] = set()
        self._faults: set[str] = set()

    def kind(self, entry: Entry) -> ContractKind:
        entry.check_fields(["id", "name_zh", "title", "words"])
        return ContractKind(
            entry.choice("id", KINDS),
            entry.text("name_zh"),
            self._patterns(entry, "title"),
            self._patterns(entry, "words"),
        )

    def clause(self, entry: Entry) -> Clause:
        entry.check_fields(["id", "name_zh", "recognise", "kinds"])
        rows = entry.entry("kinds")
        kinds = {name: self._demand(rows.entry(name)) for name in _kinds(rows)}
        patterns = self._patterns(entry, "recognise")
        name = _new_id(entry, self._clauses)
        if not patterns and name != "language":
            entry.refuse("recognise is empty", "recognise")
        return Clause(name, entry.text("name_zh"), patterns, MappingProxyType(kinds))

    def fault(self, entry: Entry) -> Fault:
        entry.check_fields(
            ["id", "clause", "indicator", "weight", "patterns", "unless", "kinds", "why_zh", "ask_zh"],
        )
        rows = entry.entry("kinds")
        patterns = self._patterns(entry, "patterns")
        if not patterns or not rows:
            entry.refuse("patterns and kinds must not be empty", "patterns")
        weight = entry["weight"]
        if isinstance(weight, bool) or not isinstance(weight, int) or not 0 < weight <= _HEAVIEST:
            entry.refuse(f"weight must be a whole number from 1 to {_HEAVIEST}, not {weight!r}", "weight")
        indicator = entry.optional_text("indicator")
        if indicator is not None:
            entry.check_choice(indicator, self._indicators, "indicator")
        return Fault(
            id=_new_id(entry, self._faults),
            clause=entry.choice("clause", self._clauses),
            indicator=indicator,
            weight=weight,
            patterns=patterns,
            unless=self._patterns(entry, "unless"),
            kinds=MappingProxyType({name: self._ground(rows.entry(name)) for name in _kinds(rows)}),
            why=entry.text("why_zh"),
            ask=entry.text("ask_zh"),
        )

    def _demand(self, entry: Entry) -> Ground | None:
        if "advised" not in entry:
            return self._ground(entry)
        entry.check_fields(["advised"])
        if not entry.flag("advised"):
            entry.refuse("advised can only be true; leave the kind out instead", "advised")
        return None

    def _ground(self, entry: Entry) -> Ground:
        entry.check_fields(["law", "article"])
        law = self._laws.entry(entry.choice("law", self._laws))
        return Ground(
            law.text("name_zh"), entry.text("article"), law.flag("binding"), law.text("source"), law.text("confidence")
        )

    def _patterns(self, entry: Entry, name: str) -> tuple[re.Pattern[str], ...]:
        return tuple(self._pattern(entry, name, text) for text in entry.texts(name))

    def _pattern(self, entry: Entry, name: str, text: str) -> re.Pattern[str]:
        for word in _NAME.findall(text):
            if word not in self._names:
                entry.refuse(f"{{{word}}} is no list of names", name)
        written = _NAME.sub(lambda match: self._names[match[1]], text)
        written = _REACH.sub(r"[^。;!?\\n]{0,\1}?", written)
        try:
            pattern = re.compile(written)
        except re.error as error:
            entry.refuse(f"{text!r} is no regular expression: {error}", name, error)
        if pattern.match(""):
            entry.refuse(f"{text!r} matches nothing at all", name)
        return pattern


def _kinds(rows: Entry) -> list[str]:
    for name in rows:
        rows.check_choice(name, KINDS, name)
    return list(rows)


def _new_id(entry: Entry, known: set[str]) -> str:
    name = entry.text("id")
    if name in known:
        entry.refuse(f"id {name!r} is given twice", "id")
    known.add(name)
    return name


def _read_ocr(entry: Entry) -> dict[str, str]:
    spellings: dict[str, str] = {}
    for right in entry:
        for wrong in entry.texts(right):
            if len(wrong) != len(right):
                entry.refuse(f"{wrong} and {right} differ in length", right)
            if wrong != right:
                spellings[wrong.lower()] = right
    return spellings
