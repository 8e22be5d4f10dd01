"""What is said about a contract: short, with the worst first, and never that it is safe."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.replies.contract import ContractReply
from bot.replies.texts import Texts
from bot.risk.contract import ContractCheck, ContractTables, check_contract
from tests.case_files import CASES
from tests.reply_checks import faults_of

ROOT = Path(__file__).parents[2]
CONTRACTS: list[dict[str, Any]] = [
    case for case in yaml.safe_load((CASES / "contracts.yml").read_text(encoding="utf-8")) if case["contract"]
]
SAFE = ("安全的", "放心", "没问题", "可以签", "靠谱", "正规")


@lru_cache(maxsize=1)
def tables() -> ContractTables:
    return ContractTables.load(ROOT / "data/knowledge")


@lru_cache(maxsize=1)
def reply() -> ContractReply:
    return ContractReply(Texts.load(ROOT / "domain.yml"), tables())


def checked(file: str, kind: str | None = None) -> ContractCheck:
    return check_contract((CASES / "contracts" / file).read_text(encoding="utf-8"), tables(), kind)


@pytest.mark.parametrize("case", CONTRACTS, ids=lambda case: case["why"])
def test_every_bubble_fits_a_phone_and_promises_nothing(case: dict[str, Any]) -> None:
    check = checked(case["file"], case.get("given"))
    main, more = reply().main(check), reply().more(check)
    assert len(main) == 2 and more
    for bubble in (*main, *more):
        assert bubble.text.count("\n") < 12, bubble.text
        assert len(bubble.text) <= 280, bubble.text
        assert faults_of(bubble.text) == []
        assert not [word for word in SAFE if word in bubble.text]
    assert "不是律师意见" in main[1].text and "骗人" in main[1].text and "拍照" in main[1].text


@pytest.mark.parametrize("case", CONTRACTS, ids=lambda case: case["why"])
def test_the_second_list_names_every_clause(case: dict[str, Any]) -> None:
    check = checked(case["file"], case.get("given"))
    text = "\n".join(bubble.text for bubble in reply().more(check))
    assert all(one.clause.chinese in text for one in check.clauses)
    assert all(one.fault.ask in text for one in check.findings)


def test_the_worst_four_lines_come_first_with_their_reasons() -> None:
    first = reply().main(checked("uae_predatory.txt"))[0].text
    assert first.splitlines()[0] == "我看了，这像是跟国外老板签的劳动合同。"
    assert first.count("“") == 4 + 1 + 1  # four lines, the word in a reason, the name of the other list
    assert "⛔ “护照及手机统一交甲方保管”：证件只能你自己拿，谁也不能扣。" in first
    assert "还有10处" in first


def test_what_is_missing_is_named_with_what_the_law_demands_first() -> None:
    second = reply().main(checked("labour_china_predatory.txt"))[1].text
    assert second.startswith("法律要写、这里没看到：在哪里干、")
    assert "12333" in second
    assert "12345" in reply().main(checked("uae_predatory.txt"))[1].text


def test_a_contract_that_looks_complete_can_still_be_a_lie() -> None:
    first, second = reply().main(checked("service_lawful_japan.txt"))
    assert "也可能是骗人的" in first.text and "大体都写到了" in second.text


def test_a_single_page_lacks_nothing_for_certain() -> None:
    check = checked("partial_page.txt", "service")
    main = "\n".join(bubble.text for bubble in reply().main(check))
    assert "只有一部分" in main and "可能在别的页" in main and "法律要写" not in main
    assert "法律说要写" not in "\n".join(bubble.text for bubble in reply().more(check))


def test_a_foreign_contract_asks_for_a_chinese_one() -> None:
    first = reply().main(checked("english_uae.txt"))[0].text
    assert "没有中文" in first and "要一份中文的" in first and "“Employer shall keep" in first


def test_fields_left_empty_are_named() -> None:
    assert "空着没填：工作地点、工种、国外雇主、" in reply().main(checked("service_template_blank.txt"))[1].text


def test_no_number_of_somebody_is_repeated() -> None:
    text = "第一条 乙方护照13812345678由甲方保管。第二条 乙方身份证532101199001011234由甲方保管。"
    bubbles = [b.text for b in reply().main(check_contract(text, tables(), "service"))]
    bubbles += [b.text for b in reply().more(check_contract(text, tables(), "service"))]
    assert "护照" in bubbles[0]
    assert not any("1381234" in text or "5321011990" in text for text in bubbles)


def test_the_table_is_written_for_people() -> None:
    """What the table has said is short, Chinese, and names no number."""
    for fault in tables().faults:
        assert len(fault.why) <= 24 and len(fault.ask) <= 30, fault.id
        assert faults_of(fault.why + fault.ask) == []
        assert not any(letter.isascii() and letter.isalpha() for letter in fault.why + fault.ask)
    for clause in tables().clauses:
        assert len(clause.chinese) <= 12 and "、" not in clause.chinese
