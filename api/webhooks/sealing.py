"""
Sealing keeps the secrets of webhooks from whoever reads the database: what stands there is encrypted.

The key is a file of this machine, 32 bytes in base64, for its owner alone; who delivers needs the same one as who
subscribes. A sealed secret is bound to its webhook: in another's row it can't be opened.
"""

import binascii
import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.identity.local_key import put_once
from domain.errors import Unavailable

KEY_BYTES = 32
SECRET_BYTES = 32
NONCE_BYTES = 12
PREFIX = "whsec_"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(eq=False, kw_only=True)
class SealingKeyUnusable(Unavailable):
    """The key that seals the secrets of webhooks can't be read or made, or isn't the one that they were sealed with."""

    code: ClassVar[str] = "webhook.key_unusable"
    retryable: ClassVar[bool] = False
    hint: ClassVar[str] = "LEDGER_WEBHOOK_KEY names its file: docs/webhooks.md"
    problem: str


class SealingKey:
    """
    The key in a file, made when it is first needed.

    salts: returns so many unpredictable bytes.
    """

    def __init__(self, file: Path, *, salts: Callable[[int], bytes]) -> None:
        self._file = file
        self._salts = salts

    def new_secret(self) -> str:
        """Return a secret that nobody has had before, as Standard Webhooks writes one: `whsec_` and base64."""
        return PREFIX + b64encode(self._salts(SECRET_BYTES)).decode()

    def seal(self, secret: str, *, book: str, webhook: str) -> bytes:
        """
        Return a secret as it may stand in the database: a nonce, and what it was encrypted to.

        Raises: SealingKeyUnusable.
        """
        self._make()
        nonce = self._salts(NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, secret.encode(), _bound(book, webhook))

    def open(self, sealed: bytes, *, book: str, webhook: str) -> str:
        """
        Return the secret that was sealed for a webhook.

        Raises: SealingKeyUnusable.
        """
        nonce, encrypted = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher().decrypt(nonce, encrypted, _bound(book, webhook)).decode()
        except (InvalidTag, ValueError):
            raise SealingKeyUnusable(problem="isn't the key that the secret was sealed with") from None

    def _make(self) -> None:
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            put_once(self._file, b64encode(self._salts(KEY_BYTES)) + b"\n")
        except OSError as error:
            raise SealingKeyUnusable(problem=error.strerror or str(error)) from None

    def _cipher(self) -> AESGCM:
        try:
            with self._file.open("rb") as opened:
                if os.fstat(opened.fileno()).st_mode & _OTHERS:
                    raise SealingKeyUnusable(problem="open to others: chmod 600")
                key = b64decode(opened.read(1_024).strip(), validate=True)
        except OSError as error:
            raise SealingKeyUnusable(problem=error.strerror or str(error)) from None
        except binascii.Error:
            raise SealingKeyUnusable(problem="not base64") from None
        if len(key) != KEY_BYTES:
            raise SealingKeyUnusable(problem=f"not {KEY_BYTES} bytes")
        return AESGCM(key)


class Outlet(NamedTuple):
    """How webhooks are delivered. sealing: the key for their secrets; private: also into our own network."""

    sealing: SealingKey | None = None
    private: bool = False


NO_OUTLET = Outlet()
"""Of whoever has no webhooks."""


def _bound(book: str, webhook: str) -> bytes:
    return f"{book}/{webhook}".encode()
