"""docs/privacy.md, the bot's texts and the code promise the same: one of them cannot change alone."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from bot.gateway import words
from bot.gateway.conversation import TAKEN_BACK_WITHIN
from bot.records import keeping, retention
from bot.records.models import Tombstone
from bot.records.receipt_codes import LENGTH
from bot.replies.texts import Texts
from bot.settings import PROJECT, Settings
from bot.site import visit

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: Each is quoted on the page as it is said with the default settings.
QUOTED = (
    "utter_welcome",
    "utter_welcome_web",
    "utter_privacy",
    "utter_consent_question",
    "utter_consent_again",
    "utter_consent_given",
    "utter_consent_refused",
    "utter_erased",
)
#: Bubbles that may say how long something is kept, and which they all are.
SAYS_DAYS = {"utter_privacy", "utter_consent_given"}
SAYS_HOURS = {"utter_privacy", "utter_consent_refused"}


@lru_cache(maxsize=1)
def texts() -> Texts:
    return Texts.load(PROJECT / "domain.yml")


@lru_cache(maxsize=1)
def halves() -> tuple[str, str]:
    """Return the Chinese and the English half of the page."""
    page = (PROJECT / "docs" / "privacy.md").read_text(encoding="utf-8")
    chinese, english = page.split("\n## English\n")
    return chinese.split("\n## 中文\n")[1], english


def rows(half: str) -> list[list[str]]:
    """Return the table of what is kept: what, without consent, with it."""
    lines = [line for line in half.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@pytest.fixture
def defaults(tmp_path: Path) -> Settings:
    return Settings.from_environment({"ANXING_VAR": str(tmp_path)})


def quotes(half: str) -> list[str]:
    found = re.findall(r"(?:^>.*\n?)+", half, re.MULTILINE)
    return [re.sub(r"^> ?", "", quote, flags=re.MULTILINE).strip() for quote in found]


def test_the_page_quotes_the_bot_word_for_word(defaults: Settings) -> None:
    said = [texts().say(name, days=defaults.retention_days).strip() for name in QUOTED]
    assert sorted(quotes(halves()[0])) == sorted(said)


def test_the_translations_say_the_same_figures(defaults: Settings) -> None:
    chinese = " ".join(texts().say(name, days=defaults.retention_days) for name in QUOTED)
    assert set(re.findall(r"\d+", chinese)) == set(re.findall(r"\d+", " ".join(quotes(halves()[1]))))


def test_the_bot_says_the_hours_of_the_code() -> None:
    hours = keeping.KEPT // HOUR
    assert hours * HOUR == keeping.KEPT
    for name in QUOTED:
        found = re.findall(r"(\d+) ?小时", texts().say(name, days="多少"))
        assert found == ([str(hours)] if name in SAYS_HOURS else []), name


def test_the_bot_says_the_days_of_the_setting() -> None:
    for name in QUOTED:
        said = texts().say(name, days="<days>")
        assert ("<days> 天" in said) == (name in SAYS_DAYS), name
        assert not re.search(r"\d+ ?天", said), f"{name}: an operator may change the days"


def test_the_defaults_are_those_of_the_page(defaults: Settings) -> None:
    days, open_days = defaults.retention_days, defaults.retention_open_days
    chinese, english = halves()
    assert f"不是 {days} 天，是 {open_days} 天不联系才删" in chinese
    assert f"{days} 天和 {open_days} 天是一开始定的" in chinese
    assert f"asked for a human it is {open_days} days instead of {days}" in english
    assert f"{days} and {open_days} days are the defaults" in english


def test_every_time_in_the_tables_is_that_of_the_code(defaults: Settings) -> None:
    hours, days = keeping.KEPT // HOUR, defaults.retention_days
    chinese, english = (rows(half) for half in halves())
    assert [len(table) for table in (chinese, english)] == [6, 6]
    for table, hour, day in ((chinese, f"{hours} 小时", f"{days} 天"), (english, f"{hours} hours", f"{days} days")):
        words_, dialogue, signs, *rest = table
        for row in (words_, dialogue):
            assert hour in row[1] and day not in row[1] and day in row[2], row
        assert not re.search(r"\d", signs[1]) and day in signs[2]  # no finding outlives its turn without consent
        for row in rest:
            assert day in row[1], row
        figures = set(re.findall(r"\d+", str(table)))
        assert figures == {str(hours), str(days)}


def test_the_page_is_shown_no_longer_than_it_is_kept() -> None:
    assert timedelta(seconds=visit.KEPT_SECONDS) == keeping.KEPT


def test_what_cannot_be_read_goes_when_it_is_said() -> None:
    hours, days = keeping.KEPT // HOUR, retention.QUARANTINED_DAYS
    assert f"没同意的留 {hours} 小时，同意了的留 {days} 天" in halves()[0]
    assert f"for {hours} hours without consent, {days} days with" in halves()[1]


def test_rounds_are_made_as_often_as_it_is_said(defaults: Settings) -> None:
    assert (HOUR.total_seconds(), DAY.total_seconds()) == (retention.HOUR, retention.DAY)
    hours, days = keeping.KEPT // HOUR, defaults.retention_days
    assert f"每小时查一次 {hours} 小时的，每天查一次 {days} 天的" in halves()[0]
    assert f"The {hours} hours are looked at every hour, the {days} days every day" in halves()[1]


def test_clearing_reaches_as_far_as_it_is_said() -> None:
    hours = TAKEN_BACK_WITHIN // HOUR
    assert f"最近 {hours} 小时的聊天" in halves()[0] and f"the last {hours} hours go" in halves()[1]
    assert f"我把这{({2: '两'})[hours // 24]}天的聊天" in texts().say("utter_cleared")


@pytest.mark.parametrize("word", [words.ERASE, words.CLEAR, words.SILENCE, words.RECEIPT, words.PRIVACY])
def test_every_word_to_send_is_one_that_the_gateway_knows(word: str) -> None:
    for half in halves():
        assert f"- **{word}**" in half


def test_other_words_and_figures_of_the_page() -> None:
    buttons = [texts().say(f"utter_gateway_button_{name}") for name in ("agree", "disagree", "erase")]
    assert buttons == [*words.SHORT_CONSENT, words.ERASE_YES]
    for half in halves():
        assert all(button in half for button in buttons)
        assert words.ERASE_YES in half and words.UNLINK in half
    assert f"{LENGTH} 个数字" in halves()[0] and f"{LENGTH} digits" in halves()[1]


def test_what_is_left_of_the_erased_is_a_random_id_a_day_and_who() -> None:
    """A column more would be one more thing that is kept of somebody who was promised that nothing is."""
    assert {field.name for field in Tombstone._meta.fields} == {"id", "created_at", "updated_at", "by", "on"}
    assert set(Tombstone.By.values) == {"person", "staff", "retention"}
    assert "一个随机的编号，哪天删的，是谁删的（你、热线的人、到了时间）" in halves()[0]
    assert "A random id, the day, and who erased (you, staff, or time)" in halves()[1]


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md", "docs/threat-model.md", "docs/privacy.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    path = PROJECT / page
    for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / link).exists(), link
    if page.startswith("README"):
        assert "](docs/privacy.md)" in path.read_text("utf-8") and "](docs/threat-model.md)" in path.read_text("utf-8")
