"""What the seal promises: nothing readable on disk, and every value in its own place only."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core import serializers
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.records.models import Contact, Conversation, Message
from bot.records.sealing import SealedJSONField, SealedTextField, SealError, SealKeys

WORDS = "中介说办护照先交三万五押金"
ADDRESS = "987654321012"


def key(key_id: int) -> str:
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def raw(message: Message, column: str = "text") -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM records_message WHERE number = %s", [message.number])
        return bytes(cursor.fetchone()[0])


def write_raw(message: Message, value: bytes, column: str = "text") -> None:
    with connection.cursor() as cursor:
        sql = f"UPDATE records_message SET {column} = %s WHERE number = %s"
        cursor.execute(sql, [connection.Database.Binary(value), message.number])


@given(plain=st.binary(max_size=400), place=st.text(max_size=40).filter(lambda text: text.isascii()))
def test_what_is_sealed_opens_at_its_place_only(plain: bytes, place: str) -> None:
    keys = SealKeys.parse(key(7))
    sealed = keys.seal(plain, place)
    assert keys.open(sealed, place) == plain
    assert sealed[0] == 7
    with pytest.raises(SealError):
        keys.open(sealed, place + "x")


@pytest.mark.parametrize("text", ["", "1", "1:short", "x:" + "A" * 44, "256:" + "A" * 43 + "=", key(1)[:-8]])
def test_a_wrong_key_is_refused(text: str) -> None:
    with pytest.raises(SealError):
        SealKeys.parse(text)


def test_two_keys_with_one_id_are_refused() -> None:
    with pytest.raises(SealError):
        SealKeys.parse(f"{key(1)},{key(1)}")


def test_text_and_json_come_back(say: Callable[..., Message]) -> None:
    buttons = [{"title": "真人", "payload": "真人"}]
    message = Message.objects.get(pk=say(WORDS + "\ud800\x00😀", buttons=buttons).pk)
    assert message.text == WORDS + "\ud800\x00😀"
    assert message.buttons == buttons
    assert WORDS.encode() not in raw(message)


def test_a_changed_json_value_is_saved(conversation: Conversation) -> None:
    conversation.facts["fee"] = 35000
    conversation.save(update_fields=["facts"])
    assert Conversation.objects.get(pk=conversation.pk).facts == {"fee": 35000}


def test_values_swapped_between_rows_do_not_open(say: Callable[..., Message]) -> None:
    first, second = say("第一"), say("第二")
    one, two = raw(first), raw(second)
    write_raw(first, two)
    write_raw(second, one)
    for message in (first, second):
        with pytest.raises(SealError):
            _ = Message.objects.get(pk=message.pk).text


def test_values_swapped_between_columns_do_not_open(say: Callable[..., Message]) -> None:
    message = say('["第一"]', buttons=[])
    write_raw(message, raw(message, "text"), "buttons")
    with pytest.raises(SealError):
        _ = Message.objects.get(pk=message.pk).buttons


@pytest.mark.parametrize(
    "damage", [lambda sealed: sealed[:-1], lambda sealed: b"", lambda sealed: sealed[:10] + b"x" * 30]
)
def test_a_damaged_value_gives_a_clear_error_without_content(
    say: Callable[..., Message], damage: Callable[[bytes], bytes]
) -> None:
    message = say(WORDS)
    write_raw(message, damage(raw(message)))
    with pytest.raises(SealError, match=r"records_message\.text") as caught:
        _ = Message.objects.get(pk=message.pk).text
    assert WORDS not in str(caught.value)


def test_listing_opens_nothing(say: Callable[..., Message]) -> None:
    message = say(WORDS)
    write_raw(message, b"broken")
    assert [found.number for found in Message.objects.all()] == [message.number]


def test_plain_text_cannot_get_into_the_database_by_another_way(say: Callable[..., Message]) -> None:
    message = say(WORDS)
    with pytest.raises(SealError):
        Message.objects.update(text="开放")
    with pytest.raises(SealError):
        Message.objects.filter(text=WORDS).exists()
    message.text = "改了"
    with pytest.raises(SealError):
        Message.objects.bulk_update([message], ["text"])
    message.text = 5
    with pytest.raises(SealError):
        message.save()


def test_bulk_create_seals_each_row(conversation: Conversation) -> None:
    rows = [
        Message(conversation=conversation, number=number, direction="in", author="person", text=f"{WORDS}{number}")
        for number in (1, 2)
    ]
    Message.objects.bulk_create(rows)
    assert [message.text for message in Message.objects.order_by("number")] == [WORDS + "1", WORDS + "2"]
    assert WORDS.encode() not in raw(rows[0])


def test_dumpdata_keeps_the_seal_on(say: Callable[..., Message]) -> None:
    say(WORDS, buttons=[WORDS])
    dumped = serializers.serialize("json", [*Message.objects.all(), *Contact.objects.all()], ensure_ascii=False)
    assert WORDS not in dumped
    assert "777001" not in dumped


def test_an_older_key_still_opens_and_the_first_one_seals(say: Callable[..., Message], settings: object) -> None:
    message = say(WORDS)
    settings.SEAL_KEYS_FILE = None  # type: ignore[attr-defined]
    old = settings.SEAL_KEYS  # type: ignore[attr-defined]
    new = key(9)
    settings.SEAL_KEYS = f"{new},{old}"  # type: ignore[attr-defined]
    message = Message.objects.get(pk=message.pk)
    assert message.text == WORDS
    assert raw(message)[0] == int(old.partition(":")[0])
    message.save()
    assert raw(message)[0] == 9
    settings.SEAL_KEYS = new  # type: ignore[attr-defined]
    assert Message.objects.get(pk=message.pk).text == WORDS
    settings.SEAL_KEYS = old  # type: ignore[attr-defined]
    with pytest.raises(SealError, match="id 9"):
        _ = Message.objects.get(pk=message.pk).text


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.recursive(st.none() | st.booleans() | st.text() | st.integers(), st.lists, max_leaves=8))
def test_any_json_comes_back(value: object) -> None:
    field = SealedJSONField()
    assert field.decode(field.encode(value)) == value


@given(value=st.text(alphabet=st.characters()))
def test_any_text_comes_back(value: str) -> None:
    assert SealedTextField().decode(SealedTextField().encode(value)) == value


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("sqlite" not in django_settings.DATABASES["default"]["ENGINE"], reason="reads the SQLite file")
def test_nothing_readable_in_the_sqlite_file_and_its_log() -> None:
    contact = Contact.objects.reach("telegram", "123456", ADDRESS)
    conversation = Conversation.objects.create(contact=contact, facts={"fee": WORDS}, indicators={WORDS: "present"})
    message = Message.objects.add(conversation, direction="in", author="person", text=WORDS, buttons=[WORDS])
    everything = _bytes_of_database()
    assert message.pk.hex.encode() in everything, "the search has to be able to find something"
    assert contact.pseudonym.encode() in everything
    for secret in (WORDS, ADDRESS):
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            assert secret.encode(encoding) not in everything
    assert WORDS.encode("unicode_escape") not in everything


def _bytes_of_database() -> bytes:
    name = Path(connection.settings_dict["NAME"])
    return b"".join(path.read_bytes() for path in name.parent.glob(name.name + "*"))
