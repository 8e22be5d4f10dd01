"""Logistic regressions side by side, over the same features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from scipy import sparse
from sklearn.linear_model import LogisticRegression

#: A label needs so many examples on either side before a model of its own says anything.
FEWEST_EXAMPLES = 8
_NEVER = -10.0
_SEED = 7
#: The weights are those of a stricter bound to two digits, in a fraction of the time.
_TOLERANCE = 5e-2


@dataclass(frozen=True)
class Linear:
    """One model a question: weights (columns × models) and intercepts (models)."""

    weights: numpy.ndarray
    intercepts: numpy.ndarray

    @classmethod
    def fit(
        cls,
        features: sparse.csr_matrix,
        truths: Sequence[numpy.ndarray],
        balanced: Sequence[bool],
        inverse_regularization: float,
    ) -> Linear:
        """Learn each of `truths` (rows, boolean); where `balanced`, the rarer answer weighs as much as the other."""
        features = features.astype(numpy.float64)  # what liblinear works with; it would copy them for every model
        # One after the other: liblinear has one source of chance, and threads would draw in another order each time.
        fits = [
            _fit_one(features, truth, balance, inverse_regularization)
            for truth, balance in zip(truths, balanced, strict=True)
        ]
        return cls(numpy.column_stack([weights for weights, _ in fits]), numpy.array([bias for _, bias in fits]))

    def scores(self, features: sparse.csr_matrix) -> numpy.ndarray:
        """Return log odds (rows × models)."""
        return numpy.asarray(features @ self.weights) + self.intercepts


def chances(scores: numpy.ndarray) -> numpy.ndarray:
    """Return log odds as chances between 0 and 1."""
    return 1.0 / (1.0 + numpy.exp(-numpy.clip(scores, -30.0, 30.0)))


def _fit_one(
    features: sparse.csr_matrix, truth: numpy.ndarray, balanced: bool, inverse_regularization: float
) -> tuple[numpy.ndarray, float]:
    if min(truth.sum(), (~truth).sum()) < FEWEST_EXAMPLES:
        return numpy.zeros(features.shape[1], dtype=numpy.float32), _NEVER
    model = LogisticRegression(
        C=inverse_regularization,
        solver="liblinear",
        dual=True,  # there are fewer messages than columns: a quarter of the time, the same weights
        class_weight="balanced" if balanced else None,
        random_state=_SEED,
        max_iter=200,
        tol=_TOLERANCE,
    )
    model.fit(features, truth)
    return model.coef_[0].astype(numpy.float32), float(model.intercept_[0])
