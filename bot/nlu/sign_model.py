"""How likely each sign of exploitation is told in a message: two levels of models over what a reading holds.

The first level is linear and sees words: for every sign, is it told as present, is it spoken of at all; for all signs
together, is what is spoken of told, denied or imagined; and what kind of message this is. The second level is a small
forest shared by all signs: it weighs these chances, those of the pairs of clauses, the other signs and the lexicon's
statuses against each other. It learns from chances that the first level gave to messages it had not seen (stacking,
Wolpert 1992), so that it knows how far they can be trusted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold

from bot.language.lexicon import Sighting
from bot.language.mention_status import ABSENT, HYPOTHETICAL, PRESENT
from bot.nlu.linear import Linear
from bot.nlu.linear import chances as chances_of
from bot.nlu.reading_features import STATUSES, ReadingFeatures
from bot.nlu.readings import Reading

#: Kinds of message that tell much about whether a sign is meant: ordinary life, a question of law, a cry for help.
TELLING_INTENTS = (
    "out_of_scope",
    "chitchat",
    "ask_rights",
    "ask_destination",
    "describe_offer",
    "report_exploitation",
    "emergency",
)
_FOLDS = 2
_SEED = 7
_INVERSE_REGULARIZATION = 1.0

Statuses = Mapping[str, str]


class FirstLevel:
    """The linear models and the features they see."""

    def __init__(self, signs: Sequence[str], features: ReadingFeatures) -> None:
        """`signs` are decided on; `features` have not learnt yet."""
        self.signs = list(signs)
        self._features = features

    def fit(self, readings: Sequence[Reading], labels: Sequence[Statuses], intents: Sequence[str]) -> FirstLevel:
        features = self._features.fit(readings).rows(readings)
        truths = [numpy.array([label.get(sign) == PRESENT for label in labels]) for sign in self.signs]
        truths += [numpy.array([sign in label for label in labels]) for sign in self.signs]
        truths += [numpy.array([intent == kind for intent in intents]) for kind in TELLING_INTENTS]
        balanced = [False] * 2 * len(self.signs) + [True] * len(TELLING_INTENTS)
        self._linear = Linear.fit(features, truths, balanced, _INVERSE_REGULARIZATION)
        spoken_of = [(row, status) for row, label in enumerate(labels) for status in label.values()]
        given = numpy.array([status for _, status in spoken_of])
        self._status = Linear.fit(
            features[[row for row, _ in spoken_of]],
            [given == status for status in STATUSES],
            [False] * len(STATUSES),
            _INVERSE_REGULARIZATION,
        )
        self.reliability = _reliability(readings, labels)
        return self

    def read(self, readings: Sequence[Reading]) -> FirstImpression:
        """Return what the linear models make of the readings and of their windows."""
        windows = [reading.windows() for reading in readings]
        flat = [window for some in windows for window in some]
        count = len(self.signs)
        features = self._features.rows([*readings, *flat])
        scores = self._linear.scores(features)
        own, present_in_windows = scores[: len(readings)], scores[len(readings) :, :count]
        best = own[:, :count].copy()
        where: list[list[Reading | None]] = [[None] * count for _ in readings]
        position = 0
        for row, some in enumerate(windows):
            if not some:
                continue
            block = present_in_windows[position : position + len(some)]
            position += len(some)
            best[row] = block.max(axis=0)
            where[row] = [some[number] for number in block.argmax(axis=0)]
        return FirstImpression(
            present=own[:, :count],
            spoken_of=own[:, count : 2 * count],
            intents=own[:, 2 * count :],
            statuses=self._status.scores(features[: len(readings)]),
            best_window=best,
            where=where,
        )


@dataclass(frozen=True)
class FirstImpression:
    """Log odds, one row a reading; `where` names the window that speaks loudest for a sign, if there are windows."""

    present: numpy.ndarray
    spoken_of: numpy.ndarray
    intents: numpy.ndarray
    statuses: numpy.ndarray
    best_window: numpy.ndarray
    where: list[list[Reading | None]]


@dataclass(frozen=True)
class Verdict:
    """What the model says of one sign in one reading; the chances are between 0 and 1."""

    sign: str
    present: float
    spoken_of: float
    #: The likelier of absent and hypothetical, should it not be present.
    otherwise: str
    window: Reading | None


class SignModel:
    """The two levels together. `bounds` are the chances from which a sign counts as present."""

    def __init__(self, first: FirstLevel, forest: HistGradientBoostingClassifier, bounds: dict[str, float]) -> None:
        self._first, self._forest, self.bounds = first, forest, bounds

    @classmethod
    def fit(
        cls,
        readings: Sequence[Reading],
        labels: Sequence[Statuses],
        intents: Sequence[str],
        signs: Sequence[str],
        features: ReadingFeatures,
    ) -> SignModel:
        """Train on labelled readings: `labels` hold sign -> status for every sign that is spoken of."""

        def first_level(rows: Sequence[int]) -> FirstLevel:
            level = FirstLevel(signs, features.unlearned())
            return level.fit([readings[r] for r in rows], [labels[r] for r in rows], [intents[r] for r in rows])

        everything = range(len(readings))
        truth = numpy.array([[label.get(sign) == PRESENT for sign in signs] for label in labels])
        unseen: dict[int, numpy.ndarray] = {}
        for others, fold in KFold(_FOLDS, shuffle=True, random_state=_SEED).split(readings):
            level = first_level(others)
            some = [readings[row] for row in fold]
            unseen.update(zip(fold, _second_features(level, some, level.read(some)), strict=True))
        second = numpy.stack([unseen[row] for row in everything])
        return cls(first_level(everything), _forest(second, truth), _bounds(signs, second, truth))

    @property
    def signs(self) -> list[str]:
        return self._first.signs

    def read(self, readings: Sequence[Reading]) -> list[list[Verdict]]:
        """Return a verdict on every sign for every reading."""
        first = self._first.read(readings)
        chances = _chances(self._forest, _second_features(self._first, readings, first))
        spoken_of = chances_of(first.spoken_of)
        denied = first.statuses[:, STATUSES.index(ABSENT)] > first.statuses[:, STATUSES.index(HYPOTHETICAL)]
        return [
            [
                Verdict(
                    sign,
                    float(chances[row, column]),
                    float(spoken_of[row, column]),
                    ABSENT if denied[row] else HYPOTHETICAL,
                    first.where[row][column],
                )
                for column, sign in enumerate(self.signs)
            ]
            for row in range(len(readings))
        ]


def _second_features(level: FirstLevel, readings: Sequence[Reading], first: FirstImpression) -> numpy.ndarray:
    """Return (readings × signs × columns): one row of the second level a message and sign, alike for all signs."""
    count = len(level.signs)
    chances = chances_of(first.present)
    ordered = numpy.sort(chances, axis=1)
    highest = numpy.where(chances < ordered[:, -1:], ordered[:, -1:], ordered[:, -2:-1] if count > 1 else 0.0)
    lexicon = numpy.zeros((len(readings), count, len(STATUSES) + 1))
    for row, reading in enumerate(readings):
        for column, sign in enumerate(level.signs):
            own = [sighting for sighting in reading.sightings if sighting.indicator == sign]
            lexicon[row, column] = _lexicon_columns(own, level.reliability)
    shared = numpy.column_stack(
        [first.statuses, numpy.log1p([len(reading.text) for reading in readings]), chances_of(first.intents)]
    )
    return numpy.concatenate(
        [
            numpy.stack([first.present, first.spoken_of, first.best_window], axis=2),
            lexicon,
            numpy.stack([chances.sum(axis=1, keepdims=True) - chances, highest], axis=2),
            numpy.repeat(shared[:, None, :], count, axis=1),
        ],
        axis=2,
    ).astype(numpy.float32)


def _lexicon_columns(sightings: Sequence[Sighting], reliability: Mapping[int, float]) -> list[float]:
    statuses = {sighting.status for sighting in sightings}
    best = max((reliability.get(s.pattern, 0.6) for s in sightings if s.status == PRESENT), default=0.0)
    return [*(float(status in statuses) for status in STATUSES), best]


def _forest(features: numpy.ndarray, truth: numpy.ndarray) -> HistGradientBoostingClassifier:
    forest = HistGradientBoostingClassifier(
        max_iter=100,
        learning_rate=0.1,
        max_leaf_nodes=8,
        min_samples_leaf=60,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=_SEED,
    )
    return forest.fit(features.reshape(-1, features.shape[2]), truth.ravel())


def _chances(forest: HistGradientBoostingClassifier, features: numpy.ndarray) -> numpy.ndarray:
    flat = forest.predict_proba(features.reshape(-1, features.shape[2]))
    return flat[:, 1].reshape(features.shape[:2]) if flat.shape[1] > 1 else numpy.zeros(features.shape[:2])


#: What a bound is drawn towards, with the weight of so many told signs: few examples say little about a bound.
_COMMON_BOUND = 0.4
_BOUND_PRIOR = 30
#: Under a third nobody should hear that he is held or beaten, whatever F1 says.
_BOUNDS = numpy.arange(0.34, 0.62, 0.02)


def _bounds(signs: Sequence[str], features: numpy.ndarray, truth: numpy.ndarray) -> dict[str, float]:
    """Choose the bound of the best F1 for every sign by cross-validation, on messages the first level has not seen.

    Bounds for F0.8, where a false alarm weighs more than a miss, lost 0.02 of F1 for half a false alarm in a hundred.
    """
    chances = numpy.zeros(truth.shape)
    for others, fold in KFold(_FOLDS, shuffle=True, random_state=_SEED).split(features):
        chances[fold] = _chances(_forest(features[others], truth[others]), features[fold])
    bounds = {}
    for column, sign in enumerate(signs):
        figures = [f1_score(truth[:, column], chances[:, column] >= bound, zero_division=0) for bound in _BOUNDS]
        told = truth[:, column].sum()
        best = float(_BOUNDS[int(numpy.argmax(figures))])
        bounds[sign] = round((told * best + _BOUND_PRIOR * _COMMON_BOUND) / (told + _BOUND_PRIOR), 3)
    return bounds


def _reliability(readings: Sequence[Reading], labels: Sequence[Statuses]) -> dict[int, float]:
    """Return pattern number -> share of its present sightings that the labels confirm, smoothed."""
    seen: Counter[int] = Counter()
    right: Counter[int] = Counter()
    for reading, label in zip(readings, labels, strict=True):
        for number, name in {(s.pattern, s.indicator) for s in reading.sightings if s.status == PRESENT}:
            seen[number] += 1
            right[number] += label.get(name) == PRESENT
    return {number: (right[number] + 1.2) / (seen[number] + 2.0) for number in seen}
