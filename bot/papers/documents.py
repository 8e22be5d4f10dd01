"""Text out of PDF, Word and plain files. Only the reading process imports this."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image

from bot.papers.allowance import Allowance
from bot.papers.errors import Locked, NoWords, PaperError, TooLarge, TooManyPages, Unreadable
from bot.papers.kinds import decoded, picture_format
from bot.papers.limits import (
    ENOUGH_LOOKED_AT,
    LARGEST_DOCUMENT_PART,
    LARGEST_UNPACKED,
    LONGEST_TEXT,
    MOST_PAGES,
    MOST_PARTS,
)
from bot.papers.lines import unwrapped_text

#: Reads the letters of a picture within an allowance: text, and whether its end was left out.
Look = Callable[[Image.Image, Allowance], tuple[str, bool]]

#: A page with fewer letters in its text layer is a picture of a page.
FEWEST_LETTERS = 12
#: Pixels of the longer side of a page that is looked at.
PAGE_SIDE = 1920
#: Pictures of a Word file without words that are looked at.
MOST_PICTURES = 10
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def read_plain(content: bytes) -> tuple[str, int, bool]:
    """Return the text of a plain file, its pages (one) and whether its end was left out."""
    text = decoded(content)
    if text is None:
        raise Unreadable("no text")
    return text[:LONGEST_TEXT], 1, len(text) > LONGEST_TEXT


# PDF


def read_pdf(content: bytes, look: Look, allowance: Allowance) -> tuple[str, int, bool]:
    """Return the text of a PDF file, the number of its pages and whether its end was left out."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Locked("pdf") if "assword" in str(error) else Unreadable("pdf") from None
    pages = len(document)
    if pages > MOST_PAGES:
        raise TooManyPages("pdf")
    if pages == 0:
        raise Unreadable("pdf without pages")
    texts: list[str] = []
    length = looked_at = 0
    for number in range(pages):
        if texts and (allowance.is_used_up or length > LONGEST_TEXT or looked_at > ENOUGH_LOOKED_AT):
            return "\n".join(texts)[:LONGEST_TEXT], pages, True
        text, looked = _page(document, number, look, allowance)
        length += len(text)
        looked_at += len(text) if looked else 0
        texts.append(text)
    text = "\n".join(text for text in texts if text)
    return text[:LONGEST_TEXT], pages, len(text) > LONGEST_TEXT


def _page(document: Any, number: int, look: Look, allowance: Allowance) -> tuple[str, bool]:
    """Return the text of a page and whether it had to be looked at, as it has no text layer."""
    import pypdfium2

    try:
        page = document[number]
        text = page.get_textpage().get_text_bounded()
        if _is_language(text):
            return unwrapped_text(_plain(text)), False
        scale = PAGE_SIDE / max(*page.get_size(), 1.0)
        picture = page.render(scale=scale).to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, ValueError, MemoryError):
        return "", False  # one broken page, the others may be whole
    return look(picture, allowance)[0], True


def _is_language(text: str) -> bool:
    """Whether a text layer can be read: many fonts give numbers of their own instead of letters."""
    visible = [character for character in text if not character.isspace()]
    letters = sum(unicodedata.category(character)[0] in "LN" for character in visible)
    strange = sum(
        unicodedata.category(character) in ("Co", "Cn", "Cc") or character == "\ufffd" for character in visible
    )
    return letters >= FEWEST_LETTERS and strange * 5 < len(visible)


def _plain(text: str) -> str:
    """Return the text with the signs of radicals that some fonts give turned into the characters they stand for."""
    return unicodedata.normalize("NFKC", text) if any("\u2e80" <= c <= "\u2fdf" for c in text) else text


# Word


def read_word(content: bytes, look: Look, allowance: Allowance) -> tuple[str, int, bool]:
    """Return the text of a Word file in the order of its page, tables row by row; of its pictures when it has none."""
    _check_parts(content)
    text = "\n".join(line for line in _word_lines(content) if line)
    if text:
        return text[:LONGEST_TEXT], 1, len(text) > LONGEST_TEXT
    return _word_pictures(content, look, allowance)


def _check_parts(content: bytes) -> None:
    """Refuse what unpacks to far more than it is; zipfile itself never unpacks more than a part says it has."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise Unreadable("word") from None
    if any(part.flag_bits & 1 for part in parts):
        raise Locked("zip")
    text = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    if len(parts) > MOST_PARTS or text > LARGEST_DOCUMENT_PART or sum(p.file_size for p in parts) > LARGEST_UNPACKED:
        raise TooLarge("word")


def _word_lines(content: bytes) -> Iterator[str]:
    import docx

    try:
        body = docx.Document(io.BytesIO(content)).element.body
    except Exception:  # python-docx fails at a broken file in many ways
        raise Unreadable("word") from None
    yield from _blocks(body)


def _blocks(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == f"{_WORD}tr":
            yield "　".join(
                text for cell in child.iter(f"{_WORD}tc") if (text := " ".join(filter(None, _blocks(cell))))
            )
        elif child.tag == f"{_WORD}p":
            yield _words(child)
            yield from _inside(child)
        elif child.tag != _FALLBACK:
            yield from _blocks(child)


def _words(paragraph: Any) -> str:
    """Return the words of a paragraph without those of text boxes that hang on it."""
    found = []
    for part in paragraph.iter(f"{_WORD}t", f"{_WORD}tab", f"{_WORD}br", f"{_WORD}cr"):
        if next(part.iterancestors(f"{_WORD}p")) is paragraph:
            found.append((part.text or "") if part.tag == f"{_WORD}t" else "\n" if part.tag != f"{_WORD}tab" else " ")
    return "".join(found).strip()


def _inside(paragraph: Any) -> Iterator[str]:
    """Yield the paragraphs of text boxes; Word writes each box twice, the second time for old programs."""
    for box in paragraph.iter(f"{_WORD}txbxContent"):
        if next(box.iterancestors(_FALLBACK), None) is None:
            yield from _blocks(box)


def _word_pictures(content: bytes, look: Look, allowance: Allowance) -> tuple[str, int, bool]:
    """Read the pictures of a Word file that consists of nothing else: photographs of a contract, pasted in."""
    from bot.papers.pictures import opened

    package = zipfile.ZipFile(io.BytesIO(content))
    names = [name for name in package.namelist() if name.startswith("word/media/")]
    texts: list[str] = []
    for place, name in enumerate(sorted(names, key=lambda name: (len(name), name))):
        if texts and (allowance.is_used_up or place >= MOST_PICTURES or sum(map(len, texts)) > ENOUGH_LOOKED_AT):
            return "\n".join(texts)[:LONGEST_TEXT], 1, True
        try:
            picture = package.read(name)
            if picture_format(picture):
                texts.append(look(opened(picture), allowance)[0])
        except (PaperError, zipfile.BadZipFile, OSError):
            continue  # one broken picture, the others may be whole
    text = "\n".join(filter(None, texts))
    if not text:
        raise NoWords("word")
    return text[:LONGEST_TEXT], 1, False
