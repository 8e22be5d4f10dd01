"""Finds company names as people write them, and takes a name apart so that two spellings of it can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import opencc

from bot.language.places import chinese_places, foreign_places

LONGEST_NAME = 40
#: A text longer than this is cut before names are looked for.
LONGEST_READ = 20_000
#: A message that is hardly more than a name answers the question what the company is called.
_LONGEST_BARE = 16

_TO_SIMPLIFIED = opencc.OpenCC("t2s")

#: What kind of business: words that hundreds of names share and that tell no company from another (longer ones first).
_BUSINESS = re.compile(
    r"国际经济技术合作|经济技术合作|国际技术合作|国际经济合作|国际合作|经济合作|技术合作|对外经济|"
    r"对外贸易|对外劳务|对外合作|人力资源|人才服务|人才交流|人才合作|劳务派遣|劳务合作|劳务输出|"
    r"劳务服务|出国劳务|海外劳务|国际劳务|国际人才|海外就业|境外就业|境外服务|出国服务|出入境服务|"
    r"对外|外经贸|外经|经贸|国际|海外|境外|出国|劳务|人力|人才|就业|派遣|外派|服务|咨询|管理|"
    r"贸易|实业|投资|发展|开发|控股|科技|技术|合作|经济|工程|建设|建筑|进出口|商务|文化|交流|"
    r"教育|信息|船员|船舶|海运|经合"
)
#: How a name ends by law.
_LEGAL = r"(?:集团)?(?:股份)?有限(?:责任)?公司|股份公司"
#: How a name ends in the mouth of people.
_WEAK = (
    r"集团公司|集团总公司|总公司|集团|(?:国际)?经济技术合作(?:公司)?|(?:国际|对外|海外|出国|境外)?(?:劳务|人力资源|人才)(?:派遣|服务|合作|输出)?(?:公司|中心)"
    r"|人力资源|国际公司|外经公司|经贸公司|国际劳务|外派公司|出国服务中心|公司"
)
_CHARACTER = r"[一-鿿㐀-䶿a-z0-9()·&]"
_LEGAL_ENDING = re.compile(_LEGAL)
_WEAK_ENDING = re.compile(rf"(?:{_WEAK})(?!的人|里)")
_BEFORE_ENDING = re.compile(rf"{_CHARACTER}{{1,{LONGEST_NAME}}}$")

#: Everything up to the last of these is the sentence around the name.
_LEAD = re.compile(
    r".*(?:叫做|叫|名为|不是|就是|说是|是|查一下|查下|查查|查|问一下|问问|请问|通过|有一家|有家|一家|一个|这家|那家|哪家|这个|那个|什么|一下|全称|全名"
    r"|名字|名称|单位|中介|老板|老乡|朋友|介绍|搜到|搜|挂靠在?|联系|签了|签的|进了|加入|入职|公司|的|在|找|说|跟|被|给|帮我|觉得|知道|看看|看|听|了|我)"
)
#: These also stand inside names (和平, 对外, 华为, 到家): they end the sentence only before a place.
_LEAD_BEFORE_PLACE = frozenset("和跟与到去给对为从由有进个家把让要")
_FILLING = re.compile(
    r"^(?:我们|咱们|他们|你们|她们|人家|现在|昨天|今天|刚才|刚|已经|准备|想去|想|要去|打算|老家|那边|这边|本人|所谓|姐妹|亲戚|同村|帮|请|就|还|也|都|去"
    r"|叫|你|他|她|它|咱|俺|个|这|那|某|该|有|把|被|用|拿)+"
)
#: No names: what is left of 这家正规的劳务公司 when everything that tells nothing is taken away.
_TELLS_NOTHING = re.compile(
    r"中介|正规|正经|招聘|招工|派遣|猎头|留学|移民|签证|旅行社|旅游|装修|物流|快递|电子|服装|国有|私人|外国|国外|国内|国企|本地|当地|网络|保险|上市|上家|皮包"
    r"|空壳|骗子|贷款|担保|用工|用人|雇主|施工|分包|承包|总包|外包|保安|保洁|家政|搬家|安保|黑心|黑|大|小|新|老|总|分|子|母|本|贵|我|你|他|她|们|某|等|那|这"
    r"|家|个|任何|什么|哪|别|其他|一般|每|好|原|前|同|几|两|一|二|三|多|各|该|此|无|没|有|不|的|了|吗|呢|啊|开|做|搞|办|给|和|跟|与|到|去|为|从|由|进|把|让|要|在|是"
)
_ENOUGH = 2

#: What follows a name in a question about it.
_AFTER = (
    r"(?=[ ]*(?:这家|这个|这公司|公司|靠谱|正规|可靠|合法|可信|怎么样|咋样|真的|真假|是真|是不是"
    r"|有没有|有资格|有证|能信|能去|可以|行不行|好不好|骗|吗|呢|啊|吧|[,，。.!！?？;；、\n]|$))"
)
_BARE = r"[一-鿿a-z]"
_OPENING = r"[ “\"《]*"
_NAMED = re.compile(
    r"(?:公司(?:的)?(?:名字|全名|名称|名)?(?:是|叫做|叫|:)|(?:全名|全称)(?:是|叫|:)|名字(?:是|叫|:))"
    rf"{_OPENING}(?P<name>{_BARE}{{2,14}}?){_AFTER}"
)
_ASKED_ABOUT = re.compile(r"[ ]*(?:靠谱|正规|可靠|合法|可信|怎么样|咋样|这家|这公司|有没有资格)")
_ASKED = re.compile(rf"(?:查一下|查下|查查|查|问一下|请问|搜一下){_OPENING}(?P<name>{_BARE}{{3,12}}?){_AFTER}")
_NO_COMPANY = re.compile(
    r"招工|中介|护照|签证|工资|合同|资格|热线|电话|打工|老家|工人|使馆|领事|警察|派出所|商务局|公司|证|怎么|什么|哪|谁|我|你|他|她|钱|法律|权益|号码|不知道|没有|没说"
    r"|不清楚|不告诉|保密|政府|银行|医院|学校|法院|大学|机场|火车|工厂|工地|出国|去|是|在|的|了|不|能|要|吗|干|活|做|快|先|再|招|家里|孩子|省|村|县|区"
)


@dataclass(frozen=True)
class CompanyName:
    """A name in a normalised text. `sure` is false where it may as well be something else: say nothing then of what
    no list holds. Offsets are half-open, in the text read.
    """

    name: str
    start: int
    end: int
    sure: bool


@dataclass(frozen=True)
class NameParts:
    """A name taken apart for comparing: `plain` without signs and in simplified script, `stem` without the legal form,
    `core` what tells it from others (环太 of 青岛环太国际经济技术合作有限公司; the stem where nothing else is left).
    """

    plain: str
    stem: str
    core: str
    provinces: frozenset[str]
    places: frozenset[str]
    has_legal_form: bool


def find_company_names(text: str) -> list[CompanyName]:
    """Return the companies named in a normalised text, left to right, each once."""
    text = text[:LONGEST_READ]
    found: list[CompanyName] = []
    for one in _candidates(text):
        overlaps = any(one.start < other.end and other.start < one.end for other in found)
        if not overlaps and all(one.name != other.name for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def _candidates(text: str) -> Iterator[CompanyName]:
    yield from _with_ending(text, _LEGAL_ENDING)
    for match in _NAMED.finditer(text):
        if not _is_no_company(match["name"]):
            yield CompanyName(match["name"], match.start("name"), match.end("name"), sure=True)
    yield from _with_ending(text, _WEAK_ENDING)
    for match in _ASKED.finditer(text):
        if not _is_no_company(match["name"]):
            yield CompanyName(match["name"], match.start("name"), match.end("name"), sure=False)
    yield from _short_forms(text)


def _with_ending(text: str, ending: re.Pattern[str]) -> Iterator[CompanyName]:
    """Yield what stands before each ending, up to a sign or the name before."""
    last = 0
    for match in ending.finditer(text):
        run = _BEFORE_ENDING.search(text[max(last, match.start() - LONGEST_NAME) : match.start()])
        last = match.end()
        if run:
            name = _trimmed(run[0] + match[0])
            if name:
                sure = match[0].endswith("公司")
                yield CompanyName(name, match.end() - len(name), match.end(), sure)


def _trimmed(name: str) -> str | None:
    """Cut the sentence off the front; None when no name is left."""
    lead = _LEAD.match(_without_ending(name))
    if lead:
        name = name[lead.end() :]
    name = _FILLING.sub("", name)
    place = _chinese_place().search(name)
    if place and name[: place.start()] and name[place.start() - 1] in _LEAD_BEFORE_PLACE:
        name = name[place.start() :]
    while name.count(")") > name.count("(") and ")" in name[:2]:
        name = name[name.index(")") + 1 :]
    name = name.lstrip("()·&")
    if len(name) < 4 or re.search(r"[0-9]{5}", name) or not _tells_something(name):
        return None
    return name


def _without_ending(name: str) -> str:
    return re.sub(rf"(?:{_LEGAL}|{_WEAK})$", "", name) or name


def _tells_something(name: str) -> bool:
    """Say whether a name names one company; 日本公司 and 正规的劳务公司 do not, 山东国际经济技术合作公司 does."""
    parts = name_parts(name)
    own = _FOREIGN_place_in_name().sub("", _without_business(_without_places(parts.stem)))
    rest = _TELLS_NOTHING.sub("", own)
    if len(rest) >= (1 if parts.has_legal_form and len(own) >= _ENOUGH else _ENOUGH):
        return True
    business = len(_without_places(parts.stem)) - len(_without_business(_without_places(parts.stem)))
    return bool(parts.places) and (business >= 6 or (parts.has_legal_form and business >= _ENOUGH))


def _short_forms(text: str) -> Iterator[CompanyName]:
    """Yield 青岛环太 and 中国山东国际, when the message is hardly more than that or asks about it."""
    short = len(text.strip()) <= _LONGEST_BARE
    if not short and not _ASKED_ABOUT.search(text):
        return
    for match in _short_form().finditer(text):
        bare = short and not text[: match.start()].strip(" “\"'我说的是叫就")
        asked = _ASKED_ABOUT.match(text, match.end())
        name = match["name"]
        if (bare or asked) and not _is_no_company(name[len(match["place"] or "") :]):
            yield CompanyName(name, match.start("name"), match.end("name"), sure=False)


def _is_no_company(words: str) -> bool:
    return bool(_NO_COMPANY.search(words)) or words in foreign_places() or words in chinese_places()


@lru_cache(maxsize=1)
def _short_form() -> re.Pattern[str]:
    place = rf"(?P<place>(?:中国)?(?:{_alternatives(chinese_places())})(?:省|市)?|中国)"
    ends = "国际|劳务|外经|经合|人力|海外|对外"
    return re.compile(
        rf"(?<![一-鿿])(?:我说的是|就是|是|叫)?(?P<name>(?:{place}{_BARE}{{2,6}}?(?:{ends})?|[一-鿿]{{2,6}}(?:{ends}))){_AFTER}"
    )


@lru_cache(maxsize=1)
def _chinese_place() -> re.Pattern[str]:
    return re.compile(f"中国|{_alternatives(chinese_places())}")


@lru_cache(maxsize=1)
def _place_in_name() -> re.Pattern[str]:
    return re.compile(rf"中国|中华|(?:{_alternatives(chinese_places())})(?:省|市|县|区)?")


@lru_cache(maxsize=1)
def _FOREIGN_place_in_name() -> re.Pattern[str]:
    return re.compile(_alternatives(foreign_places()))


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _without_places(name: str) -> str:
    return _place_in_name().sub("", name)


def _without_business(name: str) -> str:
    return _BUSINESS.sub("", name)


@lru_cache(maxsize=8192)
def name_parts(name: str) -> NameParts:
    """Take a name apart; signs, script, brackets and 责任 make no difference, a single other character does."""
    plain = _TO_SIMPLIFIED.convert(unicodedata.normalize("NFKC", name[: 2 * LONGEST_NAME])).lower()
    plain = "".join(character for character in plain if character.isalnum()).replace("有限责任公司", "有限公司")
    stem = re.sub(r"(?:集团)?(?:股份)?有限公司$|股份公司$|(?:集团)?(?:总)?公司$|集团$", "", plain) or plain
    stem = re.sub(r"集团|股份", "", stem) or stem
    named = [place for place in _place_in_name().findall(stem)]
    places = frozenset(re.sub(r"[省市县区]$", "", place) for place in named) - {"中国", "中华"}
    core = _without_business(_without_places(stem))
    return NameParts(
        plain=plain,
        stem=stem,
        core=core if len(core) >= _ENOUGH else stem,
        provinces=frozenset(chinese_places()[place] for place in places if place in chinese_places()),
        places=places,
        has_legal_form=bool(re.search(r"有限公司$|股份公司$", plain)),
    )
