"""What the templates of the chat page need."""

from __future__ import annotations

import re

from django import template
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from bot.gateway.web import Shown
from bot.site.phone_links import known_phone_links
from bot.site.talk import voice

register = template.Library()

#: Signs that phones before Android 10 show as empty boxes are drawn by the style sheet.
SIGNS = {"🔴": "critical", "🟠": "high", "🟡": "caution", "📖": "law"}
_SIGN = re.compile("([" + "".join(SIGNS) + "])")
MENU = ("查招工", "求助", "权益", "热线", "真人", "清屏", "删除", "隐私")


@register.filter
def words(bubble: Shown) -> SafeString | str:
    """Return the text of a bubble; what the person said stays as it is, in the others numbers can be tapped."""
    return bubble.text if bubble.author == "person" else with_links(bubble.text)


@register.simple_tag
def emergency_numbers() -> SafeString:
    """Return the numbers for somebody of whom nothing is known, a line each."""
    return with_links(voice().numbers.lines())


@register.simple_tag
def exit_url() -> str:
    """Return where 快速离开 leads: from every page, also from those that Django makes of an error."""
    return str(settings.QUICK_EXIT_URL)


@register.simple_tag
def menu() -> tuple[str, ...]:
    return MENU


def with_links(text: str) -> SafeString:
    return format_html_join("", "{}", ((_piece(word, link),) for word, link in known_phone_links().pieces(text)))


def _piece(word: str, link: str) -> SafeString:
    if not link:
        return format_html_join("", "{}", ((_sign(part),) for part in _SIGN.split(word)))
    what = "发短信到" if link.startswith("sms:") else "拨打"
    return format_html('<a class="number" href="{}" aria-label="{} {}">{}</a>', link, what, word, word)


def _sign(part: str) -> SafeString | str:
    return format_html('<i class="sign {}" aria-hidden="true"></i>', SIGNS[part]) if part in SIGNS else part
