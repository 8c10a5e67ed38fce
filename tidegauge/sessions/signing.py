"""Signed claims: what one node signs, every node with the same secret key believes, without asking the store.

A text is base64url of JSON, a dot, and a MAC (HMAC-SHA256, itsdangerous). Each purpose has a salt of its own, so
that a cookie is no token. Claims are msgspec structs; anyone may read them, nobody may change them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from typing import TypeVar

import itsdangerous
import msgspec

SESSION = "session"
"""The purpose of cookies."""
MAX_TEXT = 4_096
KEY_BYTES = 32

Claims = TypeVar("Claims", bound=msgspec.Struct)


class SignatureError(Exception):
    """A text that this key did not sign for this purpose."""


def new_key() -> str:
    """A secret key, drawn at random."""
    return secrets.token_hex(KEY_BYTES)


class Signer:
    """Signs and reads claims over one secret key. Thread-safe."""

    def __init__(self, key: str) -> None:
        self._key = key
        self.fingerprint = self._mac("fingerprint").get_signature(b"").hex()[:8]
        """What tells keys apart, and nothing of them."""

    def sign(self, purpose: str, claims: msgspec.Struct) -> str:
        """The claims as a text that may stand in a header, a cookie or a URL."""
        payload = base64.urlsafe_b64encode(msgspec.json.encode(claims)).rstrip(b"=")
        return self._mac(purpose).sign(payload).decode()

    def read(self, purpose: str, text: str, kind: type[Claims]) -> Claims:
        """The claims of a text. Raises SignatureError, whatever the text is."""
        try:
            payload = self._mac(purpose).unsign(text[:MAX_TEXT].encode())
            return msgspec.json.decode(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)), type=kind)
        except (itsdangerous.BadData, binascii.Error, msgspec.DecodeError, UnicodeError) as error:
            raise SignatureError(f"not signed here as {purpose}: {error}") from error

    def _mac(self, purpose: str) -> itsdangerous.Signer:
        return itsdangerous.Signer(
            self._key, salt=f"tidegauge.{purpose}", key_derivation="hmac", digest_method=hashlib.sha256
        )
