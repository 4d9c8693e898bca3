"""An issuer is whoever signs tokens: the one that the settings name, or this machine itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from api.identity.key_set import PublishedKeys, reading
from api.identity.local_key import key_set_file
from api.identity.revoked import Revoked, revocations_file
from api.identity.tokens import LOCAL_AUDIENCE, LOCAL_ISSUER, Tokens
from api.settings import Settings
from domain.errors import Refused


@dataclass(eq=False, kw_only=True)
class TokensComeFromIssuer(Refused):
    """LEDGER_TOKEN_ISSUER is said: get tokens from there, this machine's own are not taken."""

    code: ClassVar[str] = "token.comes_from_issuer"
    issuer: str


def tokens_of(settings: Settings, *, clock: Callable[[], datetime]) -> Tokens:
    """Return what verifies the tokens of the issuer that the settings name, or of this machine."""
    where = settings.token_keys if settings.token_issuer else str(key_set_file(settings.token_folder))
    return Tokens(
        issuer=settings.token_issuer or LOCAL_ISSUER,
        audience=settings.token_audience or LOCAL_AUDIENCE,
        keys=PublishedKeys(reading(where), clock=clock),
        clock=clock,
        revoked=Revoked(revocations_file(settings.token_folder), clock=clock),
    )


def require_own_tokens(settings: Settings) -> None:
    """
    Check that this machine issues tokens itself.

    Raises: TokensComeFromIssuer.
    """
    if settings.token_issuer:
        raise TokensComeFromIssuer(issuer=settings.token_issuer)
