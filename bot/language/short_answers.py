"""Plain answers to a plain question: yes, no, do not know; that it is enough; that something was said wrongly."""

from __future__ import annotations

import re

YES, NO, UNKNOWN = "yes", "no", "unknown"

_AROUND = re.compile(r"^(?:嗯+|哦|啊|那个)?[,，、。 ]*|[啊呀的了吧呢哦喔嘛哈噢诶唉啦。.!！~,， ]*$")
_WORDS = {
    YES: """是 对 对头 没错 要 要交 要给 有 会 能 可以 满 满18 交 给 签 当然 当然是 肯定 系 中 说清楚 清楚 yes yep y""",
    NO: """否 不 不是 不用 不要 不需要 不会 不能 不收 不交 不给 不可以 没 没有 没得 没满 没签 没给 没说要 未有 冇 唔系
        唔使 唔会 木有 莫有 无 no nope n""",
    UNKNOWN: """不知道 不知 不晓得 不清楚 不太清楚 不确定 不了解 没问 没问过 没说 没讲 没提 没说清 忘 说不准
        唔知 不造""",
}
_ANSWERS = {word: answer for answer, words in _WORDS.items() for word in words.split()}
_SUBJECTS = re.compile("^(?:他们|我|他|她|这个|还|都|也|暂时|现在)+")
_ENOUGH = re.compile("(?:那|就|先)+(?:这样|到这里?)|到这里|不(?:问|说|聊|答)|别问|够|结束")
_ALL_RIGHT = re.compile("^(?:好+|行|可以|嗯+)(?:的|了|吧)?[,， ]*")
_THANKS = re.compile("[,， ]*(?:谢谢|谢了|多谢|辛苦了?)(?:你|您)?$")
_CORRECTION = re.compile(
    r"^(?:啊|哦|噢|诶|呃|哎|那个|不好意思|对不起)*[,， ]?(?:我|他|她)?(?:刚才?|前面|上面)?"
    r"(?:不对(?![劲外口头路称等])|错了|(?:说|打|写|弄|搞|听)错了|更正|纠正|改一下(?=$|[,，。 是])"
    r"|(?:不是|唔系|不系)[^,，。 ]{1,6}[,， ]?(?:是(?!不是)|系))"
)
#: Between other words: 刚问了他,不对,要收的.
_CORRECTION_INSIDE = re.compile(r"[也,，。 ](?:不对|错了|(?:说|打|写|弄|搞|听)错了)[,，。 !！]")


def plain_answer(text: str) -> str | None:
    """Return yes, no or unknown when the whole of a normalised text is that; 嗯 alone may only mean: go on."""
    told = _bare(text)
    return _ANSWERS.get(told) or _ANSWERS.get(_SUBJECTS.sub("", told))


def is_enough(text: str) -> bool:
    """先这样: no more questions, please."""
    return bool(_ENOUGH.fullmatch(_bare(_ALL_RIGHT.sub("", _THANKS.sub("", text.strip())))))


def corrects(text: str) -> bool:
    """不对是三万, 打错了: what follows takes the place of what was said before."""
    told = text.strip()
    return bool(_CORRECTION.match(told) or _CORRECTION_INSIDE.search(told))


def _bare(text: str) -> str:
    return _AROUND.sub("", text.strip())
