"""The figures of an evaluation on messages that can be counted by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.processes.evaluation import FileError, read
from bot.processes.metrics import Scored, figures, percentile

TOY = [
    # gold intent, given intent, present, absent, hypothetical, given signs
    ("describe_offer", "describe_offer", {"fee", "papers"}, set(), set(), {"fee", "papers"}),
    ("describe_offer", "ask_rights", {"fee"}, set(), set(), {"debt"}),
    ("ask_rights", "ask_rights", set(), {"fee"}, set(), {"fee"}),
    ("greet", "greet", set(), set(), {"papers"}, set()),
    ("", "greet", set(), set(), set(), set()),
]


def rows() -> list[Scored]:
    return [
        Scored(gold, given, frozenset(present), frozenset(absent), frozenset(imagined), frozenset(signs), number * 10.0)
        for number, (gold, given, present, absent, imagined, signs) in enumerate(TOY, 1)
    ]


def test_a_toy_file_counted_by_hand() -> None:
    result = figures(rows())
    assert result.messages == 5
    assert result.intent_accuracy == pytest.approx(3 / 4)  # a message without an intent does not count
    # describe_offer 2/3, ask_rights 2/3, greet 1
    assert result.intent_macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    # right: fee, papers; wrong: debt, fee; missed: fee
    assert result.micro == pytest.approx((2 / 4, 2 / 3, 4 / 7))
    # debt does not occur in the gold data: fee (1/2, 1/2, 1/2) and papers (1, 1, 1)
    assert result.macro == pytest.approx((3 / 4, 3 / 4, 3 / 4))
    assert result.exact == (3, 5)
    assert result.false_alarms == (1, 3)
    assert result.denied_raised == (1, 1)
    assert result.hypothetical_raised == (0, 1)
    assert result.denied_or_hypothetical_raised == (1, 2)
    assert (result.p50, result.p95) == (30.0, 50.0)
    assert result.per_indicator["fee"].gold == 2 and result.per_indicator["debt"].given == 1


def test_present_outweighs_denied_in_one_message() -> None:
    row = Scored("a", "a", frozenset({"fee"}), frozenset({"fee"}), frozenset(), frozenset({"fee"}))
    assert figures([row]).denied_raised == (0, 0)


def test_nothing_to_count_is_zero() -> None:
    result = figures([])
    assert (result.intent_accuracy, result.micro, result.macro, result.p95) == (0.0, (0.0,) * 3, (0.0,) * 3, 0.0)
    assert percentile([7.0], 0.95) == 7.0


def test_bad_lines_are_named_with_their_number(tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    file.write_text('{"text": "你好", "intent": "greet"}\n\n{oops\n{"text": ""}\n[]\n{"text": "a", "present": "fee"}\n')
    with pytest.raises(FileError) as raised:
        read(file)
    said = str(raised.value)
    assert "line 3: it is no JSON" in said
    assert "line 4: text is missing" in said
    assert "line 5: it must be an object" in said
    assert "line 6: present must be a list of labels" in said
    assert "line 1" not in said and "line 2" not in said


def test_no_file_and_an_empty_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot be read \(FileNotFoundError\)"):
        read(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(FileError, match="holds no message"):
        read(tmp_path / "empty.jsonl")


@pytest.mark.slow
def test_a_real_model_is_scored_and_the_report_holds_no_text(trained: Path, tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    lines = [("你好", "greet"), ("谢谢", "thanks"), ("多谢", "thanks"), ("坏了", "break")]
    file.write_text("\n".join(json.dumps({"text": text, "intent": intent}) for text, intent in lines), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "bot.processes.evaluation", str(file), "--project", str(trained)],
        env={**os.environ, "ANXING_VAR": str(tmp_path / "var")}, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "intent accuracy" in result.stdout and "1.000" in result.stdout
    (report,) = (tmp_path / "var" / "evaluation").glob("*-talk.md")
    written = report.read_text(encoding="utf-8")
    assert "| intent macro-F1 | 1.000 |" in written
    assert not any(text in written for text, _ in lines)


@pytest.mark.slow
def test_without_a_model_it_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    file.write_text('{"text": "你好"}')
    result = subprocess.run(
        [sys.executable, "-m", "bot.processes.evaluation", str(file), "--project", str(tmp_path)],
        env={**os.environ, "ANXING_VAR": str(tmp_path / "var")}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 2
    assert result.stderr == "Nothing was evaluated: There is no trained model in models/: run `make train`.\n"
