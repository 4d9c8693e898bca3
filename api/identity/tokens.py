"""A token is what a caller shows at every request: who they are, in which role, for whom, where, and until when."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, NamedTuple, cast

import jwt
import msgspec
from msgspec import Meta

from api.identity.caller import PARTY_ROLES, Caller, Role
from api.identity.key_set import PublishedKeys
from api.identity.refusals import TokenRefused
from api.identity.revoked import Revoked
from domain.references import KEY

TOKEN_CHARACTERS_MAX = 8 * 1024
LEEWAY_SECONDS = 30
"""By so much may the clocks of who issues tokens and of who takes them differ."""

REMEMBERED_SECONDS = 60
"""A token isn't verified again for so long; then its key may have been withdrawn."""
REMEMBERED_MAX = 10_000

LOCAL_ISSUER = LOCAL_AUDIENCE = "trade-ledger"
"""Of tokens that this machine issues to itself."""

Actor = Annotated[str, Meta(pattern=r"\A[a-z][a-z-]{0,31}:[!-9;-~]{1,64}\Z")]
PartyKey = Annotated[str, Meta(pattern=rf"\A({KEY.pattern})?\Z")]
BookKey = Annotated[str, Meta(pattern=rf"\A{KEY.pattern}\Z")]
Seconds = Annotated[int, Meta(ge=0, lt=2**53)]
SecondsAndParts = Annotated[float, Meta(ge=0, lt=2**53)]


class Claims(msgspec.Struct, frozen=True):
    """
    What a token says beside its issuer and audience, which are checked by the library.

    sub: the actor; party: of a buyer, an exporter or a partner, and of nobody else; books: by key, or "*" for all; exp,
    nbf, iat: seconds since 1970; jti: the token's own id, by which it may be revoked.
    """

    sub: Actor
    role: Role
    books: list[BookKey] | Literal["*"]
    exp: Seconds
    nbf: Seconds = 0
    iat: Seconds | SecondsAndParts = 0
    jti: str = ""
    party: PartyKey = ""

    def caller(self) -> Caller:
        """Return whom the claims are about."""
        return Caller(self.sub, self.role, self.party, None if self.books == "*" else frozenset(self.books))


class _Remembered(NamedTuple):
    caller: Caller
    until: float
    generation: int


class Tokens:
    """
    What verifies tokens.

    issuer, audience: whose tokens are taken, and meant for whom; clock: returns the time in UTC; revoked: what of them
    isn't taken any more, nothing where nobody can say so.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: PublishedKeys,
        clock: Callable[[], datetime],
        revoked: Revoked | None = None,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._clock = clock
        self._revoked = revoked
        self._remembered: dict[bytes, _Remembered] = {}

    def find_remembered(self, token: str) -> Caller | None:
        """Return whose token it is where it was verified a moment ago, at once; else nothing."""
        found = self._remembered.get(_digest(token))
        if found and found.generation == self._generation() and self._now() < found.until:
            return found.caller
        return None

    def keys_are_known(self) -> bool:
        """Return whether any token can be verified; that may take reading keys."""
        return self._keys.are_known

    def caller_of(self, token: str) -> Caller:
        """
        Return whose token it is; that may take reading keys anew.

        Raises, in this order: TokenRefused (no token, or by an unknown key), TokenKeysUnavailable, TokenRefused
        (signature, issuer, audience, claims), TokenRefused (expired, not yet valid), RevocationsUnavailable,
        TokenRefused (revoked).
        """
        claims = self._verified(token)
        generation = self._generation()
        now = self._now()
        if now >= claims.exp + LEEWAY_SECONDS:
            raise TokenRefused(problem="expired")
        if now < claims.nbf - LEEWAY_SECONDS:
            raise TokenRefused(problem="not_yet_valid")
        if (claims.role in PARTY_ROLES) != bool(claims.party):
            raise TokenRefused
        if self._revoked and self._revoked.has(jti=claims.jti, actor=claims.sub, issued_at=int(claims.iat)):
            raise TokenRefused(problem="revoked")
        caller = claims.caller()
        until = min(claims.exp + LEEWAY_SECONDS, now + REMEMBERED_SECONDS)
        self._remember(token, _Remembered(caller, until, generation))
        return caller

    def _verified(self, token: str) -> Claims:
        if len(token) > TOKEN_CHARACTERS_MAX or not token.isascii():
            raise TokenRefused
        try:
            header = jwt.get_unverified_header(token)
            kid = header.get("kid")
            key = self._keys.find(kid) if isinstance(kid, str) and "crit" not in header else None
            if key is None:
                raise TokenRefused
            claims = jwt.decode(
                token,
                key.public,
                algorithms=list(key.algorithms),
                issuer=self._issuer,
                audience=self._audience,
                options={"require": ["exp", "iss", "aud", "sub"], **_TIMES_ARE_OURS},
            )
            return msgspec.convert(claims, Claims)
        except (jwt.PyJWTError, msgspec.MsgspecError, ValueError, RecursionError):
            raise TokenRefused from None

    def _remember(self, token: str, remembered: _Remembered) -> None:
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[_digest(token)] = remembered

    def _generation(self) -> int:
        """Return what grows whenever keys or revocations change."""
        return self._keys.generation + (self._revoked.look() if self._revoked else 0)

    def _now(self) -> float:
        return self._clock().timestamp()


_TIMES_ARE_OURS = cast("jwt.types.Options", {"verify_exp": False, "verify_nbf": False, "verify_iat": False})
"""The library would read the clock by itself."""


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
