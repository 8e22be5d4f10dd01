"""Numbers to tap: only those of data/knowledge, never one that a recruiter gave and the bot quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from bot.knowledge.hotlines import Hotlines
from bot.settings import PROJECT

#: A number so short is also an amount, an age or an article: it has to stand where a number to call stands.
SHORT = 4
_CALLED = r"(?<=[：:打拨撥、或和])|(?<=[：:打拨撥、或和] )"
_NOT_INSIDE = r"(?<![0-9A-Za-z.+\-])"
_NO_AMOUNT = r"(?![ \u3000]*[A-Za-z元块塊万萬千百%％天年月日号號条條岁歲个個人名小时時分]|[\-+.]?[0-9])"


class PhoneLinks:
    """Finds the numbers that may be tapped."""

    def __init__(self, numbers: Iterable[str], texted: Iterable[str] = ()) -> None:
        ordered = sorted(numbers, key=lambda number: (-len(number), number))
        short = [re.escape(number) for number in ordered if len(_digits(number)) <= SHORT]
        long = [re.escape(number) for number in ordered if len(_digits(number)) > SHORT]
        ways = [rf"{_NOT_INSIDE}(?:{'|'.join(long)})"] if long else []
        ways += [rf"(?:{_CALLED})(?:{'|'.join(short)})"] if short else []
        self._pattern = re.compile(rf"(?:{'|'.join(ways)}){_NO_AMOUNT}") if ways else re.compile(r"(?!)")
        self._texted = frozenset(texted)

    def pieces(self, text: str) -> Iterator[tuple[str, str]]:
        """Part the text into (words, link); the link is empty for what is no number."""
        done = 0
        for found in self._pattern.finditer(text):
            if found.start() > done:
                yield text[done : found.start()], ""
            scheme = "sms" if found[0] in self._texted else "tel"
            yield found[0], f"{scheme}:{_digits(found[0])}"
            done = found.end()
        if done < len(text):
            yield text[done:], ""


def _digits(number: str) -> str:
    return "".join(character for character in number if character in "+0123456789")


@lru_cache(maxsize=1)
def known_phone_links() -> PhoneLinks:
    """Return the links of data/knowledge; a line that takes text messages only is texted."""
    hotlines = Hotlines.load(PROJECT / "data" / "knowledge")
    numbers = hotlines.dialable_numbers()
    named = {number: hotlines.recognise(number) for number in numbers}
    return PhoneLinks(numbers, {number for number, hotline in named.items() if hotline and "短信" in hotline.name})
