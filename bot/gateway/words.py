"""The words that the gateway itself understands; they are a protocol between buttons, menu and gateway, not texts."""

from __future__ import annotations

import re

from bot.language.script import in_simplified, shown_script
from bot.records.receipt_codes import WORD as RECEIPT

START = "开始"
ERASE = "删除"
PRIVACY = "隐私"
ERASE_YES = "确认删除"
ERASE_NO = "先不删除"
CLEAR = "清屏"
SILENCE = "别回"
UNLINK = "断开"
CONSENT_YES = "同意热线人员看聊天"
CONSENT_NO = "不同意热线人员看聊天"
#: What a person may type instead while the question is open.
SHORT_CONSENT = {"同意": CONSENT_YES, "不同意": CONSENT_NO}

#: The whole of a message that asks for silence; 别回国 and 他们不要回我 are something else.
SILENCE_WORDS = frozenset(
    f"{first}{refusal}{end}"
    for first in ("", "先")
    for refusal in ("别回", "不要回")
    for end in ("", "了", "我", "我了", "复", "复了", "复我", "消息", "我消息", "信息", "我信息")
)
_AROUND = " \t\r\n\u3000。．.，,、！!？?～~…"

#: Latin name for Telegram's menu -> the word it stands for.
COMMANDS = {
    "start": START,
    "check": "查招工",
    "help": "求助",
    "rights": "权益",
    "hotline": "热线",
    "human": "真人",
    "clear": CLEAR,
    "delete": ERASE,
    "receipt": RECEIPT,
    "privacy": PRIVACY,
}
#: Understood, but not in the menu: who has to be quick types the Chinese word.
_UNLISTED = {"silent": SILENCE, "unlink": UNLINK}
#: What stands alone: whatever follows it is no question.
_ALONE = (START, ERASE, CLEAR, SILENCE, UNLINK)
_COMMAND = re.compile(r"/(?P<name>\w{1,32})(?:@\w{1,64})?(?:\s+(?P<rest>.*))?", re.DOTALL)


def spoken(text: str) -> str:
    """Return what a menu command stands for; every other text as it is."""
    found = _COMMAND.fullmatch(text.strip())
    if not found:
        return text
    name = found["name"].lower()
    known = {**COMMANDS, **_UNLISTED}
    word = known.get(name) or (in_simplified(name) if in_simplified(name) in known.values() else None)
    if word is None:
        return text
    rest = (found["rest"] or "").strip()
    return f"{word} {rest}" if rest and word not in _ALONE else word


def meant(text: str) -> str:
    """Return the text as one of the words above can be known by: 刪除 is 删除."""
    return in_simplified(text.strip())


def asks_for_silence(text: str) -> bool:
    """Whether the whole message says not to answer."""
    return meant(text).strip(_AROUND) in SILENCE_WORDS


def script_typed(text: str) -> str | None:
    """Return the script that the text shows; what the menus say is not the person's own."""
    return None if text in COMMANDS.values() else shown_script(text)


def asks_to_clear(text: str) -> bool:
    return meant(text).strip(_AROUND) == CLEAR


def asks_for_receipt(text: str) -> bool:
    return meant(text).strip(_AROUND) == RECEIPT


def asks_to_unlink(text: str) -> bool:
    return meant(text).strip(_AROUND) == UNLINK
