"""A short run of every target, led by Hypothesis, and every input that once broke something.

`ANXING_FUZZ_EXAMPLES=5000 pytest tests/fuzz` looks longer; `python -m benchmarks.fuzz` is the long run.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.case_files import load_cases
from tests.fuzz import wires
from tests.fuzz.mutation import ODD_TEXTS, as_bytes, mutated
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

EXAMPLES = int(os.environ.get("ANXING_FUZZ_EXAMPLES", "40"))
#: Targets that start a process, or read a whole table, for each input.
SLOW = {"whole reading": 2, "knowledge": 8, "contracts": 15}


@pytest.fixture
def standing(transactional_db: None) -> Iterator[None]:
    with wires.standing():
        yield


def inputs(target: Target) -> st.SearchStrategy[bytes]:
    """What Hypothesis makes of nothing, and what mutation makes of good inputs."""
    luck = st.integers(0, 2**32).map(random.Random)
    good = st.sampled_from(target.seeds)
    changed = st.builds(lambda seed, other, chance: mutated(target.kind, seed, other, chance), good, good, luck)
    if target.kind == "text":
        pieces = st.one_of(st.sampled_from(ODD_TEXTS), st.text(st.characters(), max_size=6))
        return changed | st.lists(pieces, max_size=20).map("".join).map(as_bytes)
    return changed | st.binary(max_size=300)


@pytest.mark.parametrize("name", [name for name, one in TARGETS.items() if not one.needs_stack])
def test_nothing_escapes(name: str) -> None:
    _short_run(TARGETS[name])


@pytest.mark.parametrize("name", [name for name, one in TARGETS.items() if one.needs_stack])
def test_nothing_escapes_over_a_wire(name: str, standing: None) -> None:
    _short_run(TARGETS[name])


def _short_run(target: Target) -> None:
    most = min(EXAMPLES, SLOW.get(target.name, EXAMPLES)) if "ANXING_FUZZ_EXAMPLES" not in os.environ else EXAMPLES

    @settings(
        max_examples=most, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(inputs(target))
    def check(data: bytes) -> None:
        target.check(data)

    check()


@pytest.mark.parametrize("name", TARGETS)
def test_good_inputs_are_there(name: str) -> None:
    """A target without them would look at nonsense alone."""
    assert len(TARGETS[name].seeds) >= 3


CASES = load_cases("fuzzed.yml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_what_was_found_once_stays_mended(case: dict[str, str], standing: None) -> None:
    data = bytes.fromhex(case["hex"]) if "hex" in case else as_bytes(case["text"])
    TARGETS[case["target"]].check(data)
