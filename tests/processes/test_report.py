"""The report of an evaluation: its figures, its pictures, whom it quotes, and who may read it."""

from __future__ import annotations

import json
import struct
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.processes import mistakes, plots
from bot.processes.labelled import EvaluationError, Labelled
from bot.processes.metrics import Scored
from bot.processes.outcome import Against, Evaluation, earlier
from bot.processes.reading import Reading, scored
from bot.processes.report import as_markdown, as_text, fold_line, write


def message(name: str, text: str, intent: str, present: str = "", absent: str = "", imagined: str = "") -> Labelled:
    return Labelled(name, text, intent, *(frozenset(labels.split()) for labels in (present, absent, imagined)))


def reading(intent: str, confidence: float, given: str = "", **chances: float) -> Reading:
    return Reading(intent, confidence, frozenset(given.split()), chances, True, 10.0)


MESSAGES = [
    message("m1", "交了三千 | <b>押金</b>\n还要 *护照*", "offer", "fee papers"),
    message("m2", "没人收我的钱", "rights", absent="fee"),
    message("m3", "会不会扣证件", "rights", imagined="papers"),
    message("m4", "你好王老板", "greet"),
    message("m5", "欠着他们的钱", "offer", "debt"),
]
NEW = [
    reading("offer", 0.9, "fee", fee=0.95, papers=0.3, debt=0.1),  # papers missed
    reading("rights", 0.8, "fee", fee=0.6, papers=0.1, debt=0.2),  # a denied fee raised
    reading("offer", 0.7, "", fee=0.1, papers=0.4, debt=0.1),  # wrong intent
    reading("greet", 0.99, "debt", fee=0.0, papers=0.0, debt=0.9),  # debt raised where nothing is
    reading("greet", 0.6, "", fee=0.2, papers=0.1, debt=0.05),  # wrong intent, debt missed
]
OLD = [replace(one, present=frozenset()) for one in NEW]
EVALUATION = Evaluation("new.tar.gz", "file talk.jsonl", MESSAGES, NEW)
TEXTS = ("押金", "没人收我的钱", "会不会扣证件", "王老板", "欠着")


def test_mistakes_come_with_the_worst_first() -> None:
    assert [(one.number, one.labels) for one in mistakes.false_alarms(EVALUATION.rows)] == [
        (3, (("debt", 0.9),)), (1, (("fee", 0.6),)),
    ]  # fmt: skip
    assert [(one.number, one.labels) for one in mistakes.misses(EVALUATION.rows)] == [
        (4, (("debt", 0.05),)), (0, (("papers", 0.3),)),
    ]  # fmt: skip
    assert [one.number for one in mistakes.wrong_intents(EVALUATION.rows)] == [2, 4]


def test_a_message_with_several_mistakes_stands_once_with_its_worst_first() -> None:
    row = Scored("a", "a", frozenset(), frozenset(), frozenset(), frozenset({"x", "y"}), chances={"x": 0.6, "y": 0.8})
    (alone,) = mistakes.false_alarms([row])
    assert alone.labels == (("y", 0.8), ("x", 0.6))


def test_the_report_holds_the_figures() -> None:
    report = as_markdown(EVALUATION)
    # right: fee; wrongly given: fee, debt; missed: papers, debt
    assert "| indicators micro P / R / F1 | 0.333 / 0.333 / 0.333 |" in report
    assert "| false alarms (nothing present) | 2/3 = 0.667 |" in report
    assert "| denied, yet raised | 1/1 = 1.000 |" in report
    assert "| imagined, yet raised | 0/1 = 0.000 |" in report
    # fee: raised rightly at 0.95 before anything else; given twice, once rightly
    assert "| fee | 0.500 | 1.000 | 0.667 | 1 | 2 | 1.000 |" in report
    assert "| rights | 1.000 | 0.500 | 0.667 | 2 | 1 |" in report


def test_the_report_quotes_the_worst_messages_as_they_are_and_says_so_at_its_top() -> None:
    report = as_markdown(EVALUATION)
    assert "for trainers only" in report.splitlines()[2]
    assert "| debt 0.90 | 你好王老板 | greet | greet, debt | m4 |" in report
    assert "| fee 0.60 | 没人收我的钱 | rights, not fee | rights, fee | m2 |" in report
    assert "| offer 0.70 | 会不会扣证件 | rights, maybe papers | offer | m3 |" in report
    # neither a table nor a mark-up is broken by what a person wrote
    assert r"| papers 0.30 | 交了三千 \| \<b\>押金\</b\> 还要 \*护照\* | offer, fee, papers |" in report


def test_only_the_report_quotes(tmp_path: Path) -> None:
    folder = write(EVALUATION, tmp_path, "talk")
    figures_file = (folder / "figures.json").read_text(encoding="utf-8")
    for text in TEXTS:
        assert text not in figures_file and text not in as_text(EVALUATION)
        assert text in (folder / "report.md").read_text(encoding="utf-8")
    assert [row["id"] for row in json.loads(figures_file)["messages"]] == ["m1", "m2", "m3", "m4", "m5"]


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    folder = write(EVALUATION, tmp_path / "evaluation", "王老板/../talk")
    assert folder.parent == tmp_path / "evaluation" and folder.stat().st_mode & 0o777 == 0o700
    names = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert names == dict.fromkeys(
        ("report.md", "figures.json", "intents.png", "precision_recall.png", "calibration.png"), 0o600
    )


def test_two_in_a_second_have_folders_of_their_own(tmp_path: Path) -> None:
    assert write(EVALUATION, tmp_path, "talk") != write(EVALUATION, tmp_path, "talk")


def test_every_picture_of_the_report_lies_beside_it(tmp_path: Path) -> None:
    folder = write(EVALUATION, tmp_path, "talk")
    for name in ("intents.png", "precision_recall.png", "calibration.png"):
        assert f"]({name})" in (folder / "report.md").read_text(encoding="utf-8")
        assert width(folder.joinpath(name).read_bytes()) == 1200


def width(png: bytes) -> int:
    assert png.startswith(b"\x89PNG")
    pixels: int = struct.unpack(">I", png[16:20])[0]
    return pixels


@pytest.mark.parametrize("draw", [plots.confusion_matrix, plots.precision_recall, plots.calibration])
@pytest.mark.parametrize(
    "rows",
    [
        [],
        [Scored("", "greet", frozenset(), frozenset(), frozenset(), frozenset())],
        [Scored("greet", "", frozenset({"fee"}), frozenset(), frozenset(), frozenset())],
    ],
    ids=["no message", "no label", "no chance"],
)
def test_little_to_draw_is_drawn_without_complaint(draw: Callable[[list[Scored]], bytes], rows: list[Scored]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", DeprecationWarning)  # of libraries among themselves
        assert width(draw(rows)) == 1200


def test_a_model_that_tells_few_chances_is_named_in_the_report() -> None:
    few = replace(EVALUATION, readings=[replace(one, complete=False) for one in NEW])
    assert "only for the signs that it mentions" in as_markdown(few)
    assert "only for the signs that it mentions" not in as_markdown(EVALUATION)


def test_two_models_on_the_same_messages() -> None:
    """The old one raises nothing: no false alarm of two, no denied fee, but no sign either."""
    compared = replace(EVALUATION, against=Against("old.tar.gz", range(5), OLD))
    for told in (as_markdown(compared), as_text(compared)):
        assert "old.tar.gz" in told and "5 of 5 messages" in told
    report = as_markdown(compared)
    assert "| indicators micro-F1 | 0.000 | 0.333 | +0.333 |" in report
    assert "| false alarms (nothing present) | 0.000 | 0.667 | +0.667 |" in report
    assert compared.comparison["intent_macro_f1"][2].verdict("intent_macro_f1") == "no clear difference"


def test_an_earlier_evaluation_is_compared_on_the_messages_that_both_have(tmp_path: Path) -> None:
    old = write(Evaluation("old.tar.gz", "file talk.jsonl", MESSAGES, OLD), tmp_path, "talk")
    changed = message("m5", "他们打了我", "offer", "debt")  # the id is the same, the message is another
    today = [MESSAGES[3], changed, MESSAGES[0], message("m9", "新的", "greet")]
    for path in (old, old / "figures.json"):
        against = earlier(path, today)
        assert list(against.numbers) == [0, 2]
        assert [one.intent for one in against.readings] == ["greet", "offer"]
        assert against.name == f"old.tar.gz ({old.name})"
    with pytest.raises(EvaluationError, match="is of other messages"):
        earlier(old, [changed])


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"model": "a", "messages": [{"id": "m1"}]}', None])
def test_what_is_no_earlier_evaluation_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "figures.json").write_text(content)
    with pytest.raises(EvaluationError, match=r"is no figures\.json of an earlier evaluation"):
        earlier(tmp_path, MESSAGES)


def test_folds_are_told_one_by_one_and_together() -> None:
    folded = replace(EVALUATION, folds=[0, 1, 0, 1, 0])
    report = as_markdown(folded)
    # m1, m3, m5: offer 1/2 and rights 0; one sign of three is found, nothing is raised wrongly
    assert "| 1 | 3 | 0.250 | 0.500 | 0.333 | 0.000 | 0.000 |" in report
    assert "| 2 | 2 | 1.000 | 0.000 | 0.000 | 1.000 | 1.000 |" in report
    assert "| together | 5 |" in report
    assert "## Folds" not in as_markdown(EVALUATION)
    line = fold_line(2, [MESSAGES[1], MESSAGES[3]], [NEW[1], NEW[3]], 12.4)
    assert line.startswith("Fold 2: 2 messages, intent macro-F1 1.000, ") and line.endswith("(12 s)")


@pytest.mark.parametrize(
    ("parsed", "chances", "complete"),
    [
        ({"indicator_chances": {"fee": 0.4, "debt": 0.1}}, {"fee": 0.4, "debt": 0.1}, True),
        # the surer a denial, the smaller the chance
        ({}, {"papers": 0.9, "fee": 0.25}, False),
    ],
)
def test_chances_are_those_the_model_tells_or_those_of_its_mentions(
    parsed: Mapping[str, Any], chances: Mapping[str, float], complete: bool
) -> None:
    mentions = [
        {"indicator": "papers", "status": "present", "confidence": 0.9},
        {"indicator": "fee", "status": "absent", "confidence": 0.75},
    ]
    read = Reading.of({"intent": {"name": "offer", "confidence": 0.5}, "risk_indicators": mentions, **parsed}, 1.0)
    assert (read.intent, read.confidence, read.present) == ("offer", 0.5, {"papers"})
    assert read.chances == chances and read.complete == complete
    assert Reading.from_record(json.loads(json.dumps(read.record()))) == read


def test_a_message_that_nothing_is_read_in() -> None:
    read = Reading.of({"intent": {"name": None}}, 1.0)
    assert (read.intent, read.confidence, read.present, read.chances) == ("", 0.0, frozenset(), {})
    (row,) = scored([MESSAGES[0]], [read])
    assert row.misses == {"fee", "papers"} and not row.false_alarms
