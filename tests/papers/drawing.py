"""Draws adverts, chats and pages as people send them, and packs them into files."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

import docx
import pytest
from PIL import Image, ImageDraw, ImageFont

FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/System/Library/Fonts/PingFang.ttc"),
    Path("/System/Library/Fonts/STHeiti Light.ttc"),
)
CHAT = (
    ("他", "在吗？柬埔寨客服，月薪三万，包吃包住包机票，不要学历"),
    ("我", "要交钱吗"),
    ("他", "先交八千押金，护照我们统一保管，到了就退给你"),
    ("我", "签的什么签证"),
    ("他", "旅游签过去，落地再转。别告诉家里人，名额就剩两个了，今天定下来"),
    ("我", "合同呢"),
    ("他", "到了再签，放心吧"),
)
ADVERT = (
    "高薪招聘出国务工",
    "地点：柬埔寨西港",
    "岗位：客服、打字员",
    "月薪：25000-30000元",
    "要求：18-40岁，不限学历",
    "包吃住包机票，当天可走",
    "先交押金8000元",
)
CONTRACT = (
    "外派劳务合同",
    "甲方：海天国际劳务有限公司",
    "乙方：李小梅",
    "第一条 乙方到达工作地点后，护照和身份证件由甲方统一保管，合同期满后归还。",
    "第二条 乙方在合同期内不得擅自离开工作场所，提前离职的，应当赔偿甲方损失三万元。",
    "第三条 月工资八千元，每月扣发百分之三十作为履约押金。",
)
Color = tuple[int, int, int]


def font(size: int) -> ImageFont.FreeTypeFont:
    """Return a Chinese font; without any the test is skipped, with CI=true it fails."""
    found = next((path for path in FONTS if path.exists()), None)
    if found is None:
        if os.environ.get("CI") == "true":
            raise FileNotFoundError("no Chinese font: apt-get install fonts-noto-cjk")
        pytest.skip("no Chinese font to draw with")
    return ImageFont.truetype(str(found), size, index=2 if found.suffix == ".ttc" and "Noto" in found.name else 0)


def chat(lines: Sequence[tuple[str, str]] = CHAT, size: int = 42, dark: bool = False) -> Image.Image:
    """Return a screenshot of a chat, as tall as its bubbles."""
    ground, theirs, mine, ink = (
        ("#111111", "#2c2c2c", "#3eb575", "#e6e6e6") if dark else ("#ededed", "white", "#95ec69", "black")
    )
    width, letters, y = 1080, font(size), 60
    wrapped = [[text[at : at + 18] for at in range(0, len(text), 18)] for _, text in lines]
    height = 120 + sum(len(rows) * (size + 14) + 90 for rows in wrapped)
    picture = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(picture)
    for (who, _), rows in zip(lines, wrapped, strict=True):
        wide = max(draw.textlength(row, font=letters) for row in rows) + 40
        tall = len(rows) * (size + 14) + 40
        x = 140 if who == "他" else width - 140 - wide
        draw.rounded_rectangle((x, y, x + wide, y + tall), 18, fill=theirs if who == "他" else mine)
        for place, row in enumerate(rows):
            draw.text((x + 20, y + 16 + place * (size + 14)), row, font=letters, fill=ink)
        y += tall + 50
    return picture


def advert(lines: Sequence[str] = ADVERT, size: int = 48, ink: str = "white", ground: str = "#c8102e") -> Image.Image:
    letters = font(size)
    picture = Image.new("RGB", (900, 100 + len(lines) * (size + 34)), ground)
    draw = ImageDraw.Draw(picture)
    for place, line in enumerate(lines):
        draw.text((50, 50 + place * (size + 34)), line, font=letters, fill=ink)
    return picture


def page(lines: Sequence[str] = CONTRACT, size: int = 40) -> Image.Image:
    """Return a page of A4 with paragraphs that wrap at its margin."""
    letters = font(size)
    picture = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(picture)
    y, a_row = 110, 26
    for line in lines:
        for at in range(0, len(line), a_row):
            draw.text((110, y), line[at : at + a_row], font=letters, fill="black")
            y += int(size * 1.75)
    return picture


def encoded(picture: Image.Image, form: str = "PNG", **choices: object) -> bytes:
    into = io.BytesIO()
    picture.save(into, form, **choices)
    return into.getvalue()


def scanned(*pages: Image.Image) -> bytes:
    """Return a PDF of pictures, as a scanner makes it."""
    into = io.BytesIO()
    pages[0].save(into, "PDF", save_all=True, append_images=pages[1:], resolution=150)
    return into.getvalue()


def pdf(pages: Sequence[Sequence[str]], encrypted: bool = False) -> bytes:
    """Return a PDF with a text layer, in a Chinese font that every reader of PDF knows by name."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b""]
    objects[2] = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts"
        b" [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe)"
        b" /Ordering (GB1) /Supplement 2 >> /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light"
        b" /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880"
        b" /StemV 93 >> /DW 1000 >>] >>"
    )
    kids = []
    for lines in pages:
        shown = b" T* ".join(b"<" + line.encode("utf-16-be").hex().encode() + b"> Tj" for line in lines)
        stream = b"BT /F1 12 Tf 20 TL 60 780 Td " + shown + b" ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    trailer = b""
    if encrypted:
        nothing = b"00" * 32
        objects.append(b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <%s> /U <%s> >>" % (nothing, nothing))
        trailer = b" /Encrypt %d 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]" % len(
            objects
        )
    body, places = b"%PDF-1.5\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table) + end


def word(lines: Sequence[str] = CONTRACT, table: Sequence[Sequence[str]] = (), picture: bytes = b"") -> bytes:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    if table:
        made = document.add_table(rows=len(table), cols=len(table[0]))
        for row, cells in zip(made.rows, table, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
        document.add_paragraph("以上双方同意。")
    if picture:
        document.add_picture(io.BytesIO(picture))
    into = io.BytesIO()
    document.save(into)
    return into.getvalue()
