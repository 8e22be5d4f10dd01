"""Whatever reads files of strangers, of staff or of ours: refused with a reason, or read; never anything else."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from bot import tables
from bot.knowledge.destinations import Destinations
from bot.knowledge.exchange_rates import ExchangeRates
from bot.knowledge.hotlines import Hotlines
from bot.knowledge.impostors import Impostors
from bot.knowledge.plans import Plans
from bot.knowledge.recruiter_checks import load_recruiter_checks
from bot.knowledge.rights import Rights
from bot.papers import kinds, pictures, worker
from bot.papers.allowance import Allowance
from bot.papers.errors import BY_CODE, PaperError
from bot.papers.limits import LONGEST_TEXT
from bot.papers.reading import Paper, read_paper
from bot.records.recruiter_csv import ListError, read_list
from bot.settings import PROJECT
from bot.tables import KnowledgeError
from tests.fuzz.target import Target
from tests.papers import drawing

KNOWLEDGE = PROJECT / "data" / "knowledge"
CSV = (
    "企业名称,经营资格证书编号,省份,有效期至,状态\n青岛环太国际经济技术合作有限公司,LW370220150005,山东,2027-06-30,有效\n"
    "福建中福对外劳务合作有限公司,LW3500,福建,2026年1月2日,暂停\n"
)


# A paper, as the reading process reads it; the letters of pictures are another target's matter


def paper_parsers(data: bytes) -> None:
    kept = worker._look
    worker._look = _one_letter  # type: ignore[assignment]
    try:
        found = worker._read(data)
    finally:
        worker._look = kept
    if "trouble" in found:
        assert found["trouble"] in BY_CODE
        return
    assert found["kind"] in kinds.KINDS and len(found["text"]) <= LONGEST_TEXT and found["pages"] >= 1
    found["text"].encode()


def _one_letter(picture: Image.Image, _allowance: Allowance) -> tuple[str, bool]:
    pictures.on_white(picture).thumbnail((64, 64))
    return "字", False


def whole_reading(data: bytes) -> None:
    """A process of its own, as in the product: with limits, and with the letters of pictures."""
    try:
        found = asyncio.run(read_paper(data))
    except PaperError:
        return
    assert isinstance(found, Paper) and found.text


# What staff and we ourselves bring


def company_list(data: bytes) -> None:
    try:
        found = read_list(data)
    except ListError as error:
        assert error.problems
        return
    assert found.recruiters and all(0 < len(one.name) <= 120 for one in found.recruiters)


def tables_of_ours(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.yml"
        path.write_bytes(data)
        for load in (tables.load, tables.load_entry, tables.load_entries):
            _refused_or_read(lambda load=load: load(path), "table.yml")  # type: ignore[misc]


def knowledge(data: bytes) -> None:
    """One table of data/knowledge edited wrongly, all others as they are: the loader names file and line."""
    name, _, content = data.partition(b"\n")
    load = LOADERS.get(name.decode("ascii", "replace"))
    if load is None:
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for path in KNOWLEDGE.iterdir():
            (folder / path.name).symlink_to(path)
        edited = folder / name.decode()
        edited.unlink()
        edited.write_bytes(content)
        _refused_or_read(lambda: load(folder), "yml")


def _refused_or_read(load: Callable[[], Any], named: str) -> None:
    try:
        load()
    except KnowledgeError as error:
        assert named in str(error), "the message names the file"


LOADERS: dict[str, Callable[[Path], Any]] = {
    "hotlines.yml": Hotlines.load,
    "destinations.yml": Destinations.load,
    "rights.yml": Rights.load,
    "impostors.yml": Impostors.load,
    "plans.yml": Plans.load,
    "exchange_rates.yml": ExchangeRates.load,
    "recruiter_checks.yml": load_recruiter_checks,
}


@lru_cache(maxsize=1)
def papers() -> Sequence[bytes]:
    picture = drawing.chat().resize((200, 150))
    forms = [drawing.encoded(picture, form) for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")]
    texts = ["甲方：某某劳务公司\n乙方：张三\n第一条 工资两万".encode(code) for code in ("utf-8", "gb18030", "utf-16")]
    documents = [
        drawing.word(),
        drawing.word(table=[["工资", "两万"]]),
        drawing.word([], picture=forms[0]),
        drawing.pdf([["甲方：某某劳务公司", "乙方：张三"], ["第二页", "违约金五万"]]),
        drawing.pdf([["x"]], encrypted=True),
        drawing.scanned(picture),
    ]
    return [*forms, *texts, *documents]


def small_papers() -> Sequence[bytes]:
    return [paper for paper in papers() if len(paper) < 60_000]


def lists() -> Sequence[bytes]:
    return [
        CSV.encode("utf-8-sig"),
        CSV.encode("gb18030"),
        CSV.replace(",", "\t").encode(),
        CSV.replace("企业名称", "name").encode(),
    ]


def own_tables() -> Sequence[bytes]:
    return [(KNOWLEDGE / name).read_bytes()[:3000] for name in LOADERS if (KNOWLEDGE / name).exists()]


def whole_tables() -> Sequence[bytes]:
    return [name.encode() + b"\n" + (KNOWLEDGE / name).read_bytes() for name in LOADERS if (KNOWLEDGE / name).exists()]


TARGETS = (
    Target("paper parsers", "bytes", paper_parsers, small_papers, 5_000, ("bot.papers",)),
    Target("whole reading", "bytes", whole_reading, small_papers, 60),
    Target("list of companies", "bytes", company_list, lists, 4_000, ("bot.records.recruiter_csv",)),
    Target("tables", "bytes", tables_of_ours, own_tables, 1_500, ("bot.tables",)),
    Target("knowledge", "bytes", knowledge, whole_tables, 350),
)
