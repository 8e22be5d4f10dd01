"""One plain spelling for what people type, with the way back to the characters they typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import opencc
import yaml

VARIANTS_FILE = Path("data/dictionary/spelling_variants.yml")
#: Longer texts are cut here before they are understood; the record keeps the whole.
LONGEST_UNDERSTOOD = 4000
#: A run of one character (啊啊啊啊, ！！！！) says no more than this many of it.
LONGEST_RUN = 2

_TO_SIMPLIFIED = opencc.OpenCC("t2s")


@dataclass(frozen=True)
class NormalizedText:
    """`text`, and for each of its characters the offset of its origin; `offsets` has one more entry, the end."""

    text: str
    original: str
    offsets: tuple[int, ...]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open range of the original text that `text[start:end]` came from."""
        if start >= end:
            return self.offsets[start], self.offsets[start]
        return self.offsets[start], self.offsets[end - 1] + 1


@lru_cache(maxsize=4)
def spelling_variants(path: Path = VARIANTS_FILE) -> Mapping[str, str]:
    """Return wrong or disguised spelling -> usual spelling; both sides have the same length."""
    variants: dict[str, str] = {}
    for usual, others in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
        for other in others:
            if len(other) != len(usual):
                raise ValueError(f"{path}: {other} and {usual} differ in length")
            variants[other] = usual
    return variants


def normalize(text: str) -> NormalizedText:
    """Fold width, case, script, invisible characters and long runs; keep every offset.

    NFKC for width and compatibility forms, OpenCC t2s character by character (so that offsets hold),
    control and format characters dropped, line breaks kept as a newline.
    """
    characters: list[str] = []
    offsets: list[int] = []
    for offset, original in enumerate(text[:LONGEST_UNDERSTOOD]):
        for character in unicodedata.normalize("NFKC", original).lower():
            if character in "\n\r\u2028\u2029\x85":
                character = "\n"
            elif character.isspace():
                character = " "
            elif unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") or "\ufe00" <= character <= "\ufe0f":
                continue
            run = len(characters) >= LONGEST_RUN and all(c == character for c in characters[-LONGEST_RUN:])
            if run and not character.isdigit():
                continue
            characters.append(character)
            offsets.append(offset)
    joined = "".join(characters)
    simplified = _TO_SIMPLIFIED.convert(joined)
    if len(simplified) != len(joined):
        simplified = "".join((_TO_SIMPLIFIED.convert(c) + c)[0] for c in joined)
    for other, usual in spelling_variants().items():
        if other in simplified:
            simplified = simplified.replace(other, usual)
    offsets.append(min(len(text), LONGEST_UNDERSTOOD))
    return NormalizedText(simplified, text, tuple(offsets))
