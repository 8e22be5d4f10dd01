"""The words that the gateway itself understands; they are a protocol between buttons, menu and gateway, not texts."""

from __future__ import annotations

import re

START = "开始"
ERASE = "删除"
PRIVACY = "隐私"
ERASE_YES = "确认删除"
ERASE_NO = "先不删除"
CONSENT_YES = "同意热线人员看聊天"
CONSENT_NO = "不同意热线人员看聊天"
#: What a person may type instead while the question is open.
SHORT_CONSENT = {"同意": CONSENT_YES, "不同意": CONSENT_NO}

#: Latin name for Telegram's menu -> the word it stands for.
COMMANDS = {
    "start": START,
    "check": "查招工",
    "help": "求助",
    "rights": "权益",
    "hotline": "热线",
    "human": "真人",
    "delete": ERASE,
    "privacy": PRIVACY,
}
_COMMAND = re.compile(r"/(?P<name>\w{1,32})(?:@\w{1,64})?(?:\s+(?P<rest>.*))?", re.DOTALL)


def spoken(text: str) -> str:
    """Return what a menu command stands for; every other text as it is."""
    found = _COMMAND.fullmatch(text.strip())
    if not found:
        return text
    name = found["name"].lower()
    word = COMMANDS.get(name) or (name if name in COMMANDS.values() else None)
    if word is None:
        return text
    rest = (found["rest"] or "").strip()
    return f"{word} {rest}" if rest and word not in (START, ERASE) else word
