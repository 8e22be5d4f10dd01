"""Columns sealed with AES-256-GCM and bound to their row: a stolen file shows nothing, a moved value does not open."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import logging
import secrets
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

log = logging.getLogger(__name__)

NONCE_BYTES = 12
TAG_BYTES = 16
#: So long a process may go on sealing with a key that is no longer the first of the file.
SECONDS_BETWEEN_LOOKS = 1.0


class SealError(RuntimeError):
    """A value cannot be sealed or opened; the message never holds the value."""


class SealKeys:
    """The keys by their id: the first one seals, every one opens."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise SealError("There is no sealing key.")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.ids = tuple(keys)

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

    @property
    def first(self) -> int:
        return self.ids[0]

    def remember(self, older: SealKeys) -> None:
        """Let the older keys open as well: a value may have been read before its key was taken out of the file."""
        self._ciphers = {**older._ciphers, **self._ciphers}

    def knows(self, sealed: bytes) -> bool:
        """Say whether the key with which this was sealed is here."""
        return not sealed or sealed[0] in self._ciphers

    def seal(self, plain: bytes, place: str) -> bytes:
        """Return key id, nonce and sealed bytes that open at this place only."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return bytes([self.first]) + nonce + self._ciphers[self.first].encrypt(nonce, plain, place.encode())

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


class KeyFile:
    """The keys in a file that `manage.py rotate_keys` changes while this process runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: SealKeys | None = None
        self._version: tuple[int, ...] = ()
        self._looked_at = 0.0

    def keys(self, look: bool = False) -> SealKeys:
        """Return the keys as the file had them a second ago at most; `look`: as it has them now."""
        if self._keys is None or look or time.monotonic() - self._looked_at >= SECONDS_BETWEEN_LOOKS:
            self._keys = self._looked(self._keys)
        return self._keys

    def _looked(self, known: SealKeys | None) -> SealKeys:
        looked_at = time.monotonic()
        try:
            status = self._path.stat()
            version = (status.st_ino, status.st_mtime_ns, status.st_size)
            if known is None or version != self._version:
                keys = SealKeys.parse(self._path.read_text(encoding="ascii"))
                if known is not None:
                    keys.remember(known)
                known, self._version = keys, version
        except (OSError, UnicodeDecodeError, SealError) as error:
            if known is None:
                raise SealError(f"The sealing keys cannot be read ({type(error).__name__}).") from None
            log.error("ALARM: the file of the sealing keys cannot be read (%s).", type(error).__name__)
        self._looked_at = looked_at
        return known


@lru_cache(maxsize=8)
def _keys_of(text: str) -> SealKeys:
    return SealKeys.parse(text)


@lru_cache(maxsize=8)
def _key_file(path: Path) -> KeyFile:
    return KeyFile(path)


def seal_keys(look: bool = False) -> SealKeys:
    """Return the keys of this process; `look`: also one that was put into the file a moment ago."""
    if settings.SEAL_KEYS_FILE is None:
        return _keys_of(settings.SEAL_KEYS)
    return _key_file(settings.SEAL_KEYS_FILE).keys(look)


def open_sealed(sealed: bytes, place: str) -> bytes:
    """Return what was sealed at this place, also with a key that is new to this process.

    A key seals only after it stands in the file, so it is found there.
    """
    keys = seal_keys()
    return (keys if keys.knows(sealed) else seal_keys(look=True)).open(sealed, place)


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

    def place(self, key: Any) -> str:
        """Name the table, column and row that a value is bound to."""
        if not isinstance(key, UUID):
            raise SealError(f"{self.model._meta.label} has no UUID key to bind a sealed value to.")
        return f"{self.model._meta.db_table}.{self.column}:{key.hex}"

    def reseal(self, key: Any, sealed: bytes) -> Sealed:
        """Return the value of the row with this key sealed anew, with the first key."""
        place = self.place(key)
        return Sealed(seal_keys().seal(open_sealed(sealed, place), place))

    def seal_value(self, instance: models.Model, value: Any) -> Sealed:
        return Sealed(seal_keys().seal(self.encode(value), self.place(instance.pk)))

    def open_value(self, instance: models.Model, sealed: Sealed) -> Any:
        return self.decode(open_sealed(sealed, self.place(instance.pk)))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value is None:
            return None
        if not isinstance(value, Sealed):
            return self.seal_value(model_instance, value)
        if value[:1] != bytes([seal_keys().first]):  # read before the keys were rotated: not to be written back so
            with contextlib.suppress(SealError):
                return self.reseal(model_instance.pk, value)
        return value

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
