"""
The local key signs tokens on a machine that has no issuer of its own.

    FOLDER/token.key     the private key, PEM, for its owner alone
    FOLDER/jwks.json     the public one, as an issuer would publish it: all that the API reads
"""

import hashlib
import os
import stat
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import ClassVar

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from api.identity.caller import Caller
from api.identity.tokens import LOCAL_AUDIENCE, LOCAL_ISSUER
from domain.errors import Malformed

_PRIVATE_FOLDER = 0o700
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(eq=False, kw_only=True)
class TokenKeyUnusable(Malformed):
    """The key that is to sign tokens can't be read or made, isn't one, or is open to other people."""

    code: ClassVar[str] = "token.key_unusable"
    file: str
    problem: str


def key_set_file(folder: Path) -> Path:
    """Return where the public key is."""
    return folder / "jwks.json"


def ensure_local_key(folder: Path, seed: bytes) -> None:
    """
    Make the key where there is none.

    seed: 32 unpredictable bytes.

    Raises: TokenKeyUnusable.
    """
    made = Ed25519PrivateKey.from_private_bytes(seed)
    try:
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        put_once(folder / "token.key", made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        put_once(key_set_file(folder), _published(_private_key(folder)))
    except OSError as error:
        raise TokenKeyUnusable(file=str(folder), problem=error.strerror or str(error)) from None


def issue_token(folder: Path, caller: Caller, *, jti: str, at: datetime, lifetime: timedelta) -> str:
    """
    Return a token of a caller, signed by the local key.

    Raises: TokenKeyUnusable.
    """
    key = _private_key(folder)
    claims = {
        "iss": LOCAL_ISSUER,
        "aud": LOCAL_AUDIENCE,
        "sub": caller.actor,
        "role": caller.role,
        "books": "*" if caller.books is None else sorted(caller.books),
        "iat": int(at.timestamp()),
        "exp": int((at + lifetime).timestamp()),
        "jti": jti,
    }
    party = {"party": caller.party} if caller.party else {}
    return jwt.encode(claims | party, key, algorithm="EdDSA", headers={"kid": _key_id(key)})


def _private_key(folder: Path) -> Ed25519PrivateKey:
    file = folder / "token.key"
    try:
        with file.open("rb") as opened:
            if os.fstat(opened.fileno()).st_mode & _OTHERS:
                raise TokenKeyUnusable(file=str(file), problem="open to others: chmod 600")
            key = load_pem_private_key(opened.read(), password=None)
    except OSError as error:
        raise TokenKeyUnusable(file=str(file), problem=error.strerror or str(error)) from None
    except (ValueError, TypeError):
        raise TokenKeyUnusable(file=str(file), problem="not a private key in PEM") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise TokenKeyUnusable(file=str(file), problem="not a key of Ed25519")
    return key


def _published(key: Ed25519PrivateKey) -> bytes:
    x = urlsafe_b64encode(_public_bytes(key)).rstrip(b"=").decode()
    jwk = {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": _key_id(key), "x": x}
    return msgspec.json.encode({"keys": [jwk]}) + b"\n"


def _key_id(key: Ed25519PrivateKey) -> str:
    return hashlib.sha256(_public_bytes(key)).hexdigest()[:16]


def _public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def put_once(file: Path, content: bytes) -> None:
    """Write a file for its owner alone, whole or not at all; one that is there stays as it is."""
    if file.exists():
        return
    with NamedTemporaryFile(dir=file.parent, prefix=".writing-") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
        try:
            file.hardlink_to(written.name)
        except FileExistsError:
            return
