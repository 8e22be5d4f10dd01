"""docs/limits.md says what the code does."""

from __future__ import annotations

import re
from functools import lru_cache

from django.conf import settings

from bot.console import sign_in
from bot.gateway import conversation, limits, papers, plain_text, telegram
from bot.gateway.receipts import MOST_WRONG, WRONG_SECONDS
from bot.papers.limits import LARGEST_FILE
from bot.records import receipts
from bot.records.models import Channel
from bot.replies.texts import Texts
from bot.settings import PROJECT


@lru_cache(maxsize=1)
def page() -> str:
    return (PROJECT / "docs" / "limits.md").read_text(encoding="utf-8")


def rows() -> dict[str, list[str]]:
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in page().splitlines() if line[:1] == "|"]
    return {what: rest for what, *rest in cells[2:]}


def test_every_figure_is_that_of_the_code() -> None:
    minutes = sign_in.MINUTES
    expected = {
        "messages of a Telegram chat": f"{limits.MESSAGES_A_MINUTE[Channel.TELEGRAM]} a minute",
        "messages of a web visit": f"{limits.MESSAGES_A_MINUTE[Channel.WEB]} a minute",
        "first messages of new web visits, all together": f"{limits.NEW_VISITS_A_MINUTE} a minute",
        "pictures and files of a chat that are read": f"{limits.FILES_AN_HOUR} an hour",
        "pictures and files that are read, all together": f"{limits.FILES_AN_HOUR_FOR_ALL} an hour",
        "one file": f"{LARGEST_FILE // 10**6} MB",
        "a form of the web page with its files": f"{settings.LARGEST_UPLOAD // 10**6} MB",
        "files of one message": f"{papers.MOST_FILES}",
        "understood of a message": f"{plain_text.LONGEST_UNDERSTOOD:,} characters",
        "tries to sign in at the desk, of one name from one address": f"{sign_in.TRIES_OF_A_NAME} in {minutes} minutes",
        "tries to sign in at the desk, from one address": f"{sign_in.TRIES_OF_AN_ADDRESS} in {minutes} minutes",
        "wrong receipt codes of a chat": f"{receipts.MOST_TRIES} an hour",
        "wrong receipt codes, all together": f"{MOST_WRONG} an hour",
        "an update brought to the webhook": f"{telegram.BODY_LIMIT // 10**6} MB",
    }
    published = {what: cells[0] for what, cells in rows().items()}
    assert published == expected
    assert WRONG_SECONDS == 3600
    assert f"after {conversation.LONGEST_SILENCE / 5} s the numbers" in page()
    assert limits.LINES_A_MINUTE == 1 and "once a minute" in page()


def test_what_people_read_is_quoted_as_it_is_said() -> None:
    texts = Texts.load(PROJECT / "domain.yml")
    templates = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "bot").rglob("*.html"))
    english = (PROJECT / "bot/console/locale/en/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    names = ("utter_limit_messages", "utter_paper_too_large", "utter_paper_first_part", "utter_receipt_too_many")
    said = templates + english + "".join(texts.say(name, numbers="") for name in names)
    for what, cells in rows().items():
        for quote in re.findall(r"[\u4e00-\u9fff][\u4e00-\u9fff，。、：]+", cells[1]):
            assert quote in said, what


def test_every_place_is_there() -> None:
    for what, cells in rows().items():
        place = PROJECT / cells[2].strip("`")
        assert place.is_file() or "receipt" in what, what
