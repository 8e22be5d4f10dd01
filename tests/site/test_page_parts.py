"""Parts of the page that need no server."""

from __future__ import annotations

import gzip
import re
from importlib import resources
from pathlib import Path

import pytest

from bot.gateway.web import Shown
from bot.settings import PROJECT
from bot.site.phone_links import PhoneLinks, known_phone_links
from bot.site.templatetags.chat import words

STATIC = PROJECT / "bot" / "site" / "static" / "chat"
HTMX = STATIC / "htmx.min.js"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("公安报警：110", ["tel:110"]),
        ("有危险先打110。能打就打 110。", ["tel:110", "tel:110"]),
        ("打110或12308", ["tel:110", "tel:12308"]),
        ("公安短信报警：12110", ["sms:12110"]),
        ("外交部：+86-10-12308", ["tel:+861012308"]),
        ("电话：08000 121 700", ["tel:08000121700"]),
        ("法国急救：15", ["tel:15"]),
        ("外交部：12308\n人力资源：12333\n名字：110", ["tel:12308", "tel:12333", "tel:110"]),
        ("打12308或 12333，告诉他们", ["tel:12308", "tel:12333"]),
        ("“先打15元，再打110块”", []),
        ("押金：110 元；每月：999 USD；第110条；满15天", []),
        ("“打13812345678找王姐”：个人不能送人出国", []),
        ("有危險先撥110，或撥 12308", ["tel:110", "tel:12308"]),
        ("押金：110萬，每月：999塊；第110條、15歲、15個月", []),
        ("编号A12308，12308-5，112308", []),
        ("没有号码", []),
    ],
)
def test_only_known_numbers_can_be_tapped(text: str, links: list[str]) -> None:
    pieces = list(known_phone_links().pieces(text))
    assert "".join(word for word, _ in pieces) == text
    assert [link for _, link in pieces if link] == links


def test_no_numbers_no_links() -> None:
    assert list(PhoneLinks(()).pieces("打110")) == [("打110", "")]


def test_what_a_person_wrote_has_no_links_and_no_markup() -> None:
    from datetime import datetime, timezone

    now = datetime.now(timezone.utc)
    mine = Shown(1, "person", "打110 <b>", (), now)
    assert words(mine) == "打110 <b>" and not hasattr(words(mine), "__html__")  # escaped by the template
    theirs = str(words(Shown(2, "bot", "打110 <b>", (), now)))
    assert 'href="tel:110"' in theirs and "&lt;b&gt;" in theirs


def test_signs_that_old_phones_cannot_show_are_drawn() -> None:
    from datetime import datetime, timezone

    shown = str(words(Shown(1, "staff", "🟠 先停\n📖 <法>", (), datetime.now(timezone.utc))))
    assert shown == (
        '<i class="sign high" aria-hidden="true"></i> 先停\n<i class="sign law" aria-hidden="true"></i> &lt;法&gt;'
    )


def test_htmx_is_the_one_of_the_locked_package() -> None:
    packaged = resources.files("django_htmx") / "static" / "django_htmx" / "htmx-2.min.js"
    assert HTMX.read_bytes() == packaged.read_bytes(), "copy it anew: see bot/site/static/chat/README.md"
    assert gzip.decompress(Path(f"{HTMX}.gz").read_bytes()) == HTMX.read_bytes()


def _colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", block))


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PAIRS = [("ink", "paper"), ("ink", "ground"), ("ink", "own"), ("soft", "paper"), ("link", "paper"), ("link", "ground"),
         ("on-act", "act"), ("on-danger", "danger"), ("danger", "own"), ("danger", "paper")]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme: str) -> None:
    light, dark = re.findall(r":root \{(.*?)\}", (STATIC / "chat.css").read_text(encoding="utf-8"), re.DOTALL)
    colours = {**_colours(light), **(_colours(dark) if scheme == "dark" else {})}
    for text, ground in PAIRS:
        assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert _contrast(colours["control"], colours["paper"]) >= 3
