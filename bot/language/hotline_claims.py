"""Does somebody claim to be 12308, an embassy, the police …, and does the person ask whether that is real?"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TELLS_OF = r"[^。;；\n]"
#: Kinds of data/knowledge/impostors.yml and the words for them; where several are named, the first of them counts.
_KINDS = {
    "ministry": r"(?<![1-9])12308(?!\d)|(?:86|0)1012308|外交部|领保(?:热线|中心|电话)|领事(?:保护|热线|中心|司|服务)",
    "embassy": r"大?使馆|领事馆|总?领馆|使领馆|领事(?:处|官)",
    "antifraud": r"反诈|防诈|(?<!\d)96110(?!\d)",
    "immigration": r"移民(?:管理)?局|出入境|入境处|入境事务处|边检|(?<!\d)12367(?!\d)|海关",
    "social_security": r"社保局|社保中心|人社局|医保局|社会保险|(?<!\d)12333(?!\d)|社保卡|劳动局",
    "police": (
        r"公安|警察|警官|警方|派出所|民警|刑警|网警|交警|经侦|国际刑警|检察院|检察官|法院|公检法|刑侦|户籍(?:科|警"
        r"|民警)|(?<!\d)110(?!\d)|(?<!\d)12110(?!\d)|差人"
    ),
    "authority": (
        r"政府(?:部门|热线)?|官方(?:电话|热线|号码)|国家(?:部门|单位|热线)|公家|有关部门|银监会|通信管理局|商务部"
        r"|商务局|(?<!\d)12345(?!\d)"
    ),
}
#: Whom somebody may pretend to be: the ids of the claims of data/knowledge/impostors.yml.
KINDS = tuple(_KINDS)
_AUTHORITY = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _KINDS.items()))
_ANY = "(?:" + "|".join(_KINDS.values()) + ")"
#: Somebody got in touch in the name of an authority.
_CALLED = re.compile(
    rf"(?:接到|收到|来了|接了|有|有个|有人用){_TELLS_OF}{{0,14}}?{_ANY}{_TELLS_OF}{{0,10}}(?:电话|来电|短信|信息"
    rf"|消息|邮件|语音|视频|打)|{_ANY}(?!会|能|要是|如果|不会){_TELLS_OF}{{0,12}}?(?:打来|打过来|打(?:给|到)(?:我"
    rf"|俺|他|她|我们|家里|手机)|电话里|给(?:我|俺|他|她|我们)(?:打|发|来)|来电|打(?:了)?(?:个)?电话(?:来|给我|给她"
    rf"|给他|给俺|说|话|讲|过来|让|叫|要|通知|找)"
    r"|(?:发|来)(?:了)?(?:个|条)?(?:短信|信息|消息|微信|邮件|视频)|发(?:来|给我)|加(?:了)?我|联系(?:了)?(?:我|俺|他"
    r"|她)|找(?:到)?(?:我|俺)|呼(?:我|过来)|搵我|通知我|call我)"
    rf"|(?:接到(?:个|一个|了)?电话|有(?:个|一个)电话|打来|打给我|打过来|来电|给我打|显示"
    rf"|来的){_TELLS_OF}{{0,12}}?(?:说|自称|称|显示|讲)?{_TELLS_OF}{{0,6}}?{_ANY}"
)
#: Somebody says to be one.
_SAYS_TO_BE = re.compile(
    rf"(?:落款(?:是|写)?|署名|自称|冒充|假冒|假装|号称|谎称|称(?:是|自己)|(?:他|她|对方|那边|那人|电话里|里面|有人"
    rf"|有个人|人家)?(?:说|讲|话)(?:他|她|自己|佢)?(?:们)?(?:就)?(?:是|系))[^。;；\n，, ]{{0,8}}?{_ANY}(?!介绍|推荐"
    rf"|认证|备案|认可|楼下|附近|有人)|{_ANY}{_TELLS_OF}{{0,4}}?的?(?:名义|名头|身份|工作人员|客服)|(?:网上|百度"
    rf"|抖音|小红书)(?:搜|查|找)(?:到)?的?(?:中国)?{_ANY}|被(?:假的?)?{_ANY}{_TELLS_OF}{{0,4}}?骗"
)
#: What swindlers want, and with what they frighten.
_DEMAND = re.compile(
    r"转(?:账|帐|钱|款|过去|到)|打(?:钱|款)|汇(?:款|钱)|(?:保证|保释|担保|押|罚|定|诚意)金|交(?:钱|费|罚|保|押|\d"
    r"|[一二两三四五六七八九十几])|罚款|缴|安全账[户号]|验资|清查资金|资金(?:核查|审查|清查)|涉(?:案|嫌|及|黑|诈"
    r"|毒)|洗(?:黑)?钱|案(?:子|件|底)|冻结|停用|注销|失效|限制出境|不让(?:我)?出境|笔录|录口供|通缉|逮捕|拘(?:捕"
    r"|留)|抓(?:我|你)|坐牢|拉(?:我|人)|验证码|银行卡|卡号|密码|下载|装(?:个)?(?:软件|app)|点(?:个)?(?:链接|网址)"
    r"|链接|共享(?:屏幕)?|屏幕|腾讯会议|加[^。;；\n]{0,4}(?:qq|微信|企鹅|好友)|qq|telegram|whatsapp|facetime|保密"
    r"|(?:别|不能|不许|不准|不要|唔好)(?:告诉|跟|同|和|话)[^。;；\n]{0,6}(?:家|别人|人|老婆|老公|妈|爸)|配合(?:调查"
    r"|办案)|协助(?:调查|办案)|转接|转到|个人信息|身份信息|身份(?:证)?(?:被)?(?:冒用|盗用|泄露)|核实(?:身份|信息)"
    r"|包裹|快递|手续费|补交|签证费|先交|查(?:我|你|他|她)?(?:的)?账|身份证被|保释|赎|办案|盗刷|欠费|停机|骗(?:了"
    r"|走)|有(?:个|份|一份|一个|我的)?(?:文件|案|材料)|护照(?:有问题|异常|出问题|被)|按(?:\d|[一二三九零])|(?:下|装"
    r"|安装)(?:个|载|一个)?[^。;；\n]{0,4}(?:软件|app|会议)"
)
#: Only swindlers say so in the name of an authority.
_TELLTALE = re.compile(
    r"安全账[户号]|(?:要|让|叫)我开(?:着|启)?(?:视频|摄像头)|(?:帮|给|把)(?:我|你|电话)(?:电话)?转(?:到|接"
    r"|去)[^。;；\n]{0,6}(?:公安|警官|民警|警察)|指定(?:的)?账[户号]|资金(?:审查|核查|清查|比对)|验资|共享屏幕"
    r"|屏幕共享|把(?:手机)?屏幕|(?:线上|网上|视频|电话|微信|qq)(?:做|录)?(?:个)?(?:笔录|办案|审讯|问话)|(?:没"
    r"|无)人的(?:地方|房间)|(?:别|不能|不许|不要|不准)挂(?:断|电话|机)?|保密协议|(?:住|去|开)(?:个|到)?(?:酒店"
    r"|宾馆)[^。;；\n]{0,4}(?:别|不要|不许)|facetime|发(?:来|了|给我)?(?:一?张|个|了)*[^。;；\n]{0,4}(?:逮捕证"
    r"|拘捕令|逮捕令|拘捕证)"
)
#: Real or not?
_ASKS = re.compile(
    r"真(?:的)?(?:假|吗|嘛|么|不|啊|个)|真的?(?:还是|是)假|真假|是真(?:的)?(?:吗|么|不|啊|嘛|[?？])|是不是真"
    r"|是(?:不是)?假|假的(?:吧|吗|么|嘛|不)?|骗(?:子|人|局|我|钱)(?:的)?(?:吗|吧|么|不|啊|嘛|[?？]|$)|是不是(?:骗"
    r"|诈|套|冒充|诈骗)|诈骗(?:吗|吧|么|不|电话|[?？]|$)|(?:能|可以|敢|该|要|可)(?:不能|不要|不敢)?(?:信|接|理"
    r"|回)(?:吗|嘛|么|不|[?？]|$)|能不能信|要不要(?:信|接|理|管)|信(?:得过|不信得过|得唔过)|可信|靠谱|正规"
    r"|官方(?:的)?(?:吗|么|不)|(?:系咪|是不是)(?!一|同|也|免费|跟|和)|(?:怎么|咋|如何|点样)(?:辨别|分辨|分真假"
    r"|看真假|认|识别|区分)|查(?:一下|下|查)?(?:这个|呢个)?(?:号|电话)|有没有这(?:个|回)"
    rf"|真(?:的)?{_ANY}还是假|假(?:的)?{_ANY}|(?:是|系){_TELLS_OF}{{0,6}}?{_ANY}{_TELLS_OF}{{0,4}}?(?:吗|嘛"
    rf"|(?<![怎什])么|吧|咩|不(?:是)?[?？]?$|[?？])|呢个(?:号码?|电话)"
)
#: The question is about a call, a message or a number, not about what an office can do.
_ABOUT_A_CONTACT = re.compile(
    r"qq|笔录|银行卡|密码|电话|来电|打来|号码|(?<![编证账工挂型病单])号|短信|信息|消息|链接|微信|视频|热线|(?:说|称"
    r"|讲)(?:他|她|自己)?是|自称|冒充|假冒|打给我|给我打|\d{5,}|接到|收到"
)
#: What the real one does is asked in general.
_ASKS_IN_GENERAL = re.compile(
    rf"{_ANY}(?:机关|局|的人|的)?(?:会不会|会|能|可能)(?:主动|直接|给人|给我)*{_TELLS_OF}{{0,6}}?"
    r"(?:主动(?:打|联系)|打电话(?:通知|要|让|叫|说|吗|么|不|[?？]|$)|外拨|转账|微信|qq|视频|笔录|转接|验证码|银行卡"
    r"|保证金|安全账户|发短信)"
    r"[^。;；\n]{0,12}(?:吗|么|嘛|不|[?？]|$)"
)
#: The real ones never want these, whoever dialled.
_NEVER_WANTED = re.compile(
    rf"(?:{_KINDS['ministry']}|{_KINDS['embassy']}){_TELLS_OF}{{0,6}}?(?:让|叫|要|说){_TELLS_OF}{{0,12}}?(?:银行卡"
    rf"|卡号|验证码|转账|转钱|(?:把)?钱打|保证金|保释金|安全账户)"
)
#: 我打了12308 他们说…: the person called, so nobody pretends.
_CALLED_MYSELF = re.compile(
    rf"(?:我|俺|咱|我们|家里|我妈|我爸|我老婆|老婆|他妈)?(?:刚才?|就|先|去|已经|自己|昨天|今天|早上|昨晚|都|也|又"
    rf"|试着|想|要|该|能|可以|赶紧|马上|让家里|叫家里|帮我|帮忙)*(?:打|拨)(?:了|过|通|的|打)?(?:[一两几]次"
    rf"|好几次)?(?:电话)?(?:给|到|去)?(?:了|过)?(?:中国|驻{_TELLS_OF}{{0,5}})?{_ANY}(?:(?:的)?(?:电话|热线))?|(?:我"
    rf"|俺|我们|家里|我妈|我爸)(?:刚|就|先|已经|自己|昨天|今天)*(?:给|往|向|跟|联系(?:了|过)?|找(?:了|过)?|去(?:了"
    rf"|过)?){_TELLS_OF}{{0,4}}{_ANY}(?:{_TELLS_OF}{{0,3}}(?:打(?:了|过)?(?:电话)?|联系|求助|报案|反映))?"
)
_WENT_THERE = re.compile(r"(?:报(?:了|过)?警|报(?:了|过)?案|在派出所|去(?:了)?派出所|到(?:了)?派出所)")
_BY_WIRE = re.compile(
    r"电话|打来|来电|打给|短信|微信|qq|视频|转账|转钱|安全账|保证金|自称|冒充|说(?:他|她|自己)?是|链接"
)
#: The boss will call the police: nobody pretends to be the police.
_THREAT = re.compile(
    rf"(?:叫|喊|找|让)(?:警察|移民局)(?:来)?(?:抓|拉|捉|带)|(?:报|告诉|交|举报|送|发)给(?:国内|当地|中国)?{_ANY}|"
    rf"(?:老板|工头|中介|他们?|公司|主管|经理|船长|对方)(?:说|就)?(?:要|会|敢|再|不)?{_TELLS_OF}{{0,10}}(?:报警"
    rf"|叫警察|喊警察|找警察|打(?:电话)?(?:给)?(?:移民局|警察|公安)|告诉(?:警察|移民局)|举报)"
)
#: 110发短信是12110吗: which number it is, not whose.
_WHICH_NUMBER = re.compile(r"(?:是|打)(?:12\d{3}|110|96110)(?:吗|么|吧|呢|不|$|[?？])")
#: People in the compounds are made to pretend themselves.
_MADE_TO_PRETEND = re.compile(
    r"(?:让|逼|叫|教|要|喊)(?:我|我们|俺|他|她|人|大家)?(?:们)?(?:打电话)?(?:冒充|假扮|扮成|装成|装作)"
)
_ASKS_FOR_A_NUMBER = re.compile(
    r"是(?:什么|啥|干什么|干嘛|干啥)|(?:电话|号码|热线)(?:是)?(?:多少|几|什么|啥)|多少(?:号|电话)|怎么(?:打|联系|拨"
    r"|找)|咋(?:打|联系|找)|点样打|(?:能|可以|好)打(?:吗|么|不|通)|打得通|打不通|没人接|有没有(?:电话|热线|号码)"
    r"|有(?:什么|啥)(?:电话|热线)|给(?:我)?(?:个|一个|下)(?:电话|号码|热线)|找谁"
)
_NOBODY_PRETENDS = (_THREAT, _MADE_TO_PRETEND, _WHICH_NUMBER)
_SENT = re.compile(
    r"(?:已经|都|刚|就|我)?(?:转|汇|打|交|付|给|缴)(?:了|过去|出去|咗)(?:过去|出去|给(?:他|她"
    r"|他们))?[^。;；\n]{0,4}(?:钱|万|千|块|元|款|\d|$|了|保证金|[一二两三四五六七八九十])|钱(?:已经|都|刚)?(?:转"
    r"|汇|打|交|付)(?:了|过去|出去)|(?:转|汇|打)(?:过去|出去)了|骗(?:了|走)(?:我|他|她|我妈|我爸"
    r"|俺)?[^。;；\n]{0,6}(?:钱|万|千|块|元|\d)|(?:已经|刚)(?:转|汇|交|付)"
)
_NOT_SENT = re.compile(r"(?:没|没有|还没|不|未|冇|别|要不要|该不该|叫我|让我|要我)[^。;；\n]{0,4}$")
_NUMBER = re.compile(r"\+?\d(?:[\d\- ()]{1,20}\d)")
#: 12308块, 3万, 18岁, a QQ account, an identity card, a bank card.
_NO_NUMBER_AFTER = re.compile(r"\s*(?:块|元|万|千|百|岁|天|年|个|月|日|号楼|小时|点|分|人|%|美|日元|韩|泰|[wk])")
_NO_NUMBER_BEFORE = re.compile(
    r"(?:qq|微信|企鹅|群|卡号?|账号|身份证号?|护照号?|警号|编号|工号|订单号?|验证码)[^。;；\n\d]{0,4}$"
)
_LONGEST_NUMBER = 14


#: Nobody said who it is that calls.
_UNNAMED = "authority"


@dataclass(frozen=True)
class HotlineClaim:
    """`kind` is a claim of data/knowledge/impostors.yml; `numbers` as they were written."""

    kind: str
    numbers: tuple[str, ...]
    called_me: bool
    money_sent: bool = False


def hotline_claim(text: str) -> HotlineClaim | None:
    """Return what a normalised text tells of somebody who claims to be an authority, or None.

    None as well for whoever only asks for a hotline, or has called it.
    """
    own = _CALLED_MYSELF.sub(lambda match: " " * len(match.group()), text)
    kind = _kind(own) or (_kind(text) if _ASKS.search(text) and _numbers(own) else None)
    if kind is None and _TELLTALE.search(text) and _BY_WIRE.search(text):
        kind = _UNNAMED  # 接了个电话说我涉嫌洗钱 让转到安全账户
    if kind is None or any(pattern.search(text) for pattern in _NOBODY_PRETENDS):
        return None
    called = bool(_CALLED.search(own))
    pretends = bool(_SAYS_TO_BE.search(own))
    wants, asks = bool(_DEMAND.search(text)), bool(_ASKS.search(own) and _ABOUT_A_CONTACT.search(own))
    if _ASKS_FOR_A_NUMBER.search(text) and not called and not pretends:
        return None
    if _WENT_THERE.search(text) and not _BY_WIRE.search(text):
        return None
    sure = kind == "ministry" and called  # the real one never calls
    in_general = bool(_ASKS_IN_GENERAL.search(text))
    telltale = bool(_TELLTALE.search(text)) and not in_general
    sure = sure or in_general or telltale or bool(_NEVER_WANTED.search(own))
    if not (sure or ((called or pretends) and (wants or asks)) or (pretends and _numbers(own)) or asks):
        return None
    return HotlineClaim(kind, _numbers(own), called or pretends or telltale, money_sent(text))


def _kind(text: str) -> str | None:
    """The one who is pretended to be is named nearest to the call; else the first that is named."""
    near = _SAYS_TO_BE.search(text) or _CALLED.search(text)
    match = (_AUTHORITY.search(near.group()) if near else None) or _AUTHORITY.search(text)
    return match.lastgroup if match else None


def _numbers(text: str) -> tuple[str, ...]:
    """Telephone numbers of three digits and more; no sums, no accounts."""
    found = []
    for match in _NUMBER.finditer(text):
        written = match.group().strip()
        digits = re.sub(r"\D", "", written)
        if not 3 <= len(digits) <= _LONGEST_NUMBER:
            continue
        if _NO_NUMBER_AFTER.match(text[match.end() :]) or _NO_NUMBER_BEFORE.search(text[: match.start()]):
            continue
        found.append(written)
    return tuple(dict.fromkeys(found))


def money_sent(text: str) -> bool:
    return any(not _NOT_SENT.search(text[: match.start()]) for match in _SENT.finditer(text))
