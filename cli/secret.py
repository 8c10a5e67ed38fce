"""The secret key that signs cookies and tokens: the one that was set, or the one kept beside an embedded store."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from pathlib import Path

from tidegauge.sessions.signing import new_key
from tidegauge.settings import Settings
from tidegauge.settings_table import LEAST_KEY
from tidegauge.storage.base import StoreError
from tidegauge.storage.open import EMBEDDED

log = logging.getLogger(__name__)

NAME = "secret_key"
HINT = "let its owner read it, or remove it: another is made, and everybody signs in again"


def key_of(told: Settings) -> str:
    """The key; one beside an embedded store is made when it is not there. Without either it is a random one, with
    which sessions end when this process does. Raises StoreError where the file cannot be read or made, or is none."""
    if told.secret_key:
        return told.secret_key
    if told.store.startswith(EMBEDDED):
        path = Path(told.store.removeprefix(EMBEDDED)) / NAME
        try:
            return _kept(path)
        except (OSError, UnicodeError) as error:
            raise StoreError(f"the secret key {path} cannot be used: {error}", permanent=True, hint=HINT) from error
    log.warning("secret_key_random consequence=%r", "sessions end with this process; set TIDEGAUGE_SECRET_KEY")
    return new_key()


def _kept(path: Path) -> str:
    """What the file holds; of several processes that make it at once one does, whole, and all read that."""
    with contextlib.suppress(FileNotFoundError):
        return _read(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    number, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(number, "w") as file:
        file.write(new_key())
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    Path(draft).unlink()
    return _read(path)


def _read(path: Path) -> str:
    key = path.read_text(encoding="ascii").strip()
    if len(key) < LEAST_KEY:
        raise OSError("it holds no key")
    return key
