"""Bootstrap intervals on data small enough to know them beforehand."""

from __future__ import annotations

import numpy
import pytest

from bot.processes.bootstrap import DRAWS, Estimate, differences, draws, intervals, measured
from bot.processes.metrics import Scored, figures

NOTHING: frozenset[str] = frozenset()
FEE = frozenset({"fee"})


def calm(given: frozenset[str]) -> Scored:
    return Scored("greet", "greet", NOTHING, NOTHING, NOTHING, given)


def told(given: frozenset[str]) -> Scored:
    return Scored("offer", "offer", FEE, NOTHING, NOTHING, given)


MIXED = [
    Scored("offer", "offer", FEE | {"papers"}, NOTHING, NOTHING, FEE),
    Scored("offer", "rights", FEE, NOTHING, frozenset({"papers"}), frozenset({"papers", "debt"})),
    Scored("rights", "rights", NOTHING, FEE, NOTHING, FEE),
    Scored("", "greet", NOTHING, NOTHING, FEE, NOTHING),
    Scored("greet", "greet", NOTHING, FEE | {"debt"}, NOTHING, NOTHING),
]


def test_a_draw_is_counted_as_the_figures_are() -> None:
    drawn = draws(len(MIXED))[:50]
    counted = measured(MIXED, drawn)
    for number, times in enumerate(drawn.astype(int)):
        same = [row for row, often in zip(MIXED, times, strict=True) for _ in range(often)]
        for measure, value in figures(same).headline.items():
            assert counted[measure][number] == pytest.approx(value), (measure, times)


def test_a_draw_takes_as_many_messages_as_there_are_and_always_the_same() -> None:
    first = draws(7)
    assert first.shape == (DRAWS, 7) and set(first.sum(axis=1)) == {7}
    assert first.max() > 1  # with putting back
    assert numpy.array_equal(first, draws(7))


def test_a_message_alone_leaves_no_doubt() -> None:
    assert intervals([told(FEE)])["indicator_micro_f1"] == Estimate(1.0, 1.0, 1.0)
    assert intervals([told(NOTHING)])["indicator_micro_f1"] == Estimate(0.0, 0.0, 0.0)


def test_no_messages_are_no_figures() -> None:
    assert intervals([])["intent_macro_f1"] == Estimate(0.0, 0.0, 0.0)


def test_two_messages_and_one_false_alarm_less() -> None:
    """The alarm is drawn never, once or twice (1/4, 1/2, 1/4): the difference is 0, -1/2 or -1."""
    old, new = [calm(FEE), calm(NOTHING)], [calm(NOTHING), calm(NOTHING)]
    assert differences(new, old)["false_alarms"] == Estimate(-0.5, -1.0, 0.0)


def test_the_share_of_many_messages_has_the_interval_of_theory() -> None:
    """20 of 100: the standard error is sqrt(0.2 * 0.8 / 100) = 0.04, so about 0.2 - 0.08 to 0.2 + 0.08."""
    estimate = intervals([calm(FEE if number < 20 else NOTHING) for number in range(100)])["false_alarms"]
    assert estimate.value == pytest.approx(0.2)
    assert estimate.low == pytest.approx(0.12, abs=0.011) and estimate.high == pytest.approx(0.28, abs=0.011)


def test_the_same_draws_for_both_make_equal_models_equal() -> None:
    """Unpaired, two models that are wrong on the same messages would differ from draw to draw."""
    assert all(one == Estimate(0.0, 0.0, 0.0) for one in differences(MIXED, MIXED).values())


def test_models_are_compared_on_the_same_messages_only() -> None:
    with pytest.raises(ValueError, match="the same messages"):
        differences(MIXED, MIXED[1:])


@pytest.mark.parametrize(
    ("measure", "difference", "verdict"),
    [
        ("intent_macro_f1", Estimate(0.1, 0.05, 0.2), "better"),
        ("intent_macro_f1", Estimate(-0.1, -0.2, -0.05), "worse"),
        ("false_alarms", Estimate(0.1, 0.05, 0.2), "worse"),
        ("denied_or_hypothetical_raised", Estimate(-0.1, -0.2, -0.05), "better"),
        ("intent_macro_f1", Estimate(0.1, -0.01, 0.2), "no clear difference"),
        ("intent_macro_f1", Estimate(0.0, 0.0, 0.0), "no clear difference"),
    ],
)
def test_fewer_alarms_are_better_and_a_higher_f1_is(measure: str, difference: Estimate, verdict: str) -> None:
    assert difference.verdict(measure) == verdict
