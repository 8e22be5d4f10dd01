"""What is broken, locked, far too large or made to do harm is refused in its own words, and harms nobody."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bot.papers import errors, reading, worker
from bot.papers.errors import BY_CODE, PaperError
from bot.papers.limits import LARGEST_FILE
from bot.papers.pictures import PictureReader
from bot.papers.reading import read_paper
from bot.replies.texts import Texts
from bot.settings import PROJECT
from tests.papers import drawing
from tests.papers.drawing import encoded

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE bomb [<!ENTITY a0 "哈哈哈哈哈哈哈哈哈哈">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + ']><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>'
    "&a9;</w:t></w:r></w:p></w:body></w:document>"
)


def repacked(changes: dict[str, bytes], flags: int = 0) -> bytes:
    """Return a Word file with some of its parts replaced."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(drawing.word())) as whole, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as made:
        for name in whole.namelist():
            if name not in changes:
                made.writestr(name, whole.read(name))
        for name, content in changes.items():
            made.writestr(name, content)
    content = into.getvalue()
    if flags:
        content = content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    return content


def many_parts() -> bytes:
    return repacked({f"word/media/{number}.png": b"" for number in range(3000)})


def zipped(**parts: bytes) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return into.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it is huge."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    packed = (struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c)) for n, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def pages_in_a_circle() -> bytes:
    return drawing.pdf([["一"]]).replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]")


HOSTILE: dict[str, tuple[type[PaperError], Callable[[], bytes]]] = {
    "nothing at all": (errors.Unreadable, lambda: b""),
    "one byte too many": (errors.TooLarge, lambda: b"x" * (LARGEST_FILE + 1)),
    "a picture of 400 million pixels in 50 kilobytes": (
        errors.TooLarge, lambda: encoded(Image.new("1", (20_000, 20_000))),
    ),
    "a picture that claims to be huge": (errors.TooLarge, lambda: png_that_claims(2**31 - 1, 2**31 - 1)),
    "a picture that is shorter than it claims": (errors.Unreadable, lambda: png_that_claims(2000, 2000)),
    "a picture cut off on its way": (errors.Unreadable, lambda: encoded(drawing.advert(), "JPEG")[:20_000]),
    "a picture of which only the first bytes are real": (errors.Unreadable, lambda: b"\xff\xd8\xff" + os.urandom(5000)),
    "a picture one pixel wide": (errors.NoWords, lambda: encoded(Image.new("L", (1, 60_000)))),
    "a sheet of white paper": (errors.NoWords, lambda: encoded(Image.new("RGB", (800, 600), "white"))),
    "a PDF that ends after its first line": (errors.Unreadable, lambda: b"%PDF-1.7\n" + b"junk" * 100),
    "a PDF with a password": (errors.Locked, lambda: drawing.pdf([["一"]], encrypted=True)),
    "a PDF of ten thousand pages": (errors.TooManyPages, lambda: drawing.pdf([["一"]] * 10_000)),
    "a PDF without a page": (errors.Unreadable, lambda: drawing.pdf([])),
    "a PDF with an empty page": (errors.NoWords, lambda: drawing.pdf([[]])),
    "a PDF whose pages contain themselves": (errors.PaperError, pages_in_a_circle),
    "a Word file that unpacks to a gigabyte of text": (
        errors.TooLarge, lambda: repacked({"word/document.xml": b" " * 200_000_000}),
    ),
    "a Word file with a bomb beside the text": (
        errors.TooLarge, lambda: repacked({"word/media/image1.bin": bytes(100_000_000)}),
    ),
    "a Word file of three thousand parts": (errors.TooLarge, many_parts),
    "a Word file with entities that multiply": (
        errors.PaperError, lambda: repacked({"word/document.xml": ENTITIES.encode()}),
    ),
    "a Word file with broken text": (errors.Unreadable, lambda: repacked({"word/document.xml": b"<w:document"})),
    "a Word file without what belongs to it": (
        errors.Unreadable, lambda: zipped(**{"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
    ),
    "a Word file without a word": (errors.NoWords, lambda: drawing.word(lines=())),
    "a Word file with a password": (
        errors.Locked, lambda: COMPOUND + bytes(512) + "EncryptedPackage".encode("utf-16-le"),
    ),
    "a zip file cut in two": (errors.Unreadable, lambda: drawing.word()[:3000]),
    "an old Word file": (errors.UnknownKind, lambda: COMPOUND + bytes(2000)),
    "a spreadsheet": (errors.UnknownKind, lambda: zipped(**{"[Content_Types].xml": b"", "xl/workbook.xml": b""})),
    "a program": (errors.UnknownKind, lambda: Path(sys.executable).read_bytes()[:100_000]),
    "a film": (errors.UnknownKind, lambda: b"\x00\x00\x00\x20ftypisom" + bytes(3000)),
    "a web page": (errors.UnknownKind, lambda: b"<!DOCTYPE html><p>hello</p>"),
    "a drawing in code": (errors.UnknownKind, lambda: b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"),
    "random bytes": (errors.UnknownKind, lambda: b"\x01" + os.urandom(4000)),
    "a plain file of signs": (errors.NoWords, lambda: "！！！\n？？？".encode()),
}  # fmt: skip


@pytest.mark.parametrize("why", HOSTILE)
async def test_refused(why: str) -> None:
    expected, made = HOSTILE[why]
    began = time.monotonic()
    with pytest.raises(expected) as refused:
        await read_paper(made())
    print(f"{why}: {refused.value.code} after {time.monotonic() - began:.1f} s")


@pytest.mark.parametrize("error", BY_CODE.values(), ids=lambda error: error.__name__)
def test_every_refusal_has_words(error: type[PaperError]) -> None:
    assert Texts.load(PROJECT / "domain.yml").say(error.response, numbers="…")


async def test_a_password_in_the_zip() -> None:
    with pytest.raises(errors.Locked):
        await read_paper(repacked({"a.xml": b"x"}, flags=1))


async def test_an_animation_is_read_like_its_first_picture() -> None:
    frames = [drawing.advert(["先交八千"]), *(drawing.advert([f"第{number}张"]) for number in range(30))]
    into = io.BytesIO()
    frames[0].save(into, "GIF", save_all=True, append_images=frames[1:])
    assert (await read_paper(into.getvalue())).text == "先交八千"


async def test_reading_that_takes_too_long_is_ended() -> None:
    with pytest.raises(errors.TooSlow):
        await read_paper(encoded(drawing.advert()), seconds=0.05)
    assert _workers() == []


async def test_reading_that_nobody_waits_for_is_ended() -> None:
    task = asyncio.create_task(read_paper(encoded(drawing.page())))
    while not _workers():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert _workers() == []


def _workers() -> list[int]:
    """Return the ids of the reading processes that this process started."""
    found = subprocess.run(["ps", "-axo", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    lines = [line.split(maxsplit=2) for line in found.stdout.splitlines()]
    return [int(pid) for pid, parent, args in lines if int(parent) == os.getpid() and "bot.papers.worker" in args]


async def test_the_reading_process_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELEGRAM_BOT_TOKEN", "ANXING_SEAL_KEYS", "RASA_TOKEN", "DATABASE_URL"):
        monkeypatch.setenv(name, "secret-value")
    assert "secret-value" not in reading._environment().values()
    task = asyncio.create_task(read_paper(encoded(drawing.page())))
    while not _workers():
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)  # the program has begun
    told = Path(f"/proc/{_workers()[0]}/environ")
    if told.exists():  # on Linux a process can be asked for what it was given
        given = told.read_bytes()
        assert b"OMP_NUM_THREADS" in given and b"secret-value" not in given
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_the_reading_process_can_write_no_file_and_take_no_memory(tmp_path: Path) -> None:
    code = f"""
from bot.papers import worker
worker._bind()
try:
    open({str(tmp_path / "kept")!r}, "wb").write(b"x" * 100_000)
except OSError as error:
    print("no file", error.errno)
try:
    bytearray(4 * 2**30)
except MemoryError:
    print("no memory")
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=False)
    expected = ["no file 27", "no memory"] if sys.platform == "linux" else ["no file 27"]
    assert ran.stdout.splitlines() == expected
    assert (tmp_path / "kept").stat().st_size == 0


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{oops",
        b"[]",
        b"5",
        b'{"text": 5, "kind": "pdf", "pages": 1, "truncated": 0}',
        b'{"text": "x", "kind": "exe", "pages": 1, "truncated": false}',
    ],
)
def test_a_reading_process_that_was_taken_over_or_killed(answer: bytes) -> None:
    with pytest.raises(errors.Unreadable):
        reading._paper(answer)


def test_what_is_missing_is_said_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    worker._reader.cache_clear()
    with pytest.raises(errors.NoReader):
        PictureReader()
    told = worker._read(encoded(drawing.advert()))
    assert told["trouble"] == "no_reader"
    monkeypatch.setattr(reading, "_told_what_is_missing", False)
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            with pytest.raises(errors.NoReader):
                reading._paper(b'{"trouble": "no_reader", "about": "libGL.so.1: cannot open shared object file"}')
    [record] = [record for record in caplog.records if record.name.startswith("bot.")]
    assert "apt-get install libgl1" in record.getMessage()
