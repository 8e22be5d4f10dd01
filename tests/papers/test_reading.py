"""What people send is read back: adverts, chats, pages and files, drawn here and read by the real process."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw

from bot.papers.reading import read_paper
from tests.papers import drawing
from tests.papers.drawing import ADVERT, CHAT, CONTRACT, encoded

#: Seconds of the processor, on the machine on which this was written.
BASELINE = {"a chat": 4.0, "an advert": 2.2, "a page": 5.4, "a Word file": 0.1}
BUBBLES = [text for _, text in CHAT]


def marked_as_turned(picture: Image.Image) -> bytes:
    """Return a photograph as phones save it: lying on its side, with a mark how to turn it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(picture.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif.tobytes())


def see_through(picture: Image.Image) -> bytes:
    """Return black letters on nothing."""
    whole = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    whole.putalpha(picture.convert("L").point(lambda light: 255 - light))
    return encoded(whole)


def quietly(text: str) -> str:
    """Return the text without what recognition may take one for the other."""
    return text.translate(str.maketrans("，：；？！", ",:;?!")).replace(" ", "")


CHATS: dict[str, Callable[[], bytes]] = {
    "a screenshot as a phone saves it": lambda: encoded(drawing.chat()),
    "the same after Telegram made it smaller": lambda: encoded(drawing.chat(), "JPEG", quality=60),
    "at night, light on dark": lambda: encoded(drawing.chat(dark=True)),
    "as WebP": lambda: encoded(drawing.chat(), "WEBP"),
}
ADVERTS: dict[str, Callable[[], bytes]] = {
    "white on red": lambda: encoded(drawing.advert()),
    "a photograph with a mark how to turn it": lambda: marked_as_turned(drawing.advert()),
    "lying on its side": lambda: encoded(drawing.advert().transpose(Image.Transpose.ROTATE_90)),
    "lying on its other side": lambda: encoded(drawing.advert().transpose(Image.Transpose.ROTATE_270)),
    "standing on its head": lambda: encoded(drawing.advert().transpose(Image.Transpose.ROTATE_180)),
    "a little askew": lambda: encoded(drawing.advert().rotate(4, expand=True, fillcolor="#c8102e")),
    "black letters on nothing": lambda: see_through(drawing.advert(ink="black", ground="white")),
    "as GIF": lambda: encoded(drawing.advert(), "GIF"),
    "as BMP": lambda: encoded(drawing.advert(), "BMP"),
    "small": lambda: encoded(drawing.advert(size=20)),
}


@pytest.mark.parametrize("why", CHATS)
async def test_a_chat_is_a_bubble_a_line(why: str) -> None:
    paper = await read_paper(CHATS[why]())
    assert [quietly(line) for line in paper.text.splitlines()] == [quietly(text) for text in BUBBLES]
    assert (paper.kind, paper.pages, paper.truncated) == ("picture", 1, False)


@pytest.mark.parametrize("why", ADVERTS)
async def test_an_advert_keeps_its_lines(why: str) -> None:
    paper = await read_paper(ADVERTS[why]())
    assert [quietly(line) for line in paper.text.splitlines()] == [quietly(line) for line in ADVERT]


async def test_a_scrolled_chat_is_read_in_pieces() -> None:
    lines = [(who, f"{number}号，{text}") for number in range(1, 5) for who, text in CHAT]
    picture = drawing.chat(lines)
    assert picture.height > 4 * picture.width
    paper = await read_paper(encoded(picture, "JPEG"))
    read = "\n".join(quietly(line) for line in paper.text.splitlines())
    expected = "\n".join(quietly(text) for _, text in lines)
    assert expected.startswith(read) and (paper.truncated or read == expected)
    assert read.count("\n") > len(CHAT), "the second piece was read too, and nothing twice"


@pytest.mark.parametrize("askew", [0, 4, -3])
async def test_two_columns_stand_side_by_side(askew: int) -> None:
    picture = Image.new("RGB", (1000, 420), "white")
    letters, draw = drawing.font(44), ImageDraw.Draw(picture)
    for place, row in enumerate((("待遇说明：海外工厂普工", ""), ("每月工资", "八千元整"), ("住宿条件", "四人一间"))):
        for column, text in enumerate(row):
            draw.text((60 + column * 560, 60 + place * 90), text, font=letters, fill="black")
    turned = picture.rotate(askew, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC)
    read = (await read_paper(encoded(turned))).text.splitlines()
    assert [line.replace(":", "：") for line in read] == [
        "待遇说明：海外工厂普工",
        "每月工资 八千元整",
        "住宿条件 四人一间",
    ]


async def test_the_wrapped_lines_of_a_page_become_whole_again() -> None:
    paper = await read_paper(encoded(drawing.page(), "JPEG"))
    lines = [quietly(line) for line in paper.text.splitlines()]
    assert quietly("护照和身份证件由甲方统一保管") in "".join(lines)
    assert any(quietly("不得擅自离开工作场所,提前离职的") in line for line in lines)
    assert [line[:3] for line in lines if line.startswith("第")] == ["第一条", "第二条", "第三条"]


async def test_a_scanned_pdf_is_looked_at() -> None:
    paper = await read_paper(drawing.scanned(drawing.page(), drawing.page(["第四条 争议由甲方所在地法院管辖。"])))
    assert (paper.kind, paper.pages) == ("pdf", 2)
    assert "统一保管" in paper.text and quietly("争议由甲方所在地法院管辖") in quietly(paper.text)


async def test_the_text_layer_of_a_pdf() -> None:
    rows = ["外派劳务合同书", "第一条 护照由甲方统一保管，乙方不得索回。", "第二条 提前离职赔偿三万元。"]
    paper = await read_paper(drawing.pdf([rows, ["第三条 月工资八千元，押金从工资中扣除。"]]))
    assert paper.text.splitlines() == [*rows, "第三条 月工资八千元，押金从工资中扣除。"]
    assert (paper.kind, paper.pages, paper.truncated) == ("pdf", 2, False)


async def test_a_long_pdf_is_read_to_a_point() -> None:
    many = [[f"第{page}页第{row}行，乙方应当服从甲方的管理和安排。" for row in range(30)] for page in range(60)]
    paper = await read_paper(drawing.pdf(many))
    assert paper.truncated and paper.pages == 60 and len(paper.text) == 20_000


async def test_a_word_file_keeps_paragraphs_and_rows() -> None:
    paper = await read_paper(drawing.word(table=[["工资", "八千元"], ["押金", "三万元"]]))
    assert paper.text.splitlines() == [*CONTRACT, "工资　八千元", "押金　三万元", "以上双方同意。"]
    assert paper.kind == "word"


async def test_photographs_pasted_into_a_word_file() -> None:
    paper = await read_paper(drawing.word(lines=(), picture=encoded(drawing.advert())))
    assert paper.kind == "word" and "先交押金8000元" in paper.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
async def test_plain_files(encoding: str) -> None:
    paper = await read_paper("去柬埔寨，月薪三万。\r\n\r\n先交八千。\r\n".encode(encoding))
    assert paper.text == "去柬埔寨，月薪三万。\n先交八千。"
    assert paper.kind == "text"


async def test_how_long_reading_takes() -> None:
    """Printed beside what was measured when this was written; a machine may be slow or busy, so nothing is asserted."""
    files = {
        "a chat": (encoded(drawing.chat()), BASELINE["a chat"]),
        "an advert": (encoded(drawing.advert()), BASELINE["an advert"]),
        "a page": (encoded(drawing.page()), BASELINE["a page"]),
        "a Word file": (drawing.word(), BASELINE["a Word file"]),
    }
    for name, (content, baseline) in files.items():
        began, worked = time.monotonic(), _worked()
        await read_paper(content)
        took, work = time.monotonic() - began, _worked() - worked
        print(f"{name}: {took:.1f} s, of the processor {work:.1f} s (baseline: {baseline} s of the processor)")


def _worked() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
