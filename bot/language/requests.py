"""What else a message asks for, beside its intent: a verdict, few words, a kind of number; and all-clear."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

NEED_WORDS_FILE = Path("data/dictionary/need_words.yml")

_VERDICT = re.compile(
    r"(?:能不能|可不可以|该不该|要不要|敢不敢)(?:去|干|做|信|答应|签|走)|(?:能|可以|该|敢)(?:去|干|做|信|答应)(?:吗|嘛|么|不|没|得不)|去不去|去得(?:吗|不|成)"
    r"|靠不靠谱|靠谱(?:吗|不|么)|(?:是不是|会不会是)(?:骗|假|坑|真)|骗人的(?:吗|吧|么)|是骗子|真的假的|有没有(?:风险|问题|坑|诈)|安全(?:吗|不)|你(?:说|看|觉得).{0,6}(?:去|行|咋样|怎么样)"
    r"|(?:能|可以|该|敢|好)签(?:吗|嘛|么|不|没)|拦不拦|要不要拦|该不该拦|让不让(?:他|她)?去|(?:那|那么)?现在(?:呢|怎么样|咋样)$|(?:这个)?(?:是|算)?正常的?(?:吧|对吧|吗|不)|没(?:啥|什么)?问题吧|帮我看看|帮(?:我|忙)?(?:看|瞧|参谋|分析|判断)|有问题(?:吗|不|没)|可信(?:吗|不)|值不值得去|结论|风险大|先这样"
)
_SHORT = re.compile(
    r"(?:不要|别|莫|少|不用)(?:回|说|发|打|写)(?:那么|这么|太|很|好)?(?:多|长)|(?:不要|别|莫|少|不用)(?:那么|这么|太|很|好)?(?:多|长)(?:字|话)"
    r"|少(?:回|说|打|写)(?:一?点|些)(?!钱|工资)|少(?:回|说|发|打|写)(?:一?点|些|几个)?(?:字|话)"
    r"|(?:^|[ ,，。回说讲你])(?:短|简单|简短)(?:一?点|些|说)|长话短说|字太多|看不过来"
)
_SAFE_NOW = re.compile(
    r"(?:我|人|她|他|我们)(?:已经|现在)?出来了|(?:我|人|她|他|我们)?(?:已经|现在)?(?:安全了|没事了|(?:逃|跑|救|放|溜|走)出来了|得救了|警察来了|到派出所了|回到家了|到家了|平安了)|(?:没有?|不是)(?:什么)?(?:危险|急事)|刚才(?:是)?(?:乱|随便)(?:说|打|试)"
)
_SAFE_PLACE = re.compile(
    r"(?:在|到了?)(?:派出所|警察局|公安局|使馆|大使馆|领事馆|医院|家)(?:里)?(?:了|$)|安全了|得救了|到家了|警察来了"
)
#: She got out and I did not; got out and is hunted; asked, not told.
_NOT_ALL_SAFE = re.compile(
    r"还在里|没(?:跑|逃|出来)|还没|躲|在追|追[我来上]|抓回|又被|吗|么$|会不会|怎么才|如果|等我|[?？]"
)
_STILL_DANGER = re.compile(r"追|抓|躲|怕|还在|没出来|里面|被打|血|不敢|怎么办|救")
_ASPECTS = {
    "pay": "工资|薪|挣|收入|一个月多少|最低|多少钱一",
    "visa": "签|身份|居留|合法|许可|工作证|免签",
    "fee": "中介费|收费|交钱|费用|押金|交多少|要多少钱",
    "risk": "安全|乱不乱|危险|靠谱|骗|打仗|治安|黑",
}
_NOT_YET_GONE = re.compile(
    r"(?:还没有?|还未)(?:去|出发|走|动身|过去|出国)(?!看|医|治)"
    r"|没有?(?:去|出发|动身|过去|出国|答应)(?:呢|成|$|[ ,，。])"
)
_OTHERS_HAVE_NOT_GONE = re.compile(r"(?:他们|的人|保安|打手|老板|队长)(?:都|也)?还没")
_NOT_YET_SIGNED = re.compile(r"(?:还没有?|还未)(?:签|答应|定)")
#: Who is at work already works without a contract; that is no plan.
_AT_WORK = re.compile(r"干了|做了|在这|这里|(?:没|不|欠|扣|拖)[^，。 ]{0,4}(?:工资|工钱)")
_WORKED_SO_LONG = re.compile(
    r"(?:工地|厂|店|船|矿|窑|园区|公司|餐馆|饭店|农场|会所|这)(?:里|上|边|儿)?[^，。 ]{0,3}(?:干|做|上)了?[^，。 ]{0,4}"
    r"(?:年|个?月|天|周|礼拜|星期)"
    r"|(?:干|做|上)了(?:快|才|有|都|大概)?(?:[^，。 年]{0,3}(?:个?月|天|周|礼拜|星期)|半年|大半年|小半年)"
    r"|在[^，。 ]{1,8}(?:工地|厂|船上|店|餐馆|农场|园区)[^。]{0,8}(?:年|个月|天|周)多?了"
    r"|在(?:这|那)(?:里|边|儿)?(?:干|做|上班)|老板[^，。 ]{0,3}[不没]给[^，。 ]{0,2}钱"
    r"|(?:从|打从|自从)?(?:下了?飞机|上船|进厂|到厂|来这(?:边|里)?)(?:以后|之后|就|那天)"
)
_EARLIER_OR_PLANNED = re.compile(r"以前|之前|原来|从前|想去|要去|打算|准备|介绍|招|干满|做满|到了再|说好")
_GENERIC_QUESTION = re.compile(
    r"^.{0,8}(?:犯法|违法|合法|合规|正常|算数|有效|判|坐牢|怎么办|咋办|咋整|点算|要紧)(?:吗|不|么|嘛|呢|啊|呀|犯法)?$"
)
_QUESTION = re.compile(
    r"[?？]|(?:不|没|是|对)[^，。 ]{0,6}吧|吗|呢|么$|嘛$|不[，,]|([\u4e00-\u9fff])[不没唔冇]\1"
    r"|可唔可以|有冇|系咪|使唔使|会唔会|边(?:个|度)|乜|点(?:样|算|办)|定系"
    r"|(?:什么|啥|怎么|咋|咩|点样|点算|谁|哪|几|多少|多久|为什么|为啥|能不能|可不可以|是不是|有没有|会不会|要不要|行不行|算不算"
    r"|该不该|对不对|好不好|合不合法|违不违法|犯不犯法|得唔得)"
    r"|(?:不|没|没有|冇)$|想知道|想问|请问|问下|问问|告诉我|帮我查"
)
_WHAT_TO_DO = re.compile(
    r"(?:怎么|咋|如何|点)(?:办|做|整|弄|走|逃|跑|出去|离开|脱身|回家|回国|回去|求助|报警|救|解决|处理|自救|算好)|点算|如何是好"
    r"|该做(?:什么|啥)|能不能(?:有人|找人)?(?:管|帮)|有(?:没有)?人(?:能|可以)?(?:管|帮)|谁能(?:管|帮|救)|找谁"
    r"|有什么办法|有啥办法|还有救吗|帮帮我|救救我|怎么(?:叫|报)|咋(?:叫|报)|我该做"
)
_OTHERS_STORY = re.compile(
    r"(?:同学[她他]|同学家|同事[她他家]|邻居|村里|我们这|老家|网上|群里|新闻|电视|抖音|别人|人家)(?:家|的|上|里|说|有|人)*[^，。]{0,14}"
    r"(?:被|给|让人?)[^，。]{0,3}骗"
)
_SOMEBODY = re.compile(
    "[我俺咱他她们了]|老板|公司|厂|弟|哥|姐|妹|儿|女|爸|妈|孩|[0-9一二两三四五六七八九十半]+个?(?:月|年|天|万|千|块)"
)
_BLOW = re.compile(
    r"打(?!工|电话|算|字|卡|车|扫|听|听|包|钱|款|招呼|扰|开|针|架子)|揍|踢|踹|抽|扇|砍|捅|掐|捆|绑|吊|电(?!话|子|脑|梯|车|工|焊|费|诈)|鞭|棍|拳|巴掌|耳光|推倒"
    r"|强奸|强暴|侵犯|侵害|摸|猥亵|罚(?:跑|站|跪|蹲)|跪|烫我|泼|虐|折磨|动手|毒|拖|拽|按(?:住|在)"
)
#: 现在往边境开, 今晚偷渡: not across yet.
_ON_THE_WAY = re.compile(
    r"(?:往|去|到|快到|[送拉带]我们?[到去])边境|还没(?:出境|过境|过界|过河)"
    r"|(?:今晚|今夜|晚上|半夜|明天|明早|马上|准备|等下|等会)[^，。]{0,6}(?:偷渡|翻山|过境|过界|过河|走小路)"
)
#: 我是从柬埔寨回来的, 回来两个月了: of the person, not of a friend who came back and calls others there.
_BACK_HOME = re.compile(
    r"(?:^|[，。 我俺])(?:是|刚|才|已经|去年|今年|上个?月|[0-9一二两三四五六七八九十]+月)*从[^，。 他她]{1,8}"
    r"(?:逃|跑|放|救|送|遣返|遣送)?了?回(?:来|国)(?!的?(?:朋友|老乡|人|同学|亲戚))"
    r"|(?:^|[，。 我俺])(?:已经|刚|现在|才)*(?:逃|跑)?回(?:来|国|家)了?(?:都|快|有)?"
    r"[0-9一二两三四五六七八九十几半]+个?多?(?:月|天|年|周|星期|礼拜)"
)
_LESS_PAY = re.compile(
    r"(?:说|讲|谈|定|答应|承诺|写)[^。]{0,16}[0-9一二两三四五六七八九十千万][^。]{0,8}"
    r"(?:结果|实际|到手|拿到|发下来|到了|现在|最后|只|才)[^。]{0,10}[0-9一二两三四五六七八九十千万]"
)
_ASKS_TO_PAY = re.compile(
    r"(?:打|转|给|交|付|汇|赎)(?:钱|款)?(?:给)?(?:他|她|他们|它|对方|那边|人家|过去|钱|赎金)?[^，。]{0,4}"
    r"(?:行不行|可以吗|能不能|吗|好不好|要不要|该不该)"
    r"|(?:要不要|该不该|能不能|可不可以)[^，。]{0,3}(?:打|转|给|交|付|汇)(?:钱|款|他|她|给|赎)"
)


@lru_cache(maxsize=1)
def _need_words() -> dict[str, re.Pattern[str]]:
    words: dict[str, str] = yaml.safe_load(NEED_WORDS_FILE.read_text(encoding="utf-8"))
    return {need: re.compile(pattern) for need, pattern in words.items()}


def asks_for_verdict(text: str) -> bool:
    """Can one go, is it real, have a look: whatever the intent, the person wants to know how bad it is."""
    return bool(_VERDICT.search(text))


def wants_few_words(text: str) -> bool:
    return bool(_SHORT.search(text))


def sounds_like_a_question(text: str) -> bool:
    """A question mark, or one of the words that make a Chinese sentence a question."""
    return bool(_QUESTION.search(text))


def says_safe_now(text: str, although_emergency: bool = False) -> bool:
    """The danger is over, or never was; where the words sound like danger only a safe place counts."""
    if although_emergency:
        return bool(_SAFE_PLACE.search(text)) and not _STILL_DANGER.search(text)
    return bool(_SAFE_NOW.search(text)) and not _NOT_ALL_SAFE.search(text)


def destination_aspects(text: str) -> list[str]:
    """Return what is asked about a country: pay, visa, fee, risk; none of them when nothing in particular."""
    return [name for name, pattern in _ASPECTS.items() if re.search(pattern, text)]


def says_at_work(text: str) -> bool:
    """工地上干了半年: no plan any more; what was done before and elsewhere does not count."""
    return bool(_WORKED_SO_LONG.search(text)) and not _EARLIER_OR_PLANNED.search(text)


def says_not_yet_gone(text: str) -> bool:
    """还没去: the person still decides. 没签合同 alone says nothing, people work for years without one."""
    if _NOT_YET_GONE.search(text) and not _OTHERS_HAVE_NOT_GONE.search(text):
        return True
    return bool(_NOT_YET_SIGNED.search(text)) and not _AT_WORK.search(text)


def asks_what_to_do(text: str) -> bool:
    """怎么办, 怎么走, 有没有人管: somebody who is there wants to know the next step."""
    return bool(_WHAT_TO_DO.search(text))


def speaks_of_others(text: str) -> bool:
    """同学她弟就是去当客服给骗走了: somebody else's bad luck, which says nothing of one's own job."""
    return bool(_OTHERS_STORY.search(text))


def asks_in_general(text: str) -> bool:
    """工资拖着不发 投诉打哪个号: a question about a kind of trouble, in which nobody has it."""
    return sounds_like_a_question(text) and not _SOMEBODY.search(text)


def tells_of_a_blow(text: str) -> bool:
    """Whether anything in it is done by one person to another's body; a crushed finger is no violence."""
    return bool(_BLOW.search(text))


def says_on_the_way(text: str) -> bool:
    """On the way to a border, and not across it yet: help is that of this side."""
    return bool(_ON_THE_WAY.search(text))


def says_back_home(text: str) -> bool:
    """The person is back from where it happened."""
    return bool(_BACK_HOME.search(text))


def tells_of_less_pay(text: str) -> bool:
    """面试说时薪30 结果才18: what was paid is less than what was promised."""
    return bool(_LESS_PAY.search(text))


def asks_to_pay(text: str) -> bool:
    """先打给他们行不行: whether to give what kidnappers or bosses want."""
    return bool(_ASKS_TO_PAY.search(text))


def asks_for_minimum_pay(text: str) -> bool:
    return bool(re.search("最低(?:工资|时薪|薪水|薪金|人工)", text)) and sounds_like_a_question(text)


def speaks_of_there(text: str) -> bool:
    """到了那边, 当地: not here at home."""
    return bool(re.search("那边|那里|那头|当地|本地|外面|国外|境外|到了|过去(?:以后|之后|了)", text))


def speaks_of_reporting(text: str) -> bool:
    """打电话非得说我名字不: whether the police, not this bot, tell who reported."""
    return bool(re.search("报警|报案|举报|告(?:他|发|状)|打(?:110|电话|那个号)|派出所", text))


def is_generic_question(text: str) -> bool:
    """这算犯法吗: a question that lives on what was said before."""
    return bool(_GENERIC_QUESTION.match(text.strip(" ?？。!！")))


def wanted_needs(text: str) -> list[str]:
    """Return what kind of hotline is asked for, in the order of need_words.yml."""
    return [need for need, pattern in _need_words().items() if pattern.search(text)]
