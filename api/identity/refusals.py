"""What a caller is told who isn't let in: by one text, whatever was wrong, so that nobody learns from it."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from domain.errors import Forbidden, Unavailable


@dataclass(eq=False, kw_only=True)
class TokenMissing(Forbidden):
    """Every operation needs the header Authorization with a bearer token."""

    code: ClassVar[str] = "token.missing"


@dataclass(eq=False, kw_only=True)
class TokenRefused(Forbidden):
    """The token isn't one that is taken here; `problem` says whether it is only too old, too early or revoked."""

    code: ClassVar[str] = "token.refused"
    problem: Literal["expired", "not_yet_valid", "revoked", "invalid"] = "invalid"


@dataclass(eq=False, kw_only=True)
class TokenKeysUnavailable(Unavailable):
    """The keys that verify tokens can't be read now: try again."""

    code: ClassVar[str] = "token.keys_unavailable"


@dataclass(eq=False, kw_only=True)
class RoleForbidden(Forbidden):
    """Nobody in this role may ask or say this."""

    code: ClassVar[str] = "role.forbidden"
    role: str
    operation: str
