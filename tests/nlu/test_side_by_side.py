"""The same result in one process and in several; a few texts start none."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from bot.language.findings import FindingsReader
from bot.nlu import side_by_side as module
from bot.nlu.side_by_side import side_by_side


class Refused:
    """Stands where processes would be started."""

    def __init__(self, *_: object, **__: object) -> None:
        raise AssertionError("a process was started")


def lengths(texts: Sequence[str]) -> list[tuple[str, int, int]]:
    return [(text, len(text), os.getpid()) for text in texts]


def refuse_long(texts: Sequence[str]) -> list[int]:
    if any(len(text) > 5 for text in texts):
        raise ValueError("too long")
    return [len(text) for text in texts]


@pytest.fixture
def many_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes and short pieces, so that a short list is enough."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(module, "WORTH_IT", 4)
    monkeypatch.setattr(module, "_CHUNK", 3)


@pytest.mark.usefixtures("many_cores")
def test_several_processes_give_what_one_gives_in_the_same_order() -> None:
    texts = ["护照", "", "押金三万", "a", "护照", "老板", "没收了", "x" * 100, "😀", "完"]
    found = side_by_side(lengths, texts)
    assert [(text, length) for text, length, _ in found] == [(text, length) for text, length, _ in lengths(texts)]
    workers = {process for _, _, process in found}
    assert os.getpid() not in workers and 1 <= len(workers) <= 2


@pytest.mark.usefixtures("many_cores")
def test_the_reader_of_findings_reads_alike_in_other_processes() -> None:
    """The work it is made for: it is pickled, with all its patterns."""
    texts = ["护照被老板收走了", "先交三万押金", "今天吃什么", "不打人的", "他们用电棍打我"]
    reader = FindingsReader.load()
    found = side_by_side(reader, texts)
    assert found == reader(texts)
    assert found[0] != found[2]


@pytest.mark.usefixtures("many_cores")
def test_what_goes_wrong_in_another_process_is_raised_here() -> None:
    with pytest.raises(ValueError, match="too long"):
        side_by_side(refuse_long, ["护照", "押金", "老板", "很长很长的一句话"])


def test_a_few_texts_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(module, "ProcessPoolExecutor", Refused)
    assert side_by_side(lengths, []) == []
    few = ["护照"] * (module.WORTH_IT - 1)
    assert side_by_side(lengths, few) == lengths(few)
    with pytest.raises(AssertionError, match="a process was started"):
        side_by_side(lengths, [*few, "护照"])


@pytest.mark.parametrize("cores", [1, None])
def test_a_machine_with_one_core_starts_no_process(cores: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(module, "ProcessPoolExecutor", Refused)
    many = ["护照"] * module.WORTH_IT
    assert side_by_side(lengths, many) == lengths(many)
