"""The list of licensed companies in the records: imported whole or not at all, and asked by name."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.db import connection, connections

from bot.knowledge import recruiters as knowledge
from bot.language import company_likeness
from bot.records import recruiters
from bot.records.models import LicensedRecruiter, RecruiterList
from bot.records.recruiter_csv import read_list
from bot.records.recruiters import (
    ask_list,
    current_list,
    find_recruiters,
    replace_list,
    search_companies_of,
    search_recruiters,
)

pytestmark = pytest.mark.django_db
SOURCE = "省商务厅公布的名单"
CSV = """企业名称,证书编号,省份,有效期至,状态
青岛环太国际经济技术合作有限公司,LW370220260001,山东,2027-12-31,有效
威海国际经济技术合作股份有限公司,LW371020260002,山东,2025-12-31,有效
大连海通对外劳务合作有限公司,LW210220260003,辽宁,,吊销
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(CSV, encoding="gb18030")
    return path


def import_list(path: Path, as_of: str = "2026-11-01", source: str = SOURCE) -> str:
    output = StringIO()
    call_command("import_recruiters", str(path), as_of=as_of, source=source, stdout=output)
    return output.getvalue()


def test_the_command_replaces_the_list(file: Path, tmp_path: Path) -> None:
    told = import_list(file)
    assert "3 of 3 written" in told and "2026-11-01" in told and "2 valid" in told
    first = RecruiterList.objects.get()
    assert (first.as_of, first.source, first.rows, len(first.sha256)) == (date(2026, 11, 1), SOURCE, 3, 64)
    assert [match.name for match in find_recruiters("青岛环太")] == ["青岛环太国际经济技术合作有限公司"]
    other = tmp_path / "other.csv"
    other.write_text("企业名称\n福州鑫海人力资源有限公司\n", encoding="utf-8")
    told = import_list(other, as_of="2026-10-01")
    assert "was newer: of 2026-11-01" in told
    assert RecruiterList.objects.get().pk != first.pk
    assert LicensedRecruiter.objects.count() == 1
    assert find_recruiters("青岛环太") == [], "what was in memory is forgotten too"
    assert find_recruiters("福州鑫海")[0].list_date == date(2026, 10, 1)


def test_a_wrong_line_leaves_the_list_in_use(file: Path) -> None:
    import_list(file)
    before = RecruiterList.objects.get().pk
    file.write_text(CSV + ",LW9,山东,,\n烟台有限公司,LW8,山东,31.12.,\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"(?s)Line 5: .*Line 6: .*the list in use stays"):
        import_list(file)
    assert RecruiterList.objects.get().pk == before
    assert LicensedRecruiter.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_failure_while_writing_leaves_the_list_in_use(file: Path) -> None:
    import_list(file)

    def break_off(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_list(read_list(CSV.encode()).recruiters[:1], b"", date(2026, 11, 2), SOURCE, break_off)
    assert RecruiterList.objects.get().as_of == date(2026, 11, 1)
    assert LicensedRecruiter.objects.count() == 3


@pytest.mark.parametrize(
    ("as_of", "source", "problem"),
    [
        ("2026-13-01", SOURCE, "must be a day"),
        ("yesterday", SOURCE, "must be a day"),
        ("2999-01-01", SOURCE, "future"),
        ("1999-01-01", SOURCE, "before 2012"),
        ("2026-11-01", "  ", "--source"),
        ("2026-11-01", "x" * 301, "--source"),
    ],
)
def test_date_and_source_are_checked(file: Path, as_of: str, source: str, problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        import_list(file, as_of, source)
    assert not RecruiterList.objects.exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        import_list(tmp_path / "none.csv")
    with pytest.raises(CommandError, match="cannot be read"):
        import_list(tmp_path)


def test_help_names_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("import_recruiters", "--help")
    told = capsys.readouterr().out
    assert "企业名称、公司名称" in told and "--as-of" in told and "GB18030" in told


def test_the_answer_names_the_list_and_the_row(file: Path) -> None:
    import_list(file)
    found = ask_list(" 青岛环太国际经济技术合作有限公司 ")
    (match,) = found.matches
    assert (found.state, found.kind, found.as_of) == (knowledge.ASKED, knowledge.SAME, date(2026, 11, 1))
    assert (match.certificate_number, match.province, match.status) == ("LW370220260001", "山东", "valid")
    assert match.valid_until == date(2027, 12, 31) and not match.expired(date(2027, 12, 31))
    assert match.expired(date(2028, 1, 1))
    assert ask_list("青岛寰太国际经济技术合作有限公司").kind == knowledge.SIMILAR
    assert ask_list("金三角娱乐有限公司") == knowledge.Found(
        "金三角娱乐有限公司", knowledge.ASKED, (), date(2026, 11, 1)
    )
    assert ask_list("大连海通").matches[0].status == LicensedRecruiter.Status.REVOKED


def test_without_a_list_it_says_so() -> None:
    assert current_list() is None
    assert ask_list("青岛环太").state == knowledge.NO_LIST
    assert find_recruiters("青岛环太") == []


def test_the_words_of_the_rooms_are_the_same() -> None:
    for name in ("SAME", "SHORT", "SIMILAR"):
        assert getattr(knowledge, name) == getattr(company_likeness, name)
    assert {knowledge.VALID, knowledge.SUSPENDED, knowledge.REVOKED} == set(LicensedRecruiter.Status.values)


def test_an_index_that_was_read_while_the_list_changed_is_not_kept(file: Path) -> None:
    import_list(file)
    RecruiterList.objects.update(rows=4)  # as if a row were not there yet
    assert ask_list("青岛环太").matches
    assert recruiters._loaded is None or recruiters._loaded.key != RecruiterList.objects.get().pk


# From a program that is one event loop


@pytest.mark.django_db(transaction=True)
async def test_the_loop_goes_on_while_the_list_is_asked(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await sync_to_async(import_list)(file)

    def slow(name: str, most: int) -> knowledge.Found:
        time.sleep(0.3)
        return ask_list(name, most)

    monkeypatch.setattr(recruiters, "ask_list", slow)
    task = asyncio.create_task(search_recruiters("青岛环太"))
    ticks = 0
    while not task.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert ticks > 10
    assert (await task).kind == knowledge.SHORT
    await sync_to_async(connections.close_all)()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("text", "asked", "names"),
    [
        ("青岛环太国际经济技术合作有限公司招人去日本", False, ["青岛环太国际经济技术合作有限公司"]),
        ("金三角娱乐有限公司招客服", False, ["金三角娱乐有限公司"]),
        ("青岛环太", False, ["青岛环太"]),
        ("威海蓝鲸", False, []),
        ("威海蓝鲸", True, ["威海蓝鲸"]),
        ("一个月一万二", True, []),
        ("是青岛环太有限公司还是威海国际有限公司还是大连海通有限公司", False, ["青岛环太有限公司", "威海国际有限公司"]),
    ],
)
async def test_companies_of_a_message(file: Path, text: str, asked: bool, names: list[str]) -> None:
    await sync_to_async(import_list)(file)
    assert [found.name for found in await search_companies_of(text, asked)] == names
    await sync_to_async(connections.close_all)()


@pytest.mark.django_db(transaction=True)
async def test_a_database_that_fails_is_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    def rename(old: str, new: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")

    await sync_to_async(rename)("records_recruiterlist", "hidden")
    try:
        with caplog.at_level(logging.INFO):
            found = await search_recruiters("秘密公司")
    finally:
        await sync_to_async(rename)("hidden", "records_recruiterlist")
        await sync_to_async(connections.close_all)()
    assert found == knowledge.Found("秘密公司", knowledge.UNAVAILABLE)
    assert "Error" in caplog.text and "秘密" not in caplog.text


def test_two_thousand_companies_are_asked_in_less_than_50_milliseconds() -> None:
    cities = ("青岛", "威海", "烟台", "大连", "福州", "苏州", "长春", "郑州", "西安", "成都")
    first, second = "环海中远华鑫宏远安泰", "太通达丰联信诚亚洲运"
    kinds = ("国际经济技术合作", "人力资源", "对外劳务合作", "国际劳务")
    names = [f"{city}{a}{b}{kind}有限公司" for city in cities for a in first for b in second for kind in kinds][::2]
    lines = "".join(f"{name},LW{number}\n" for number, name in enumerate(dict.fromkeys(names)))
    content = f"企业名称,证书编号\n{lines}".encode()
    replace_list(read_list(content).recruiters[:2000], content, date(2026, 11, 1), SOURCE)
    began = time.perf_counter()
    ask_list("青岛环太")
    cold = time.perf_counter() - began
    took = []
    for name in (
        "青岛环太国际经济技术合作有限公司",
        "青岛寰太",
        "威海国际",
        "金三角娱乐集团",
        "福州海鑫人力资源有限公司",
    ) * 4:
        began = time.perf_counter()
        ask_list(name)
        took.append(time.perf_counter() - began)
    took.sort()
    print(f"2,000 companies: first question {cold * 1000:.0f} ms, then median {took[10] * 1000:.1f} ms, "
          f"slowest {took[-1] * 1000:.1f} ms")  # fmt: skip
    assert took[10] < 0.05
