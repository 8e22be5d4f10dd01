"""What to do for somebody who is already there: one plan per situation (plans.yml), the most urgent first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.hotlines import CHINA, CONFIDENCES, NEEDS
from bot.knowledge.rights import Law, Rights
from bot.tables import Entry, load_entries, load_entry

#: Where a step holds: mainland China, abroad, Hong Kong and Macao, at sea.
PLACES = ("china", "abroad", "hk_mo", "sea")
#: What a plan consists of. Those of the first kind are for the person there, or passed on to them.
PARTS = ("safety", "note_down", "embassy_can", "embassy_cannot", "know", "family")
_NEED_A_SOURCE = ("embassy_can", "embassy_cannot", "know")
#: There is no embassy at home, in Hong Kong or in Macao.
_EMBASSY_PLACES = ("abroad", "sea")
_SPECIAL_REGIONS = ("HK", "MO")
_ANY, _SEA = "any", "sea"
_PRESENT = "present"
_AS_OF = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_STEP_FIELDS = ["places", "countries", "sources"]


@dataclass(frozen=True)
class Source:
    """Where a claim was seen; `as_of` is the date of the text (YYYY, YYYY-MM or YYYY-MM-DD)."""

    id: str
    name: str
    url: str
    as_of: str
    confidence: str


@dataclass(frozen=True)
class Step:
    """One line of a plan; empty `countries` means all of its places."""

    text: str
    places: tuple[str, ...]
    countries: tuple[str, ...]
    sources: tuple[Source, ...]

    def holds(self, place: str, country: str | None) -> bool:
        return place in self.places and (not self.countries or country in self.countries)


@dataclass(frozen=True)
class PlanLaw:
    """An article of a topic of rights.yml, and where it counts."""

    topic: str
    law: Law
    places: tuple[str, ...]


@dataclass(frozen=True)
class When:
    """What makes a plan fit; one of them is enough. `words` are situations of bot.language.plan_words."""

    indicators: tuple[str, ...]
    words: tuple[str, ...]
    facts: Mapping[str, tuple[str, ...]]
    under_18: bool


@dataclass(frozen=True)
class Plan:
    id: str
    title: str
    at_sea: bool
    when: When
    parts: Mapping[str, tuple[Step, ...]]
    call: Mapping[str, tuple[str, ...]]
    family_call: Mapping[str, tuple[str, ...]]
    laws: tuple[PlanLaw, ...]

    def place(self, country: str | None) -> str:
        """Return which of PLACES holds; a country that nobody named is taken as abroad."""
        if self.at_sea:
            return _SEA
        if country == CHINA:
            return "china"
        return "hk_mo" if country in _SPECIAL_REGIONS else "abroad"

    def steps(self, part: str, country: str | None) -> list[str]:
        """Return the lines of one of PARTS for a country; what is special for it comes first."""
        place = self.place(country)
        holding = [step for step in self.parts[part] if step.holds(place, country)]
        return [step.text for step in sorted(holding, key=lambda step: not step.countries)]

    def laws_for(self, country: str | None) -> list[Law]:
        place = self.place(country)
        return [one.law for one in self.laws if place in one.places]

    def fits(self, statuses: Mapping[str, str], facts: Mapping[str, object], spoken: Collection[str]) -> bool:
        age = facts.get("age")
        return (
            any(statuses.get(name) == _PRESENT for name in self.when.indicators)
            or any(situation in spoken for situation in self.when.words)
            or any(facts.get(name) in values for name, values in self.when.facts.items())
            or (self.when.under_18 and isinstance(age, int) and age < 18)
        )


class Plans:
    """The plans of plans.yml, in the order of their urgency."""

    def __init__(self, plans: Mapping[str, Plan]) -> None:
        self._plans = dict(plans)

    @classmethod
    def load(cls, folder: Path) -> Plans:
        path = folder / "plans.yml"
        document = load_entry(path)
        document.check_fields(["sources", "shared", "plans"])
        known = _Known(
            sources=read_sources(document),
            indicators=tuple(load_entry(folder / "taxonomy.yml").entry("indicators")),
            countries=tuple(one.text("code") for one in load_entries(folder / "destinations.yml")),
            rights=Rights.load(folder),
        )
        reader = _Reader(known, document)
        plans: dict[str, Plan] = {}
        for entry in document.entries("plans"):
            plan = reader.plan(entry)
            if plan.id in plans:
                entry.refuse(f"id {plan.id!r} is given twice", "id")
            plans[plan.id] = plan
        if not plans:
            document.refuse("plans is empty", "plans")
        reader.check_everything_is_used()
        return cls(plans)

    def __iter__(self) -> Iterator[Plan]:
        return iter(self._plans.values())

    def __getitem__(self, plan_id: str) -> Plan:
        return self._plans[plan_id]

    def fitting(
        self, statuses: Mapping[str, str], facts: Mapping[str, object], spoken: Collection[str] = ()
    ) -> list[Plan]:
        """Return the plans that fit, most urgent first.

        `statuses`: indicator -> status; `facts`: of bot.language.facts; `spoken`: bot.language.plan_words.situations.
        """
        return [plan for plan in self if plan.fits(statuses, facts, spoken)]


@dataclass(frozen=True)
class _Known:
    sources: Mapping[str, Source]
    indicators: tuple[str, ...]
    countries: tuple[str, ...]
    rights: Rights


class _Reader:
    """Reads plans with the steps they share, and remembers what was used."""

    def __init__(self, known: _Known, document: Entry) -> None:
        self._known = known
        self._document = document
        self._shared: dict[str, Entry] = {}
        self._used: set[str] = set()
        self._used_sources: set[str] = set()
        for entry in document.entries("shared"):
            entry.check_fields(["id", "text_zh"], _STEP_FIELDS)
            if entry.text("id") in self._shared:
                entry.refuse(f"id {entry.text('id')!r} is given twice", "id")
            self._shared[entry.text("id")] = entry

    def plan(self, entry: Entry) -> Plan:
        entry.check_fields(["id", "title_zh", "place", "when", "call", "family_call", "law", *PARTS])
        at_sea = entry.choice("place", (_ANY, _SEA)) == _SEA
        return Plan(
            id=entry.text("id"),
            title=entry.text("title_zh"),
            at_sea=at_sea,
            when=self._when(entry.entry("when")),
            parts={part: self._steps(entry, part) for part in PARTS},
            call=_read_call(entry, "call", at_sea),
            family_call=_read_call(entry, "family_call", at_sea),
            laws=tuple(self._law(law) for law in entry.entries("law")),
        )

    def check_everything_is_used(self) -> None:
        """A step or source nobody names is a plan that forgot it."""
        for name, entry in self._shared.items():
            if name not in self._used:
                entry.refuse(f"no plan names the shared step {name}", "id")
        for entry in self._document.entries("sources"):
            if entry.text("id") not in self._used_sources:
                entry.refuse(f"no step names the source {entry.text('id')}", "id")

    def _when(self, entry: Entry) -> When:
        entry.check_fields([], ["indicators", "words", "facts", "under_18"])
        if not len(entry):
            entry.refuse("when is empty: the plan would never fit")
        indicators = entry.texts("indicators") if "indicators" in entry else ()
        for indicator in indicators:
            entry.check_choice(indicator, self._known.indicators, "indicators")
        facts = entry.entry("facts") if "facts" in entry else None
        return When(
            indicators=indicators,
            words=entry.texts("words") if "words" in entry else (),
            facts={name: facts.texts(name) for name in facts} if facts else {},
            under_18=entry.flag("under_18"),
        )

    def _steps(self, plan: Entry, part: str) -> tuple[Step, ...]:
        written = plan[part]
        if not isinstance(written, list) or not written:
            plan.refuse(f"{part} must be a list of steps", part)
        steps = []
        for item in written:
            if isinstance(item, str):
                plan.check_choice(item, self._shared, part)
                self._used.add(item)
                entry = self._shared[item]
            elif isinstance(item, Entry):
                entry = item
                entry.check_fields(["text_zh"], _STEP_FIELDS)
            else:
                plan.refuse(f"{part} holds {item!r}: neither a step nor the id of a shared one", part)
            step = self._step(entry, part)
            if all(source.confidence != "low" for source in step.sources):  # not confirmed, so not shown
                steps.append(step)
        return tuple(steps)

    def _step(self, entry: Entry, part: str) -> Step:
        sources = []
        for name in entry.texts("sources") if "sources" in entry else ():
            entry.check_choice(name, self._known.sources, "sources")
            self._used_sources.add(name)
            sources.append(self._known.sources[name])
        countries = entry.texts("countries") if "countries" in entry else ()
        for country in countries:
            entry.check_choice(country, self._known.countries, "countries")
        if not sources and (part in _NEED_A_SOURCE or countries):
            entry.refuse(f"a step of {part} needs a source")
        default = _EMBASSY_PLACES if part.startswith("embassy") else PLACES
        return Step(entry.text("text_zh"), _read_places(entry, default), countries, tuple(sources))

    def _law(self, entry: Entry) -> PlanLaw:
        entry.check_fields(["topic", "article"], ["places"])
        topics = self._known.rights.topics
        topic = topics[entry.choice("topic", topics)]
        articles = {law.article: law for law in topic.laws}
        return PlanLaw(topic.id, articles[entry.choice("article", articles)], _read_places(entry, PLACES))


def read_sources(document: Entry) -> dict[str, Source]:
    """Return the `sources` of a table by their id."""
    sources: dict[str, Source] = {}
    for entry in document.entries("sources"):
        entry.check_fields(["id", "name_zh", "url", "seen", "as_of", "confidence"])
        entry.text("seen")
        name, as_of = entry.text("id"), entry.text("as_of")
        if name in sources:
            entry.refuse(f"id {name!r} is given twice", "id")
        if not _AS_OF.fullmatch(as_of):
            entry.refuse(f"as_of {as_of!r} is no date", "as_of")
        sources[name] = Source(
            name, entry.text("name_zh"), entry.text("url"), as_of, entry.choice("confidence", CONFIDENCES)
        )
    return sources


def _read_places(entry: Entry, default: tuple[str, ...]) -> tuple[str, ...]:
    if "places" not in entry:
        return default
    places = entry.texts("places")
    for place in places:
        entry.check_choice(place, PLACES, "places")
    return places


def _read_call(plan: Entry, name: str, at_sea: bool) -> dict[str, tuple[str, ...]]:
    """Whom to call, for every place where the plan can hold."""
    entry = plan.entry(name)
    entry.check_fields([_SEA] if at_sea else [place for place in PLACES if place != _SEA])
    needs = {place: entry.texts(place) for place in entry}
    for place, wanted in needs.items():
        if not wanted:
            entry.refuse(f"nobody to call for {place}", place)
        for need in wanted:
            entry.check_choice(need, NEEDS, place)
    return needs
