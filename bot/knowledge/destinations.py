"""What is known of a country: emergency numbers, legal ways to work there, pay, typical traps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.hotlines import CONFIDENCES, Hotline, check_sources, read_local_hotlines, split_numbers
from bot.tables import Entry, load_entries

_FIELDS = (
    "code", "name_zh", "name_en", "aliases_zh", "emergency", "hotlines", "legal_work", "pay_reference", "risk_note_zh",
    "risk_sources", "confidence", "gaps", "checked",
)  # fmt: skip


@dataclass(frozen=True)
class Emergency:
    """Empty means not confirmed. `note` may hold doubtful numbers: never print it."""

    police: tuple[str, ...]
    ambulance: tuple[str, ...]
    note: str | None


@dataclass(frozen=True)
class LegalWork:
    """None means not confirmed, never permission."""

    visa: str | None
    tourist_visa_work: bool | None
    tourist_visa_note: str | None
    recruiter_fee_rule: str | None
    passport_rule: str | None


@dataclass(frozen=True)
class PayReference:
    amount: float
    currency: str
    per: str
    what: str
    as_of: str
    source: str
    note: str | None


@dataclass(frozen=True)
class Destination:
    code: str
    name: str
    name_english: str
    aliases: tuple[str, ...]
    emergency: Emergency
    hotlines: tuple[Hotline, ...]
    legal_work: LegalWork
    pay_reference: PayReference | None
    #: Why there is no reference, in plain words, where a source says so (Singapore has no general minimum wage).
    without_minimum: str | None
    risk_note: str | None
    confidence: str
    checked: str


class Destinations:
    """The countries of destinations.yml, by code or by the names people use."""

    def __init__(self, destinations: dict[str, Destination]) -> None:
        self._destinations = destinations
        self._codes = {name.lower(): code for code, one in destinations.items() for name in (*one.aliases, one.name)}
        self._longest_first = sorted(self._codes, key=len, reverse=True)

    @classmethod
    def load(cls, folder: Path) -> Destinations:
        destinations: dict[str, Destination] = {}
        for entry in load_entries(folder / "destinations.yml"):
            destination = _read(entry)
            if destination.code in destinations:
                entry.refuse(f"code {destination.code!r} is given twice", "code")
            destinations[destination.code] = destination
        return cls(destinations)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self._destinations)

    def get(self, code: str | None) -> Destination | None:
        return self._destinations.get(code or "")

    def find(self, text: str) -> list[tuple[str, int, int]]:
        """Every mention as (code, start, end), in the order of the text; the longest name wins where two overlap."""
        lowered = text.lower() if len(text.lower()) == len(text) else text
        found: list[tuple[str, int, int]] = []
        for name in self._longest_first:
            start = lowered.find(name)
            while start >= 0:
                end = start + len(name)
                if _stands_alone(lowered, start, end) and all(
                    end <= left or right <= start for _, left, right in found
                ):
                    found.append((self._codes[name], start, end))
                start = lowered.find(name, start + 1)
        return sorted(found, key=lambda mention: mention[1])


def _stands_alone(text: str, start: int, end: int) -> bool:
    """A name in Latin letters (BC, E-8) is no part of a longer word; Chinese has no word boundaries."""

    def is_latin(position: int) -> bool:
        return 0 <= position < len(text) and text[position].isascii() and text[position].isalnum()

    return not (is_latin(start) and is_latin(start - 1)) and not (is_latin(end - 1) and is_latin(end))


def _read(entry: Entry) -> Destination:
    entry.check_fields(_FIELDS)
    confidence = entry.choice("confidence", CONFIDENCES)
    if entry.optional_text("risk_note_zh"):
        check_sources(entry, "risk_sources")
    return Destination(
        code=entry.text("code"),
        name=entry.text("name_zh"),
        name_english=entry.text("name_en"),
        aliases=entry.texts("aliases_zh"),
        emergency=_read_emergency(entry.entry("emergency"), shown=confidence != "low"),
        hotlines=tuple(hotline for hotline in read_local_hotlines(entry) if hotline.confirmed),
        legal_work=_read_legal_work(entry.entry("legal_work")),
        pay_reference=_read_pay(entry.entry("pay_reference")),
        without_minimum=_without_minimum(entry.entry("pay_reference")),
        risk_note=entry.optional_text("risk_note_zh"),
        confidence=confidence,
        checked=entry.text("checked"),
    )


def _read_emergency(entry: Entry, shown: bool) -> Emergency:
    entry.check_fields(["police", "ambulance", "note", "sources"])
    check_sources(entry)
    numbers = {
        name: split_numbers(number) if shown and number else ()
        for name in ("police", "ambulance")
        for number in [entry.optional_text(name)]
    }
    return Emergency(numbers["police"], numbers["ambulance"], entry.optional_text("note"))


def _read_legal_work(entry: Entry) -> LegalWork:
    entry.check_fields(
        ["visa_zh", "tourist_visa_work", "tourist_visa_note_zh", "recruiter_fee_rule_zh", "passport_rule_zh", "sources"]
    )
    check_sources(entry)
    allowed = entry["tourist_visa_work"]
    if allowed is not None:
        allowed = entry.flag("tourist_visa_work")
    return LegalWork(
        visa=entry.optional_text("visa_zh"),
        tourist_visa_work=allowed,
        tourist_visa_note=entry.optional_text("tourist_visa_note_zh"),
        recruiter_fee_rule=entry.optional_text("recruiter_fee_rule_zh"),
        passport_rule=entry.optional_text("passport_rule_zh"),
    )


def _without_minimum(entry: Entry) -> str | None:
    return entry.optional_text("what") if entry["amount"] is None else None


def _read_pay(entry: Entry) -> PayReference | None:
    """Not every country has a reference; a figure without unit, date and source is refused."""
    entry.check_fields(["amount", "currency", "per", "what", "as_of", "source", "note"])
    amount = entry["amount"]
    if amount is None:
        return None
    if isinstance(amount, bool) or not isinstance(amount, int | float) or amount <= 0:
        entry.refuse(f"amount must be a number, not {amount!r}", "amount")
    return PayReference(
        amount=float(amount),
        currency=entry.text("currency"),
        per=entry.text("per"),
        what=entry.text("what"),
        as_of=entry.text("as_of"),
        source=entry.text("source"),
        note=entry.optional_text("note"),
    )
