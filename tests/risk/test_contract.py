"""Contracts of our own, clause by clause: what must be found in each, and what must not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.risk.contract import (
    DOUBTFUL,
    FOUND,
    KINDS,
    MISSING,
    UNLAWFUL,
    ContractCheck,
    ContractTables,
    check_contract,
    kind_of_contract,
    looks_like_contract,
)
from tests.case_files import CASES, load_cases

ROOT = Path(__file__).parents[2]
TABLES = ContractTables.load(ROOT / "data/knowledge")
CONTRACTS: list[dict[str, Any]] = [
    case for case in yaml.safe_load((CASES / "contracts.yml").read_text(encoding="utf-8")) if case["contract"]
]
by_why = {"argvalues": CONTRACTS, "ids": [case["why"] for case in CONTRACTS]}


def text_of(case: dict[str, Any]) -> str:
    return (CASES / "contracts" / case["file"]).read_text(encoding="utf-8")


def checked(case: dict[str, Any]) -> ContractCheck:
    return check_contract(text_of(case), TABLES, case.get("given"))


@pytest.mark.parametrize("case", load_cases("contracts.yml"))
def test_what_is_a_contract(case: dict[str, Any]) -> None:
    assert looks_like_contract(text_of(case), TABLES) is case["contract"]


@pytest.mark.parametrize("case", **by_why)
def test_kind(case: dict[str, Any]) -> None:
    if case["kind"]:
        assert kind_of_contract(text_of(case), TABLES) == case["kind"]
        assert checked(case).kind == case["kind"]


@pytest.mark.parametrize("case", **by_why)
def test_lines_that_must_not_be_there(case: dict[str, Any]) -> None:
    assert {one.fault.id for one in checked(case).findings} == set(case["faults"])


@pytest.mark.parametrize("case", **by_why)
def test_what_is_missing(case: dict[str, Any]) -> None:
    check = checked(case)
    if case["missing"] is not None:
        assert {one.clause.id for one in check.missing} == set(case["missing"])
    assert len(check.blanks) == case.get("blanks", 0), [blank.text for blank in check.blanks]
    assert (check.partial, check.foreign) == (case.get("partial", False), case.get("foreign", False))


@pytest.mark.parametrize("case", **by_why)
def test_quotes_are_the_words_of_the_contract(case: dict[str, Any]) -> None:
    text, check = text_of(case), checked(case)
    quotes = [quote for one in check.clauses for quote in (*one.quotes, *(found.quote for found in one.findings))]
    for quote in (*quotes, *check.blanks, *check.mentions()):
        words = quote.text if hasattr(quote, "text") else quote.evidence
        assert words and text[quote.start : quote.end] == words


def test_no_lawful_contract_has_an_unlawful_line() -> None:
    lawful = [case for case in CONTRACTS if case.get("lawful")]
    assert len(lawful) >= 8
    for case in lawful:
        assert all(one.status in (FOUND, MISSING) for one in checked(case).clauses), case["why"]


def test_precision_and_recall_over_clauses() -> None:
    """Prints what was measured; every clause of every contract counts once, by its status."""
    counts: Counter[tuple[str, str]] = Counter()
    clause_of = {fault.id: fault.clause for fault in TABLES.faults}
    faults: Counter[str] = Counter()
    for case in CONTRACTS:
        found = {one.fault.id for one in checked(case).findings}
        there = {*case["faults"], *case.get("missed", ())}
        faults.update(right=len(found & there), told=len(found), there=len(there))
        if case["missing"] is None:
            continue
        bad = {clause_of[name] for name in case["faults"]}
        for one in checked(case).clauses:
            wanted = "bad" if one.clause.id in bad else MISSING if one.clause.id in case["missing"] else FOUND
            got = "bad" if one.status in (UNLAWFUL, DOUBTFUL) else one.status
            counts[wanted, got] += 1
    print(f"lines: precision {faults['right']}/{faults['told']}, recall {faults['right']}/{faults['there']}")
    assert faults["right"] >= 0.95 * faults["told"] and faults["right"] >= 0.95 * faults["there"]
    for status in ("bad", MISSING, FOUND):
        right = counts[status, status]
        told = sum(count for (_, got), count in counts.items() if got == status)
        there = sum(count for (wanted, _), count in counts.items() if wanted == status)
        print(f"{status}: precision {right}/{told}, recall {right}/{there}")
        assert right >= 0.95 * told and right >= 0.95 * there


LAWFUL_LINES = [
    ("护照由乙方本人保管，甲方不得以任何理由扣押。", "the worker keeps it"),
    ("乙方应提供身份证、护照复印件各一份交甲方存档。", "copies"),
    ("乙方将护照交甲方办理签证，签证办妥后三日内归还乙方。", "handed over for the visa and given back"),
    ("任何单位和个人不得扣押乙方的护照、居留证。", "forbidden to everybody"),
    ("乙方护照遗失的，由甲方协助补办。", "lost passport"),
    ("甲方不得以任何名目向乙方收取押金、保证金。", "no deposit"),
    ("甲方未收取乙方任何押金。", "no deposit was taken"),
    ("总包单位按规定存储农民工工资保证金。", "the company's own wage guarantee"),
    ("双方协商一致，可以解除合同。", "ending by agreement"),
    ("任何一方不得擅自解除合同。", "binds both sides"),
    ("甲方无故解除合同的，应向乙方支付违约金20000元。", "the company pays"),
    ("乙方违反服务期约定的，应按未履行部分支付违约金，不超过甲方支付的专项培训费用30000元。", "paid training"),
    ("乙方违反竞业限制约定的，应支付违约金50000元。", "non-competition"),
    ("乙方违法解除合同造成甲方损失的，依法赔偿实际损失。", "real loss by law"),
    ("甲方依法为乙方缴纳社会保险，不得以任何理由不缴。", "social insurance is paid"),
    ("甲方未依法缴纳社会保险的，乙方可以解除合同。", "the law on leaving, quoted"),
    ("每日工作时间含加班不超过12小时，加班按1.5倍支付。", "an upper bound"),
    ("甲方不得强迫乙方加班，不得拖欠加班费。", "no forced overtime"),
    ("工作时间内不得擅自外出，离开岗位须向班长报告。", "at work only"),
    ("女职工怀孕期间，甲方不得解除合同，不得降低工资。", "pregnant women protected"),
    ("甲方不得因乙方结婚、怀孕解除合同。", "the same the other way round"),
    ("乙方因自杀、斗殴、酗酒造成伤亡的，甲方不承担责任。", "own deeds"),
    ("甲方调整乙方岗位，应当与乙方协商一致并书面变更。", "change by agreement"),
    ("乙方可以向劳动部门投诉、申请仲裁或者向人民法院起诉。", "may complain"),
    ("甲方不得因乙方投诉而打击报复。", "complaints protected"),
    ("乙方死亡的，保险金由其家属领取，甲方通知家属并承担费用。", "family receives"),
    ("甲方不得要求乙方提供担保人或者财产担保。", "no security"),
    ("甲方每月10日前将工资汇入乙方本人账户，不得代领。", "pay to the worker"),
    ("合同解除的，甲方应在三日内一次结清乙方工资。", "settling at the end of the job"),
    ("乙方应保守甲方商业秘密，不得向他人泄露。", "business secrets"),
    ("甲方不得以旅游、商务签证组织乙方出境。", "no tourist visa"),
    ("作业时不得使用手机。", "no phone while working"),
    ("个人所得税和社会保险个人部分由甲方从工资中代扣代缴。", "tax withheld by law"),
]


LINES: dict[str, Any] = yaml.safe_load((CASES / "contract_lines.yml").read_text(encoding="utf-8"))
BAD_LINES = [(fault, line) for fault, lines in LINES["bad"].items() for line in lines]


@pytest.mark.parametrize(("fault", "line"), BAD_LINES, ids=[line for _, line in BAD_LINES])
def test_a_bad_line(fault: str, line: str) -> None:
    (row,) = [one for one in TABLES.faults if one.id == fault]
    for kind in row.kinds:
        assert fault in {one.fault.id for one in check_contract(line, TABLES, kind).findings}


@pytest.mark.parametrize("line", LINES["good"])
def test_a_good_line(line: str) -> None:
    for kind in KINDS:
        assert check_contract(line, TABLES, kind).findings == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("line", "why"), LAWFUL_LINES, ids=[why for _, why in LAWFUL_LINES])
def test_look_alikes_are_not_flagged(line: str, why: str, kind: str) -> None:
    for text in (line, line.rstrip("。"), "本合同双方遵守" + line + "乙方应遵守纪律。"):
        assert [(one.fault.id, one.quote.text) for one in check_contract(text, TABLES, kind).findings] == []


def test_a_service_fee_is_lawful_where_a_licensed_company_sends_and_nowhere_else() -> None:
    text = "甲方向乙方收取服务费8000元，出具发票，未成行的全额退还。"
    found = {kind: [one.fault.id for one in check_contract(text, TABLES, kind).findings] for kind in KINDS}
    assert found == {"service": [], "labour_abroad": [], "labour_china": ["worker_charged"], "agreement": ["agent_fee"]}


def test_a_ban_in_one_sentence_does_not_excuse_the_next() -> None:
    text = "甲方不得扣押乙方身份证。乙方抵达后护照由甲方统一保管。甲方不收押金。乙方须交纳保证金5000元。"
    assert {one.fault.id for one in check_contract(text, TABLES, "service").findings} == {"papers_held", "deposit"}


def test_broken_lines_and_blanks_do_not_hide_a_line() -> None:
    text = "第一条 乙方应遵守甲方的各项规章制度，服\n从管理，乙 方 护\n照 由 甲\n方 统 一 保\n管。"
    (found,) = check_contract(text, TABLES, "service").findings
    assert found.fault.id == "papers_held" and found.unlawful
    assert "".join(found.quote.text.split()) == "乙方护照由甲方统一保管"


@pytest.mark.parametrize("fault", TABLES.faults, ids=lambda fault: fault.id)
def test_every_fault_is_found_in_some_contract(fault: Any) -> None:
    assert any(fault.id in case["faults"] for case in CONTRACTS)


def test_signs_of_a_contract_are_mentions() -> None:
    case = next(case for case in CONTRACTS if case["file"] == "uae_predatory.txt")
    mentions = checked(case).mentions()
    assert {"document_retention", "wage_withholding", "exit_penalty", "movement_restriction", "isolation"} <= {
        one.indicator for one in mentions
    }
    assert {one.status for one in mentions} == {"present"}
    held = next(one for one in mentions if one.indicator == "document_retention")
    assert held.evidence == "护照及手机统一交甲方保管"


def test_unfilled_fields_are_a_sign_and_those_for_signing_are_not() -> None:
    text = "乙方工作地点：______，月工资____元。甲方（盖章）：____ 签订日期：  年  月  日 身份证号码：____"
    check = check_contract(text, TABLES, "service")
    assert [blank.text for blank in check.blanks] == ["乙方工作地点：______", "月工资____"]
    assert [one.indicator for one in check.mentions()] == ["contract_irregularity"] * 2


def test_a_line_at_the_end_of_a_long_contract_is_found_with_its_place() -> None:
    text = "第一条 双方应当友好合作，诚实守信，遵守合同。\n" * 400 + "第二条 乙方护照由甲方统一保管。"
    (found,) = check_contract(text, TABLES, "service").findings
    assert text[found.quote.start : found.quote.end] == "第二条 乙方护照由甲方统一保管"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([*"甲乙方护照押金工资元0_ \n。，：①Ａ㎏😀", "违约金", "____", "第一条 ", "パ"]), max_size=80
    )
)
def test_any_text_is_taken(parts: list[str]) -> None:
    text = "".join(parts)
    looks_like_contract(text, TABLES)
    for one in check_contract(text, TABLES).mentions():
        assert text[one.start : one.end] == one.evidence


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind of contract"):
        check_contract("合同", TABLES, "rent")
