"""Training messages are read once and fast, and mean what Rasa's own reader reads; Rasa refuses the irregular."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy
import pytest
from rasa.shared.exceptions import YamlException
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.message import Message

from bot.processes import importer
from bot.processes.importer import QuickReader, ReadOnce, UnchangingMessage

REGULAR = """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - 你好
    - 您好
- intent: thanks
  examples:
  - text: |
      - 谢谢，钱收到了：一
    metadata: {indicators: {fee: present}, topic: wages}
  - text: 多谢 😀
"""


def message(text: str = "护照被收了") -> UnchangingMessage:
    return UnchangingMessage.like(Message({"text": text, "intent": "describe_offer", "metadata": {"a": {"b": [1]}}}))


def features() -> Features:
    return Features(numpy.ones((1, 2)), "sentence", "text", "here")


def as_told(reader: RasaYAMLReader, content: str) -> list[tuple[object, ...]]:
    examples = reader.reads(content).training_examples
    return [(one.get("intent"), one.get("text"), one.get("metadata"), one.fingerprint()) for one in examples]


def test_it_reads_what_rasa_reads() -> None:
    quick = as_told(QuickReader(), REGULAR)
    assert quick == as_told(RasaYAMLReader(), REGULAR) and len(quick) == 4


def test_messages_of_a_regular_file_are_unchanging_ones() -> None:
    assert all(isinstance(one, UnchangingMessage) for one in QuickReader().reads(REGULAR).training_examples)


def test_like_takes_over_all() -> None:
    whole = Message({"text": "护照"}, {"intent"}, 12, [features()])
    same = UnchangingMessage.like(whole)
    assert (same.data, same.output_properties, same.time) == (whole.data, whole.output_properties, whole.time)
    assert same.features == whole.features and same == whole and same.fingerprint() == whole.fingerprint()


def test_a_copy_shares_the_content_and_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    one = message()
    named = one.fingerprint()
    twin = copy.deepcopy(one)
    assert twin is not one and isinstance(twin, UnchangingMessage)
    assert twin.get("metadata") is one.get("metadata"), "what nobody changes need not be copied"
    monkeypatch.setattr("rasa.shared.nlu.training_data.message.rasa.shared.utils.io.deep_container_fingerprint", None)
    assert twin.fingerprint() == named, "worked out once"
    assert twin == one


def test_a_copy_is_independent_once_something_is_set() -> None:
    one = message()
    named = one.fingerprint()
    twin = copy.deepcopy(one)
    twin.set("text", "押金三万", add_to_output=True)
    assert one.get("text") == "护照被收了" and twin.get("text") == "押金三万"
    assert one.fingerprint() == named != twin.fingerprint()
    assert "text" in twin.output_properties


def test_the_original_is_independent_of_its_copy_too() -> None:
    one = message()
    twin = copy.deepcopy(one)
    named = twin.fingerprint()
    one.set("mark", True)
    assert twin.get("mark") is None and twin.fingerprint() == named


def test_output_properties_of_a_copy_are_its_own() -> None:
    one = message()
    twin = copy.deepcopy(one)
    before = set(one.output_properties)
    twin.set("seen", 1, add_to_output=True)
    assert one.output_properties == before and "seen" in twin.output_properties


def test_features_of_a_copy_are_its_own() -> None:
    one = UnchangingMessage({"text": "护照"}, features=[features()])
    named = one.fingerprint()
    twin = copy.deepcopy(one)
    assert twin.features == one.features
    twin.add_features(features())
    assert len(one.features) == 1 and len(twin.features) == 2
    assert one.fingerprint() == named != twin.fingerprint()


def test_a_copy_made_before_the_fingerprint_has_the_same() -> None:
    one = message()
    assert copy.deepcopy(one).fingerprint() == one.fingerprint()
    assert copy.deepcopy(message("a")).fingerprint() != one.fingerprint()


def test_a_list_of_messages_is_copied_one_by_one() -> None:
    several = [message("一"), message("二")]
    twins = copy.deepcopy(several)
    twins[0].set("text", "三")
    assert [one.get("text") for one in several] == ["一", "二"] and twins[1] == several[1]


IRREGULAR = {
    "an unknown key of an intent": REGULAR.replace("examples: |", "exampels: |"),
    "a list where text belongs": REGULAR.replace("- text: 多谢 😀", "- text: [多谢]"),
    "no list of intents": 'version: "3.1"\nnlu: {intent: greet}\n',
    "an example without text": REGULAR.replace("- text: 多谢 😀", "- txt: 多谢"),
    "an unknown key of an example": REGULAR.replace("- text: 多谢 😀", "- text: 多谢\n    entity: {a: 1}"),
    "broken YAML": 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n  - a: [\n',
}


def complaint(reader: RasaYAMLReader, content: str) -> str:
    with pytest.raises(YamlException) as raised:
        reader.reads(content)
    return f"{type(raised.value).__name__}: {raised.value}"


@pytest.mark.parametrize("why", IRREGULAR)
def test_an_irregular_file_gets_rasas_own_complaint(why: str) -> None:
    assert complaint(QuickReader(), IRREGULAR[why]) == complaint(RasaYAMLReader(), IRREGULAR[why])


def test_what_rasa_takes_although_it_is_irregular_is_read_by_rasa() -> None:
    more = REGULAR + "- synonym: boss\n  examples: |\n    - 老板\n- lookup: places\n  examples: |\n    - 西港\n"
    quick, rasas = QuickReader().reads(more), RasaYAMLReader().reads(more)
    assert quick.entity_synonyms == rasas.entity_synonyms == {"老板": "boss"}
    assert quick.lookup_tables == rasas.lookup_tables != []
    assert [one.get("text") for one in quick.training_examples] == [one.get("text") for one in rasas.training_examples]


@pytest.mark.parametrize("text", ["- 您好 [王老板](name)", '- 去[缅甸]{"entity": "place"}'])
def test_marked_entities_are_read_as_rasa_reads_them(text: str) -> None:
    content = REGULAR.replace("- 您好", text)
    quick, rasas = (reader().reads(content).training_examples for reader in (QuickReader, RasaYAMLReader))
    assert [(one.get("text"), one.get("entities")) for one in quick] == [
        (one.get("text"), one.get("entities")) for one in rasas
    ]


def test_the_files_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "talk.yml"
    file.write_text(REGULAR, encoding="utf-8")
    opened: list[str] = []

    class Counted(QuickReader):
        def reads(self, string: str, **kwargs: object) -> object:  # type: ignore[override]
            opened.append(string)
            return super().reads(string, **kwargs)

    monkeypatch.setattr(importer, "QuickReader", Counted)
    reader = ReadOnce(training_data_paths=[str(file)])
    first, second = reader.get_nlu_data(), reader.get_nlu_data("zh")
    assert first is second and len(opened) == 1
    assert [one.get("text") for one in first.training_examples][:2] == ["你好", "您好"]
    assert all(isinstance(one, UnchangingMessage) for one in first.training_examples)
