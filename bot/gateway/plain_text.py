"""What people type, made harmless for Rasa without moving a character: evidence is found by its offsets."""

from __future__ import annotations

import unicodedata

#: Longer texts are stored, but only this much of them is understood.
LONGEST_UNDERSTOOD = 4000
#: Nobody needs to keep more than this of one message.
LONGEST_KEPT = 20_000
#: Signs that are a slash, become one under NFKC, or look so much like one that a later clean-up may make them one.
SLASHES = frozenset("/／⁄∕⧸╱⟋\u0337\u0338")
QUOTE = "「"


def cleaned(text: str) -> str:
    """Replace lone surrogates, which no encoding can carry, and control characters; no character moves.

    What turns the direction of writing goes as well: quoted in a line of ours, it would turn our words round too.
    """
    text = text.translate(_TURNING)
    return "".join(_STAND_IN.get(unicodedata.category(c), c) if c not in "\n\r\t" else c for c in text)


def harmless(text: str) -> str:
    """Return the text with every leading slash turned into 「, so that it is never Rasa's `/intent{...}`.

    Rasa strips 29 kinds of blank before it looks for the slash, and a normaliser may drop more. So every slash that
    stands before the first letter or digit goes, whatever stands around it. No character moves.
    """
    characters = list(cleaned(text))
    for place, character in enumerate(characters):
        if character in SLASHES or unicodedata.normalize("NFKC", character).startswith("/"):
            characters[place] = QUOTE
        elif unicodedata.category(character)[0] in "LN" and character not in _INVISIBLE:
            break
    return "".join(characters)


def is_blank(text: str) -> bool:
    """Whether a person would see nothing: blanks, control and invisible characters only."""
    return all(unicodedata.category(character)[0] in "CZ" or character in _INVISIBLE for character in text)


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit, and not only emoji and punctuation."""
    return any(unicodedata.category(character)[0] in "LN" and character not in _INVISIBLE for character in text)


#: Letters and marks that show nothing: Hangul fillers, the Braille blank, joiners and variation selectors.
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5") | {chr(n) for n in range(0xFE00, 0xFE10)}
#: Embeddings, overrides and isolates; the letters of Arabic and Uyghur still run the way they run.
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\u200b")
_STAND_IN = {"Cs": "\ufffd", "Cc": " "}
