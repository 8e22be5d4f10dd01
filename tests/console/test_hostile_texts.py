"""What people write, shown to staff: script stays text, and what turns the direction of writing stays in its place."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from bot.records.models import Conversation, Finding, Message
from bot.records.recruiter_csv import ListedRecruiter
from bot.records.recruiters import replace_list

Talk = Callable[..., Conversation]

#: Right-to-left override and its like: they turn what follows round, up to the end of their own element.
BIDI = "\u202e\u2066\u202d\u2067"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</bdi></p></li><iframe src=//evil.example>",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "&lt;script&gt;&#x3c;script>",
    "=HYPERLINK(\"http://evil.example\",\"点我\")",
    f"工资{BIDI}元000三",
    "\u0000\u2028\u2029\ufeff<a href='https://evil.example'>",
)  # fmt: skip
ALLOWED = {"html", "head", "meta", "title", "link", "body", "header", "a", "nav", "form", "input", "button", "span",
           "main", "p", "h1", "h2", "b", "div", "aside", "section", "dl", "dt", "dd", "ol", "ul", "li", "time", "bdi",
           "mark", "label", "code", "small", "a script of ours"}  # fmt: skip


class Elements(HTMLParser):
    """Reads a page as a browser does: which elements and attributes are there, and which text each bdi holds."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.isolated: list[str] = []
        self._open = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        served = tag == "script" and (dict(attributes).get("src") or "").startswith("/static/")
        self.tags.add("a script of ours" if served else tag)
        self.attributes |= {name for name, _ in attributes}
        self.links |= {value or "" for name, value in attributes if name in ("href", "src", "action")}
        if tag == "bdi":
            self._open += 1
            self.isolated.append("")

    def handle_endtag(self, tag: str) -> None:
        self._open -= tag == "bdi"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.isolated[-1] += data


def read(content: str) -> Elements:
    elements = Elements()
    elements.feed(content)
    return elements


def check(content: str) -> Elements:
    elements = read(content)
    assert elements.tags <= ALLOWED
    assert not [name for name in elements.attributes if name.startswith("on") or name == "style"]
    assert all(re.match(r"/(?!/)|\?page=|$", link) for link in elements.links), elements.links
    return elements


def page_of(conversation: Conversation) -> str:
    return reverse("console:conversation", args=[conversation.pk])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_message_is_text_and_keeps_to_its_place(desk: Client, talk: Talk, text: str) -> None:
    conversation = talk(risk_level="high", destination_country="KH")
    message = Message.objects.add(conversation, direction="in", author="person", text=text)
    Finding.objects.create(
        message=message, indicator="recruitment_fee", status="present", confidence=0.9, start=0, end=len(text)
    )
    Message.objects.add(
        conversation,
        direction="out",
        author="bot",
        text=f"“{text}”：先别交",
        buttons=[{"title": text, "payload": text}],
    )
    shown = check(desk.get(page_of(conversation)).content.decode())
    visible = html.unescape(text).replace("\0", "") if "&lt;" not in text else text
    texts = [piece.replace("\0", "").replace("\ufffd", "") for piece in shown.isolated]
    assert visible in texts, "a message"
    assert f"“{visible}”：先别交" in texts, "a line that quotes it"
    assert texts.count(visible) == 2, "the title of a button"


@pytest.mark.parametrize("text", HOSTILE)
def test_facts_are_text_and_keep_to_their_place(desk: Client, talk: Talk, text: str) -> None:
    facts = {"employer": text, "fee": {"amount": 5, "currency": text}, "places": [text], text: "x"}
    conversation = talk(risk_level="high", facts=facts, indicators={text: "present"})
    Message.objects.add(conversation, direction="in", author="person", text="你好")
    shown = check(desk.get(page_of(conversation)).content.decode())
    if BIDI in text:  # the name of an indicator, of a fact, and three values
        assert sum(BIDI in piece for piece in shown.isolated) == 5


@pytest.mark.parametrize("kind", ["photo", "document"])
@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_read_from_a_file_is_text_too(desk: Client, talk: Talk, text: str, kind: str) -> None:
    conversation = talk()
    Message.objects.add(
        conversation, direction="in", author="person", kind=kind, text=text, file={"paper": "pdf", "name": text}
    )
    check(desk.get(page_of(conversation)).content.decode())


@pytest.mark.parametrize("text", HOSTILE)
def test_the_search_for_companies(desk: Client, db: None, text: str) -> None:
    kept = text.replace("\0", "")  # PostgreSQL takes none, and no CSV that is read has one
    listed = ListedRecruiter(f"{kept[:60]}有限公司", kept[:60], kept[:30], date(2099, 1, 1), "valid")
    replace_list((listed,), b"", date(2026, 11, 1), kept)
    for asked in (text, f"{text[:60]}有限公司"):
        shown = check(desk.get("/desk/recruiters/", {"name": asked}).content.decode())
        assert [piece for piece in shown.isolated if text[:5].strip("\0") in piece]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_at_the_sign_in(client: Client, db: None, text: str) -> None:
    address = {"next": text}
    check(client.get("/desk/sign-in/", address).content.decode())
    answer = client.post("/desk/sign-in/", {"username": text, "password": text, "next": text})
    check(answer.content.decode())


@pytest.mark.parametrize("text", ["<b>", "//evil.example", "https://evil.example", "javascript:alert(1)"])
def test_no_parameter_leads_elsewhere(desk: Client, text: str) -> None:
    answer = desk.post("/desk/language/setlang/", {"language": "en", "next": text})
    assert re.match(r"/(?!/)|%3Cb%3E$", answer["Location"])
    check(desk.get("/desk/", {"page": text}).content.decode())
