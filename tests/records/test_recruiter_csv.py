"""The list as staff may save it: what is read, and which line is named when it cannot be."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.records import recruiter_csv
from bot.records.recruiter_csv import ListedRecruiter, ListError, read_list

HEADING = "企业名称,证书编号,省份,有效期至"
ROW = "青岛环太国际经济技术合作有限公司,LW370220260001,山东,2027-12-31"
READ = ListedRecruiter("青岛环太国际经济技术合作有限公司", "LW370220260001", "山东", date(2027, 12, 31), status="valid")


def rows(text: str, encoding: str = "utf-8") -> tuple[ListedRecruiter, ...]:
    return read_list(text.encode(encoding)).recruiters


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_encodings(encoding: str) -> None:
    assert rows(f"{HEADING}\n{ROW}\n", encoding) == (READ,)


@pytest.mark.parametrize("separator", [",", "\t", ";", "，", "|"])
def test_separators(separator: str) -> None:
    assert rows(f"{HEADING}\n{ROW}\n".replace(",", separator)) == (READ,)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines(end: str) -> None:
    assert rows(end.join([HEADING, ROW, ""])) == (READ,)


@pytest.mark.parametrize(
    "heading",
    [
        "公司名称,资格证书编号,地区,有效期",
        "名称,证书号,所在地,有效期至",
        " 企业名称 ,证书编号（必填）,省份*,有效期至：",
        "NAME,Certificate,Province,valid_until",
        "“企业名称”,证书编号,省份,有效期至".replace("“", '"').replace("”", '"'),
    ],
)
def test_headings(heading: str) -> None:
    assert rows(f"{heading}\n{ROW}\n") == (READ,)


def test_columns_in_any_order_and_others_are_left_out() -> None:
    text = "序号,省份,电话,企业名称,状态\n1,山东,0532-123,青岛环太有限公司,正常\n2,,,威海国际有限公司,已吊销\n"
    first, second = rows(text)
    assert (first.name, first.province, first.status, first.valid_until) == ("青岛环太有限公司", "山东", "valid", None)
    assert (second.name, second.status, second.certificate_number) == ("威海国际有限公司", "revoked", "")


def test_a_title_and_empty_lines_do_no_harm() -> None:
    assert rows(f"对外劳务合作企业名单,,,\n（截至2026年11月1日）,,,\n\n{HEADING}\n\n{ROW}\n,,,\n") == (READ,)


def test_names_alone_are_enough() -> None:
    assert [one.name for one in rows("企业名称\n青岛环太有限公司\n威海国际有限公司\n")] == [
        "青岛环太有限公司",
        "威海国际有限公司",
    ]


def test_blanks_inside_a_name_and_commas_in_quotes() -> None:
    (one,) = rows('企业名称,省份\n"青岛 环太　国际\n有限公司","山东, 青岛"\n')
    assert (one.name, one.province) == ("青岛环太国际有限公司", "山东, 青岛")


@pytest.mark.parametrize(
    ("written", "until"),
    [
        ("2027-12-31", date(2027, 12, 31)),
        ("2027/2/3", date(2027, 2, 3)),
        ("2027.2.3", date(2027, 2, 3)),
        ("2027年2月3日", date(2027, 2, 3)),
        ("20270203", date(2027, 2, 3)),
        ("2024-01-01至2027-12-31", date(2027, 12, 31)),
        ("2027年2月", date(2027, 2, 28)),
        ("2027-12-31 00:00:00", date(2027, 12, 31)),
        ("长期", None),
        ("", None),
    ],
)
def test_dates(written: str, until: date | None) -> None:
    assert rows(f"{HEADING}\n青岛环太有限公司,LW1,山东,{written}\n")[0].valid_until == until


def test_a_line_that_repeats_another_counts_once() -> None:
    read = read_list(f"{HEADING}\n{ROW}\n{ROW}\n".encode())
    assert (read.recruiters, read.repeated) == ((READ,), (3,))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (",LW1,山东,2027-12-31", "has no company name"),
        ("12345,LW1,山东,2027-12-31", "without letters"),
        ("青岛环太有限公司,LW1,山东,2027-13-31", "the date “2027-13-31”"),
        ("青岛环太有限公司,LW1,山东,soon", "the date “soon”"),
        ("青岛环太有限公司,LW1,山东,2199-01-01", "the date “2199-01-01”"),
        ("青岛环太有限公司,LW1,山东,2027-12-31,另一栏", "has 5 columns where the heading has 4"),
        ("青岛环太有限公司,13812345678,山东,2027-12-31", "a telephone number in the column certificate_number"),
        ("青" * 121 + ",LW1,山东,2027-12-31", "more than 120 characters"),
        (ROW.replace("2027", "2028"), "says something else about the company of line 2"),
    ],
)
def test_a_wrong_line_is_named(line: str, problem: str) -> None:
    with pytest.raises(ListError, match=f"^Line 3: .*{problem}"):
        rows(f"{HEADING}\n{ROW}\n{line}\n")


def test_the_line_is_that_of_the_file_also_behind_a_cell_of_several_lines() -> None:
    with pytest.raises(ListError, match=r"^Line 5: "):
        rows(f'{HEADING}\n"青岛环太\n国际\n有限公司",LW1,山东,\n,LW2,山东,\n')


def test_an_unknown_status_is_named() -> None:
    with pytest.raises(ListError, match="Line 2: has the status “随便”"):
        rows("企业名称,状态\n青岛环太有限公司,随便\n")


def test_many_wrong_lines_are_counted() -> None:
    with pytest.raises(ListError) as error:
        rows(HEADING + "\n" + ",LW,山东,\n" * 30)
    assert len(error.value.problems) == 21
    assert error.value.problems[-1] == "… and 10 lines more."


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n \n", "empty"),
        (HEADING.encode(), "no company below"),
        ("序号,电话\n1,2\n".encode(), "No heading was found"),
        (b"PK\x03\x04rest", "workbook"),
        (b"%PDF-1.7", "workbook or a PDF"),
        (b"\xff\xfe\x00\xd8", "neither"),
        (b"\x00\x01\x02\x03", "neither"),
        (f'{HEADING}\n"青岛环太,LW1,山东,\n'.encode(), "quotation mark"),
    ],
)
def test_files_that_are_no_list(content: bytes, problem: str) -> None:
    with pytest.raises(ListError, match=problem):
        read_list(content)


def test_huge_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recruiter_csv, "MOST_ROWS", 10)
    with pytest.raises(ListError, match="more than 10 companies"):
        rows(HEADING + "\n" + "".join(f"青岛第{n}有限公司,LW{n},山东,\n" for n in range(12)))
    with pytest.raises(ListError, match="larger than"):
        read_list(b"x" * (recruiter_csv.LARGEST_FILE + 1))


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"{HEADING}\n{text}".encode("utf-8", "replace"))
)
def test_any_file_is_read_or_refused(content: bytes) -> None:
    try:
        assert read_list(content).recruiters
    except ListError as error:
        assert error.problems
