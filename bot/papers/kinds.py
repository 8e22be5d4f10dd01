"""What a file is, by its first bytes: a name or a type that somebody wrote beside it proves nothing."""

from __future__ import annotations

import io
import zipfile

from bot.papers.errors import Locked, UnknownKind, Unreadable

PICTURE, PDF, WORD, TEXT = "picture", "pdf", "word", "text"
KINDS = (PICTURE, PDF, WORD, TEXT)

#: First bytes -> Pillow's name of the format.
PICTURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}
_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Word before 2007, and every Word file with a password
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_MARKUP = (b"{\\rtf", b"<!doctype", b"<html", b"<?xml", b"<svg")
#: Where a PDF file may begin: some writers put a few lines before it.
_PDF_BEGINS_WITHIN = 1024


def picture_format(content: bytes) -> str | None:
    """Return the picture's format as Pillow names it; None when it is no picture."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    return next((name for first, name in PICTURES.items() if content.startswith(first)), None)


def kind_of(content: bytes) -> str:
    """Return picture, pdf, word or text; UnknownKind, Locked or Unreadable otherwise."""
    if not content:
        raise Unreadable("empty")
    if picture_format(content):
        return PICTURE
    if b"%PDF-" in content[:_PDF_BEGINS_WITHIN]:
        return PDF
    if content.startswith(_ZIP):
        return _kind_of_zip(content)
    if content.startswith(_COMPOUND):
        raise Locked("compound file") if _PASSWORD in content else UnknownKind("compound file")
    if content.lstrip()[:16].lower().startswith(_MARKUP) or not is_text(content):
        raise UnknownKind("no magic bytes")
    return TEXT


def _kind_of_zip(content: bytes) -> str:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise Unreadable("broken zip") from None
    if {"[Content_Types].xml", "word/document.xml"} <= names:
        return WORD
    raise UnknownKind("zip")


def is_text(content: bytes) -> bool:
    """Whether the bytes can be text in one of the encodings that plain files have in China."""
    return decoded(content) is not None


def decoded(content: bytes) -> str | None:
    """Return the text of a plain file; None when it is none. Mainland files without a mark are UTF-8 or GB18030."""
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        strange = sum(
            not character.isprintable() and character not in "\n\r\t\f\u200b\ufeff\u3000" for character in text
        )
        if strange * 50 <= len(text) and "\x00" not in text:
            return text
    return None
