"""Our tf-idf gives the numbers of scikit-learn's, for texts that were learnt from and for others."""

from __future__ import annotations

import numpy
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.tfidf import Tfidf

LEARNT = ["护照 被 老板 收走 了", "护照 在 我 手里", "老板 打 我", "押金 押金 押金 三千", "", "工资 没 发 老板 不 发"]
READ = [*LEARNT, "老板 收 押金", "没 见 过 的 字", "🙏"]


@pytest.mark.parametrize(("analyzer", "ngrams", "fewest"), [("char", (1, 4), 2), ("word", (1, 2), 1)])
def test_the_numbers_are_those_of_scikit_learn(analyzer: str, ngrams: tuple[int, int], fewest: int) -> None:
    ours = Tfidf(analyzer, ngrams, fewest)
    ours.fit(LEARNT)
    theirs = TfidfVectorizer(
        analyzer=analyzer, ngram_range=ngrams, min_df=fewest, sublinear_tf=True, lowercase=False, token_pattern="[^ ]+"
    ).fit(LEARNT)
    numpy.testing.assert_allclose(ours.transform(READ).toarray(), theirs.transform(READ).toarray(), atol=1e-6)
