"""Tokens for tests: an issuer with a key of its own, whom a test tells what to say, true or not."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.composition import utc_now
from api.identity.caller import Caller
from api.identity.key_set import PublishedKeys
from api.identity.local_key import issue_token
from api.identity.tokens import Tokens
from api.settings import Settings

ISSUER, AUDIENCE = "https://issuer.example", "trade-ledger"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SECONDS = 3_600

OPERATOR = Caller("operator:api", "operator")


class Issuer:
    """Whoever signs tokens; `kid` names its key, which `seed` makes."""

    def __init__(self, kid: str = "key-1", *, seed: bytes = b"t" * 32) -> None:
        self.kid = kid
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_bytes = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def jwk(self) -> dict[str, Any]:
        """Return the public key as it is published."""
        x = urlsafe_b64encode(self.public_bytes).rstrip(b"=").decode()
        return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.kid, "x": x}

    def token(self, caller: Caller = OPERATOR, *, at: datetime = NOW, **said: Any) -> str:
        """Return a token of a caller; what is said instead of a claim stands in it, a claim that is None doesn't."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": caller.actor,
            "role": caller.role,
            "party": caller.party or None,
            "books": "*" if caller.books is None else sorted(caller.books),
            "exp": int(at.timestamp()) + SECONDS,
        }
        return self.signed({name: claim for name, claim in (claims | said).items() if claim is not None})

    def signed(self, claims: dict[str, Any], **header: Any) -> str:
        """Return any claims, signed."""
        return jwt.encode(claims, self.private, algorithm="EdDSA", headers={"kid": self.kid} | header)


def published(*issuers: Issuer) -> bytes:
    """Return their keys as a published set."""
    return msgspec.json.encode({"keys": [issuer.jwk for issuer in issuers]})


def taking(*issuers: Issuer, clock: Callable[[], datetime] = lambda: NOW) -> Tokens:
    """Return what takes their tokens."""
    keys = PublishedKeys(lambda: published(*issuers), clock=clock)
    return Tokens(issuer=ISSUER, audience=AUDIENCE, keys=keys, clock=clock)


def of_this_machine(home: Path, caller: Caller = OPERATOR) -> dict[str, str]:
    """Return the headers of a caller with a token by the key of whoever serves from a home."""
    folder = Settings(home=home).token_folder
    token = issue_token(folder, caller, jti="1", at=utc_now(), lifetime=timedelta(hours=1))
    return {"authorization": f"Bearer {token}"}
