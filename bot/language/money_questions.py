"""Reads what the debt and pay calculators need (loan, interest, living costs, hours), and whether one is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.language.numerals import Amount, find_amounts, read_number

_NUMBER = r"(?:[0-9]+(?:\.[0-9]+)?|[零一二两三四五六七八九十百半]+)"
#: 月息三分 is 3 per cent a month, 年息两分四 24 per cent a year; 厘 is a tenth of 分. 三分利 alone is by the month.
_BY_THE_FEN = re.compile(
    rf"(?P<per>月|每月|一个月|年|每年|一年)?(?:的)?(?:利息|息|利率|利)?\s?(?:是|算|按|要|收|他算|算我|讲|说)?(?:他|我)?"
    rf"(?P<fen>{_NUMBER})分(?!钟|钱|之|享|开|手|别|成|析|期|配)(?P<more>[一二两三四五六七八九半])?(?P<li>厘)?(?P<after>利息|利|息)?"
)
_BY_THE_LI = re.compile(
    rf"(?P<per>月|年)(?:利息|息|利率|利)(?:是|算|按)?(?P<li>{_NUMBER})厘|(?P<li_alone>{_NUMBER})厘(?:的)?(?:利息|利|息)"
)
_PERCENT = (
    r"(?:(?P<percent>[0-9]+(?:\.[0-9]+)?)(?:%|个点|个百分点)|百分之(?P<hundredth>[0-9.]+|[零一二两三四五六七八九十点]+)"
    r"|千分之(?P<thousandth>[0-9.]+|[零一二两三四五六七八九十点]+)"
    r"|万分?之?(?P<ten_thousandth>[0-9.]+|[一二两三四五六七八九]))(?![万千百])"
)
_RATE = re.compile(
    rf"(?P<per>年化|月|年|日|每天|一天|按天|每月|一个月|每年|一年)(?:的)?(?:利息|利率|息|利)?(?:是|算|按|要|收|为|:|,|，)?{_PERCENT}"
    rf"|(?:利息|利率|息)(?P<per_inside>每天|一天|每月|一个月|每年|一年|年化)?(?:是|算|按|要|收|为|:)?"
    rf"{_PERCENT.replace('P<', 'P<b_')}"
    rf"(?P<per_after>一个月|每月|/月|一年|每年|/年|一天|每天|/天)?"
)
_PERIODS = (("day", "日|天"), ("month", "月"), ("year", "年"))
_DAYS_A_MONTH, _DAYS_A_YEAR = 30, 365

_INTEREST_BEFORE = re.compile(
    r"(?:利息|利钱)(?:是|要|收|得|就|还)?(?P<per>每月|每个月|一个月|一月|每天|一天|一日|每日|每年|一年)?(?:还|要|是|交|给|收|得交|得给|付)?$"
    r"|(?P<per_first>每月|每个月|一个月|一月|月月|每天|一天|每年|一年)(?:光|就|还|要|得|交|付|给|还要交|收)*(?:的)?(?:利息|利钱)(?:是|要|就|得|就要)*$"
)
_INTEREST_AFTER = re.compile(r"^(?:块钱|块|元)?(?:多|来)?(?:的)?(?:利息|利钱)")
_EACH_TIME = re.compile(r"(?P<per>每月|每个月|一个月|一月|月月|每天|一天|一日|每年|一年)[^，。,;；\n]{0,4}$")
_NO_INTEREST = re.compile(
    r"(?:没有?|不(?:用|要|算|收|给)|无|免)(?:任何)?(?:利息|息(?!事|怒|退|返))|利息(?:没有|不用|不要|不收|不算|免)(?!还|给清|写)"
)
_COMPOUNDING = re.compile(r"利滚利|利上加利|驴打滚|复利|滚利|利息(?:也|再)(?:算|生)(?:利)?息")
_DEDUCTED = re.compile(r"砍头息|(?:先|提前|当场|直接)(?:就)?(?:扣|扣掉|扣了|扣除)(?:了)?[^，。,]{0,6}利息|利息先扣")

_LOAN_BEFORE = re.compile(
    r"(?:借|贷款?|欠|垫|赊|预支|打(?:了)?(?:个|张)?(?:欠|借)条|写(?:了)?(?:个|张)?(?:欠|借)条|债)(?:了|着|过|款|钱|的)?(?:他们?|她|我|人家?|中介|公司|老板|银行|亲戚|亲戚家|别人|外面|外债|钱|债|条|一共|总共|大概|差不多|有|是|上|下|给)*$"
)
_LOAN_AFTER = re.compile(
    r"^(?:块钱|块|元|人民币)?(?:的)?(?:(?:外)?债|欠款|借款|贷款|欠条|借条|饥荒|是(?:我)?(?:跟|找|问|向|从)?[^，。,\n]{0,6}(?:借|贷|垫)|(?:都)?(?:算|是)?(?:借|垫|欠|贷)(?:的|我的)?)"
)
_LIVING_BEFORE = re.compile(
    r"(?:生活(?:费|开销)?|伙食(?:费)?|房租|租房|(?<![包管])吃住|吃饭|吃喝|食宿|开销|开支|花销|花费|日常|自己(?:要)?(?:花|用)|(?:每月|一个月|一月)(?:自己)?(?:得|要|最少|大概)?(?:花|用|开销))"
    r"(?:费|掉|了|得|要|大概|差不多|自己|每月|每个月|一个月|一月|月月|至少|最少|也|就|还|是|去|出|花|用|扣|一起|加起来|总共|算|钱|：|:)*$"
)
_LIVING_AFTER = re.compile(r"^(?:块钱|块|元)?(?:的)?(?:生活费|伙食费?|房租|开销|开支|吃住|吃饭)")
#: 每月发生活费一千 is pay, and next to none.
_GIVEN_FOR_LIVING = re.compile(
    r"(?:发|给|支|返|借)(?:了|过|我|我们|的)?[^，。,\n ]{0,4}(?:生活费|伙食费)[^，。,\n ]{0,3}$"
)
_GIVEN = re.compile(r"(?:发|给|支|返|留)(?:了|过|我|我们|的)?[^，。,\n ]{0,4}$")
_LIVING_FREE = re.compile(
    r"(?<!不)(?:包|管|免)(?:吃包住|吃管住|吃住|食宿)|吃住(?:都)?(?:全)?(?:包|免费|不花钱|不要钱|不用钱|老板出)|食宿(?:全)?(?:免|包)"
)
_REPAYMENT_BEFORE = re.compile(
    r"(?:每月|每个月|一个月|一月|月月)(?:最多|只能|能|可以|想|打算|准备|得|要|先|大概|至少)*(?:还|扣|抵)(?:他|上|款|钱|债|掉|个)*$"
)
_REPAYMENT_AFTER = re.compile(r"^(?:块钱|块|元)?(?:每月|一个月)?(?:还(?:债|款|他|账|钱)|抵债)")
#: From here on a debt; less is a bill.
_LEAST_LOAN = 500
_LEAST_LIVING = 50
_HOURS = re.compile(
    rf"(?:一天|每天|天天|每日|日均)(?:要|得|就|干|做|上|工作|上班|最少|至少|站|坐|大概|差不多|都)*(?P<hours>{_NUMBER})(?:个)?(?:多)?(?:小时|钟头|钟(?!表)|h)"
    rf"|(?P<clock>{_NUMBER})(?:个)?小时(?:一天|/天|每天|制)"
)
_REST_DAYS = re.compile(
    rf"(?:每月|一个月|月)(?:只|就|能|给|可以)*(?:休息?|放假?)(?P<days>{_NUMBER})天|(?P<none>(?<!放)(?:没有?|不|无)(?:给)?(?:休息日?|休假|放假|假)|全月无休|全年无休|月休0)"
)

_ASKS_DEBT = re.compile(
    r"(?:多久|多长时间|多少(?:个)?月|几(?:个)?月|几年|多少年|哪年|啥时候|什么时候|何时|几时)[^，。,?？\n]{0,8}(?:还得?清|还得?完|还上|回本|还掉|还了|赚回|挣回|补上|还债|清债|还钱|还账|扯平)"
    r"|(?:还清|还完|还上|还债|还账|回本|还得清|还得完|赚回来|挣回来)[^，。,?？\n]{0,6}(?:要|得|用|需要)?(?:多久|多长时间|多少(?:个)?月|几(?:个)?月|几年|多少年|哪年)"
    r"|(?:算算|算一算|算一下|算下|(?:帮|给|替)(?:我|俺|咱|忙)?算)[^，。,?？\n]{0,10}(?:还|债|利息|回本|多久|多少钱)|(?:还得(?:清|完|起)|还不还得(?:清|完|起)|能还(?:清|完|上|得清|得完|得起)?)(?:吗|嘛|么|不|没)"
    r"|(?:利息|一共|总共|到头来|最后)[^，。,?？\n]{0,6}(?:要|得)?还(?:他|给他|人家)?多少|(?:利息|连本带利)[^，。,?？\n]{0,6}(?:一共|总共)?(?:是)?多少"
)
_ASKS_WORTH = re.compile(
    r"划不划(?:算|得来)|划(?:得)?(?:算|来)(?:吗|嘛|么|不)|划得来划不来|合不合算|合算(?:吗|嘛|么|不)|(?:亏|赚)(?:不亏|不赚|吗|还是)"
    r"|值(?:不值|得不值得|当不值当)|值(?:得|当)?(?:吗|嘛|么|不(?=$|[\s,，。?？]))"
    r"|(?:帮|替|给)(?:我|俺|咱|忙)?算(?:一算|算|一下|下|笔账)|算(?:算|一下|下)(?:账|看|呗|吧|这笔)"
)
_ASKS_PAY = re.compile(
    r"(?:工资|薪水|月薪|时薪|待遇|这个价|这个数|这价钱|给的)[^，。,?？\n压押扣卡条没写]{0,10}"
    r"(?:高不高|低不低|多不多|少不少|(?:算|偏|太)(?:高|低|多|少)(?:吗|嘛|么|不|吧)|(?:正常|合理|靠谱|公道)(?:吗|嘛|么|不|吧))"
    r"|算(?:唔|不)算(?:低|高)"
    r"|(?:换成|折合|折成|等于|合|换算成?)(?:人民币)?(?:是)?多少(?:钱|人民币|块)?(?:人民币|rmb)?(?=$|[\s,，。?？啊呀呢])"
    r"|(?:比|跟|和)(?:当地|本地|那边|人家)(?:的)?(?:最低)?工资[^，。,?？\n]{0,8}(?:比|高|低|差|多|少)"
    r"|(?:够不够|算不算|是不是|有没有|低于|不到)(?:当地|那边|他们)?(?:的)?最低工资(?=$|[\s,，。?？啊呀呢吗])"
)


_ASKS_YUAN = re.compile(
    r"(?:换|折|合|等于|值|算)(?:算)?(?:成|到|合)?[^，。,]{0,6}(?:人民币|多少块钱)|(?:是|有|顶)(?:多少|几)[^，。,]{0,2}人民币|人民币(?:是)?(?:多少|几)"
)


@dataclass(frozen=True)
class MoneyTold:
    """What one message tells; `facts` as described at `read_money`, `spans` the places of sums that are no pay or fee.

    `loan_spans` are those of loans, which are no pay but may be a fee as well (中介费五万是借的).
    """

    facts: dict[str, Any] = field(default_factory=dict)
    spans: tuple[tuple[int, int], ...] = ()
    loan_spans: tuple[tuple[int, int], ...] = ()


def asks_for_debt(text: str) -> bool:
    """Whether a normalised text asks how long a debt takes, or whether the money is worth it."""
    return bool(_ASKS_DEBT.search(text) or _ASKS_WORTH.search(text))


def asks_for_yuan(text: str) -> bool:
    """Whether it asks what a foreign sum is in yuan: 换成人民币呢, 2300新值多少人民币."""
    return bool(_ASKS_YUAN.search(text))


def asks_for_pay(text: str) -> bool:
    """Whether it asks how pay compares with what is usual there, or what it is in yuan."""
    return bool(_ASKS_PAY.search(text))


def read_money(text: str) -> MoneyTold:
    """Read a normalised text; only what it says, nothing guessed.

    loan {low, high, currency or None}; interest {percent: float, per: month|year} or {sum: float, per: month|day|year,
    currency}, percent 0 where there is none; compounding, interest_deducted (True); living {…} by the month, low 0
    where board and lodging are free; repayment {…} by the month; hours_a_day (float), rest_days (int, by the month).
    """
    facts: dict[str, Any] = {}
    spans: list[tuple[int, int]] = []
    loans: list[tuple[int, int]] = []
    rate, where = _rate(text)
    if rate is not None:
        facts["interest"] = rate
        spans.append(where)
    elif _NO_INTEREST.search(text):
        facts["interest"] = {"percent": 0.0, "per": "month"}
    for name, value, span in _sums(text, spans):
        if name == "loan":
            facts[name] = value
            loans.append(span)
            continue
        spans.append(span)
        if name == "living" and name in facts:
            value = _together(facts[name], value)
        facts[name] = value
    if "living" not in facts and _LIVING_FREE.search(text):
        facts["living"] = {"low": 0.0, "high": 0.0, "currency": None}
    if _COMPOUNDING.search(text):
        facts["compounding"] = True
    if _DEDUCTED.search(text):
        facts["interest_deducted"] = True
    facts.update(_hours(text))
    return MoneyTold(facts, tuple(spans), tuple(loans))


def _sums(text: str, taken: list[tuple[int, int]]) -> Iterator[tuple[str, dict[str, Any], tuple[int, int]]]:
    for amount in find_amounts(text):
        if any(start < amount.end and amount.start < end for start, end in taken):
            continue
        before = re.split(r"[，。,;；\n?？ ]", text[max(0, amount.start - 16) : amount.start].rstrip())[-1]
        after = text[amount.end : amount.end + 10]
        span = (amount.start, amount.end)
        interest = _INTEREST_BEFORE.search(before)
        each = _EACH_TIME.search(before)
        if interest or (_INTEREST_AFTER.match(after) and each):
            words = interest or each
            per = next((value for value in (words.groupdict().values() if words else ()) if value), "月")
            yield "interest", {"sum": amount.low, "per": _period(per), "currency": amount.currency}, span
        elif (amount.low < 100 and amount.currency is None) or _GIVEN_FOR_LIVING.search(before):
            continue
        elif amount.low >= _LEAST_LIVING and (
            _LIVING_BEFORE.search(before) or (_LIVING_AFTER.match(after) and not _GIVEN.search(before))
        ):
            yield "living", _sum(amount), span
        elif _REPAYMENT_BEFORE.search(before) or (_EACH_TIME.search(before) and _REPAYMENT_AFTER.match(after)):
            yield "repayment", _sum(amount), span
        elif amount.low >= _LEAST_LOAN and (_LOAN_BEFORE.search(before) or _LOAN_AFTER.match(after)):
            yield "loan", _sum(amount), span


def _sum(amount: Amount) -> dict[str, Any]:
    return {"low": amount.low, "high": amount.high, "currency": amount.currency}


def _together(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """房租八百 吃饭六百; sums of two currencies are not added, the first stays."""
    if first["currency"] != second["currency"] and None not in (first["currency"], second["currency"]):
        return first
    currency = first["currency"] or second["currency"]
    return {"low": first["low"] + second["low"], "high": first["high"] + second["high"], "currency": currency}


def _rate(text: str) -> tuple[dict[str, Any] | None, tuple[int, int]]:
    """Return a rate in percent by the month or year and where it stands; a rate by the day as one by the month."""
    for match in _RATE.finditer(text):
        groups = {name.removeprefix("b_"): value for name, value in match.groupdict().items() if value}
        percent = _percent(groups)
        per = _period(groups.get("per") or groups.get("per_inside") or groups.get("per_after") or "月")
        if percent is not None:
            if per == "day":
                percent, per = percent * _DAYS_A_MONTH, "month"
            return {"percent": round(percent, 6), "per": per}, match.span()
    for match in _BY_THE_FEN.finditer(text):
        said = match["after"] or re.search("利|[月年]息", match.group())
        value = read_number(match["fen"]) if match["fen"] != "半" else 0.5
        if not said or value is None or not 0 < value <= 20:
            continue
        more = {"半": 0.5}.get(match["more"] or "", (read_number(match["more"]) or 0) / 10 if match["more"] else 0)
        yearly = "年" in (match["per"] or "")  # 分 of a year is a tenth, of a month a hundredth
        return {
            "percent": round((value + more) * (10 if yearly else 1), 6),
            "per": "year" if yearly else "month",
        }, match.span()
    for match in _BY_THE_LI.finditer(text):
        value = read_number(match["li"] or match["li_alone"])
        if value:
            yearly = match["per"] == "年"
            return {
                "percent": round(value * (1 if yearly else 0.1), 6),
                "per": "year" if yearly else "month",
            }, match.span()
    return None, (0, 0)


def _percent(groups: dict[str, str]) -> float | None:
    for name, divisor in (("percent", 1), ("hundredth", 1), ("thousandth", 10), ("ten_thousandth", 100)):
        if name in groups:
            value = _decimal(groups[name])
            return value / divisor if value is not None else None
    return None


def _decimal(written: str) -> float | None:
    """Read 1.5, 十五 or 一点五."""
    whole, _, rest = written.partition("点")
    value = read_number(whole)
    if value is None or not rest:
        return value
    digits = ["零一二三四五六七八九".find(digit.replace("两", "二")) for digit in rest]
    return None if -1 in digits else value + int("".join(map(str, digits))) / 10 ** len(digits)


def _period(words: str) -> str:
    return next((name for name, pattern in _PERIODS if re.search(pattern, words)), "month")


def _hours(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    match = _HOURS.search(text)
    hours = read_number(match["hours"] or match["clock"]) if match else None
    if hours and 2 <= hours <= 20:
        found["hours_a_day"] = hours
    rest = _REST_DAYS.search(text)
    if rest:
        days = 0.0 if rest["none"] else read_number(rest["days"])
        if days is not None and days <= 15:
            found["rest_days"] = int(days)
    return found
