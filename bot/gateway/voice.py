"""What the gateway says of its own accord, and the one thing it has to hear itself: danger."""

from __future__ import annotations

from pathlib import Path

from bot.gateway import words
from bot.gateway.ledger import Bubble
from bot.knowledge.destinations import Destinations
from bot.knowledge.hotlines import Hotlines
from bot.language.lexicon import LEXICON_FOLDER, Lexicon
from bot.language.mention_status import PRESENT
from bot.language.normalization import normalize
from bot.replies.texts import Texts
from bot.settings import PROJECT
from bot.tables import load

#: What is said when nothing else can be: without one of them nobody is to start.
NEEDED = ("utter_gateway_outage", "utter_gateway_outage_again", "utter_gateway_late", "utter_gateway_gave_up",
          "utter_gateway_number", "utter_welcome", "utter_welcome_web")  # fmt: skip


class EmergencyNumbers:
    """The numbers for somebody of whom nothing is known but this message."""

    def __init__(self, hotlines: Hotlines, destinations: Destinations, texts: Texts) -> None:
        self._hotlines, self._destinations, self._texts = hotlines, destinations, texts

    def lines(self, text: str = "", country: str | None = None) -> str:
        """Return a line a number: for inside and outside China, and the police of every country that is named."""
        chosen = list(self._hotlines.emergency(None))
        named = [code for code, _, _ in self._destinations.find(text)] + ([country] if country else [])
        for code in dict.fromkeys(named):
            if code != "CN":
                chosen += list(self._hotlines.emergency(code))[:1]
        lines = (self._texts.say("utter_gateway_number", hotline=one.name, number=one.number) for one in chosen)
        return "\n".join(dict.fromkeys(lines))


class Voice:
    """The texts of the domain with the numbers of data/knowledge."""

    def __init__(self, texts: Texts, numbers: EmergencyNumbers, danger: Lexicon) -> None:
        self.texts, self.numbers, self._danger = texts, numbers, danger

    @classmethod
    def load(cls, texts: Path, knowledge: Path) -> Voice:
        """Read everything now; a ValueError names the file, and the line where it is known, of what is wrong."""
        said = Texts.load(texts, NEEDED)
        numbers = EmergencyNumbers(Hotlines.load(knowledge), Destinations.load(knowledge), said)
        load(PROJECT / LEXICON_FOLDER / "danger.yml")  # names the line of what is no YAML
        return cls(said, numbers, Lexicon.load(PROJECT / LEXICON_FOLDER, "danger.yml"))

    def hears_danger(self, text: str) -> bool:
        """Whether the text speaks of danger now; Rasa judges better, but may be out or busy."""
        return any(sighting.status == PRESENT for sighting in self._danger.find(normalize(text).text))

    def say(self, name: str, **values: object) -> Bubble:
        return Bubble(self.texts.say(name, **{"numbers": self.numbers.lines(), **values}))

    def consent_question(self, name: str) -> Bubble:
        return self._question(
            name, utter_gateway_button_agree=words.CONSENT_YES, utter_gateway_button_disagree=words.CONSENT_NO
        )

    def erase_question(self) -> Bubble:
        return self._question(
            "utter_erase_question", utter_gateway_button_erase=words.ERASE_YES, utter_gateway_button_keep=words.ERASE_NO
        )

    def cleared_note(self, name: str) -> Bubble:
        return self._question(name, utter_gateway_button_ask_erase=words.ERASE)

    def _question(self, name: str, **titles: str) -> Bubble:
        buttons = tuple({"title": self.texts.say(title), "payload": word} for title, word in titles.items())
        return Bubble(self.texts.say(name), buttons)
