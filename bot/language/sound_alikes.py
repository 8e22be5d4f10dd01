"""Wrong characters with the right sound: 户照 is read as 护照, 合童 as 合同. Words: data/dictionary/heard_words.yml."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import pypinyin
import yaml

HEARD_WORDS_FILE = Path("data/dictionary/heard_words.yml")
#: Little words of grammar: 和同 in 我和同学 is no contract.
_LITTLE = frozenset(
    "的了是就不没我你他她它们在要去有还哪啥里上下把被和也都吗呢吧着过那这个几点一二三四五六七八九十说到给让跟呀"
    # and words that stand alone: 钱挣了 is no visa, 会锁门 no club, 没受伤 no seizure, 2026年新的 no salary
    "钱想受锁搬找前返新"
)
_CHINESE = re.compile("[\u4e00-\u9fff]+")
#: Sounds that speech of the south and the north mixes up, for words that are long enough to bear it.
_INITIALS = re.compile("^(zh|ch|sh|n(?!g))")
_FINALS = re.compile("(?<=[aei])ng$")

Sounds = tuple[str, ...]


@lru_cache(maxsize=8192)
def sound(character: str) -> str:
    """Return the commonest reading of a character in pinyin without its tone."""
    return str(pypinyin.lazy_pinyin(character)[0])


def _loose(sounds: Sounds) -> Sounds:
    return tuple(_FINALS.sub("n", _INITIALS.sub(lambda m: "l" if m[1] == "n" else m[1][0], s)) for s in sounds)


class SoundAlikes:
    """The words that are listened for, by how they sound."""

    def __init__(self, words: Sequence[str]) -> None:
        """Raise ValueError when two words sound alike: which of them is meant could not be told."""
        self._words = frozenset(words)
        self._longest = max(map(len, words), default=0)
        self._exact: dict[Sounds, str] = {}
        loose: dict[Sounds, list[str]] = defaultdict(list)
        for word in dict.fromkeys(words):
            sounds = tuple(map(sound, word))
            if len(word) < 2 or sounds in self._exact:
                raise ValueError(f"{word}: one character only, or sounds like {self._exact.get(sounds)}")
            self._exact[sounds] = word
            if len(word) > 2:
                loose[_loose(sounds)].append(word)
        self._loose = {sounds: found[0] for sounds, found in loose.items() if len(found) == 1}

    @classmethod
    def load(cls, path: Path = HEARD_WORDS_FILE) -> SoundAlikes:
        """Read the words; ValueError names the file and what is wrong."""
        themes: Mapping[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
        try:
            return cls([str(word) for words in themes.values() for word in words])
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error

    def corrected(self, text: str, words: Sequence[tuple[str, int, int]], is_word: Callable[[str], bool]) -> str:
        """Return the normalised text with words that only sound right written right; no character moves.

        `words` is its segmentation (word, start, end); `is_word` tells whether a dictionary knows a word.
        """
        for first in range(len(words)):
            for last in range(first, min(first + self._longest, len(words))):
                start, end = words[first][1], words[last][2]
                if end - start > self._longest:
                    break
                known = any(len(word) > 1 and is_word(word) for word, _, _ in words[first : last + 1])
                meant = None if known else self._meant(text[start:end])
                if meant:
                    text = text[:start] + meant + text[end:]
        return text

    def _meant(self, written: str) -> str | None:
        if len(written) < 2 or written in self._words or not _CHINESE.fullmatch(written):
            return None
        sounds = tuple(map(sound, written))
        meant = self._exact.get(sounds) or self._loose.get(_loose(sounds))
        if meant is None or any(
            wrong in _LITTLE for wrong, right in zip(written, meant, strict=True) if wrong != right
        ):
            return None
        return meant
