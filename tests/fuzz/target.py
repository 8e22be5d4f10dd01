"""What is fuzzed: a name, good inputs to begin with, and what has to hold for every input."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tests.fuzz.mutation import Kind, mutated


@dataclass
class Target:
    """`check` raises when a promise is broken. `share`: how many of 100,000 inputs of a long run are for it."""

    name: str
    kind: Kind
    check: Callable[[bytes], object]
    good: Callable[[], Sequence[bytes]]
    share: int
    #: Modules whose branches guide atheris; without any, it is left to our own mutation.
    traced: tuple[str, ...] = ()
    #: Whether it writes records, or needs servers.
    needs_stack: bool = False

    @cached_property
    def seeds(self) -> Sequence[bytes]:
        return [seed for seed in self.good() if seed]

    def inputs(self, luck: random.Random, number: int) -> Iterator[bytes]:
        """Yield so many inputs: the good ones first, then what becomes of them, also of what became of them."""
        pool = list(self.seeds)
        for place in range(number):
            if place < len(self.seeds):
                yield self.seeds[place]
                continue
            made = mutated(self.kind, luck.choice(pool), luck.choice(pool), luck)
            if luck.random() < 0.02 and len(made) < 4000:
                pool.append(made)
            yield made
