"""What is said about a contract that somebody sent: the worst lines first, then what is missing, then what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.replies.composer import Bubble
from bot.replies.texts import Texts
from bot.risk.contract import LABOUR_CHINA, MISSING, ClauseCheck, ContractCheck, ContractTables, Finding, Quote
from bot.risk.contract_tables import Ground

_MOST_LINES_QUOTED = 4
_MOST_NAMES = 6
_MOST_BLANKS = 6
_LONGEST_QUOTE = 24
_LONGEST_FIELD = 8
#: A page of the second list fits a phone.
_PAGE_LINES = 12
_PAGE_CHARACTERS = 240
_UNLAWFUL_MARK, _DOUBTFUL_MARK = "⛔", "⚠️"
#: Only between two Latin words does the end of a line stand for a blank.
_BROKEN_LINE = re.compile(r"(?<![A-Za-z])\s*\n\s*|\s*\n\s*(?![A-Za-z])")
_BLANK_IN_CHINESE = re.compile(r"(?<![A-Za-z0-9,.]) | (?![A-Za-z0-9])")
_ITEM_NUMBER = re.compile(r"^(?:第[一二三四五六七八九十0-9]+条|[一二三四五六七八九十0-9]{1,2}[、.．)])\s*")
#: Neither a telephone number nor an account in a contract is repeated.
_NUMBER_OF_SOMEBODY = re.compile(r"\+?[0-9０-９A-Za-z](?:[ -]?[0-9０-９XxＸ]){6,}")


class ContractReply:
    """`texts` says it; `tables` name the kinds of contract. No answer calls a contract safe."""

    def __init__(self, texts: Texts, tables: ContractTables) -> None:
        self._say = texts.say
        self._tables = tables

    def main(self, check: ContractCheck) -> list[Bubble]:
        """Two bubbles: what it is with the worst lines; what is missing with what to do."""
        return [Bubble("\n".join(self._worst(check))), Bubble("\n".join(self._lacking(check)))]

    def more(self, check: ContractCheck) -> list[Bubble]:
        """Every clause, in pages of at most twelve lines; the title counts as one."""
        entries = [entry for one in check.clauses for entry in self._entries(one, check.partial)]
        demanded = [one.ground for one in check.missing if one.ground]
        if demanded and not check.partial:
            entries.append(self._say("utter_contract_missing_ground", laws=_laws(demanded)))
        pages: list[list[str]] = [[]]
        for entry in entries:
            lines = "\n".join([*pages[-1], entry])
            if pages[-1] and (lines.count("\n") + 2 > _PAGE_LINES or len(lines) > _PAGE_CHARACTERS):
                pages.append([])
            pages[-1].append(entry)
        return [
            Bubble("\n".join([self._say("utter_contract_page", page=number, pages=len(pages)), *page]))
            for number, page in enumerate(pages, 1)
        ]

    def _worst(self, check: ContractCheck) -> list[str]:
        if check.foreign:
            lines = [self._say("utter_contract_foreign")]
        else:
            lines = [self._say("utter_contract_kind", kind=self._tables.kinds[check.kind].chinese)]
        if check.partial:
            lines.append(self._say("utter_contract_partial"))
        every = _one_each(check.findings)
        if not every:
            name = "utter_contract_no_bad_line_foreign" if check.foreign else "utter_contract_no_bad_line"
            return [*lines, self._say(name)]
        lines.append(self._say("utter_contract_worst"))
        lines += [
            self._say(
                "utter_contract_worst_line",
                mark=_UNLAWFUL_MARK if one.unlawful else _DOUBTFUL_MARK,
                quote=_shown(one),
                why=one.fault.why,
            )
            for one in every[:_MOST_LINES_QUOTED]
        ]
        rest = len(every) - _MOST_LINES_QUOTED
        return [*lines, self._say("utter_contract_more_lines", count=rest)] if rest > 0 else lines

    def _lacking(self, check: ContractCheck) -> list[str]:
        lines = [] if check.foreign else self._missing(check)
        if check.blanks:
            fields = dict.fromkeys(filter(None, map(_field, check.blanks)))
            names = "、".join(list(fields)[:_MOST_BLANKS])
            lines.append(
                self._say("utter_contract_blank", names=names) if names else self._say("utter_contract_blanks")
            )
        steps = "utter_contract_steps_china" if check.kind == LABOUR_CHINA else "utter_contract_steps"
        return [*lines, self._say(steps), self._say("utter_contract_caution")]

    def _missing(self, check: ContractCheck) -> list[str]:
        by_law = [one for one in check.missing if one.ground]
        advised = [one for one in check.missing if not one.ground]
        if check.partial:
            name = "utter_contract_missing_other_page"
            return [self._say(name, names=_names([*by_law, *advised]))] if check.missing else []
        lines = [self._say("utter_contract_missing_law", names=_names(by_law))] if by_law else []
        if advised:
            lines.append(self._say("utter_contract_missing_advised", names=_names(advised)))
        return lines or ([] if check.blanks else [self._say("utter_contract_complete")])

    def _entries(self, one: ClauseCheck, partial: bool) -> list[str]:
        """Return a text for each finding of a clause, or one for the whole clause."""
        name = one.clause.chinese
        if one.findings:
            return [self._bad(name, finding) for finding in _one_each(one.findings)]
        if one.status != MISSING:
            return [self._say("utter_contract_found", clause=name)]
        if partial:
            return [self._say("utter_contract_missing_elsewhere", clause=name)]
        if one.ground:
            return [self._say("utter_contract_missing", clause=name)]
        return [self._say("utter_contract_missing_plain", clause=name)]

    def _bad(self, clause: str, finding: Finding) -> str:
        quote, why, ask = _shown(finding), finding.fault.why, finding.fault.ask
        if not finding.unlawful:
            return self._say("utter_contract_doubtful", clause=clause, quote=quote, why=why, ask=ask)
        law, article = _law(finding.ground), finding.ground.article
        return self._say(
            "utter_contract_unlawful", clause=clause, quote=quote, why=why, law=law, article=article, ask=ask
        )


def _law(ground: Ground) -> str:
    return f"《{ground.law}》"


def _one_each(findings: Iterable[Finding]) -> list[Finding]:
    once: dict[str, Finding] = {}
    for finding in findings:
        once.setdefault(finding.fault.id, finding)
    return list(once.values())


def _laws(grounds: Iterable[Ground]) -> str:
    """Return every law once with its articles, as they are read aloud: 《…》第13条、第21条."""
    articles: dict[str, set[str]] = {}
    for ground in grounds:
        articles.setdefault(_law(ground), set()).update(ground.article.split("、"))
    return "；".join(law + "、".join(sorted(found, key=_article_number)) for law, found in articles.items())


def _article_number(article: str) -> int:
    digits = re.sub(r"\D", "", article)
    return int(digits) if digits else 0


def _names(checks: list[ClauseCheck]) -> str:
    return "、".join(one.clause.chinese for one in checks[:_MOST_NAMES]) + ("等" if checks[_MOST_NAMES:] else "")


def _shown(finding: Finding) -> str:
    """Return the line, or where it is too long the words of it that matter, without a number of somebody."""
    words = _on_one_line(finding.quote.text)
    if len(words) > _LONGEST_QUOTE:
        words = _on_one_line(finding.core.text)
    if len(words) <= _LONGEST_QUOTE:
        return words
    return words[: _LONGEST_QUOTE - 1].rstrip("0123456789０１２３４５６７８９.,，") + "…"  # half a sum is a wrong sum


def _on_one_line(text: str) -> str:
    words = " ".join(_BROKEN_LINE.sub("", text).split())
    return _ITEM_NUMBER.sub("", _NUMBER_OF_SOMEBODY.sub("…", _BLANK_IN_CHINESE.sub("", words)))


def _field(blank: Quote) -> str | None:
    """Return the name of a field that was left empty, None where it has none."""
    name = re.split(r"[_ 　:：年□(（.-]", _ITEM_NUMBER.sub("", blank.text.strip()))[0].rstrip("自到至为是")
    return None if not name or "乙方" in name else name[-_LONGEST_FIELD:]
