"""Words for what the records hold as codes."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bot.console.desk import is_readable
from bot.risk.taxonomy import Taxonomy
from bot.settings import PROJECT

register = template.Library()

LEVELS = {"none": _("未见风险"), "caution": _("留意"), "high": _("高风险"), "critical": _("极高风险")}
STATUSES = {"present": _("存在"), "absent": _("已否认"), "hypothetical": _("假设")}
AUTHORS = {"person": _("对方"), "bot": _("机器人"), "staff": _("工作人员")}
KINDS = {
    "button": _("按钮"),
    "photo": _("图片"),
    "voice": _("语音"),
    "sticker": _("贴纸"),
    "location": _("位置"),
    "document": _("文件"),
    "other": _("其他"),
    "unreadable": _("无法读取"),
}

MATCHES = {"same": _("同名"), "short": _("可能是简称"), "similar": _("名字相近，不是同一个")}
LICENCES = {"valid": _("有效"), "suspended": _("暂停"), "revoked": _("已取消")}

register.filter("is_readable", is_readable)


@lru_cache(maxsize=1)
def _taxonomy() -> Taxonomy:
    return Taxonomy.load(PROJECT / "data" / "knowledge" / "taxonomy.yml")


@register.filter
def indicator_name(indicator: str) -> str:
    """Return the label of a sign in the language of the page; one that the taxonomy dropped keeps its code."""
    label = _taxonomy().indicators.get(indicator)
    if label is not None and (get_language() or "").startswith("zh"):
        return label.chinese
    return indicator.replace("_", " ")


@register.filter
def level_name(level: str) -> str | Promise:
    return LEVELS.get(level, level)


@register.filter
def status_name(status: str) -> str | Promise:
    return STATUSES.get(status, status)


@register.filter
def author_name(author: str) -> str | Promise:
    return AUTHORS.get(author, author)


@register.filter
def kind_name(kind: str) -> str | Promise:
    return KINDS.get(kind, kind)


@register.filter
def match_name(kind: str) -> str | Promise:
    return MATCHES.get(kind, kind)


@register.filter
def licence_name(status: str) -> str | Promise:
    return LICENCES.get(status, status)
