"""What those who pretend to be an authority are told from by: what the real ones never do (impostors.yml)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.knowledge.hotlines import CHINA, NEEDS
from bot.knowledge.plans import Source, read_sources
from bot.tables import Entry, load_entry

#: Where a step or a number holds.
PLACES = ("china", "abroad", "hk_mo")
_SPECIAL_REGIONS = ("HK", "MO")


@dataclass(frozen=True)
class Fact:
    text: str
    places: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Claim:
    """Whom somebody pretends to be. `dial`: place -> needs of hotlines.yml, the numbers to dial oneself."""

    id: str
    name: str
    real: Fact
    never: tuple[Fact, ...]
    dial: Mapping[str, tuple[str, ...]]

    def dial_for(self, country: str | None) -> tuple[str, ...]:
        """Return the needs of hotlines.yml whose numbers one dials oneself, most fitting first."""
        return self.dial[place_of(country)]


class Impostors:
    def __init__(
        self, claims: Mapping[str, Claim], sent: tuple[Fact, ...], call: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.claims = MappingProxyType(dict(claims))
        self._sent = sent
        self._call = MappingProxyType(dict(call))

    @classmethod
    def load(cls, folder: Path) -> Impostors:
        document = load_entry(folder / "impostors.yml")
        document.check_fields(["sources", "claims", "money_sent"])
        reader = _Reader(read_sources(document))
        claims: dict[str, Claim] = {}
        for entry in document.entries("claims"):
            claim = reader.claim(entry)
            if claim.id in claims:
                entry.refuse(f"id {claim.id!r} is given twice", "id")
            claims[claim.id] = claim
        if not claims:
            document.refuse("claims is empty", "claims")
        sent = document.entry("money_sent")
        sent.check_fields(["steps", "call"])
        steps = tuple(reader.facts(sent, "steps", needs_source=False))
        reader.check_everything_is_used(document)
        return cls(claims, steps, _read_needs(sent, "call"))

    def money_sent(self, country: str | None) -> list[str]:
        """Return what to do at once when money has gone."""
        place = place_of(country)
        return [step.text for step in self._sent if place in step.places]

    def whom_to_call(self, country: str | None) -> tuple[str, ...]:
        """Return the needs of those to call when money has gone."""
        return self._call[place_of(country)]


def place_of(country: str | None) -> str:
    """Return which of PLACES a country is; one that nobody named is taken as abroad."""
    if country == CHINA:
        return "china"
    return "hk_mo" if country in _SPECIAL_REGIONS else "abroad"


class _Reader:
    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._used: set[str] = set()

    def claim(self, entry: Entry) -> Claim:
        entry.check_fields(["id", "name_zh", "real", "never", "dial"])
        never = tuple(self.facts(entry, "never"))
        if not never:
            entry.refuse("never is empty", "never")
        return Claim(
            id=entry.text("id"),
            name=entry.text("name_zh"),
            real=self._fact(entry.entry("real")),
            never=never,
            dial=_read_needs(entry, "dial"),
        )

    def facts(self, entry: Entry, name: str, needs_source: bool = True) -> Iterator[Fact]:
        """Yield the facts of a list; one that rests on a source of low confidence is not confirmed, so not shown."""
        for item in entry.entries(name):
            fact = self._fact(item, needs_source)
            if all(source.confidence != "low" for source in fact.sources):
                yield fact

    def check_everything_is_used(self, document: Entry) -> None:
        for entry in document.entries("sources"):
            if entry.text("id") not in self._used:
                entry.refuse(f"nothing names the source {entry.text('id')}", "id")

    def _fact(self, entry: Entry, needs_source: bool = True) -> Fact:
        entry.check_fields(["text_zh", *(["sources"] if needs_source else [])], ["places", "sources"])
        names = entry.texts("sources") if "sources" in entry else ()
        for name in names:
            entry.check_choice(name, self._sources, "sources")
        if needs_source and not names:
            entry.refuse("sources is empty", "sources")
        self._used.update(names)
        places = entry.texts("places") if "places" in entry else PLACES
        for place in places:
            entry.check_choice(place, PLACES, "places")
        return Fact(entry.text("text_zh"), places, tuple(self._sources[name] for name in names))


def _read_needs(owner: Entry, name: str) -> dict[str, tuple[str, ...]]:
    entry = owner.entry(name)
    entry.check_fields(PLACES)
    needs = {place: entry.texts(place) for place in entry}
    for place, wanted in needs.items():
        if not wanted:
            entry.refuse(f"nobody to call for {place}", place)
        for need in wanted:
            entry.check_choice(need, NEEDS, place)
    return needs
