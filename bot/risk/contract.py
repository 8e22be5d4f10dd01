"""Checks a contract clause by clause: what it says, what it leaves out, what no contract may say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.language.normalization import LONGEST_UNDERSTOOD, normalize
from bot.risk.contract_tables import (
    AGREEMENT,
    KINDS,
    LABOUR_ABROAD,
    LABOUR_CHINA,
    SERVICE,
    Clause,
    ContractTables,
    Fault,
    Ground,
)
from bot.risk.status import PRESENT, Mention

__all__ = [
    "AGREEMENT",
    "BLANK",
    "DOUBTFUL",
    "FOUND",
    "KINDS",
    "LABOUR_ABROAD",
    "LABOUR_CHINA",
    "MISSING",
    "SERVICE",
    "UNLAWFUL",
    "ClauseCheck",
    "ContractCheck",
    "ContractTables",
    "Finding",
    "Quote",
    "check_contract",
    "kind_of_contract",
    "looks_like_contract",
]

#: `doubtful`: dangerous, yet no law was confirmed that forbids it for this kind of contract.
FOUND, MISSING, DOUBTFUL, UNLAWFUL, BLANK = "present", "missing", "doubtful", "unlawful", "blank"
_CERTAIN, _LIKELY = 0.9, 0.75
#: Longer papers are cut here; the gateway takes fewer pages than that.
_LONGEST_CONTRACT = 60_000
_SHORTEST_CONTRACT = 160
_HEAD = 160
_TITLE = 5
_MOST_WORDS = 6
_ENDS = "。;!?\n"
#: How far beside a hit an exception may stand and still speak of it.
_BESIDE = 8
_LONGEST_QUOTE = 60
_MOST_HITS = 3
_ITEM = re.compile(
    r"第[一二三四五六七八九十百0-9]{1,4}[条章款]|[一二三四五六七八九十]{1,3}[、.]|[0-9]{1,2}[、.)](?![0-9])"
    r"|\([一二三四五六七八九十0-9]{1,2}\)|[•●■◆※*]|[^:,。()\n]{2,7}:|[甲乙丙]方\([^)]{0,10}\):?"
)
#: What a page of a contract is made of: numbered items, articles, labelled lines.
_FORM_ITEM = re.compile(rf"(?:^|\n)(?:{_ITEM.pattern}|[^:,。\n]{{2,8}}:)|第[一二三四五六七八九十0-9]{{1,3}}条")
_BLANK = re.compile(r"_+|(?<=[:为是]) {2,}| +年 +月( +日)?|□+|\( *\)|(?<=[:为是])-{2}|(?<=[:为是])\.{2}|待定|待填")
_HAN = re.compile("[\u4e00-\u9fff]")
_KANA_OR_HANGUL = re.compile("[\u3041-\u30ff\uac00-\ud7a3]")
_FEWEST_HAN = 40


@dataclass(frozen=True)
class Quote:
    """Words of the contract; `start` and `end` are offsets in the text that was handed in."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Finding:
    """A line that must not be there, and what it goes against; `core` are the words of it that say so."""

    fault: Fault
    ground: Ground
    quote: Quote
    core: Quote

    @property
    def unlawful(self) -> bool:
        return self.ground.binding


@dataclass(frozen=True)
class ClauseCheck:
    """`ground` is why it should be there (None: no law was confirmed to demand it); quotes are where it is said."""

    clause: Clause
    status: str
    ground: Ground | None
    quotes: tuple[Quote, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class ContractCheck:
    """What was read. `partial`: beginning or end was not in the text, so what is missing may stand elsewhere.

    `foreign`: there is no Chinese in it; then only the clause `language` is judged, beside lines found in English.
    """

    kind: str
    clauses: tuple[ClauseCheck, ...]
    blanks: tuple[Quote, ...]
    partial: bool
    foreign: bool

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, gravest first; among equals what a law forbids comes first."""
        every = [finding for one in self.clauses for finding in one.findings]
        return tuple(sorted(every, key=lambda one: (-one.fault.weight, not one.unlawful, one.quote.start)))

    @property
    def missing(self) -> tuple[ClauseCheck, ...]:
        """What is not in it; first what a law demands."""
        gone = [one for one in self.clauses if one.status == MISSING]
        return tuple(sorted(gone, key=lambda one: one.ground is None))

    def mentions(self) -> tuple[Mention, ...]:
        """The lines that are signs of taxonomy.yml, as if the person had told them."""
        found = [
            Mention(
                one.fault.indicator,
                PRESENT,
                _CERTAIN if one.unlawful else _LIKELY,
                one.quote.text,
                one.quote.start,
                one.quote.end,
            )
            for one in self.findings
            if one.fault.indicator
        ]
        found += [Mention("contract_irregularity", PRESENT, _LIKELY, q.text, q.start, q.end) for q in self.blanks]
        return tuple(found)


@dataclass(frozen=True)
class _Reading:
    """The contract in one plain spelling without blanks; `offsets` as in NormalizedText.

    A newline stands only where a sentence or an item ends, not where a line of the page was full.
    """

    text: str
    offsets: tuple[int, ...]
    original: str

    def quote(self, start: int, end: int) -> Quote:
        first, last = self.offsets[start], self.offsets[end - 1] + 1
        return Quote(self.original[first:last], first, last)


def looks_like_contract(text: str, tables: ContractTables) -> bool:
    """Whether it is worth checking as a contract: a page of one is, a clause or two, a chat or an advert is not."""
    read = _read(text, tables).text
    if len(read) < _SHORTEST_CONTRACT:
        return False
    form = tables.form
    if sum(read.count(word) for word in form["foreign"]) >= 8:
        return True
    first, second = (sum(read.count(word) for word in form[side]) for side in ("first", "second"))
    if not (first and second) or first + second < 4:
        return False
    adverts = sum(word in read for word in form["adverts"])
    if adverts >= 2 and first + second < 6:
        return False
    items = len(_FORM_ITEM.findall(read))
    return items + sum(read.count(word) for word in form["words"]) >= 3


def kind_of_contract(text: str, tables: ContractTables) -> str | None:
    """Return which of KINDS it is, from its title and its words; None where nothing tells."""
    read = _read(text, tables).text
    head = read[:_HEAD]
    abroad = sum(word in read for word in tables.abroad) >= 2 or not _has_chinese(text)
    scores: dict[str, int] = {}
    for name, kind in tables.kinds.items():
        if name in ((LABOUR_CHINA,) if abroad else (LABOUR_ABROAD, SERVICE)):
            continue
        words = sum(1 for pattern in kind.words if pattern.search(read))
        scores[name] = _TITLE * any(pattern.search(head) for pattern in kind.title) + min(words, _MOST_WORDS)
    best = max(scores, key=lambda name: (scores[name], name == AGREEMENT))  # no licence named, no licence believed
    return best if scores[best] >= 2 else None


def check_contract(text: str, tables: ContractTables, kind: str | None = None) -> ContractCheck:
    """Check every clause; `kind` is found by itself when it is not given, an unknown one is an agreement."""
    kind = kind or kind_of_contract(text, tables) or AGREEMENT
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of contract; one of {', '.join(KINDS)}")
    read = _read(text, tables)
    foreign = not _has_chinese(text)
    found = _findings(read, tables.faults, kind)
    checks = [
        _check_clause(clause, kind, read, [one for one in found if one.fault.clause == clause.id], foreign)
        for clause in tables.clauses
    ]
    return ContractCheck(
        kind=kind,
        clauses=tuple(check for check in checks if check),
        blanks=() if foreign else tuple(_blanks(text, tables.form)),
        partial=not foreign and _is_partial(read, tables),
        foreign=foreign,
    )


def _check_clause(
    clause: Clause, kind: str, read: _Reading, findings: list[Finding], foreign: bool
) -> ClauseCheck | None:
    """Return nothing for a clause that this kind of contract need not have and does not spoil."""
    wanted = kind in clause.kinds
    by_language = clause.id == "language"
    if not findings and (not wanted or (foreign and not by_language)):
        return None
    quotes = _quotes(read, clause.recognise)
    said = not foreign if by_language else bool(quotes)
    if any(one.unlawful for one in findings):
        status = UNLAWFUL
    elif findings:
        status = DOUBTFUL
    else:
        status = FOUND if said else MISSING
    if by_language and foreign:
        status = MISSING
    return ClauseCheck(clause, status, clause.kinds.get(kind), quotes, tuple(findings))


def _quotes(read: _Reading, patterns: Iterable[re.Pattern[str]]) -> tuple[Quote, ...]:
    for pattern in patterns:
        match = pattern.search(read.text)
        if match and match.end() > match.start():
            return (read.quote(*match.span()),)
    return ()


def _findings(read: _Reading, faults: Iterable[Fault], kind: str) -> list[Finding]:
    found: list[Finding] = []
    for fault in faults:
        ground = fault.kinds.get(kind)
        if ground is None:
            continue
        for start, end in _hits(read.text, fault):
            line = read.quote(*_around(read.text, start, end))
            found.append(Finding(fault, ground, line, read.quote(start, end)))
    return found


def _hits(text: str, fault: Fault) -> list[tuple[int, int]]:
    """Return where the fault stands, each place once, without what an exception of the table speaks of."""
    spans = sorted({match.span() for pattern in fault.patterns for match in pattern.finditer(text)})
    kept: list[tuple[int, int]] = []
    for start, end in spans:
        if kept and start < kept[-1][1]:
            continue
        if not _excepted(text, start, end, fault.unless):
            kept.append((start, end))
    return kept[:_MOST_HITS]


def _excepted(text: str, start: int, end: int, unless: Iterable[re.Pattern[str]]) -> bool:
    first = max((text.rfind(mark, 0, start) for mark in _ENDS), default=-1) + 1
    ends = [place for place in (text.find(mark, end) for mark in _ENDS) if place >= 0]
    last = min(ends, default=len(text))
    first, last = max(first, start - 60), min(last, end + 60)
    sentence = text[first:last]
    return any(
        first + match.end() > start - _BESIDE and first + match.start() < end + _BESIDE
        for pattern in unless
        for match in pattern.finditer(sentence)
    )


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a hit to the clause it stands in, as far as a quote may be long."""
    breaks = _ENDS + ",、"
    while start > 0 and text[start - 1] not in breaks and end - start < _LONGEST_QUOTE:
        start -= 1
    while end < len(text) and text[end] not in breaks and end - start < _LONGEST_QUOTE:
        end += 1
    return start, end


def _blanks(text: str, form: Mapping[str, tuple[str, ...]]) -> Iterable[Quote]:
    """Fields that matter and were not filled in; those for signing are empty in every draft."""
    plain, offsets = _normalized(text)
    for match in _BLANK.finditer(plain):
        line = plain.rfind("\n", 0, match.start()) + 1
        before = plain[max(line, match.start() - 16) : match.start()].rstrip(" ")
        before = re.split(r"[,。;_]", before)[-1]
        label = before.rstrip(":()、")
        if label.endswith(form["signing"]) or label in form["first"]:
            continue
        after = plain[match.end() : match.end() + 4].lstrip(" ")
        matters = any(word in before for word in form["blank"]) or after.startswith(form["blank_after"])
        if matters and before.strip():
            first = offsets[match.start() - len(before)] if before else offsets[match.start()]
            last = offsets[match.end()] if match.end() < len(offsets) else len(text)  # a run was cut when normalised
            yield Quote(text[first:last], first, last)


def _has_chinese(text: str) -> bool:
    """Whether enough of it is Chinese; Japanese is told by kana in its lines."""
    chinese = sum(len(_HAN.findall(line)) for line in text.splitlines() if not _KANA_OR_HANGUL.search(line))
    everything = len(_HAN.findall(text))
    if len(_KANA_OR_HANGUL.findall(text)) < max(20, everything // 10):
        chinese = everything
    letters = sum(character.isalpha() for character in text)
    return chinese >= _FEWEST_HAN or chinese * 3 >= letters


def _is_partial(read: _Reading, tables: ContractTables) -> bool:
    head, tail = read.text[:_HEAD], read.text[-_HEAD:]
    titled = any(pattern.search(head) for kind in tables.kinds.values() for pattern in kind.title)
    begun = titled or bool(re.search(r"[甲乙]方(\([^)]{0,12}\))?:|用人单位.{0,8}:", head))
    ended = bool(
        re.search(
            r"签字|签名|签章|盖章|签署|手印|签订日期|(承诺|借款|担保|保证|欠款)人:|[0-9]年[0-9]{1,2}月[0-9]{1,2}日$",
            tail,
        )
    )
    return not (begun and ended)


def _normalized(text: str) -> tuple[str, list[int]]:
    """Normalise as messages are, also what is longer than a message."""
    characters: list[str] = []
    offsets: list[int] = []
    for start in range(0, min(len(text), _LONGEST_CONTRACT), LONGEST_UNDERSTOOD):
        part = normalize(text[start : start + LONGEST_UNDERSTOOD])
        characters.append(part.text)
        offsets += [start + offset for offset in part.offsets[:-1]]
    return "".join(characters), offsets


def _read(text: str, tables: ContractTables) -> _Reading:
    plain, offsets = _normalized(text)
    lines = [(match.start(), match.group()) for match in re.finditer(r"[^\n]+", plain) if match.group().strip()]
    characters: list[str] = []
    kept: list[int] = []
    for number, (start, line) in enumerate(lines):
        if number and _ends_before(lines[number - 1][1].strip(), line.strip()):
            characters.append("\n")
            kept.append(offsets[start])
        for place, character in enumerate(line, start):
            if character != " ":
                characters.append(character)
                kept.append(offsets[place])
    joined = "".join(characters)
    for wrong, right in tables.ocr.items():
        if wrong in joined:
            joined = joined.replace(wrong, right)
    return _Reading(joined, (*kept, len(text)), text)


def _ends_before(previous: str, line: str) -> bool:
    """Whether a new line of the page begins something new, or only goes on where the page was full."""
    return previous[-1] in "。;!?:" or bool(_ITEM.match(line))
