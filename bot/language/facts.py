"""Reads the terms of an offer out of one message: where, what, how much, by whom, on which papers."""

from __future__ import annotations

import re
from typing import Any

from bot.language.mention_status import ABSENT, PRESENT
from bot.language.money_questions import MoneyTold, read_money
from bot.language.numerals import Amount, find_amounts
from bot.language.places import CHINA, destination_of, find_places, origin_of

_OCCUPATIONS = {
    "customer_service": "客服|打字员|打字|聊天员|文员",
    "promotion": "推广|引流|直播|主播|电商运营|运营",
    "casino": "荷官|赌场|博彩",
    "construction": "建筑|工地|钢筋|木工|瓦工|泥工|水电工|抹灰|架子工|砌",
    "welding": "焊工|电焊|管工",
    "farming": "农场|采摘|摘果|种菜|大棚|果园|草莓|葡萄园|养殖|萝卜",
    "care": "护理|护工|养老院|月嫂|保姆|家政|住家",
    "garment": "制衣|缝纫|服装厂|踩衣车|做衣服|车工|踩缝纫机",
    "factory": "电子厂|工厂|普工|流水线|操作工|食品厂|车间|打包|厂里上班|进厂",
    "kitchen": "厨师|帮厨|后厨|炒菜|中餐馆|餐馆|饭店|洗碗|服务员",
    "fishing": "渔船|远洋|捕鱼|鱿钓|船员|海员|水手|跑船",
    "driving": "司机|开车|货车|挖机|叉车|开挖机",
    "massage": "按摩|足疗|足浴|洗脚|美甲|美容|spa",
    "entertainment": "夜场|ktv|夜总会|陪酒|模特|伴游|公关|礼仪",
    "mining": "矿上|矿工|挖矿工|淘金|下井|煤矿|金矿",
    "security_guard": "保安|押运",
    "delivery": "快递|送外卖|仓库|分拣|搬运|搬家",
    "brick_kiln": "砖厂|砖窑|窑厂|黑砖",
    "translation": "翻译",
    "internship": "实习|学徒|研修",
}
_VISAS = {  # the first that fits; a promise to change it later stays what it is now
    "tourist": "旅游签|旅签|观光签|免签|落地签|旅行签|电子签|探亲签|访友签|游客",
    "business": "商务签|考察签",
    "study": "留学签|学生签|研学签",
    "marriage": "结婚签|假结婚",
    "smuggled": "偷渡|走线|蛇头|走小路|不用护照|黑过去|走水路|翻山",
    "working_holiday": "打工度假|462|417|whv",
    "intern": "技能实习|研修生|实习生签",
    "work": "工作签|工签|工作许可|劳工证|工作准证|特定技能|e-?9|e-?8|劳务签|就业签|s-?pass|work ?permit",
}
_PAY_CUE = re.compile(
    r"工资|月薪|底薪|薪|月入|一个月|每月|每个月|一月|年薪|一年|日薪|日结|一天|每天|时薪|一小时|一个小时|每小时|保底|到手|挣|赚|待遇|能拿|津贴|一晚|一单|一趟|税前|税后|欧一个月"
)
_FEE_CUE = re.compile(
    r"中介费|介绍费|服务费|押金|保证金|定金|订金|报名费|培训费|签证费|手续费|费用|代办|风险金|名额费|劳务费|管理费|诚意金|交|缴|付给|先付|打给|转给|收我|要收|全包|办下来|垫"
)
#: A sum without a word for what it is, from here on, can be the price of what was told before.
_LEAST_PRICE = 3000
_PERIODS = (
    ("hour", "时薪|小时|钟头|个钟"),
    ("day", "日薪|日结|一天|每天|天"),
    ("year", "年薪|一年|每年"),
    ("month", ""),
)
_A_MONTH = re.compile("(?:块钱|块|元)?(?:一|每|/)个?月")
#: 工资一万五一天干12个小时 is pay by the month.
_WORKING_DAY = re.compile("(?:一天|每天)(?:要|得)?(?:干|做|上|工作|站|坐)")
_RECRUITERS = {
    "relative_or_friend": "老乡|亲戚|朋友介绍|同学|熟人|表哥|表姐|堂哥|舅|姑|网友|邻居|同村|闺蜜|大姐介绍|兄弟",
    "online": "微信|qq|抖音|快手|网上|小红书|群里|朋友圈|直播间|telegram|纸飞机|短视频",
    "smuggler": "蛇头",
    "direct": "直招|直聘|老板直接|农场主|雇主直接|官网|公司自己招",
    "agency": "中介|劳务公司|派遣公司|人力资源|外派公司|劳务",
}
_AGE = re.compile(
    r"(?<![0-9.])(?P<age>1[0-7]|[89]|十[一二三四五六七]?)(?:周?岁)(?!多?(?:起|以上|以下))|(?:我|他|她|娃|妹|弟|儿子|女儿|闺女|孩子|小孩)(?:妹|弟|儿|女)?(?:妹|弟|子)?"
    r"(?:今年|才|刚|还|只有|就|刚满|现在)*(?P<bare>1[0-7])(?![0-9年月日号点万千百块天个小元.w%:：])"
)
_SOMEONE_ELSE = re.compile(
    r"(?:我|俺|咱)(?:们)?(?:家)?(?:的)?(?:亲)?(?:大|小|二|老|表|堂)?(?:弟|哥(?!们)|姐(?!们)|妹|媳妇|儿子|儿|女儿|闺女|孩子|娃|老公|老婆|丈夫|爸|妈|侄女?|外甥女?|同学|[男女]?朋友|男人|婆娘|对象|外?孙女?|爱人|嫂子?|叔|舅|姑|姨|闺蜜)(?:夫|媳妇|媳)?(?!不让|介绍|推荐|带我|拉我|喊我|找我|给我|说|不同意|叫我|让我|怕|反对|劝|问)"
    r"|(?:老乡|同村|邻居)(?:家)?的?(?:儿子|女儿|孩子|娃|他|她)"
)
#: What a relative is called when spoken of to the one who tells: 你弟弟. The first that fits; anybody else is 他.
_RELATIVES = {
    "男朋友": "男朋友", "女朋友": "女朋友", "儿媳妇": "儿媳", "侄女": "侄女", "孙女": "孙女", "外孙": "外孙",
    "姐夫": "姐夫", "妹夫": "妹夫", "嫂子": "嫂", "弟媳": "弟媳|弟妹", "叔叔": "叔", "舅舅": "舅", "姑姑": "姑",
    "阿姨": "姨", "闺蜜": "闺蜜", "弟弟": "弟", "哥哥": "哥", "姐姐": "姐", "妹妹": "妹", "女儿": "女儿|闺女|囡",
    "老婆": "老婆|婆娘|媳妇", "爱人": "爱人", "老公": "老公|丈夫|男人", "儿子": "儿子|儿", "孩子": "孩子|娃",
    "爸爸": "爸", "妈妈": "妈", "侄子": "侄", "外甥": "外甥", "同学": "同学", "朋友": "朋友", "对象": "对象",
    "孙子": "孙",
}  # fmt: skip
_SELF_HARM = re.compile(
    r"不想活|不想再活|活不下去|想死|自杀|寻死|跳楼|跳海|割腕|喝(?:了)?(?:农)?药|了结自己|结束生命"
    r"|死了算了|一了百了"
)
#: Somebody needs a doctor now.
_HURT = re.compile(
    r"(?:血|流血)(?:止不住|不止|流)|流(?:了)?(?:很多|好多|一地)血|吐血|晕(?:倒|过去|死)|昏(?:迷|过去|死)|没(?:了)?(?:呼吸|气)|抽搐|中毒"
    r"|(?:烫|烧|砸|压|电|摔|捅|砍|炸)伤|触电|(?:砸|压|摔)断|(?:捅|砍)了|摔下来|烫了人|烫(?:到|着)|断了?(?:腿|手|胳膊|指|骨)|骨折|(?:腿|手|胳膊|手指|肋骨)断|救护车|快(?:不行|死)了|缝了?针"
)
_UNDER_AGE = re.compile(r"未成年|没成年|(?:没|不|未|还没|不到)满?(?:18|十八)|童工|初中生|小学生")


def read_facts(text: str, statuses: dict[str, str]) -> dict[str, Any]:
    """Return the facts told in a normalised text; only what it says, nothing guessed.

    destination (ISO 3166 alpha-2, CN inside China), destination_name, province, origin_province, occupation, fee
    and pay ({low, high, currency or None, period}), recruiter, visa, contract (signed, none), papers_holder
    (self, other), age (under 18), fare_paid, no_requirements, sum (money of which nobody says what it is),
    for_someone_else (told of a brother, a daughter …), relative (what that one is called), hurt (needs a doctor),
    self_harm (speaks of ending it), and what bot.language.money_questions.read_money reads (loan, interest,
    living …). `statuses` are the indicators of the message.
    """
    facts: dict[str, Any] = {}
    places = find_places(text)
    origin = origin_of(text, places)
    where = destination_of(text, [place for place in places if place.province is None or place.province != origin])
    if where:
        facts["destination"], facts["destination_name"] = where.country, where.name
        if where.country == CHINA and where.province:
            facts["province"] = where.province
    if origin:
        facts["origin_province"] = origin
    for name, pattern in _OCCUPATIONS.items():
        if re.search(pattern, text):
            facts["occupation"] = name
            break
    money = read_money(text)
    facts.update(_money(text, money))
    facts.update(money.facts)
    for name, pattern in _RECRUITERS.items():
        if re.search(pattern, text):
            facts["recruiter"] = name
            break
    visa = _visa(text)
    if visa:
        facts["visa"] = visa
    facts.update(_terms(text, statuses))
    if _HURT.search(text):
        facts["hurt"] = True
    if _SELF_HARM.search(text):
        facts["self_harm"] = True
    other = _SOMEONE_ELSE.search(text)
    if other:
        facts["for_someone_else"] = True
        relative = next((name for name, said in _RELATIVES.items() if re.search(said, other.group())), None)
        if relative:
            facts["relative"] = relative
    age = _age(text)
    if age is not None:
        facts["age"] = age
    return facts


def _money(text: str, told: MoneyTold) -> dict[str, Any]:
    """Read fee, pay and sum; what `told` took for interest, living costs or a repayment is none of them."""
    found: dict[str, Any] = {}
    for amount in find_amounts(text):
        if _is_in(amount, told.spans):
            continue
        around = text[max(0, amount.start - 9) : amount.start]
        after = text[amount.end : amount.end + 6]
        clause = re.split(r"[，。,;；\n ]", around)[-1] or around
        if amount.low < 100 and amount.currency is None and "时薪" not in around:
            continue
        fee = max((m.end() for m in _FEE_CUE.finditer(clause)), default=-1)
        pay = max((m.end() for m in _PAY_CUE.finditer(clause)), default=-1)
        if fee < 0 and pay < 0:
            fee = 0 if _FEE_CUE.match(after) else -1
            pay = (
                0
                if re.match(
                    r"(?:块|元)?(?:一个月|每月|一月|/月|一天|一小时|每小时|底薪|工资|的工资|月薪|起|保底)", after
                )
                else -1
            )
        if fee > pay and "fee" not in found:
            found["fee"] = _amount(amount)
        elif pay > fee and "pay" not in found and not _is_in(amount, told.loan_spans):
            found["pay"] = {**_amount(amount), "period": _period(clause, _WORKING_DAY.sub("", after))}
        elif fee == pay and amount.low >= _LEAST_PRICE and _is_written_as_money(text, amount):
            found.setdefault("sum", _amount(amount))
    return found


def _is_in(amount: Amount, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(start < amount.end and amount.start < end for start, end in spans)


def _is_written_as_money(text: str, amount: Amount) -> bool:
    """八万, 20000, 12308块; a bare 12308, CZ3081 or a QQ number is none."""
    written = text[amount.start : amount.end]
    return amount.currency is not None or bool(re.search("[万千百wk]", written)) or amount.low % 500 == 0


def _amount(amount: Amount) -> dict[str, Any]:
    return {"low": amount.low, "high": amount.high, "currency": amount.currency}


def _period(before: str, after: str) -> str:
    """聊天 三万五一个月 is by the month: what stands after the sum counts before what stands before it."""
    if _A_MONTH.match(after):
        return "month"
    return next(name for name, pattern in _PERIODS if re.search(pattern, before + after))


def _visa(text: str) -> str | None:
    """A visa that is denied (不是旅游签) is no visa; the first kind named that is not denied counts."""
    for name, pattern in _VISAS.items():
        for match in re.finditer(pattern, text):
            if not re.search(
                r"(?:不是|不走|没有?|不用|非|别)[^，。,]{0,3}$", text[max(0, match.start() - 5) : match.start()]
            ):
                return name
    return None


def _terms(text: str, statuses: dict[str, str]) -> dict[str, Any]:
    """What the signs themselves settle, so that facts and signs never contradict each other."""
    found: dict[str, Any] = {}
    if statuses.get("document_retention") == PRESENT:
        found["papers_holder"] = "other"
    elif statuses.get("document_retention") == ABSENT:
        found["papers_holder"] = "self"
    if statuses.get("contract_irregularity") == ABSENT:
        found["contract"] = "signed"
    elif re.search(
        r"(?:没|没有|不|不用|未|从没|也没|还没)(?:有)?(?:签|给)?(?:过|任何|书面)?(?:劳动)?(?:合同|协议)", text
    ):
        found["contract"] = "none"
    if re.search(
        r"(?:包|报销|出)(?:来回|往返)?(?:机票|路费|车票|车费)|机票(?:酒店)?(?:全)?(?:包|他们出|他出|公司出|免费)|路费(?:全)?(?:包|他们出|报)",
        text,
    ):
        found["fare_paid"] = True
    if re.search(
        r"(?:不用|不要|不需要|无需|不限|不看|没有)(?:任何)?(?:学历|经验|语言|外语|技术|文化|证书|要求|门槛)|(?:是个人|会打字|识字|认字|有手|会用手机|会用电脑)就(?:行|能|可以|要)"
        r"|零门槛|没门槛|学历不限|男女不限|来了就教",
        text,
    ):
        found["no_requirements"] = True
    return found


def _age(text: str) -> int | None:
    match = _AGE.search(text)
    if match:
        written = match["age"] or match["bare"]
        return int(written) if written.isascii() else 10 + "十一二三四五六七".index(written[-1])
    return 17 if _UNDER_AGE.search(text) and not re.search(r"须满|必须满|不招|不收", text) else None
