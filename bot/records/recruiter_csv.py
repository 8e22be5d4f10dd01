"""Reads the public list of licensed companies as staff save it: any usual encoding, separator and heading."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.language.contact_numbers import find_contact_numbers

LARGEST_FILE = 20_000_000  # bytes; the whole country has a few thousand rows
MOST_ROWS = 50_000
MOST_PROBLEMS = 20  # that are named; the rest is only counted
_LOOKED_THROUGH = 15  # lines: a title and remarks may stand above the heading
_ENCODINGS = ("utf-8-sig", "gb18030")
_SEPARATORS = (",", "\t", ";", "，", "|")

#: Column -> how its heading may be written; the first that is there is taken.
HEADINGS: dict[str, tuple[str, ...]] = {
    "name": (
        "企业名称", "公司名称", "单位名称", "企业全称", "公司全称", "经营公司", "企业", "公司", "名称", "name",
        "company",
    ),
    "certificate_number": (
        "资格证书编号", "经营资格证书编号", "证书编号", "资格证书号", "证书号", "资格证编号", "资格证号", "许可证号",
        "certificate_number", "certificate",
    ),
    "province": (
        "省份", "省市", "地区", "所在地区", "所在地", "所属地区", "所在省份", "省", "注册地", "province", "region",
    ),
    "valid_until": ("有效期至", "有效期", "证书有效期", "有效期限", "截止日期", "到期日期", "valid_until", "expires"),
    "status": ("状态", "资格状态", "证书状态", "经营状态", "status"),
}  # fmt: skip
_LONGEST = {"name": 120, "certificate_number": 64, "province": 32}
_STATUSES = {
    "valid": ("", "有效", "正常", "存续", "在营", "在业", "合格", "valid"),
    "suspended": ("暂停", "停业", "整改", "中止", "suspended"),
    "revoked": ("吊销", "撤销", "注销", "取消", "失效", "无效", "作废", "已过期", "过期", "revoked"),
}
_STATUS_OF = {word: status for status, words in _STATUSES.items() for word in words}
_NO_DATE = ("", "-", "—", "/", "无", "长期", "长期有效", "永久")
_DATE = re.compile(r"((?:19|20)\d\d)[-年./]?(\d{1,2})[-月./]?(\d{1,2})?日?")


class ListError(ValueError):
    """The file cannot be used; `problems` are sentences for the person who imports it, with line numbers."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class ListedRecruiter:
    """One row; `valid_until` None where the list names no end."""

    name: str
    certificate_number: str
    province: str
    valid_until: date | None
    status: str


@dataclass(frozen=True)
class ReadList:
    """All rows once each; `repeated` are the lines that said again what an earlier line had said."""

    recruiters: tuple[ListedRecruiter, ...]
    repeated: tuple[int, ...]
    encoding: str


def read_list(content: bytes) -> ReadList:
    """Return the companies of a file; ListError names every line that is wrong, and then nothing may be used."""
    text, encoding = _decoded(content)
    lines = list(_lines(text))
    columns, first = _heading(lines)
    kept: dict[tuple[str, str], ListedRecruiter] = {}
    line_of: dict[tuple[str, str], int] = {}
    repeated: list[int] = []
    problems: list[str] = []
    for number, cells in lines[first:]:
        if not any(cells):
            continue
        try:
            one = _recruiter(cells, columns, len(lines[first - 1][1]))
            key = (one.name, one.certificate_number)
            if key not in kept:
                kept[key], line_of[key] = one, number
            elif kept[key] == one:
                repeated.append(number)
            else:
                raise ListError(f"says something else about the company of line {line_of[key]}")
        except ListError as error:
            problems.append(f"Line {number}: {error}.")
        if len(kept) > MOST_ROWS:
            raise ListError(f"The file has more than {MOST_ROWS} companies; that is no list of licensed companies.")
    if problems:
        more = len(problems) - MOST_PROBLEMS
        rest = [f"… and {more} lines more."] if more > 0 else []
        raise ListError(*problems[:MOST_PROBLEMS], *rest)
    if not kept:
        raise ListError("The file has a heading but no company below it.")
    return ReadList(tuple(kept.values()), tuple(repeated), encoding)


def _decoded(content: bytes) -> tuple[str, str]:
    if len(content) > LARGEST_FILE:
        raise ListError(
            f"The file is larger than {LARGEST_FILE // 1_000_000} MB; that is no list of licensed companies."
        )
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise ListError("The file is empty.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise ListError("This is a workbook or a PDF. Open it and save it as “CSV UTF-8”, then import that file.")
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else _ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise ListError("The file is neither UTF-8 nor GB18030 text. Save it as “CSV UTF-8”, then import that file.")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line of the file on which it begins, its cells trimmed."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [_cell(cell) for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise ListError(f"Line {line}: cannot be read as CSV ({error}); look for a quotation mark too many.") from None


def _separator(text: str) -> str:
    """Return what parts the heading; a list of names alone has nothing to part."""
    for line in text.splitlines()[:_LOOKED_THROUGH]:
        for separator in _SEPARATORS:
            cells = [_plain_heading(_cell(cell)) for cell in line.split(separator)]
            if len(cells) > 1 and _place(cells, HEADINGS["name"]) is not None:
                return separator
    return _SEPARATORS[0]


def _cell(text: str) -> str:
    """Fold width and blanks, but leave the brackets of a name as the list writes them."""
    plain = "".join(
        character if character in "（）" else unicodedata.normalize("NFKC", character)
        for character in text
        if unicodedata.category(character) not in ("Cf", "Cc") or character in "\n\t"
    )
    return " ".join(plain.split()).strip("'\"* ")


def _heading(lines: list[tuple[int, list[str]]]) -> tuple[dict[str, int], int]:
    """Return the place of each column, and how many lines to leave out before the first company."""
    for position, (_, cells) in enumerate(lines[:_LOOKED_THROUGH]):
        plain = [_plain_heading(cell) for cell in cells]
        columns = {column: place for column, names in HEADINGS.items() if (place := _place(plain, names)) is not None}
        if "name" in columns and (len(cells) == 1 or len([cell for cell in cells if cell]) > 1):
            return columns, position + 1
    raise ListError(
        f"No heading was found in the first {_LOOKED_THROUGH} lines. One column must be called 企业名称 (also: "
        + "、".join(HEADINGS["name"][1:6])
        + ")."
    )


def _plain_heading(cell: str) -> str:
    return re.sub(r"[\s（(].*$|[:：]$", "", cell).lower()


def _place(cells: list[str], names: Iterable[str]) -> int | None:
    return next((cells.index(name) for name in names if name in cells), None)


def _recruiter(cells: list[str], columns: dict[str, int], width: int) -> ListedRecruiter:
    if any(cells[width:]):
        raise ListError(f"has {len(cells)} columns where the heading has {width}; a separator too many?")
    row = {column: cells[place] if place < len(cells) else "" for column, place in columns.items()}
    name = re.sub(r"\s+", "", row["name"]) if re.search(r"[一-鿿]", row["name"]) else row["name"]
    if not name:
        raise ListError("has no company name")
    if len(re.findall(r"[^\W\d_]", name)) < 2:
        raise ListError("has a company name without letters; are the columns in another order?")
    for column in ("name", "certificate_number"):  # both are shown to people, who would call what they see
        if find_contact_numbers(row.get(column, "")):
            raise ListError(f"has a telephone number in the column {column}; are the columns in another order?")
    for column, value in (("name", name), *row.items()):
        if len(value) > _LONGEST.get(column, 200):
            raise ListError(f"has more than {_LONGEST.get(column, 200)} characters in the column {column}")
    return ListedRecruiter(
        name=name,
        certificate_number=row.get("certificate_number", ""),
        province=row.get("province", ""),
        valid_until=_date(row.get("valid_until", "")),
        status=_status(row.get("status", "")),
    )


def _date(text: str) -> date | None:
    """Read the last date of a cell (2024-01-01至2027-12-31); of a month without a day, its last day."""
    if text in _NO_DATE:
        return None
    found = _DATE.findall(text)
    try:
        year, month, day = found[-1]
        if day:
            until = date(int(year), int(month), int(day))
        else:
            until = (date(int(year), int(month), 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    except (IndexError, ValueError):
        raise ListError(f"has the date “{text[:20]}”, which cannot be read; write it as 2027-12-31") from None
    return until


def _status(text: str) -> str:
    if text.lower() in _STATUS_OF:
        return _STATUS_OF[text.lower()]
    for status in ("revoked", "suspended"):  # 已吊销, 暂停经营
        if any(word and word in text for word in _STATUSES[status]):
            return status
    raise ListError(f"has the status “{text[:20]}”, which is none of " + "、".join(w for w in _STATUS_OF if w))
