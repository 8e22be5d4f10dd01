"""Telephone numbers: which ones fit a place and a need. Only confirmed ones are ever handed out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.tables import Entry, load_entries, load_entry

NEEDS = (
    "police", "ambulance", "consular", "wages", "legal_aid", "union", "women", "youth", "fraud", "immigration",
    "government", "psychological", "online_report", "maritime", "trafficking", "labour_export", "interpreter",
)  # fmt: skip
CONFIDENCES = ("high", "medium", "low")
STATUSES = ("active", "do_not_use", "unconfirmed")
CHINA = "CN"
CENTRAL_CONSULAR_LINE = "+86-10-12308"  # repeated in most countries of destinations.yml; hotlines.yml is its home

_CHINA_FIELDS = (
    "id", "number", "dial_from_abroad", "name_zh", "name_en", "operator_zh", "for_zh", "hours", "regions", "status",
    "sources", "confidence",
)  # fmt: skip
_LOCAL_FIELDS = (
    "number", "dial_from_abroad", "name_zh", "name_en", "for_zh", "languages", "hours", "operator", "sources",
    "confidence",
)  # fmt: skip
_NUMBER = re.compile(r"\+?\d+(?:[ -]\d+)*")
_NUMBER_IN_TEXT = re.compile(r"(?<!\d)\d{5,}(?!\d)")
_REMARK = re.compile(r"\(.*\)|（.*）")
_PLACES_IN_ORDER = re.compile(r"驻(?P<places>.+)\(按顺序\)(?P<purpose>.*)")
_OFFICE = re.compile(r"(?P<cities>.+?)(?P<office>大使馆|总领馆|领事办公室)")
_AREA_CODE_AND_SHORT_NUMBER = re.compile(r"0\d{2,3}?(1\d{2}|1\d{4}|9\d{4})")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋", "0123456789+")  # from Chinese keyboards


@dataclass(frozen=True)
class Hotline:
    """One number; `number` is what to dial where the person is, `country` where it is answered."""

    id: str
    number: str | None
    dial_from_abroad: str | None
    name: str
    name_english: str
    purpose: str
    hours: str | None
    languages: str | None
    regions: tuple[str, ...]
    country: str
    confidence: str
    status: str
    needs: tuple[str, ...] = ()

    @property
    def confirmed(self) -> bool:
        """Whether a reply may show it."""
        return self.status == "active" and self.confidence != "low" and self.number is not None


class Hotlines:
    """Every number of data/knowledge, chosen by place and need."""

    def __init__(
        self,
        china: Mapping[str, Hotline],
        china_needs: Mapping[str, tuple[str, ...]],
        abroad: Mapping[str, Iterable[Hotline]],
        without_consular_centre: Iterable[str],
        order: Mapping[str, tuple[str, ...]],
    ) -> None:
        everything = [*china.values(), *(hotline for local in abroad.values() for hotline in local)]
        self._by_digits = _index(one for one in everything if not _is_short_abroad(one))
        self._by_digits_there = {country: _index(local) for country, local in abroad.items()}
        self._dialable = frozenset(
            number for one in everything if one.confirmed for number in (one.number, one.dial_from_abroad) if number
        ) | frozenset(
            # Purposes are printed too; that of an old number names the one to dial instead.
            number
            for one in everything
            if one.confirmed or one.status == "do_not_use"
            for number in _NUMBER_IN_TEXT.findall(one.purpose)
        )
        self._china = {
            need: tuple(china[name] for name in names if china[name].confirmed) for need, names in china_needs.items()
        }
        self._abroad = {country: tuple(one for one in local if one.confirmed) for country, local in abroad.items()}
        # As somebody abroad must dial it; `number` is always what to print.
        self._consular_centre = tuple(replace(one, number=one.dial_from_abroad) for one in self._china["consular"])
        self._without_consular_centre = frozenset(without_consular_centre)
        self._order = dict(order)

    @classmethod
    def load(cls, folder: Path) -> Hotlines:
        sorting = load_entry(folder / "hotline_needs.yml")
        sorting.check_fields(["order", "emergency", "china", "abroad"])
        order = sorting.entry("order")
        order.check_fields(["china", "abroad"])
        china = read_china_hotlines(folder / "hotlines.yml")
        china_needs = _read_china_needs(sorting.entry("china"), china)
        abroad: dict[str, tuple[Hotline, ...]] = {}
        without_consular_centre = []
        for destination in load_entries(folder / "destinations.yml"):
            code = destination.text("code")
            local = _with_needs(sorting.entry("abroad"), code, read_local_hotlines(destination))
            abroad[code] = (*_read_emergency_numbers(destination, sorting.entry("emergency")), *local)
            if not any(_is_consular_centre(entry) for entry in destination.entries("hotlines")):
                without_consular_centre.append(code)
        for code in sorting.entry("abroad"):
            if code not in abroad:
                sorting.entry("abroad").refuse(f"{code} is no country of destinations.yml", code)
        return cls(
            {name: replace(one, needs=_needs_of(name, china_needs)) for name, one in china.items()},
            china_needs,
            abroad,
            without_consular_centre,
            {place: _read_needs(order, place) for place in order},
        )

    def emergency(self, country: str | None, province: str | None = None) -> list[Hotline]:
        """The few numbers for somebody in danger, in the order to dial them; None when the place is not known."""
        if country is None:
            return [*self._in_china("police", province)[:1], *self._consular_centre[:1]]
        if country == CHINA:
            return self._in_china("police", province)
        consular = self._abroad_for("consular", country)
        embassy = [one for one in consular if "大使馆" in one.name] or consular
        return _each_number_once(
            [
                *self._abroad_for("police", country),
                *self._centre_for(country),
                *embassy,
                *self._abroad_for("trafficking", country),
            ]
        )

    def for_place(self, country: str | None, province: str | None = None) -> list[Hotline]:
        """Everything there is in one place, most useful first."""
        order = self._order["china" if country in (None, CHINA) else "abroad"]
        found = [one for need in order for one in self._for_need_there(need, country, province)]
        return _each_number_once([*self.emergency(country, province), *found])

    def for_need(self, need: str, country: str | None = None, province: str | None = None) -> list[Hotline]:
        """Whom to call about one thing, where the person is; abroad the consular lines where nobody local is known."""
        if need not in NEEDS:
            raise ValueError(f"{need!r} is no need; one of {', '.join(NEEDS)}")
        found = self._for_need_there(need, country, province)
        if not found and country not in (None, CHINA):
            found = self._for_need_there("consular", country, province)
        return _each_number_once(found)

    def recognise(self, number: str, country: str | None = None) -> Hotline | None:
        """Name a number however it is written; old and doubtful ones too, so look at `confirmed`.

        Short numbers of other countries (119, 999) are named for that country only: elsewhere they mean something else.
        """
        digits = _canonical(number)
        for index in (self._by_digits_there.get(country or "", {}), self._by_digits):
            if digits in index:
                return index[digits]
        elsewhere = _AREA_CODE_AND_SHORT_NUMBER.fullmatch(_digits(number))
        return self._by_digits.get(elsewhere[1]) if elsewhere else None

    def dialable_numbers(self) -> set[str]:
        """Every number that a reply may print."""
        return set(self._dialable)

    def _for_need_there(self, need: str, country: str | None, province: str | None) -> list[Hotline]:
        if country == CHINA:
            return self._in_china(need, province)
        if country is None:
            abroad = self._consular_centre if need in ("police", "ambulance") else ()
            return [*self._in_china(need, province), *abroad]
        centre = self._centre_for(country) if need == "consular" else ()
        return [*centre, *self._abroad_for(need, country)]

    def _in_china(self, need: str, province: str | None) -> list[Hotline]:
        regions = {CHINA, province, f"{CHINA}-{province}"}
        return [one for one in self._china.get(need, ()) if regions.intersection(one.regions)]

    def _abroad_for(self, need: str, country: str) -> list[Hotline]:
        return [one for one in self._abroad.get(country, ()) if need in one.needs]

    def _centre_for(self, country: str) -> tuple[Hotline, ...]:
        """12308, except where the Foreign Ministry is not in charge (Hong Kong, Macao)."""
        return () if country in self._without_consular_centre else self._consular_centre


def read_china_hotlines(path: Path) -> dict[str, Hotline]:
    hotlines: dict[str, Hotline] = {}
    for entry in load_entries(path):
        entry.check_fields(_CHINA_FIELDS, ["note"])
        check_sources(entry)
        name = entry.text("id")
        if name in hotlines:
            entry.refuse(f"id {name!r} is given twice", "id")
        status = entry.choice("status", STATUSES)
        confidence = entry.choice("confidence", CONFIDENCES)
        hotlines[name] = Hotline(
            id=name,
            number=_read_number(entry, "number"),
            dial_from_abroad=_read_number(entry, "dial_from_abroad"),
            name=entry.text("name_zh"),
            name_english=entry.text("name_en"),
            purpose=entry.text("for_zh"),
            hours=entry.optional_text("hours"),
            languages=None,
            regions=entry.texts("regions"),
            country=CHINA,
            confidence=confidence,
            status=status,
        )
    return hotlines


def read_local_hotlines(destination: Entry) -> tuple[Hotline, ...]:
    """The numbers of one country, one by one; 12308 is left to hotlines.yml."""
    return tuple(
        hotline
        for entry in destination.entries("hotlines")
        if not _is_consular_centre(entry)
        for hotline in _read_local_hotline(destination, entry)
    )


def split_numbers(text: str) -> tuple[str, ...]:
    """Several numbers written into one field, each by itself."""
    return tuple(text.split(" / "))


def check_sources(entry: Entry, name: str = "sources") -> None:
    """A fact without a source is no fact here."""
    sources = entry.entries(name)
    if not sources:
        entry.refuse(f"{name} is empty", name)
    for source in sources:
        source.check_fields(["url", "seen"])
        source.text("url")


def _is_consular_centre(entry: Entry) -> bool:
    return entry.text("number").startswith(CENTRAL_CONSULAR_LINE)


def _read_local_hotline(destination: Entry, entry: Entry) -> Iterator[Hotline]:
    entry.check_fields(_LOCAL_FIELDS, ["note"])
    check_sources(entry)
    code = destination.text("code")
    numbers = split_numbers(entry.text("number"))
    abroad = entry.optional_text("dial_from_abroad")
    names = _names_in_order(entry, len(numbers))
    for number, name in zip(numbers, names, strict=True):
        _check_number(entry, number, "number")
        # A number with a remark ("may not work from abroad") is not confirmed, so it is not handed out.
        own = number if number.startswith("+") else None if len(numbers) > 1 or _REMARK.search(abroad or "") else abroad
        if own:
            _check_number(entry, own, "dial_from_abroad")
        yield Hotline(
            id=f"{code.lower()}_{_digits(number)}",
            number=number,
            dial_from_abroad=own,
            name=name,
            name_english=entry.text("name_en"),
            purpose=entry.text("for_zh"),
            hours=entry.optional_text("hours"),
            languages=entry.optional_text("languages"),
            regions=(code,),
            country=code,
            confidence=entry.choice("confidence", CONFIDENCES),
            status="active",
            needs=("consular",) if entry.text("name_en").startswith("Chinese embassy/consulate") else (),
        )


def _names_in_order(entry: Entry, count: int) -> list[str]:
    """驻大阪/福冈总领馆(按顺序)… is two names; any other name holds for each of its numbers."""
    name = entry.text("name_zh")
    several = _PLACES_IN_ORDER.fullmatch(name)
    if not several:
        return [name] * count
    offices = [_OFFICE.fullmatch(group) for group in several["places"].split("、")]
    names = [
        f"驻{city}{office['office']}{several['purpose']}"
        for office in offices
        if office
        for city in office["cities"].split("/")
    ]
    if None in offices or len(names) != count:
        entry.refuse(f"name_zh names {len(names)} places for {count} numbers", "name_zh")
    return names


def _read_emergency_numbers(destination: Entry, titles: Entry) -> list[Hotline]:
    emergency = destination.entry("emergency")
    hotlines = []
    for need in ("police", "ambulance"):
        title = titles.entry(need)
        for position, number in enumerate(split_numbers(emergency.optional_text(need) or "")):
            if not number:
                continue
            _check_number(emergency, number, need)
            hotlines.append(
                Hotline(
                    id=f"{destination.text('code').lower()}_{need}" + (f"_{position + 1}" if position else ""),
                    number=number,
                    dial_from_abroad=number if number.startswith("+") else None,
                    name=destination.text("name_zh") + title.text("name_zh"),
                    name_english=f"{title.text('name_en')}, {destination.text('name_en')}",
                    purpose=title.text("for_zh"),
                    hours=None,
                    languages=None,
                    regions=(destination.text("code"),),
                    country=destination.text("code"),
                    confidence=destination.choice("confidence", CONFIDENCES),
                    status="active",
                    needs=(need,),
                )
            )
    return hotlines


def _read_number(entry: Entry, name: str) -> str | None:
    number = entry.optional_text(name)
    if number is not None:
        _check_number(entry, number, name)
    return number


def _check_number(entry: Entry, number: str, name: str) -> None:
    if not _NUMBER.fullmatch(number):
        entry.refuse(f"{name} {number!r} is no telephone number", name)


def _read_needs(entry: Entry, name: str) -> tuple[str, ...]:
    needs = entry.texts(name)
    for need in needs:
        entry.check_choice(need, NEEDS, name)
    return needs


def _read_china_needs(sorting: Entry, china: Mapping[str, Hotline]) -> dict[str, tuple[str, ...]]:
    needs = {}
    for need in sorting:
        sorting.check_choice(need, NEEDS, need)
        needs[need] = sorting.texts(need)
        for name in needs[need]:
            if name not in china:
                sorting.refuse(f"{name} is no entry of hotlines.yml", need)
    if "consular" not in needs or "police" not in needs:
        sorting.refuse("police and consular need numbers")
    for name, hotline in china.items():
        if hotline.status != "do_not_use" and not _needs_of(name, needs):
            sorting.refuse(f"{name} of hotlines.yml is good for nothing here")
    return needs


def _needs_of(name: str, needs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(need for need, names in needs.items() if name in names)


def _with_needs(sorting: Entry, code: str, hotlines: Iterable[Hotline]) -> list[Hotline]:
    rows = sorting.entry(code) if code in sorting else None
    needs = {number: _read_needs(rows, number) for number in rows} if rows is not None else {}
    sorted_hotlines = []
    for hotline in hotlines:
        own = needs.pop(hotline.number or "", ()) or hotline.needs
        if not own:
            (sorting if rows is None else rows).refuse(f"{hotline.number} of {code} is good for nothing here")
        sorted_hotlines.append(replace(hotline, needs=own))
    if rows is not None and needs:
        number = next(iter(needs))
        rows.refuse(f"{number} is no number of {code} in destinations.yml", number)
    return sorted_hotlines


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number.translate(_FULL_WIDTH))


def _canonical(number: str) -> str:
    """One spelling for 010-65612308, 0086 10 65612308 and +86-10-65612308; a short number stays as it is."""
    digits = _digits(number)
    if len(digits) >= 8 and digits.startswith("00"):
        return digits[2:]
    if len(digits) >= 8 and digits.startswith("0"):
        return "86" + digits[1:]
    return digits


def _is_short_abroad(hotline: Hotline) -> bool:
    return hotline.country != CHINA and len(_digits(hotline.number or "")) < 6


def _index(hotlines: Iterable[Hotline]) -> dict[str, Hotline]:
    index: dict[str, Hotline] = {}
    for hotline in sorted(hotlines, key=lambda one: not one.confirmed):  # stable: a confirmed namesake wins
        for number in (hotline.number, hotline.dial_from_abroad):
            if number:
                digits = _canonical(number)
                index.setdefault(digits, hotline)
                if digits.startswith("8610"):  # Beijing numbers are often quoted without the area code
                    index.setdefault(digits.removeprefix("8610"), hotline)
    return index


def _each_number_once(hotlines: Iterable[Hotline]) -> list[Hotline]:
    once: dict[str, Hotline] = {}
    for hotline in hotlines:
        once.setdefault(_canonical(hotline.dial_from_abroad or hotline.number or ""), hotline)
    return list(once.values())
