"""Precision against recall, and calibration, counted by hand."""

from __future__ import annotations

import pytest

from bot.processes.curves import (
    Bin,
    Point,
    average_precision,
    calibration_error,
    for_intents,
    for_label,
    for_signs,
    precision_recall,
    reliability,
)
from bot.processes.metrics import Scored

NOTHING: frozenset[str] = frozenset()
FEE = frozenset({"fee"})


def test_points_by_hand() -> None:
    # raised from 0.9 on: right; from 0.8: right, wrong; from 0.4: three of four; from 0.1: three of five
    judged = [(0.8, False), (0.9, True), (0.1, False), (0.4, True), (0.4, True)]
    points = precision_recall(judged)
    assert points == [
        Point(0.9, 1 / 1, 1 / 3), Point(0.8, 1 / 2, 1 / 3), Point(0.4, 3 / 4, 3 / 3), Point(0.1, 3 / 5, 3 / 3),
    ]  # fmt: skip
    assert average_precision(points) == pytest.approx(1 / 3 * 1 + 2 / 3 * 3 / 4)


def test_equal_chances_are_one_point() -> None:
    assert precision_recall([(0.5, True), (0.5, False)]) == [Point(0.5, 0.5, 1.0)]


def test_what_has_no_chance_is_never_raised() -> None:
    points = precision_recall([(0.7, True), (0.0, True), (0.0, False)])
    assert points == [Point(0.7, 1.0, 0.5)]
    assert average_precision(points) == 0.5


def test_nothing_to_find_and_nothing_at_all() -> None:
    assert precision_recall([(0.7, False)]) == [Point(0.7, 0.0, 0.0)]
    assert precision_recall([]) == [] and average_precision([]) == 0.0


def test_tenths_by_hand() -> None:
    judged = [(0.0, False), (0.05, True), (0.1, False), (0.95, True), (1.0, True), (0.99, False), (0.96, True)]
    bins = reliability(judged)
    assert [(one.low, one.high, one.count) for one in bins] == [(0.0, 0.1, 2), (0.1, 0.2, 1), (0.9, 1.0, 4)]
    assert [one.mean_chance for one in bins] == pytest.approx([0.025, 0.1, 0.975])
    assert [one.share_true for one in bins] == [1 / 2, 0.0, 3 / 4]
    # 2 are off by 0.475, 1 by 0.1, 4 by 0.225
    assert calibration_error(bins) == pytest.approx((2 * 0.475 + 1 * 0.1 + 4 * 0.225) / 7)


def test_what_is_said_as_often_as_it_is_true_has_no_error() -> None:
    assert calibration_error([Bin(0.5, 0.6, 2, 0.5, 0.5)]) == 0.0
    assert calibration_error([]) == 0.0


def test_what_is_judged() -> None:
    rows = [
        Scored("offer", "offer", FEE, NOTHING, NOTHING, FEE, confidence=0.7, chances={"fee": 0.9, "debt": 0.2}),
        Scored("offer", "greet", FEE, NOTHING, NOTHING, NOTHING, confidence=0.4, chances={"debt": 0.6}),
        Scored("", "greet", NOTHING, NOTHING, NOTHING, NOTHING, confidence=0.3, chances={}),
    ]
    assert for_label(rows, "fee") == [(0.9, True), (0.0, True), (0.0, False)]
    assert for_signs(rows) == [(0.9, True), (0.2, False), (0.6, False)]  # only what the model said
    assert for_intents(rows) == [(0.7, True), (0.4, False)]
