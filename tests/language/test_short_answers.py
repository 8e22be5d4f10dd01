"""Plain answers to a plain question: in any dialect, and never a sentence that says more than yes or no."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.turn import texts
from bot.language.normalization import normalize
from bot.language.short_answers import NO, UNKNOWN, YES, corrects, is_enough, plain_answer

ANSWERS: dict[str | None, dict[str, str]] = {
    YES: {
        "the button": "是", "yes": "是的", "with a particle": "是啊", "right": "对", "right with a particle": "对呀",
        "Sichuan": "对头", "not wrong": "没错", "must": "要", "must with a particle": "要的", "must pay": "要交",
        "must give": "要给的", "there is": "有", "there is, soft": "有的", "it will": "会的", "can": "能啊",
        "may": "可以", "of age": "满了", "eighteen": "满18了", "pays": "交了", "gives": "给了", "signed": "签了",
        "of course": "当然", "certainly": "肯定", "Cantonese": "系", "Cantonese with a particle": "系呀",
        "Henan": "中", "Henan with a mark": "中！", "told clearly": "说清楚了", "clear": "清楚", "English": "YES",
        "English with a mark": "yes!", "English slang": "yep", "full width": "Ｙ", "about me": "我要",
        "about all": "都有", "also": "还要", "now": "现在有", "after a hum": "嗯是的",
        "after a hum and a comma": "嗯，对", "after an oh": "哦 是的", "after two hums": "嗯嗯对",
        "after a filler": "那个 是", "after an ah": "啊对", "Chinese full stop": "要啊。", "they will": "他们会",
        "they want it": "他们要", "of course it is": "当然是", "with a Latin full stop": "yes.", "traditional": "對",
        "traditional, will": "會的", "traditional, signed": "簽了", "traditional, told clearly": "說清楚了",
    },
    NO: {
        "the button": "否", "no": "不", "it is not": "不是", "it is not, soft": "不是的", "need not": "不用",
        "must not": "不要", "will not": "不会", "cannot": "不能", "they take nothing": "不收", "pays nothing": "不交",
        "gives nothing": "不给", "may not": "不可以", "none": "没", "there is none": "没有",
        "none with a particle": "没有啊", "Sichuan": "没得", "not of age": "没满", "not yet of age": "还没满",
        "not signed": "没签", "not yet signed": "还没签", "not given": "没给", "nothing asked for": "没说要",
        "Hunan": "未有", "Cantonese none": "冇", "Cantonese none with a particle": "冇呀", "Cantonese is not": "唔系",
        "Cantonese need not": "唔使", "Cantonese will not": "唔会", "net slang": "木有", "net slang 2": "莫有",
        "formal": "无", "English": "no", "English slang": "nope", "one letter": "N", "about another": "他没有",
        "about all": "都没有", "for now": "暂时没有", "for now and not yet": "暂时还没有", "after a hum": "嗯没有",
        "after a hum and a comma": "嗯，不用", "they do not, with a subject": "他们不收",
        "they did not say so": "他们没说要", "not necessary": "不需要", "with a Latin full stop": "No.",
        "traditional": "沒有", "traditional for now": "現在沒有", "traditional, will not": "不會",
        "traditional, not signed": "還沒簽", "traditional, not of age": "沒滿", "traditional Cantonese": "唔係",
        "with a comma behind": "没有，",
    },
    UNKNOWN: {
        "the button": "不知道", "short": "不知", "Sichuan": "不晓得", "not clear": "不清楚",
        "not quite clear": "不太清楚", "not sure": "不确定", "not asked": "没问", "never asked": "没问过",
        "they did not say": "没说", "not talked about": "没讲", "not mentioned": "没提", "not told clearly": "没说清",
        "forgotten": "忘了", "I forgot": "我忘了", "cannot say": "说不准", "Cantonese": "唔知",
        "Cantonese with a particle": "唔知呀", "net slang": "不造", "I do not": "我不知道", "nor do I": "我也不知道",
        "he does not": "他不知道", "not yet": "还不知道", "they did not say so": "他们没说",
        "they did not talk of it": "他们没讲", "traditional": "不曉得", "traditional, cannot say": "說不準",
        "traditional, not yet asked": "還沒問",
    },
    None: {
        "no contract": "没有合同", "pay three ten thousands": "要交三万", "no tourist visa": "不是旅游签",
        "a tourist visa": "是旅游签", "a hum may only mean go on": "嗯", "two hums": "嗯嗯", "fine": "好的",
        "fine, short": "好", "okay": "ok", "oh": "哦", "all right": "行", "no passport": "没有护照",
        "not the passport": "不要护照", "give me a number": "给我号码", "they take no passports": "他们不收护照",
        "they beat": "会打人", "somebody beats me": "有人打我", "a sum": "要三万", "a country": "中国",
        "an agent": "中介", "content": "满意", "a correction": "不对",
        "it is not and they say more": "不是的他们说要交", "afraid": "有点怕", "not good": "不好",
        "nothing to say": "不好说", "a double no": "没说不要", "is it": "是吗", "will it": "会吗", "may I": "可以吗",
        "must I": "要吗", "either or": "要不要", "is it or not": "是不是", "will it or not": "会不会",
        "a question about going home": "能回家吗", "a question about money": "给钱吗", "sorry": "对不起",
        "no matter": "没事", "a particle": "了", "a full stop": "。", "an emoji": "😀", "nothing": "",
        "enough": "先这样", "only a subject": "我", "only they": "他们", "sign a contract": "签合同",
        "pay money": "交钱", "help": "救命", "traditional sentence": "沒有合同", "speechless": "无语",
    },
}  # fmt: skip


def params(table: dict[str | None, dict[str, str]]) -> list[Any]:
    return [
        pytest.param(text, answer, id=f"{answer}: {why}")
        for answer, texts in table.items()
        for why, text in texts.items()
    ]


@pytest.mark.parametrize(("text", "answer"), params(ANSWERS))
def test_plain_answer(text: str, answer: str | None) -> None:
    assert plain_answer(normalize(text).text) == answer


def test_what_the_buttons_send_is_understood() -> None:
    sent = [plain_answer(texts().say(f"utter_button_{name}")) for name in ("yes", "no", "unknown")]
    assert sent == [YES, NO, UNKNOWN]


@pytest.mark.parametrize("end", ["", "啊", "了", "呢", "！", "。", "~", " ", "，", "啊！！", "的呀"])
@pytest.mark.parametrize(("word", "answer"), [("有", YES), ("没有", NO), ("不知道", UNKNOWN)])
def test_what_stands_around_does_not_matter(word: str, answer: str, end: str) -> None:
    for before in ("", "嗯", "嗯嗯，", "哦 ", "啊，", " "):
        assert plain_answer(normalize(f"{before}{word}{end}").text) == answer


@pytest.mark.parametrize("word", ["有", "没有", "不知道", "是", "不要"])
def test_a_question_is_no_answer(word: str) -> None:
    for end in ("吗", "？", "吗？", "么"):
        assert plain_answer(normalize(word + end).text) is None


@given(st.text(alphabet="是不没有要知道会嗯的了我他们还,。!？ 交三万护照", max_size=12))
def test_any_words_get_one_of_three_answers_or_none(text: str) -> None:
    answer = plain_answer(normalize(text).text)
    assert answer in (YES, NO, UNKNOWN, None)
    if "？" in text or "三万" in text or "护照" in text:
        assert answer is None


ENOUGH = [
    "先这样", "先这样吧", "就这样", "那就这样吧", "那先这样了", "就先这样", "好，先这样", "好先这样", "先到这里",
    "先到这", "到这里吧", "那就到这里", "不问了", "不说了", "不聊了", "不聊了啊", "不答了", "别问了", "别问", "够了",
    "结束", "结束吧", "好的先这样", "好的，先这样吧", "好了不问了", "先这样，谢谢", "别问啦", "够啦", "行先这样",
    "嗯先这样", "先这样。", "先这样！！", "先這樣", "先這樣吧", "不說了",
]  # fmt: skip
NOT_ENOUGH = [
    "先交钱", "够不够", "钱够了", "不够", "别问我老板", "不说话", "结束了吗", "好的", "好了", "再见", "这样可以吗",
    "怎么先这样", "先这样吗", "是", "没有", "护照先这样放着", "不知道", "", "我不想说老板的事",
]  # fmt: skip


@pytest.mark.parametrize("text", ENOUGH)
def test_is_enough(text: str) -> None:
    assert is_enough(normalize(text).text)
    assert plain_answer(normalize(text).text) is None


@pytest.mark.parametrize("text", NOT_ENOUGH)
def test_is_not_enough(text: str) -> None:
    assert not is_enough(normalize(text).text)


@pytest.mark.parametrize("text", ["这样啊", "哦这样", "嗯这样啊"])
def test_i_see_is_not_enough(text: str) -> None:
    assert not is_enough(normalize(text).text)


CORRECTIONS = [
    "不对是三万", "不对 是三万", "不对，是三万", "错了 是两万", "打错了", "打错了，是三万", "说错了 五万", "写错了",
    "搞错了", "弄错了", "刚才说错了", "刚才打错了 三千", "更正一下 两万", "纠正 两万", "改一下 是四万",
    "不是三万是五万", "不是三万，是五万", "不是三万 是五万", "啊不对 三万", "哦不对是三万", "诶 不对", "呃不对",
    "那个不对 是八千", "哦说错了", "我说错了 是两万", "我打错了，是三万", "刚说错了 是两万", "唔係三萬係五萬",
    "不好意思打错了 三万", " 不对 是三万", "不對是三萬", "打錯了 是兩萬", "不是三萬，是五萬",
]  # fmt: skip
NO_CORRECTIONS = [
    "三万", "是三万", "不是旅游签", "不是", "没错", "护照被收了 不对吗", "他们说不对", "这样不对吗", "哪里不对",
    "是不是不对", "不知道是不是", "要交三万 对吗", "", "不用交", "他说的不对", "没说错",
]  # fmt: skip


@pytest.mark.parametrize("text", CORRECTIONS)
def test_corrects(text: str) -> None:
    assert corrects(normalize(text).text)


@pytest.mark.parametrize("text", NO_CORRECTIONS)
def test_corrects_nothing(text: str) -> None:
    assert not corrects(normalize(text).text)


@pytest.mark.parametrize("text", ["不对劲，他们要三万", "不对外招工", "改一下合同要三万", "不是很好，是不是骗子"])
def test_what_only_begins_like_a_correction(text: str) -> None:
    assert not corrects(normalize(text).text)
