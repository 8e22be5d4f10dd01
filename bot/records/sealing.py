"""Columns sealed with AES-256-GCM and bound to their row: a stolen file shows nothing, a moved value does not open."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

NONCE_BYTES = 12
TAG_BYTES = 16


class SealError(RuntimeError):
    """A value cannot be sealed or opened; the message never holds the value."""


class SealKeys:
    """The keys by their id: the first one seals, every one opens."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise SealError("There is no sealing key.")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._first = next(iter(keys))

    @classmethod
    def parse(cls, text: str) -> SealKeys:
        """Read `id:base64` pairs, parted by commas or lines; an id is 0 to 255, a key 32 bytes."""
        keys: dict[int, bytes] = {}
        for entry in text.replace(",", " ").split():
            key_id, _, encoded = entry.partition(":")
            try:
                number, key = int(key_id), base64.b64decode(encoded, validate=True)
            except (ValueError, binascii.Error):
                raise SealError("A sealing key must be written as id:base64.") from None
            if not 0 <= number <= 255 or len(key) != 32 or number in keys:
                raise SealError("A sealing key needs an id of its own from 0 to 255 and 32 bytes.")
            keys[number] = key
        return cls(keys)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Return key id, nonce and sealed bytes that open at this place only."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return bytes([self._first]) + nonce + self._ciphers[self._first].encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Return what was sealed at this place."""
        if len(sealed) < 1 + NONCE_BYTES + TAG_BYTES:
            raise SealError(f"The sealed value at {place} is cut short.")
        cipher = self._ciphers.get(sealed[0])
        if cipher is None:
            raise SealError(f"The sealed value at {place} needs the key with the id {sealed[0]}, which is not here.")
        try:
            return cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], place.encode())
        except InvalidTag:
            raise SealError(f"The sealed value at {place} was changed, moved or sealed with another key.") from None


@lru_cache(maxsize=8)
def _keys_of(text: str) -> SealKeys:
    return SealKeys.parse(text)


def seal_keys() -> SealKeys:
    """Return the keys of this process."""
    return _keys_of(settings.SEAL_KEYS)


class Sealed(bytes):
    """Bytes as they stand in the database."""

    __slots__ = ()


class SealedAttribute(DeferredAttribute):
    """Opens a value when it is first read, so that listing rows opens nothing."""

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is not None and isinstance(value, Sealed):
            value = self.field.open_value(instance, value)
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        # Having __set__ makes this a data descriptor: __get__ is asked although the instance holds a value.
        instance.__dict__[self.field.attname] = value


class SealedField(models.Field):
    """The common part: plain in the program, sealed in the database, never searchable."""

    descriptor_class = SealedAttribute
    empty_strings_allowed = False

    def get_internal_type(self) -> str:
        return "BinaryField"

    def encode(self, value: Any) -> bytes:
        raise NotImplementedError

    def decode(self, plain: bytes) -> Any:
        raise NotImplementedError

    def place(self, instance: models.Model) -> str:
        """Name the table, column and row that a value is bound to."""
        if not isinstance(instance.pk, UUID):
            raise SealError(f"{self.model._meta.label} has no UUID key to bind a sealed value to.")
        return f"{self.model._meta.db_table}.{self.column}:{instance.pk.hex}"

    def seal_value(self, instance: models.Model, value: Any) -> Sealed:
        return Sealed(seal_keys().seal(self.encode(value), self.place(instance)))

    def open_value(self, instance: models.Model, sealed: Sealed) -> Any:
        return self.decode(seal_keys().open(sealed, self.place(instance)))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        return self.seal_value(model_instance, value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            # update(), bulk_update() and filter() know no row, so they can neither seal nor compare.
            raise SealError(f"{self.model._meta.label}.{self.name} is sealed: set it on an object and save that.")
        return connection.Database.Binary(bytes(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def value_to_string(self, obj: models.Model) -> str:
        """Keep the seal on in `dumpdata`."""
        return base64.b64encode(self.pre_save(obj, add=False) or b"").decode("ascii")


class SealedTextField(SealedField):
    """Text of any length; a lone surrogate is kept as it came."""

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, str):
            raise SealError(f"{self.name} must be text, not {type(value).__name__}.")
        return value.encode("utf-8", "surrogatepass")

    def decode(self, plain: bytes) -> str:
        return plain.decode("utf-8", "surrogatepass")


class SealedJSONField(SealedField):
    """Anything JSON can say."""

    def encode(self, value: Any) -> bytes:
        try:
            return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")
        except (TypeError, ValueError, RecursionError) as error:
            raise SealError(f"{self.name} must be plain JSON ({type(error).__name__}).") from None

    def decode(self, plain: bytes) -> Any:
        return json.loads(plain)
