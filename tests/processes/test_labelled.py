"""Labelled messages: what is read, what is refused, and the training files without some of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.processes.labelled import EvaluationError, TrainingFiles, read
from bot.risk.taxonomy import Taxonomy
from tests.processes.conftest import SMALL

TAXONOMY = Taxonomy.load(SMALL / "data/knowledge/taxonomy.yml")


def written(folder: Path, content: str) -> Path:
    file = folder / "messages.jsonl"
    file.write_text(content, encoding="utf-8")
    return file


def test_a_line_says_what_a_message_means(tmp_path: Path) -> None:
    line = '{"id": "m1", "text": "你好", "intent": "greet/now", "present": ["fee"], "hypothetical": ["debt"]}'
    (message,) = read(written(tmp_path, line), TAXONOMY)
    assert (message.id, message.text, message.intent) == ("m1", "你好", "greet")
    assert (message.present, message.absent, message.hypothetical) == ({"fee"}, set(), {"debt"})


def test_bad_lines_are_named_with_their_number_and_not_quoted(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '{"text": "你好", "intent": "greet"}\n\n{oops\n{"text": ""}\n[]\n{"text": "王老板", "present": "fee"}\n'
        '{"text": "王老板", "intent": "hungry"}\n{"text": "王老板", "absent": ["feee"]}\n{"text": "\\ud83d"}\n',
    )
    with pytest.raises(EvaluationError) as raised:
        read(file, TAXONOMY)
    said = str(raised.value)
    assert "line 3: it is no JSON" in said
    assert "line 4: text is missing" in said
    assert "line 5: it must be an object" in said
    assert "line 6: present must be a list of labels" in said
    assert "line 7: 'hungry' is no intent of data/knowledge/taxonomy.yml" in said
    assert "line 8: 'feee' is no indicator of data/knowledge/taxonomy.yml" in said
    assert "line 9: text holds half a character" in said
    assert "line 1:" not in said and "line 2:" not in said
    assert "王老板" not in said


def test_a_long_list_of_bad_lines_is_cut(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError) as raised:
        read(written(tmp_path, "[]\n" * 25), TAXONOMY)
    assert "line 20:" in str(raised.value) and "line 21:" not in str(raised.value)
    assert str(raised.value).endswith("and 5 more")


def test_an_id_given_twice_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, '{"id": "m1", "text": "你好"}\n{"id": "m1", "text": "谢谢"}\n')
    with pytest.raises(EvaluationError, match="id 'm1' is given to several messages"):
        read(file, TAXONOMY)


def test_without_an_id_a_message_is_named_by_its_words_wherever_it_stands(tmp_path: Path) -> None:
    (alone,) = read(written(tmp_path, '{"text": "谢谢"}'), TAXONOMY)
    first, second, twin = read(written(tmp_path, '{"text": "你好"}\n{"text": "谢谢"}\n{"text": "谢谢"}'), TAXONOMY)
    assert second.id == alone.id != first.id
    assert twin.id == f"{alone.id}-2"
    assert "谢" not in alone.id


def test_a_line_separator_within_a_text_is_no_end_of_a_line(tmp_path: Path) -> None:
    (message,) = read(written(tmp_path, '{"text": "你好\u2028谢谢"}\n'), TAXONOMY)
    assert message.text == "你好\u2028谢谢"


def test_no_file_and_an_empty_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"cannot be read \(FileNotFoundError\)"):
        read(tmp_path / "none.jsonl", TAXONOMY)
    with pytest.raises(EvaluationError, match="holds no message"):
        read(written(tmp_path, "\n"), TAXONOMY)


BOTH_FORMS = """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - 你好
    - 您好 [王老板](name)
- synonym: boss
  examples: |
    - 老板
- intent: thanks
  examples:
  - text: |
      - 谢谢，钱收到了：一
    metadata: {indicators: {fee: present, papers: absent, debt: hypothetical}, topic: wages}
  - text: 多谢 😀
"""


def training_files(folder: Path, content: str) -> TrainingFiles:
    path = folder / "data/nlu/talk.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return TrainingFiles(folder, TAXONOMY)


def test_training_messages_are_read_as_people_would_write_them(tmp_path: Path) -> None:
    messages = training_files(tmp_path, BOTH_FORMS).messages
    assert [(message.intent, message.text) for message in messages] == [
        ("greet", "你好"), ("greet", "您好 王老板"), ("thanks", "谢谢，钱收到了：一"), ("thanks", "多谢 😀"),
    ]  # fmt: skip
    taught = messages[2]
    assert (taught.present, taught.absent, taught.hypothetical) == ({"fee"}, {"papers"}, {"debt"})
    assert taught.id == f"talk-{taught.words}"


def as_rasa_reads(folder: Path) -> list[tuple[str, str, object]]:
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

    data = RasaYAMLReader().reads((folder / "data/nlu/talk.yml").read_text(encoding="utf-8"))
    assert data.entity_synonyms == {"老板": "boss"}
    return [(one.get("intent"), one.get("text"), one.get("metadata")) for one in data.training_examples]


def test_written_again_rasa_reads_the_same_but_for_what_was_left_out(tmp_path: Path) -> None:
    files = training_files(tmp_path / "whole", BOTH_FORMS)
    whole = as_rasa_reads(tmp_path / "whole")
    files.write_without([], tmp_path / "copy")
    assert as_rasa_reads(tmp_path / "copy") == whole
    files.write_without([0, 2], tmp_path / "part")
    assert as_rasa_reads(tmp_path / "part") == [whole[1], whole[3]]
    files.write_without([2, 3], tmp_path / "one_intent")  # an intent that has lost all its messages is gone
    assert as_rasa_reads(tmp_path / "one_intent") == whole[:2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("nlu: [", "data/nlu/talk.yml cannot be read: run `make train`"),
        ("nlu: [1]", "data/nlu/talk.yml cannot be read: run `make train`"),
        ("nlu: [{intent: greet, examples: [{text: 1}]}]", "data/nlu/talk.yml cannot be read: run `make train`"),
        ("rules: []", "no labelled message in data/nlu"),
        ("nlu: [{intent: hungry, examples: '- 饿'}]", "example 1 of hungry: 'hungry' is no intent"),
        ("nlu: [{intent: greet, examples: [{text: 饿, metadata: {indicators: {fee: maybe}}}]}]",
         "example 1 of greet: 'maybe' is no status"),
    ],
)  # fmt: skip
def test_training_data_that_cannot_be_used_is_named(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(EvaluationError) as raised:
        training_files(tmp_path, content)
    assert said in str(raised.value) and "饿" not in str(raised.value)
