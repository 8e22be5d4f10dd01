"""The file of a backup: encrypted in chunks, so that a changed, cut, lengthened or reordered one is noticed.

It begins with its kind, the mark of its key and a random salt. Each file has a key of its own, made of the backup key
and the salt. A chunk is AES-256-GCM; its nonce is its position and whether it is the last one.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KIND = b"anxing backup 1\n"
MARK_BYTES = 8
SALT_BYTES = 32
HEADER_BYTES = len(KIND) + MARK_BYTES + SALT_BYTES
CHUNK_BYTES = 65_536
TAG_BYTES = 16


class BackupError(RuntimeError):
    """A backup cannot be made or put back; the message is one sentence for the person who wants it."""


def write_lines(file: BinaryIO, key: str, lines: Iterable[bytes]) -> None:
    """Write lines of any length that hold no line break."""
    header = KIND + _mark(key) + secrets.token_bytes(SALT_BYTES)
    cipher, position, waiting = _cipher(key, header), 0, bytearray()
    file.write(header)
    for line in lines:
        waiting += line + b"\n"
        while len(waiting) > CHUNK_BYTES:  # the last chunk is known as such only at the end
            file.write(cipher.encrypt(_nonce(position, last=False), bytes(waiting[:CHUNK_BYTES]), header))
            del waiting[:CHUNK_BYTES]
            position += 1
    file.write(cipher.encrypt(_nonce(position, last=True), bytes(waiting), header))


def read_lines(file: BinaryIO, key: str) -> Iterator[bytes]:
    """Return the lines one by one; whether the file is whole is known only after the last."""
    rest = b""
    for chunk in _chunks(file, key):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def _chunks(file: BinaryIO, key: str) -> Iterator[bytes]:
    header = file.read(HEADER_BYTES)
    if not header.startswith(KIND) or len(header) < HEADER_BYTES:
        raise BackupError("This is no backup of 安行, or its beginning is damaged.")
    if not secrets.compare_digest(header[len(KIND) :][:MARK_BYTES], _mark(key)):
        raise BackupError(
            "This backup was made with another backup key (or its beginning is damaged): put the var/keys/ that belongs"
            " to it in place."
        )
    cipher, position = _cipher(key, header), 0
    chunk = file.read(CHUNK_BYTES + TAG_BYTES)
    while True:
        following = file.read(CHUNK_BYTES + TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(position, last=not following), chunk, header)
        except InvalidTag:
            raise BackupError("This backup is damaged or not complete: take another one.") from None
        if not following:
            return
        chunk, position = following, position + 1


def _mark(key: str) -> bytes:
    """Return what tells one key from another and gives none of it away."""
    return hashlib.sha256(b"anxing backup key\n" + key.encode()).digest()[:MARK_BYTES]


def _cipher(key: str, header: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=header, info=KIND).derive(key.encode()))


def _nonce(position: int, *, last: bool) -> bytes:
    return position.to_bytes(11, "big") + bytes([last])
