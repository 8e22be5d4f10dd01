"""Why a paper cannot be read. Each reason names the response that tells the person so, and what to do instead."""

from __future__ import annotations


class PaperError(Exception):
    """A paper that cannot be read; its message never holds anything of the paper."""

    code = "unreadable"
    response = "utter_paper_unreadable"


class Unreadable(PaperError):
    """Broken, cut off, or made to do harm."""


class TooLarge(PaperError):
    """Too many bytes, pixels or unpacked bytes."""

    code = "too_large"
    response = "utter_paper_too_large"


class TooManyPages(PaperError):
    """More pages than any contract has."""

    code = "too_many_pages"
    response = "utter_paper_too_many_pages"


class TooSlow(PaperError):
    """Reading did not come to an end in time."""

    code = "too_slow"
    response = "utter_paper_too_slow"


class Locked(PaperError):
    """A password is needed."""

    code = "locked"
    response = "utter_paper_locked"


class NoWords(PaperError):
    """It could be opened, but there is nothing to read in it."""

    code = "no_words"
    response = "utter_paper_no_words"


class UnknownKind(PaperError):
    """By its first bytes it is nothing that we read."""

    code = "unknown_kind"
    response = "utter_paper_unknown_kind"


class NoReader(PaperError):
    """This machine lacks what reads pictures."""

    code = "no_reader"
    response = "utter_input_photo"


BY_CODE: dict[str, type[PaperError]] = {
    error.code: error for error in (Unreadable, TooLarge, TooManyPages, TooSlow, Locked, NoWords, UnknownKind, NoReader)
}
