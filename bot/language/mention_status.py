"""Decides whether a mention is told as a fact, denied, or only asked about, feared or imagined."""

from __future__ import annotations

import re

from bot.language.clauses import Clause, clause_at

PRESENT, ABSENT, HYPOTHETICAL = "present", "absent", "hypothetical"

#: 别 where it forbids; not in 特别, 性别, 别人.
DO_NOT = "(?<![特分区级性告离个鉴识类派辨])别(?![人的墅处家名扭致])"
#: Negations that may stand before what they deny. 不 alone is left out where it makes another word.
_DENIED_BEFORE = re.compile(
    r"(?:没有|没|未曾|未|从不|从没|从未|从来没|从来不|并不|并没|并没有|不用|不需要|不必|无需|不会|不要|不是|不曾|别说|哪有|哪里有|又没|也没|都没"
    r"|还没|不|冇|唔使|唔会|无|免|不存在|谈不上|算不上)[^，。,;；]{0,4}$"
)
#: Two negations that make a fact, and negated words that are themselves the complaint.
_STILL_A_FACT = re.compile(
    r"(?:不得不|不能不|没有不|无不|没法不|不可能不|非[^，。]{1,4}不|不仅|不但|不光|不止|不只|不管|不论|无论|不过|不知道|不晓得|不敢|不好意思|不然|不久"
    r"|不到|不给|不让|不准|不许|没办法|没法|没想到|没多久|没几天|不停|不断|不懂|不行|没过|不满|不就|不也|没敢|没说|没讲|不说|不讲|没告诉)[^，。,;；]{0,4}$"
)
_IMAGINED_BEFORE = re.compile(
    r"(?:会不会|能不能|可不可以|是不是会|要不要|用不用|需不需要|该不该|有没有|可能会|怕|担心|害怕|就怕|生怕|怕是|万一|如果|要是|假如|倘若|若是|假设"
    r"|会唔会|系咪|有冇|可唔可以|使唔使|驶唔驶|会不|是否|听说会|网上说|网上好多|有人说|据说会|不知道会|不晓得会|不会是|该不会|莫非|难道|能否|可否|怎么防|防止|避免|提防|小心)"
)
_ASKED_AFTER = re.compile(r"^[^，。,;；\n]{0,6}(?:吗|么|嘛|没有$|不$|怎么办|咋办|咋整|点算|呢[？?]|怎样|会怎么样)")
_ASKED_INSIDE = re.compile(r"能不能|会不会|可不可以|该不该|能否|是否|会否|有没有|有冇|要不要|用不用|会唔会")
_NO_DENIAL = re.compile(
    "不得不|不能不|没法不|没有不|无不|不光|不仅|不但|不止|不只|不管|不论|无论|没想到|不知道|不晓得|没办法|没多久|不然"
)
#: Negations that are complaints themselves, wherever they stand, and words that only look like one.
_COMPLAINTS = re.compile("不得不|不能不|没收|不[让准许放肯给]|才不|[特分区级性告离个]别|别[人的墅处]")
#: What a negation can deny instead of the sign that follows: 没签合同护照被收走.
_OWN_OBJECT = "合同|协议|工资|工钱|签证|身份|休息|饭|水|[干做待呆]?满|干完"
_MODAL = re.compile(r"(?:会|能|可以|可能|要|得|敢|让)")
#: The person asks whether a fact is allowed: the fact stays a fact.
_ASKS_ABOUT_A_FACT = re.compile(
    r"(?:合法|正常|犯法|违法|行不行|能签|可以签|对不对|算不算|咋回事|靠谱|靠不靠谱|正规|真的假的|合理|合规)"
)
#: 这算不算不让人出去: whether it is one is the question.
_ASKS_WHETHER_IT_IS = re.compile("(?:算不算|是不是算|算是)(?:是|叫)?$")
_OWN_CASE = re.compile(
    r"[我俺咱他她它们了这那谁]|人家|自己|对方|厂里|[0-9一二两三四五六七八九十]+(?:个|万|千|百|块|天|年|月|小时)|说|[让叫要](?!求)"
)
_ONLY_NEWS = re.compile(r"(?:电影|电视剧|小说|新闻里|看新闻|纪录片|宣传片|宣传|讲座|传单)")


def read_status(text: str, parts: list[Clause], start: int, end: int, negatable: str) -> str:
    """Return present, absent or hypothetical for a match at `start:end` of a normalised text.

    `negatable` are the negation characters that the matching pattern does not contain: inside the match
    they turn it around (交了押金 against 没交押金 matched across the gap).
    """
    if not parts:
        return PRESENT
    index = clause_at(parts, start)
    clause = parts[index]
    before = text[clause.start : start]
    inside = text[start:end]
    after = text[end : parts[clause_at(parts, max(start, end - 1))].end]
    mark = parts[clause_at(parts, max(start, end - 1))].mark
    whole = text[clause.start : end] + after
    if _ASKS_WHETHER_IT_IS.search(before):
        return HYPOTHETICAL
    if _ASKS_ABOUT_A_FACT.search(whole):
        if len(parts) == 1 and not _OWN_CASE.search(whole):  # 中介收押金合法吗: asked in general, told of nobody
            return HYPOTHETICAL
    else:
        if _IMAGINED_BEFORE.search(before) or _IMAGINED_BEFORE.match(inside) or _ASKED_INSIDE.search(inside):
            return HYPOTHETICAL
        asked = _ASKED_AFTER.search(after) or ("?" in mark or "？" in mark)
        if asked and (_MODAL.search(before[-6:]) or _MODAL.match(inside)) and "了" not in inside:
            return HYPOTHETICAL
        if index and _carries_on(parts[index - 1].text) and not re.search("[了过着]", inside):
            return HYPOTHETICAL
    if _ONLY_NEWS.search(before):
        return HYPOTHETICAL
    if _asked_where_to_turn(whole):
        return HYPOTHETICAL
    return ABSENT if _is_denied(before, inside, after, negatable) else PRESENT


def is_turned_around(text: str, parts: list[Clause], start: int) -> bool:
    """Whether a plain opposite (是工签) is itself denied or asked about: 不是工签, 有没有合同."""
    before = text[parts[clause_at(parts, start)].start : start] if parts else ""
    return bool(re.search(r"(?:不是|没有?|不|未|有没有|是不是|算不算|自称|号称|说是要?|哪有)[^，。,]{0,2}$", before))


def is_no_denial(text: str, start: int) -> bool:
    """Whether what looks like a denial at `start` denies nothing: 不得不交, 不光收护照."""
    return bool(_NO_DENIAL.match(text, start))


def is_asked(text: str, start: int) -> bool:
    """Whether a denial at `start` is half of a question: 能不能扣, 有没有违约金, 会唔会收."""
    return 0 < start < len(text) - 1 and text[start] in "不没冇唔" and text[start - 1] == text[start + 1]


def _is_denied(before: str, inside: str, after: str, negatable: str) -> bool:
    if inside[0] in "不没别未禁严":  # 不准走 is the complaint itself; what stands before it denies something else
        return False
    if _NO_DENIAL.match(before[-1:] + inside):
        return False
    denied = _DENIED_BEFORE.search(before)
    if denied and not _STILL_A_FACT.search(before):
        # 不接客就不给饭: what stands between shows that the negation is a condition or belongs to another word
        elsewhere = re.search(f"[就便才还都也又只]|照样|不然|否则|{_OWN_OBJECT}", denied.group()[1:])
        condition = denied.group()[0] in "不别" and re.search("就|才", inside + after[:5])
        return not (elsewhere or condition)
    negated_inside = any(character in negatable for character in _COMPLAINTS.sub("", inside))
    return negated_inside and not re.match("[^，。,]{0,3}就", after)


def _asked_where_to_turn(clause: str) -> bool:
    """欠薪投诉打哪个电话: a kind of trouble is named, nobody says that it happened."""
    asks = re.search(
        "打哪|打什么|哪个号|号码|电话多少|什么电话|找谁|找哪|哪个部门|(?:投诉|举报|咨询|反映|求助|核实|维权).{0,6}电话",
        clause,
    )
    return bool(asks) and not re.search(
        "我|俺|咱|老板|公司|厂里|他|她|了|已经|[0-9一二两三四五六七八九十]+(?:个月|块|万|千|天|年)", clause
    )


def _carries_on(previous: str) -> bool:
    """A condition or a fear reaches over the next clause too: 万一生病了 他们不让看病."""
    return bool(re.search(r"(?:万一|如果|要是|假如|就怕|我怕|担心|害怕)", previous))
