"""Secrets kept under var/keys: made once, readable by their owner only."""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.durable import sync_folder


class KeysError(RuntimeError):
    """A key file cannot be made or read."""


def new_token() -> str:
    """Return a secret that is safe inside an URL or a header."""
    return secrets.token_urlsafe(48)


def new_seal_key(key_id: int = 1) -> str:
    """Return a fresh sealing key in the form `id:base64`."""
    return f"{key_id}:" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may open, and close it again when it stands open."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.stat().st_mode & 0o077:
            path.chmod(0o700)
    except OSError as error:
        raise KeysError(f"The folder {path} cannot be made private: {error.strerror}.") from error
    return path


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """Return the secret in the file; the first of several starting processes makes it, the others read it."""
    folder = private_folder(path.parent)
    try:
        with _locked(folder / ".lock"):
            if not path.exists():
                _write_whole(path, make())
            elif path.stat().st_mode & 0o077:
                path.chmod(0o600)
            text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(f"The key file {path} cannot be read or made ({type(error).__name__}).") from error
    if not text:
        raise KeysError(f"The key file {path} is empty; put the key back from your safe copy.")
    return text


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    """Change the secret in the file, whole or not at all; whoever starts meanwhile reads the old or the new one."""
    try:
        with _locked(path.parent / ".lock"):
            _write_whole(path, change(path.read_text(encoding="ascii").strip()))
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(f"The key file {path} cannot be changed ({type(error).__name__}).") from error


@contextmanager
def alone(lock: Path, refusal: str) -> Iterator[None]:
    """Do something that two processes must not do at once; whoever comes second is refused with the sentence."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise KeysError(refusal) from error
    try:
        yield
    finally:
        os.close(descriptor)


def _write_whole(path: Path, text: str) -> None:
    """Write a file that is either absent or complete, also when the power fails half way."""
    draft = path.with_name(path.name + ".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)  # a key that is lost after something was sealed with it takes the records with it


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
